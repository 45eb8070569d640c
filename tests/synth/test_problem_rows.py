"""Benchmark rows show what they show a solver, and no more unless asked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from synth.errors import ProblemError
from synth.problem import Case, Example
from synth.problem_file import Visible, read_all_located, read_problem, read_problems
from synth.problem_lint import lint
from synth.problems.rows import cases_in_statement, problem_of_row

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
DATA = Path(os.environ.get("SYNTH_DATA", SHARED))
needs_data = pytest.mark.skipif(
    not (DATA / "humaneval").is_dir(), reason="no benchmark data; set SYNTH_DATA to its folder"
)

HUMAN_EVAL = {
    "task_id": "HumanEval/900",
    "prompt": "import math\n\ndef twice(x: int) -> int:\n    ''' Double it.\n    >>> twice(2)\n"
    "    4\n    '''\n",
    "entry_point": "twice",
    "canonical_solution": "    return SECRET\n",
    "test": "METADATA = {}\n\ndef check(candidate):\n    assert candidate(7) == 14\n\n"
    "check(twice)\n",
}
MBPP = {
    "task_id": 900,
    "text": "Write a function to double a number.",
    "code": "def twice(x):\r\n  return SECRET",
    "test_setup_code": "",
    "test_list": ["assert twice(2) == 4", "assert twice(7) == 14", "assert abs(twice(0.1)) < 1"],
}
MBPP_PLUS = {
    "task_id": "Mbpp/900",
    "prompt": '"""\nWrite a function to double a number.\nassert twice(2) == 4\n"""\n',
    "entry_point": "twice",
    "canonical_solution": "def twice(x): return SECRET",
    "assertion": "\nassert twice(2) == 4\nassert twice(7) == 14\n",
    "base_input": [[2], [7]],
    "plus_input": [[9]],
}
LPW = {**HUMAN_EVAL, "given_tests": ["assert twice(3) == 6", "assert twice(-1) == -2"]}
CODE_CONTESTS = {
    "name": "900_A",
    "description": "Read a number and print its double.",
    "public_tests": {"input": ["2\n"], "output": ["4\n"]},
    "private_tests": {"input": ["7\n"], "output": ["14\n"]},
    "solutions": ["SECRET"],
    "time_limit": {"seconds": 3, "nanos": 500_000_000},
}
APPS = {
    "problem_id": 900,
    "question": "Read a number, print its double.\n\n-----Examples-----\nInput\n2\n\nOutput\n4\n\n"
    "Input\n-1\n\nOutput\n-2\n",
    "input_output": '{"inputs": ["7\\n"], "outputs": ["14\\n"]}',
    "solutions": '["SECRET"]',
}
QUIX_BUGS = {
    "name": "twice",
    "buggy": "def twice(x):\n    return x * 3\n\n'''\nDoubles.\n'''\n",
    "correct": "def twice(x):\n    return SECRET\n",
    "json_tests": [[[2], 4], [[7], 14]],
    "pytest": None,
}
ROWS = [HUMAN_EVAL, MBPP, MBPP_PLUS, LPW, CODE_CONTESTS, APPS, QUIX_BUGS]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.get("task_id") or row.get("name")))
@pytest.mark.parametrize("visible", ["docstring", "tests"])
def test_a_solution_is_never_read(row: dict[str, Any], visible: Visible) -> None:
    problem, _ = problem_of_row(row, visible=visible)
    assert "SECRET" not in repr(problem)
    assert problem.reference is None
    assert problem.has_evidence


@pytest.mark.parametrize("row", ROWS[:-1], ids=lambda row: str(row.get("task_id")))
def test_hidden_tests_are_seen_only_when_asked_for(row: dict[str, Any]) -> None:
    hidden, _ = problem_of_row(row)
    shown, _ = problem_of_row(row, visible="tests")
    assert "14" not in repr(hidden)
    assert "14" in repr(shown)


def test_a_human_eval_row_is_a_stub() -> None:
    problem, _ = problem_of_row(HUMAN_EVAL)
    assert (problem.id, problem.entry_point) == ("HumanEval/900", "twice")
    assert problem.starter == "import math"
    assert problem.signature == "def twice(x: int) -> int:"
    assert problem.statement.startswith("Double it.")
    assert problem.examples == (Example((2,), 4),)
    assert problem.tests == ()


def test_a_check_function_is_kept_without_its_own_call() -> None:
    problem, _ = problem_of_row(HUMAN_EVAL, visible="tests")
    (test,) = problem.tests
    assert test.kind == "check"
    assert "def check(candidate):" in test.source
    assert "check(twice)" not in test.source


def test_given_tests_are_the_examples_of_a_row_that_has_them() -> None:
    problem, _ = problem_of_row(LPW)
    assert problem.examples == (Example((3,), 6), Example((-1,), -2))


def test_mbpp_shows_its_first_assert() -> None:
    problem, _ = problem_of_row(MBPP)
    assert (problem.id, problem.entry_point) == ("MBPP/900", "twice")
    assert problem.examples == (Example((2,), 4),)
    everything, _ = problem_of_row(MBPP, visible="tests")
    assert len(everything.examples) == 2
    assert everything.tests[0].source == "assert abs(twice(0.1)) < 1\n"


def test_public_tests_are_cases() -> None:
    problem, _ = problem_of_row(CODE_CONTESTS)
    assert problem.entry_point is None
    assert problem.cases == (Case("2\n", "4\n"),)
    assert problem.limits.seconds == 3.5


def test_samples_are_read_off_a_contest_statement() -> None:
    assert problem_of_row(APPS)[0].cases == (Case("2\n", "4\n"), Case("-1\n", "-2\n"))
    text = "Examples\n\nInput\n\n\n1\n2\n\n\nOutput\n\n\n3\n4\n\nNote\n\nIt is so."
    assert cases_in_statement(text) == [Case("1\n2\n", "3\n4\n")]
    assert cases_in_statement("Input\nOne number.\n\nOutput\nIts double.") == []


def test_a_repair_row_shows_its_defect_and_its_tests() -> None:
    problem, _ = problem_of_row(QUIX_BUGS)
    assert "return x * 3" in problem.statement
    assert problem.examples == (Example((2,), 4), Example((7,), 14))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"prompt": 3, "entry_point": "f"}, "prompt: expected text"),
        ({"test_list": 3}, "not a row of kind mbpp"),
        ({"test_list": ["assert 1 == 1"]}, "test_list: no assert calls a function"),
        ({"test_list": ["assert f(1) == 1"]}, "text: neither text nor prompt"),
        ({"description": "x", "public_tests": {"input": ["a"], "output": []}}, "1 inputs, 0 out"),
        ({"question": "x", "input_output": '{"fn_name": "f"}'}, "calls 'f' instead of giving st"),
        ({"buggy": "x = 1", "name": "f"}, "buggy: defines no function 'f'"),
        ({"a": 1, "b": 2}, "a row of no known kind: it has a, b; known rows have buggy, name;"),
        ([1], "expected an object, got list"),
    ],
)
def test_a_row_that_cannot_be_used_says_why_and_where(row: Any, message: str) -> None:
    with pytest.raises(ProblemError) as caught:
        problem_of_row(row, visible="tests", file="rows.jsonl", line=3)
    assert str(caught.value).startswith("rows.jsonl:3: ")
    assert message in str(caught.value)


# Of the published rows: how many there are, and which have errors. `no-evidence` is true of the
# rows whose docstrings show no example; the two of MBPP as LPW split it ask for another function
# than their tests call.
FILES = [
    ("humaneval/HumanEval.jsonl", 164, 11),
    ("humaneval/HumanEvalPlus.jsonl.gz", 164, 11),
    ("humaneval/HumanEvalPlus-Mini.jsonl.gz", 164, 11),
    ("humaneval/lpw_visible.jsonl", 164, 0),
    ("mbpp/sanitized_minus_holdout.jsonl", 325, 0),
    ("mbpp/mbpp_minus_holdout.jsonl", 872, 0),
    ("mbpp/mbppplus_minus_holdout.jsonl.gz", 276, 0),
    ("mbpp/lpw_visible_minus_holdout.jsonl", 398, 2),
    ("contests/apps_codetree_stdin.jsonl", 150, 0),
    ("contests/coffe_codecontests_stdin.jsonl", 58, 0),
    ("contests/apps_lpw_function.jsonl", 139, 0),
    ("repair/quixbugs.jsonl", 21, 0),
]


@needs_data
@pytest.mark.parametrize(("name", "rows", "errors"), FILES)
def test_every_published_row_is_read_and_lint_raises_no_false_alarm(
    name: str, rows: int, errors: int
) -> None:
    located = read_all_located(DATA / name)
    assert len(located) == rows
    found = [
        finding
        for problem, origin in located
        for finding in lint(problem, origin)
        if finding.severity == "error"
    ]
    assert {finding.code for finding in found} <= {"no-evidence", "not-called"}
    assert len({finding.line for finding in found}) == errors
    for problem, _ in located:
        assert problem.statement
        assert problem.entry_point or problem.cases


@needs_data
def test_docstring_examples_of_human_eval_agree_with_its_solutions() -> None:
    import copy
    import json

    from verifiers.compare import equal

    wrong: dict[str, int] = {}
    count = 0
    path = DATA / "humaneval" / "HumanEval.jsonl"
    rows = map(json.loads, path.read_text().splitlines())
    for row, problem in zip(rows, read_problems(path), strict=True):
        scope: dict[str, Any] = {}
        exec(row["prompt"] + row["canonical_solution"], scope)
        for example in problem.examples:
            count += 1
            actual = scope[row["entry_point"]](*copy.deepcopy(example.args), **example.kwargs)
            if not equal(example.expected, actual, relative=1e-9):
                wrong[problem.id] = wrong.get(problem.id, 0) + 1
    assert count >= 430
    # Mistakes of the published docstrings, which say what their solutions do not do.
    assert wrong == {"HumanEval/47": 1, "HumanEval/116": 2}


@needs_data
def test_a_row_is_found_by_its_published_name() -> None:
    path = DATA / "humaneval" / "HumanEval.jsonl"
    assert read_problem(f"{path}#HumanEval/3").entry_point == "below_zero"
    assert read_problem(f"{path}:4").entry_point == "below_zero"
    mbpp = DATA / "mbpp" / "mbpp_minus_holdout.jsonl"
    assert read_problem(f"{mbpp}#MBPP/2") == read_problem(f"{mbpp}#2")
