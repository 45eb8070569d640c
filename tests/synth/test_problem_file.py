"""Problem files of every format: what they mean, and what is said of a wrong one."""

from __future__ import annotations

import gzip
import math
from pathlib import Path
from typing import Any

import pytest

from synth.errors import ProblemError
from synth.problem import Case, Example, Limits, Problem
from synth.problem_file import (
    Format,
    parse_problems,
    read_located,
    read_problem,
    read_problems,
    read_tests,
)


def parse(text: str, format: Format = "yaml") -> Problem:
    (problem,) = parse_problems(text.encode(), format)
    return problem


def fault(text: str, format: Format = "yaml") -> str:
    with pytest.raises(ProblemError) as caught:
        parse_problems(text.encode(), format)
    assert "\n" not in str(caught.value)
    return str(caught.value)


YAML = """\
id: add
statement: |
  Add two numbers.
signature: "def add(a: int, b: int) -> int"
examples:
  - args: [1, 2]
    output: 3
limits: {seconds: 1, imports: [math]}
"""
JSON = """\
{"id": "add", "statement": "Add two numbers.",
 "signature": "def add(a: int, b: int) -> int",
 "examples": [{"args": [1, 2], "output": 3}],
 "limits": {"seconds": 1, "imports": ["math"]}}
"""
TOML = """\
id = "add"
statement = "Add two numbers."
signature = "def add(a: int, b: int) -> int"
limits = {seconds = 1, imports = ["math"]}
[[examples]]
args = [1, 2]
output = 3
"""


def test_the_three_formats_say_the_same() -> None:
    first = parse(YAML)
    assert first.examples == (Example((1, 2), 3),)
    assert first.limits.imports == ("math",)
    assert parse(JSON, "json") == first
    assert parse(TOML, "toml") == first


@pytest.mark.parametrize(("text", "format"), [(YAML, "yaml"), (JSON, "json"), (TOML, "toml")])
def test_a_file_may_be_gzipped(tmp_path: Path, text: str, format: str) -> None:
    path = tmp_path / f"sum.{format}.gz"
    path.write_bytes(gzip.compress(text.encode()))
    assert read_problem(path) == parse(YAML)


def test_the_file_names_a_problem_without_id(tmp_path: Path) -> None:
    path = tmp_path / "twice.yaml"
    path.write_text("statement: Double it.\nexamples: [twice(2) == 4]\n")
    problem = read_problem(path)
    assert (problem.id, problem.entry_point) == ("twice", "twice")


@pytest.mark.parametrize(
    ("example", "wanted"),
    [
        ("{input: [1, 2], output: 3}", Example(([1, 2],), 3)),
        ("{args: [1, 2], output: 3}", Example((1, 2), 3)),
        ("{args: [], output: null}", Example((), None)),
        ("{args: [1], kwargs: {b: 2}, output: 3}", Example((1,), 3, {"b": 2})),
        ("{kwargs: {a: 1}, expected: x}", Example((), "x", {"a": 1})),
        ("{input: 1, raises: ValueError}", Example((1,), None, {}, "ValueError")),
        (
            '{call: "f((1, 2), {3}, k=b\'x\')", returns: "(3, {4: set()})"}',
            Example(((1, 2), {3}), (3, {4: set()}), {"k": b"x"}),
        ),
        ("{call: f(1), returns: None}", Example((1,), None)),
        ("{call: 'f(-1, 2j)', returns: \"'text'\"}", Example((-1, 2j), "text")),
        ("{call: f(inf), returns: 1.5}", Example((math.inf,), 1.5)),
        ("f(1, [2]) == (3, 4)", Example((1, [2]), (3, 4))),
        ("f(2**31 - 1) == 'a' * 3", Example((2147483647,), "aaa")),
        ("assert f('x') is None", Example(("x",), None)),
    ],
)
def test_an_example_says_input_and_result_in_several_forms(example: str, wanted: Example) -> None:
    quoted = example if example.startswith("{") else f'"{example}"'
    assert parse(f"entry_point: f\nexamples:\n- {quoted}").examples == (wanted,)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"), ("NO", "NO"), ("012", 12), ("12:30", "12:30"), ("2024-01-01", "2024-01-01"),
        ("1_000", "1_000"), ("0o17", 15), ("1e3", 1000.0), (".inf", math.inf), ("~", None),
        ("True", True), ("'1'", "1"), ("!!set {a, b}", {"a", "b"}), ("!!binary aGk=", b"hi"),
        ("{1: 2}", {1: 2}), ("1.", 1.0), ("=", "="), ("<<", "<<"),
    ],
)  # fmt: skip
def test_yaml_scalars_are_those_of_yaml_1_2(written: str, value: Any) -> None:
    expected = parse(f"entry_point: f\nexamples:\n- input: 1\n  output: {written}").examples[0]
    assert expected.expected == value
    assert type(expected.expected) is type(value)


