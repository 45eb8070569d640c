from __future__ import annotations

import ast
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from verifiers.compare import equal
from verifiers.value_text import call_text, cut, error_text, text_of

leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    leaves | st.text(max_size=10) | st.binary(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.sets(st.integers(), min_size=1, max_size=4)
    ),
    max_leaves=10,
)


@given(values)
def test_what_fits_reads_back_as_the_same_value(value: Any) -> None:
    text = text_of(value, 10_000)
    assert equal(value, ast.literal_eval(text), types="exact")


@given(values, st.integers(0, 80))
def test_the_text_never_exceeds_its_limit(value: Any, limit: int) -> None:
    assert len(text_of(value, limit)) <= limit
    assert len(cut(repr(value), limit)) <= limit


def test_sets_print_in_order_whatever_their_hashes() -> None:
    assert text_of({"c", "a", "b"}) == "{'a', 'b', 'c'}"
    assert text_of({3, 1, 2.5}) == "{1, 2.5, 3}"
    assert text_of(frozenset({frozenset({"b", "a"}), "x"})) == (
        "frozenset({frozenset({'a', 'b'}), 'x'})"
    )
    assert text_of({(2, "b"), (1, "a")}) == "{(1, 'a'), (2, 'b')}"
    assert text_of(set()) == "set()"


def test_huge_values_are_cut_without_being_printed_whole() -> None:
    text = text_of(list(range(10**6)), 200)
    assert text.startswith("[0, 1, 2")
    assert len(text) <= 200
    assert "bits" in text_of(10**10_000)
    assert "characters" in text_of("x" * 10**6, 100)
    nested: list[Any] = []
    for _ in range(500):
        nested = [nested]
    assert "..." in text_of(nested, 10_000)


def test_calls_are_written_as_python() -> None:
    assert call_text("f", (1, "a"), {"key": [2]}) == "f(1, 'a', key=[2])"
    assert len(call_text("f", ("x" * 1000,), {}, 60)) <= 60


def test_sets_within_sets_take_no_longer_with_each_level() -> None:
    nested: frozenset[Any] = frozenset()
    for _ in range(140):  # at twice the work for each, not in this universe's time
        nested = frozenset([nested])
    assert text_of(nested, 400).startswith("frozenset({frozenset({")


def test_no_value_is_too_long_to_have_a_text() -> None:
    huge = 10**5_000  # beyond what the interpreter converts
    assert text_of(range(3)) == "range(0, 3)"
    assert text_of(range(1, 9, 2)) == "range(1, 9, 2)"
    assert "bits" in text_of(range(huge))
    assert "bits" in text_of(Fraction(1, huge))
    assert text_of(Fraction(1, 2)) == "Fraction(1, 2)"
    assert error_text(KeyError("x")) == "KeyError: 'x'"
    assert error_text(KeyError(huge)) == "KeyError: <no message>"
