"""A stored problem comes back exactly."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.errors import ProblemError
from synth.problem import Case, Comparison, Example, Limits, Problem, Property, TestCode
from synth.problem_json import (
    problem_from_json,
    problem_to_json,
    value_from_json,
    value_to_json,
)

hashable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**400), max_value=10**400)
    | st.floats()
    | st.complex_numbers()
    | st.text(alphabet=st.characters(codec=None))
    | st.binary()
    | st.just(...)
    | st.builds(range, st.integers(), st.integers(), st.integers(min_value=1)),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=6,
)
values = st.recursive(
    hashable,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(hashable, inner, max_size=3)
        | st.sets(hashable, max_size=3)
        | st.tuples(inner)
    ),
    max_leaves=8,
)


def exact(value: Any) -> Any:
    """What tells apart all that a program could tell apart: types, -0.0, nan, dict order."""
    if isinstance(value, float):
        return ("float", value.hex())
    if isinstance(value, complex):
        return ("complex", value.real.hex(), value.imag.hex())
    if isinstance(value, list | tuple):
        return (type(value).__name__, *map(exact, value))
    if isinstance(value, set | frozenset):
        return (type(value).__name__, frozenset(map(exact, value)))
    if isinstance(value, dict):
        return ("dict", *((exact(key), exact(item)) for key, item in value.items()))
    return (type(value).__name__, value)


def through_text(data: Any) -> Any:
    return json.loads(json.dumps(data, allow_nan=False).encode("utf-8"))


@given(values)
def test_a_value_comes_back_with_every_type_inside_it(value: Any) -> None:
    assert exact(value_from_json(through_text(value_to_json(value)))) == exact(value)


@given(
    examples=st.lists(
        st.builds(
            Example,
            args=st.lists(values, max_size=3).map(tuple),
            expected=values,
            kwargs=st.dictionaries(st.sampled_from(["a", "b"]), values),
            raises=st.none() | st.just("ValueError"),
        ),
        max_size=3,
    ),
    statement=st.text(),
    imports=st.none() | st.lists(st.sampled_from(["math", "re"])).map(tuple),
)
def test_a_problem_comes_back_equal_and_with_its_hash(
    examples: list[Example], statement: str, imports: tuple[str, ...] | None
) -> None:
    problem = Problem(
        id="p",
        statement=statement,
        entry_point="f",
        signature="def f(x):",
        starter="import math\n",
        examples=tuple(examples),
        cases=(Case("1\n", "2\n"),),
        tests=(TestCode("check", "def check(candidate): ...", "t"),),
        properties=(Property("def same(f, x: int): assert f(x) == x"),),
        reference="def f(x): ...",
        objective="smallest",
        comparison=Comparison(absolute=0.5, stdout="exact", checker="def check(a, b, c): ..."),
        limits=Limits(seconds=0.5, imports=imports),
    )
    stored = through_text(problem_to_json(problem))
    back = problem_from_json(stored)
    assert back.hash == problem.hash
    assert problem_to_json(back) == stored
    for spec in fields(Problem):
        if spec.name != "examples":
            assert getattr(back, spec.name) == getattr(problem, spec.name)
    for left, right in zip(back.examples, problem.examples, strict=True):
        assert exact([left.args, left.expected, left.kwargs, left.raises]) == exact(
            [right.args, right.expected, dict(right.kwargs), right.raises]
        )


def test_every_field_of_every_record_is_stored() -> None:
    problem = Problem("p", "s", "f", examples=(Example((1,)),), cases=(Case("", ""),))
    stored = problem_to_json(problem)
    assert set(stored) == {spec.name for spec in fields(Problem)} | {"format"}

    def check(record: Any, data: dict[str, Any]) -> None:
        assert set(data) == {spec.name for spec in fields(record)}

    for spec in fields(Problem):
        value = getattr(problem, spec.name)
        if is_dataclass(value):
            check(value, stored[spec.name])
        if isinstance(value, tuple):
            for record, data in zip(value, stored[spec.name], strict=True):
                check(record, data)


def test_equal_sets_are_stored_as_equal_text() -> None:
    upward, downward = set(range(0, 6400, 64)), set(range(6336, -64, -64))
    assert list(upward) != list(downward)  # equal, yet iterated in another order
    assert value_to_json(upward) == value_to_json(downward)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"set": [[]]}, "not a stored set"),
        ({"tuple": 3}, "not a stored tuple"),
        ({"class": 3}, "unknown type 'class'; known: tuple, set"),
        ({"tuple": [], "set": []}, "one key"),
        ({"bytes": "*"}, "not a stored bytes"),
        ({"float": "a"}, "not a stored float"),
    ],
)
def test_what_is_not_a_stored_value_is_refused_in_one_line(data: Any, message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        value_from_json(data)


def test_a_value_of_another_type_names_its_field() -> None:
    problem = Problem("p", "s", "f", examples=(Example((object(),)),))
    with pytest.raises(ProblemError, match=r"examples\[0\]\.args: a value of type object"):
        problem_to_json(problem)


def test_a_problem_of_a_later_format_is_refused() -> None:
    with pytest.raises(ProblemError, match="format 2"):
        problem_from_json({"format": 2})


def test_an_unknown_field_is_refused_with_the_known_ones() -> None:
    stored = problem_to_json(Problem("p", "s"))
    with pytest.raises(ProblemError, match=r"limits\.second: unknown; a Limits has imports"):
        problem_from_json({**stored, "limits": {"second": 3}})


def test_an_integer_too_long_for_decimal_text_is_stored_and_hashed() -> None:
    problem = Problem("p", "s", "f", examples=(Example((10**6000,)),))
    back = problem_from_json(through_text(problem_to_json(problem)))
    assert back == problem
    assert back.hash == problem.hash


def test_too_deep_a_value_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(ProblemError, match="nested too deeply"):
        value_to_json(deep)
