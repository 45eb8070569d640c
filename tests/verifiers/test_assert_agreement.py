"""Judging an assertion from a program's answers agrees with running it, whatever its shape."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from synth.problem import TestCode
from verifiers.asserts import plan
from verifiers.pure_language import NotPure
from verifiers.sandbox import CallResult
from verifiers.verdict import Status

_SCALARS = ["0", "1", "-2", "2.5", "True", "None", "'ab'", "'b'", "''"]
_CONTAINERS = ["[1, 2]", "[]", "(1, 'a')", "{1, 2}", "{'k': 1}", "[[1], [2]]"]
literals = st.sampled_from([*_SCALARS, *_CONTAINERS])
names = st.sampled_from(["x", "y"])


def shapes(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    infix = st.sampled_from(
        ["+", "-", "*", "//", "%", "==", "!=", "<", "<=", "in", "is", "and", "or"]
    )
    function = st.sampled_from(
        ["abs", "len", "sorted", "set", "list", "tuple", "str", "sum", "max", "any", "bool", "int"]
    )
    return (
        st.builds("({} {} {})".format, inner, infix, inner)
        | st.builds("{}({})".format, function, inner)
        | st.builds("(not {})".format, inner)
        | st.builds("({})[0]".format, inner)
        | st.builds("({} if {} else {})".format, inner, inner, inner)
        | st.builds("[i for i in {} if i]".format, inner)
        | st.builds("[{}, {}]".format, inner, inner)
        | st.builds("({}).upper()".format, inner)
    )


expressions = st.recursive(
    literals | st.builds("f({})".format, literals) | names, shapes, max_leaves=6
)


def f(value: Any) -> Any:
    """A program with several ways to answer."""
    if value == 0:
        raise ValueError("zero")
    return list(value) if isinstance(value, str) else value


@pytest.mark.filterwarnings("ignore::SyntaxWarning")  # of `1[0]` and its like, which is meant
@settings(max_examples=300, deadline=None)
@given(st.lists(expressions, min_size=1, max_size=3), expressions, literals)
def test_the_plan_of_an_assertion_says_what_running_it_says(
    checks: list[str], bound: str, known: str
) -> None:
    source = "\n".join(
        [f"y = {known}", f"x = f({known})", f"y = {bound}", *(f"assert {c}" for c in checks)]
    )
    try:
        made = plan(TestCode("asserts", source), "f")
        outcomes = made.judge([_answer(call.args) for call in made.calls])
    except NotPure:  # then the test runs as it is, and there is nothing to compare
        assume(False)
        return
    for check, outcome in zip(checks, outcomes, strict=True):
        assert outcome.passed is _passes(source.split("\nassert")[0], check), (source, outcome)


def _answer(arguments: tuple[Any, ...]) -> CallResult:
    try:
        return CallResult(Status.PASSED, f(*arguments))
    except ValueError as error:
        return CallResult(Status.ERROR, error=f"ValueError: {error}", error_type="ValueError")


def _passes(before: str, check: str) -> bool:
    """Runs the bindings the assertion needs, as far as they go, and the assertion."""
    namespace: dict[str, Any] = {"f": f}
    for line in before.splitlines():
        try:
            exec(line, namespace)
        except Exception:
            namespace.pop(line[0], None)  # no value: whoever reads it fails
    try:
        return bool(eval(check, namespace))
    except Exception:
        return False