def test_lists_become_what_the_signature_annotates() -> None:
    problem = parse(
        """
signature: "def f(p: tuple[int, int], s: set[str], d: dict[int, list[tuple[int, ...]]],
  o: frozenset[int] | None, free, *, k: Optional[Tuple[int, str]] = None) -> list[tuple[str, int]]"
examples:
- args: [[1, 2], [a], {"3": [[4]]}, [5], [6]]
  kwargs: {k: [1, x]}
  output: [[a, 1]]
""".replace("\n  o:", " o:")
    )
    assert problem.examples == (
        Example(
            ((1, 2), {"a"}, {3: [(4,)]}, frozenset({5}), [6]),
            [("a", 1)],
            {"k": (1, "x")},
        ),
    )


def test_asserts_that_are_examples_become_examples_and_the_rest_stays_code() -> None:
    problem = parse(
        "statement: x\nasserts: |\n  import math\n  assert area(2) == 4\n"
        "  assert math.isclose(area(0.1), 0.01)\n"
    )
    assert problem.entry_point == "area"
    assert problem.examples == (Example((2,), 4),)
    assert problem.tests[0].source == "import math\nassert math.isclose(area(0.1), 0.01)\n"


def test_asserts_that_depend_on_a_variable_all_stay_code() -> None:
    problem = parse("entry_point: f\nasserts: |\n  x = 3\n  assert f(1) == 2\n  assert f(x) == 4\n")
    assert problem.examples == ()
    assert problem.tests[0].source == "x = 3\nassert f(1) == 2\nassert f(x) == 4\n"


def test_doctests_become_examples_and_what_is_more_stays_a_doctest() -> None:
    problem = parse(
        "entry_point: f\ndoctests: |\n  >>> f(1)\n  2\n  >>> [f(n) for n in (1, 2)]\n  [2, 3]\n"
    )
    assert problem.examples == (Example((1,), 2),)
    assert problem.tests[0].kind == "doctest"
    assert "for n in (1, 2)" in problem.tests[0].source


def test_cases_are_inline_or_in_files_beside_the_problem(tmp_path: Path) -> None:
    inline = parse('statement: x\ncases:\n- stdin: "1\\n"\n  stdout: "2\\n"\n')
    assert inline.cases == (Case("1\n", "2\n"),)
    (tmp_path / "io").mkdir()
    for name, text in [("1.in", "1\n"), ("1.out", "2\n"), ("2.in", "3\n"), ("2.out", "4\n")]:
        (tmp_path / "io" / name).write_text(text)
    path = tmp_path / "p.yaml"
    path.write_text("statement: x\ncases: io/*.in\n")
    assert read_problem(path).cases == (Case("1\n", "2\n"), Case("3\n", "4\n"))
    (tmp_path / "io" / "2.out").unlink()
    with pytest.raises(ProblemError, match=r"p\.yaml:2: cases: 2\.in has no 2\.out beside it"):
        read_problem(path)


def test_long_texts_may_stand_in_files_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("def f(x):\n    return x\n")
    path = tmp_path / "p.toml"
    path.write_text('entry_point = "f"\nreference = {file = "slow.py"}\n')
    assert read_problem(path).reference == "def f(x):\n    return x\n"
    (tmp_path / "slow.py").write_text("def f(x):\n    return (\n")
    with pytest.raises(ProblemError, match=r"p\.toml:2: reference: not Python: .* of slow\.py"):
        read_problem(path)


