"""Whatever the bytes, the readers give problems or one ProblemError of one line."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from synth.errors import ProblemError
from synth.problem import Problem
from synth.problem_file import Format, parse_problems, read_problems
from synth.problem_json import problem_from_json, problem_to_json
from synth.problem_lint import lint
from synth.problems.docstring_examples import find_examples
from synth.problems.literal import NotLiteral, NotPython, read_literal
from synth.problems.schema import ProblemForm

FORMATS: list[Format] = ["yaml", "json", "toml", "python", "jsonl"]
PROBLEMS = Path(__file__).resolve().parents[2] / "experiments" / "problems"
SEEDS = [path.read_bytes() for path in sorted(PROBLEMS.rglob("*")) if path.is_file()]

# Words that get a text past the first gate of a format.
WORDS = """statement: examples: input: output: call: returns: raises: asserts: signature | - [ ] { }
"x" 'y' # = : , def f(x): return ... pass >>> assert f(1) == 2 &a *a !!set !x ? --- %YAML
[[examples]] [limits] seconds f( ) 1 nan \\ # synth: class A: async lambda: @f import x"""
PIECES = st.sampled_from(WORDS.split()) | st.sampled_from(
    [" ", "  ", "\n", "\n  - ", "\n    ", "\n\n", "\t", "\r", "\0", '"""', "\ufeff", "\ud800"]
)
texts = st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=60)
raws = (
    st.binary(max_size=80)
    | texts.map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.tuples(st.sampled_from(SEEDS), st.integers(0, 400), st.integers(0, 6), texts).map(
        lambda cut: cut[0][: cut[1]] + cut[3].encode("utf-8", "replace") + cut[0][cut[1] + cut[2] :]
    )
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["f(1)", "def f(x)", "assert f(1) == 2", "*.in", "../x", "check", ">>> f(1)\n1"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["input", "args", "output", "call", "file", "source", "kind", "x"])
            | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
KEYS = [
    *ProblemForm.model_fields,
    *("prompt", "entry_point", "test", "task_id", "test_list", "text", "code", "given_tests"),
    *("public_tests", "private_tests", "description", "input_output", "buggy", "name"),
    *("json_tests", "pytest", "stdin_tests", "assertion", "correctness_tests"),
]
rows = st.dictionaries(st.sampled_from(KEYS), json_values, max_size=6)


def check(problems: list[Problem]) -> None:
    """What holds of every problem that was read."""
    assert problems
    for problem in problems:
        stored = json.loads(json.dumps(problem_to_json(problem), allow_nan=False))
        assert problem_from_json(stored).hash == problem.hash
        for finding in lint(problem):
            assert "\n" not in str(finding)


def parsed(raw: bytes, format: Format) -> None:
    try:
        problems = parse_problems(raw, format)
    except ProblemError as error:
        fault = str(error)
    else:
        fault = ""
        check(problems)
    assert "\n" not in fault


@pytest.mark.parametrize("format", FORMATS)
@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(raw=raws)
def test_any_bytes_give_a_problem_or_a_problem_error(format: Format, raw: bytes) -> None:
    parsed(raw, format)


@pytest.mark.parametrize("format", ["json", "jsonl"])
@settings(deadline=None, max_examples=250, suppress_health_check=list(HealthCheck))
@given(row=rows)
@example(row={"statement": {"\n": None}})
def test_any_row_gives_a_problem_or_a_problem_error(format: Format, row: dict[str, Any]) -> None:
    parsed(json.dumps(row).encode(), format)


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(raw=st.binary(max_size=60), whole=st.booleans())
def test_any_gzip_file_gives_problems_or_a_problem_error(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, whole: bool
) -> None:
    packed = gzip.compress(b'{"statement": "x", "asserts": "assert f(1) == 1"}')
    path = tmp_path_factory.mktemp("fuzz") / "p.json.gz"
    path.write_bytes(packed[: len(raw)] + raw if whole else raw)
    try:
        problems = read_problems(path)
    except ProblemError as error:
        fault = str(error)
    else:
        fault = ""
        check(problems)
    assert "\n" not in fault


@settings(deadline=None)
@given(texts)
def test_any_text_has_a_literal_value_or_none(text: str) -> None:
    with suppress(NotLiteral, NotPython):
        read_literal(text)


@settings(deadline=None)
@given(texts, st.lists(st.sampled_from(["x", "y"]), max_size=2))
def test_any_docstring_can_be_searched_for_examples(text: str, parameters: list[str]) -> None:
    found = find_examples(text, "f", parameters=parameters)
    assert len(found.examples) == len(found.lines)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        "{" * 5_000,
        '{"a":' * 50_000,
        "a: " * 2_000,
        "- " * 3_000,
        "a = " + "[" * 50_000,
        "a = " + "{a=" * 5_000,
        "[[examples]]\n" * 2_000,
        "(" * 50_000,
        "def f(x): ...\n" + "-" * 50_000 + "1",
        "x = " + "+".join(["1"] * 30_000) + "\ndef f(x): ...",
        "statement: " + "9" * 5_000,
        '{"statement": ' + "9" * 5_000 + "}",
        "statement = " + "9" * 5_000,
        "[" * 5_000 + "]" * 5_000,
        "asserts: assert f(1) == " + "[" * 500 + "]" * 500,
        '{"asserts": "assert f(1) == ' + "[" * 80 + "]" * 80 + '"}',
        'examples: [{call: "f(' + "-" * 3_000 + '1)", output: 1}]',
        'examples: [{call: "f(9**9**9**9)", output: 1}]',
        'examples: [{call: "f([[[0]*99999]*99999]*99999)", output: 1}]',
        "a: &a [1]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(50)),
    ],
    ids=lambda text: text[:24] if len(text) > 24 else text,
)
def test_deep_and_long_texts_are_refused_and_not_survived_by_luck(
    format: Format, text: str
) -> None:
    parsed(text.encode(), format)
