"""What lint finds, and what it leaves in peace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from synth.problem import Case, Comparison, Example, Limits, Problem, Property, TestCode
from synth.problem_lint import Finding, check_file, lint

GOOD = Problem(
    id="good",
    statement="Return the larger of two numbers; raise ValueError where they are equal.",
    entry_point="larger",
    signature="def larger(a: int, b: int) -> int:",
    examples=(
        Example((1, 2), 2),
        Example((5, -1), 5),
        Example((3, 3), raises="ValueError"),
    ),
    tests=(
        TestCode("asserts", "for n in range(3):\n    assert larger(n, n + 1) == n + 1\n"),
        TestCode("check", "def check(candidate):\n    assert candidate(0, 1) == 1\n"),
        TestCode(
            "pytest",
            "import pytest\nfrom solution import larger\n\n"
            "def test_equal():\n    with pytest.raises(ValueError):\n        larger(1, 1)\n",
        ),
        TestCode("doctest", ">>> larger(1, 2)\n2\n"),
    ),
    properties=(Property("def p(f, a: int, b: int):\n    assert a == b or f(a, b) >= a\n"),),
    reference="def larger(a, b):\n    return max(a, b)\n",
)
PROGRAM = Problem(
    id="program",
    statement="Read a number from standard input and print its double.",
    cases=(Case("1\n", "2\n"), Case("4\n", "8\n")),
)
NAMELESS = Comparison(checker="def check(stdin, expected, actual):\n    return equal(actual)\n")


def codes(problem: Problem) -> dict[str, str]:
    return {finding.code: finding.severity for finding in lint(problem)}


def test_a_good_problem_has_no_findings() -> None:
    assert lint(GOOD) == []
    assert lint(PROGRAM) == []


def with_test(kind: str, source: str) -> Problem:
    return replace(GOOD, tests=(TestCode(kind, source),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("problem", "code", "severity"),
    [
        (Problem("x", "Do something useful."), "no-evidence", "error"),
        (replace(GOOD, examples=(*GOOD.examples, Example((1, 2), 1))), "contradiction", "error"),
        (replace(GOOD, examples=(*GOOD.examples, Example((1,), 2, {"b": 2}))), "duplicate", "note"),
        (
            replace(GOOD, examples=(*GOOD.examples, Example((2,), 1, {"a": 2}))),
            "arity",
            "error",
        ),
        (replace(PROGRAM, cases=(*PROGRAM.cases, Case("1\n", "3\n"))), "contradiction", "error"),
        (replace(GOOD, examples=(Example((1,), 1),)), "arity", "error"),
        (replace(GOOD, examples=(Example((1, 2, 3), 1),)), "arity", "error"),
        (replace(GOOD, examples=(Example((1,), 1, {"c": 2}),)), "arity", "error"),
        (replace(GOOD, examples=(Example((1, "2"), 1),)), "type", "warning"),
        (replace(GOOD, examples=(Example((1, 2), [1]),)), "type", "warning"),
        (replace(GOOD, entry_point="smaller"), "entry-point", "error"),
        (
            Problem("x", "Sum the list.", "sum", examples=(Example(([1],), 1),)),
            "builtin",
            "warning",
        ),
        (Problem("x", "Do as told.", "def", examples=(Example((1,), 1),)), "keyword", "error"),
        (replace(GOOD, signature="def larger(a: List[int], b)"), "undefined-type", "warning"),
        (replace(GOOD, starter="def larger(a, b): return a"), "starter-defines", "warning"),
        (replace(GOOD, reference="def other(a, b): return a"), "reference", "error"),
        (replace(GOOD, reference="def larger(a): return a"), "reference", "error"),
        (replace(GOOD, properties=(Property("def p(f, a): ..."),)), "property-input", "error"),
        (replace(GOOD, properties=(Property("def p(f): ..."),)), "property-input", "error"),
        (replace(GOOD, properties=(Property("def p(f, a: Foo): ..."),)), "undefined", "error"),
        (replace(PROGRAM, comparison=NAMELESS), "undefined", "error"),
        (replace(GOOD, limits=Limits(seconds=0.01)), "limits", "warning"),
        (replace(GOOD, limits=Limits(memory_mb=8)), "limits", "warning"),
        (
            replace(PROGRAM, cases=(Case("", "x" * 5000),), limits=Limits(output_kb=1)),
            "limits",
            "error",
        ),
        (replace(GOOD, starter="import re", limits=Limits(imports=("math",))), "imports", "error"),
        (replace(GOOD, examples=(Example((1, 2), "<f at 0x7f00aa11>"),)), "unrepeatable", "error"),
        (with_test("asserts", "assert larger(1) == 1"), "arity", "error"),
        (with_test("check", "def check(g):\n    assert g(1) == 1"), "arity", "error"),
        (with_test("asserts", "assert smaller(1, 2) == 1"), "not-called", "error"),
        (with_test("pytest", "def test_x():\n    assert other(1)"), "not-called", "error"),
        (with_test("check", "def check():\n    assert f(1)"), "no-check", "error"),
        (with_test("asserts", "assert larger(1, 2) == top"), "undefined", "warning"),
        (with_test("asserts", "assert larger(1, 2"), "syntax", "error"),
        (
            with_test("asserts", "import random\nassert larger(random.random(), 2) == 2"),
            "unrepeatable",
            "warning",
        ),
        (replace(GOOD, statement=""), "no-statement", "note"),
        (replace(GOOD, statement="", examples=()), "no-statement", "warning"),
        (replace(GOOD, statement="Do it"), "short-statement", "warning"),
        (replace(GOOD, statement="The larger of two numbers."), "untold-exception", "warning"),
        (
            replace(PROGRAM, statement="Print the double of a number, whole or not."),
            "input-format",
            "warning",
        ),
        (
            Problem(
                "x",
                "Whether a text has an a and then a b.",
                "match",
                tests=(
                    TestCode(
                        "asserts",
                        "assert match('ac') == 'Not matched!'\nassert match('x') == 'Not matched!'",
                    ),
                ),
            ),
            "untold-text",
            "warning",
        ),
        (
            replace(GOOD, statement=f"{GOOD.statement}\nlarger(1, 2) == 1", tests=()),
            "statement-differs",
            "warning",
        ),
        (
            replace(GOOD, statement="Raise ValueError for equals. bigger(1, 2) == 2"),
            "other-name",
            "warning",
        ),
        (
            Problem("x", "Is it a prime?", "prime", examples=(Example((2,), True),)),
            "one-example",
            "note",
        ),
        (
            Problem(
                "x",
                "Is it a prime?",
                "prime",
                examples=(Example((2,), True), Example((3,), True)),
            ),
            "constant",
            "warning",
        ),
        (
            Problem("x", "Sort a list.", "f", examples=(Example(([],), []), Example(([1],), [1]))),
            "echo",
            "warning",
        ),
        (
            Problem(
                "x", "Add the numbers up.", "f", examples=(Example((1,), 1), Example((1, 2), 3))
            ),
            "varying-arity",
            "warning",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_found(problem: Problem, code: str, severity: str) -> None:
    assert codes(problem).get(code) == severity


def test_several_right_outputs_are_no_contradiction_with_a_judge() -> None:
    judge = Comparison(checker="def check(stdin, expected, actual): return True")
    problem = replace(PROGRAM, cases=(*PROGRAM.cases, Case("1\n", "3\n")), comparison=judge)
    assert "contradiction" not in codes(problem)


def test_equal_within_tolerance_is_no_contradiction() -> None:
    examples = (Example((1, 2), 0.3), Example((1, 2), 0.1 + 0.2))
    assert "contradiction" not in codes(replace(GOOD, examples=examples))
    assert "contradiction" in codes(
        replace(GOOD, examples=(Example((1, 2), 1), Example((1, 2), "1")))
    )


def test_a_test_may_want_the_error_of_a_wrong_call() -> None:
    source = (
        "import pytest\n\ndef test_x():\n    with pytest.raises(TypeError):\n        larger(1)\n"
    )
    problem = replace(
        with_test("pytest", source), statement="A wrong call is a TypeError, ValueError"
    )
    assert codes(problem) == {}


def test_names_that_the_starter_defines_are_no_riddle() -> None:
    problem = replace(with_test("asserts", "assert larger(LOW, 2) == 2"), starter="LOW = 1")
    assert "undefined" not in codes(problem)
    assert "undefined" not in codes(replace(problem, starter="from constants import *"))


def test_findings_name_file_line_and_field(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "statement: Add one to a number.\nsignature: def f(x)\nexamples:\n"
        "- f(1) == 2\n- {args: [1], output: 3}\n- {args: [1, 2], output: 3}\n"
    )
    assert [str(finding) for finding in check_file(path)] == [
        f"{path}:5: examples[1]: error: expects 3 where examples[0], with the same input, expects "
        "2 [contradiction]",
        f"{path}:6: examples[2]: error: f takes 1 argument, the call gives 2 [arity]",
    ]


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("statemnt: x\n")
    (finding,) = check_file(path)
    assert finding == Finding(
        "error",
        "unreadable",
        "unknown key; did you mean 'statement'?",
        "statemnt",
        str(path),
        1,
    )


def test_a_property_with_strategies_or_helpers_is_no_finding() -> None:
    given = Property("from hypothesis import given\n@given(a=st.integers())\ndef p(f, a): ...")
    helped = Property("def helper(x, y):\n    return x\ndef p(f, a: int):\n    assert helper(a, 1)")
    assert not lint(replace(GOOD, properties=(given, helped)))