def test_bytes_that_are_no_file_cannot_read_files() -> None:
    assert "a file cannot be named here" in fault("statement: {file: /etc/passwd}")
    assert "files cannot be named here" in fault("cases: ../*.in")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("statemnt: x", "line 1: statemnt: unknown key; did you mean 'statement'?"),
        ("a: 1\nb: [", "line 2: expected the node content"),
        ("statement: x\nstatement: y", "line 2: statement: a second time"),
        ("statement: 3", "line 1: statement: expected text, got 3; put it in quotes"),
        ("id: x\nlimits:\n  seconds: 0", "line 3: limits.seconds: 0: input should be greater"),
        ("limits: {second: 1}", "line 1: limits.second: unknown key; did you mean 'seconds'?"),
        ("examples:\n- input: 1", "line 2: examples[0]: no result; give output"),
        ("examples:\n- output: 1", "line 2: examples[0]: no input; give input"),
        ("examples:\n- {input: 1, args: [1], output: 1}", "args and input are given"),
        ("examples:\n- {input: 1, output: 1, raises: E}", "output and raises are given"),
        ("examples:\n- {input: 1, output: 1}", "entry_point: missing: examples call a function"),
        ("examples:\n- {call: f(x), output: 1}", "line 2: examples[0].call: x is not a plain"),
        ("examples:\n- {call: f(1, output: 1}", "examples[0].call"),
        ("examples:\n- {call: f(1), returns: a b}", "examples[0].returns: 'a b' is not a Python"),
        ("examples:\n- {call: f(1), returns: [1]}", "must be Python text in quotes"),
        ("entry_point: g\nexamples:\n- f(1) == 2", "examples[0]: 'f(1) == 2' is not an example"),
        ("entry_point: g\nexamples:\n- {call: f(1), output: 2}", "calls 'f', but the function"),
        ("entry_point: g\nsignature: def f(x)", "line 1: entry_point: 'g', but the signature"),
        ("signature: def f(x", "line 1: signature: 'def f(x' is not a def line"),
        ("entry_point: a b", "line 1: entry_point: 'a b' is not a Python name"),
        ("starter: |\n  import re\n  x = (\n", "line 3: starter: not Python: '(' was never closed"),
        ("asserts: |\n  assert f(1) == 2\n\n  assert f(\n", "line 4: asserts: not Python"),
        ("asserts: assert 1 == 1", "entry_point: missing: asserts call a function"),
        ("tests: [{kind: chek, source: x}]", "tests[0].kind: 'chek' is not one of"),
        ("tests: [{kind: check, source: x = 1}]", "tests[0].source: defines no function 'check'"),
        ("entry_point: f\ndoctests: nothing", "doctests: holds no >>> example"),
        ("entry_point: f\ncases: [{stdin: a, stdout: b}]", "cases: stdin/stdout cases ask for"),
        ("properties: ['def p(f, x: int): assert f(x)']", "entry_point: missing: properties"),
        ("entry_point: f\nproperties: ['def p(): ...']", "properties[0]: wants one function"),
        ("comparison: {checker: x = 1}", "comparison.checker: defines no function 'check'"),
        ("objective: quick", "objective: 'quick' is not one of 'correct', 'fastest'"),
        ("", "empty; a problem has at least a statement"),
        ("[]", "an empty list of problems"),
        ("- statement: x\n- statemnt: x", "line 2: [1].statemnt: unknown key"),
        ("signature: def f(x: int)", "line 1: a second colon; put a text that contains ': ' in q"),
        ("just text", "line 1: expected a mapping, got 'just text'"),
        ("a: 1\n---\nb: 2", "line 2: a second document begins"),
        ("statement: !!python/object:os.system x", "line 1: unknown tag"),
    ],
)  # fmt: skip
def test_a_fault_is_one_line_that_names_its_place(text: str, message: str) -> None:
    assert message in fault(text)


@pytest.mark.parametrize(
    ("text", "format", "message"),
    [
        ('{"statement": "x",\n "limts": {}}', "json", "line 2: limts: unknown key; did you mean"),
        ('{"statement": "x"\n "id": 3}', "json", "line 2: Expecting ',' delimiter"),
        ('{"id": "a",\n"id": "b"}', "json", "line 2: id: a second time"),
        ('statement = "x"\nid = \n', "toml", "line 2: Invalid value"),
        ('id = "a"\n[[examples]]\ninput = 1\nouput = 2\n', "toml", "line 4: examples[0].ouput: un"),
        ('[limits]\nseconds = 1\n"memory_mb" = "x"', "toml", "line 3: limits.memory_mb: expected"),
        ("\n{", "jsonl", "line 2: "),
        ('{"a": 1}', "jsonl", "line 1: a row of no known kind: it has a; known rows have"),
        ("\n\n", "jsonl", "no rows"),
        ("def f(x):\n    return 1\n", "python", "line 1: no function to write"),
    ],
)
def test_lines_are_known_in_every_format(text: str, format: Format, message: str) -> None:
    assert message in fault(text, format)


