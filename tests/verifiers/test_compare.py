from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifiers.compare import difference, equal

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(max_size=5)
    | st.binary(max_size=5)
)
hashable = st.integers() | st.text(max_size=3) | st.tuples(st.integers(), st.booleans())
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(hashable, inner, max_size=4)
        | st.sets(hashable, max_size=4)
        | st.frozensets(hashable, max_size=3)
    ),
    max_leaves=10,
)


@given(values)
def test_every_value_equals_itself_even_in_exact_types(value: Any) -> None:
    assert equal(value, value)
    assert equal(value, value, types="exact")


@given(values, values)
def test_without_tolerance_the_rule_is_pythons_but_for_nan(left: Any, right: Any) -> None:
    if left == right:
        assert equal(left, right)
    elif "nan" not in repr((left, right)):
        assert not equal(left, right)


@given(values, values)
def test_exact_types_accept_no_more_than_the_default(left: Any, right: Any) -> None:
    if equal(left, right, types="exact"):
        assert equal(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([1, 2], (1, 2)),
        ("a", b"a"),
        ({1}, [1]),
        ({1: 2}, [(1, 2)]),
        (None, 0),
        (None, ""),
        ("1", 1),
        ([], ()),
        ({1, 2}, {1, 3}),
        ({"a": 1}, {"b": 1}),
        ([1], [1, 1]),
        ({}, set()),
    ],
)
def test_different_kinds_and_values_differ(left: Any, right: Any) -> None:
    assert not equal(left, right)
    assert not equal(right, left)
    assert not equal(left, right, absolute=1e9, relative=1e9)


def test_numbers_of_different_types_are_equal_by_value_unless_types_are_exact() -> None:
    assert equal([1, True], [1.0, 1])
    assert not equal([1], [1.0], types="exact")
    assert not equal({1: 0}, {True: 0}, types="exact")
    assert not equal({1}, {1.0}, types="exact")


def test_tolerance_is_for_finite_floats_only() -> None:
    assert equal(1.0, 1.0 + 1e-12, relative=1e-9)
    assert equal(0.0, 1e-7, absolute=1e-6)
    assert not equal(0.0, 1e-7, relative=1e-6)
    assert not equal(1e308, math.inf, absolute=1e308, relative=1e9)
    assert not equal(math.inf, -math.inf, absolute=math.inf)
    assert equal(math.inf, math.inf)
    assert not equal(10**20, 10**20 + 1, relative=1e-6)
    assert not equal(10**400, 1.0, absolute=1e308)
    assert equal(math.nan, math.nan)
    assert not equal(math.nan, 0.0, absolute=math.inf)
    assert equal(1 + 1j, 1 + 1.0000000001j, relative=1e-6)


def test_sets_and_keys_of_floats_match_within_tolerance() -> None:
    assert equal({0.3, 1.0}, {0.1 + 0.2, 1.0}, relative=1e-9)
    assert equal({0.3: "a"}, {0.1 + 0.2: "a"}, relative=1e-9)
    assert not equal({0.3: "a"}, {0.1 + 0.2: "b"}, relative=1e-9)
    assert not equal({0.3}, {0.4}, relative=1e-9)


def test_what_is_no_builtin_equals_nothing_not_even_itself() -> None:
    class Sly:
        def __eq__(self, other: object) -> bool:
            return True

    sly = Sly()
    assert not equal(1, sly)
    assert not equal(sly, sly)


def test_nesting_without_bottom_is_a_difference_not_a_crash() -> None:
    left: list[Any] = []
    right: list[Any] = []
    for _ in range(100_000):
        left, right = [left], [right]
    assert not equal(left, right)
    # Unwind by hand: freeing a chain this long recurses in C.
    while left:
        left, right = left[0], right[0]


def test_the_first_difference_says_where() -> None:
    found = difference({"a": [1, 2, 3]}, {"a": [1, 5, 3]})
    assert str(found) == "at ['a'][1]: the values differ"
    assert str(difference([1], [1, 2])) == "expected 1 items, got 2"
    assert str(difference([1], (1,))) == "expected list, got tuple"


def test_large_sets_compare_without_quadratic_work() -> None:
    floats = {i / 7 for i in range(50_000)}
    assert equal(floats, {x * (1 + 1e-12) for x in floats}, relative=1e-9)
    assert not equal(floats, {x + 0.01 for x in floats}, relative=1e-9)
    assert not equal({(i, 0.5) for i in range(9_000)}, {(i, 0.6) for i in range(9_000)})
    assert equal(set(range(200_000)), set(range(200_000)), types="exact")
    assert not equal(set(range(200_000)), set(range(1, 200_001)))


def test_a_decimal_is_not_converted_to_tell_it_from_a_long_int() -> None:
    assert not equal(Decimal(3), 2**4_000_000 - 1)  # 10 s where Python does it
    assert not equal(2**4_000_000 - 1, Decimal("-0.5"))
    assert equal(Decimal("1E+5000"), 10**5000)
    assert equal(10**5000, Decimal("1E+5000"))
    assert not equal(Decimal("1E+5000"), 10**5000 + 1)