def test_a_fault_in_a_file_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(b"statement: x\nid: \xff\n")
    with pytest.raises(ProblemError, match=r"p\.yaml:2: not UTF-8: byte 0xff"):
        read_problem(path)
    with pytest.raises(ProblemError, match=r"none\.yaml: no such file"):
        read_problem(tmp_path / "none.yaml")
    with pytest.raises(ProblemError, match=r"p\.txt: unknown kind of file; known: \.yaml"):
        read_problem(tmp_path / "p.txt")
    (tmp_path / "d.yaml").mkdir()
    with pytest.raises(ProblemError, match="cannot be read: Is a directory"):
        read_problem(tmp_path / "d.yaml")


def test_examples_know_the_lines_they_stand_on(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "statement: x\nexamples:\n- f(1) == 2\n- call: f(2)\n  output: 3\n"
        "asserts: |\n  assert f(3) == 4\n\n  assert f(4) == 5\n"
    )
    _, origin = read_located(path)
    assert [origin.line(f"examples[{index}]") for index in range(4)] == [3, 4, 7, 9]
    assert origin.line("examples[3].expected") == 9


def test_rows_are_chosen_by_line_or_by_id(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(
        '{"id": "a/1", "statement": "one", "asserts": "assert f(1) == 1"}\n\n'
        '{"id": "a/2", "statement": "two", "asserts": "assert f(1) == 2"}\n'
    )
    assert [problem.id for problem in read_problems(path)] == ["a/1", "a/2"]
    assert read_problem(f"{path}:3").statement == "two"
    assert read_problem(f"{path}#a/2").statement == "two"
    assert read_problem(path, row=1).statement == "one"
    assert read_problem(path, row="a/1").statement == "one"
    assert [problem.id for problem in read_problems(f"{path}#a/2")] == ["a/2"]
    with pytest.raises(ProblemError, match=r"no problem 'a/3'; did you mean 'a/\d'"):
        read_problem(f"{path}#a/3")
    with pytest.raises(ProblemError, match="no row on line 2"):
        read_problem(f"{path}:2")
    with pytest.raises(ProblemError, match=r"holds 2 problems; choose one: rows\.jsonl:NUMBER"):
        read_problem(path)


def test_a_list_holds_many_problems(tmp_path: Path) -> None:
    path = tmp_path / "many.yaml"
    path.write_text("- {id: a, statement: one}\n- {statement: two}\n")
    assert [problem.id for problem in read_problems(path)] == ["a", "many-2"]
    assert read_problem(f"{path}:2").statement == "two"
    assert read_problem(f"{path}#a").statement == "one"


@pytest.mark.parametrize(
    ("name", "source", "kind"),
    [
        ("t.py", "def test_x():\n    assert f(1)\n", "pytest"),
        ("t.py", "class TestF:\n    def test_x(self): assert f(1)\n", "pytest"),
        ("t.py", "def check(candidate):\n    assert candidate(1)\n", "check"),
        ("t.py", "assert f(1)\n", "asserts"),
        ("t.py", "for n in (1, 2):\n    assert f(n)\n", "asserts"),
        ("t.txt", ">>> f(1)\n1\n", "doctest"),
    ],
)
def test_a_file_of_tests_shows_its_kind(tmp_path: Path, name: str, source: str, kind: str) -> None:
    (tmp_path / name).write_text(source)
    problem = tmp_path / "p.yaml"
    problem.write_text("entry_point: f\n")
    (test,) = read_problem(problem, tests=tmp_path / name).tests
    assert (test.kind, test.source, test.name) == (kind, source, name)


@pytest.mark.parametrize(
    ("source", "message"), [("x = 1\n", "no tests: wants test_"), ("def (", r"t\.py:1: not Python")]
)
def test_a_file_without_tests_is_refused(tmp_path: Path, source: str, message: str) -> None:
    (tmp_path / "t.py").write_text(source)
    with pytest.raises(ProblemError, match=message):
        read_tests(tmp_path / "t.py")


def test_a_problem_may_let_its_programs_start_processes(tmp_path):
    file = tmp_path / "p.yaml"
    text = "id: p\nstatement: s\nexamples: ['f(1) == 2']\nlimits: {spawn: true}\n"
    file.write_text(text)
    assert read_problem(file).limits == Limits(spawn=True)
    file.write_text(text.replace("true", "perhaps"))
    with pytest.raises(ProblemError, match=r"p\.yaml:4: limits\.spawn"):
        read_problem(file)
