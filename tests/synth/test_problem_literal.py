"""Python values out of text, without running it."""

from __future__ import annotations

import ast
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.problems.literal import (
    Call,
    NotLiteral,
    NotPython,
    parse_module,
    read_call,
    read_literal,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-3", -3), ("+1.5", 1.5), ("1+2j", 1 + 2j), ("b'x'", b"x"), ("'a' 'b'", "ab"),
        ("(1,)", (1,)), ("()", ()), ("set()", set()), ("{1, 2}", {1, 2}), ("{}", {}),
        ("frozenset({1})", frozenset({1})), ("frozenset()", frozenset()), ("inf", math.inf),
        ("-math.inf", -math.inf), ("float('-inf')", -math.inf), ("2**31 - 1", 2147483647),
        ("'ab' * 2", "abab"), ("[0] * 3", [0, 0, 0]), ("[1] + [2]", [1, 2]), ("7 // 2", 3),
        ("range(3)", range(3)), ("list(range(3))", [0, 1, 2]), ("tuple('ab')", ("a", "b")),
        ("...", ...), ("None", None), ("1_000", 1000), ("0x1F", 31), ("chr(65)", "A"),
        ("{'a': {1: (2, [3])}}", {"a": {1: (2, [3])}}), ("set([1, 1])", {1}),
    ],
)  # fmt: skip
def test_a_literal_is_read(text: str, value: Any) -> None:
    result = read_literal(text)
    assert (result, type(result)) == (value, type(value))


@pytest.mark.parametrize(
    "text",
    [
        "x", "f(1)", "open('x')", "__import__('os')", "().__class__", "[x for x in [1]]",
        "lambda: 1", "f'{1}'", "9**9**9", "[0] * 10**9", "[[[0]*9999]*9999]*9999", "'%999999d' % 1",
        "list(range(10**9))", "{[1]}", "{**{}}", "1/0", "(1).real", "1 if 2 else 3",
        "not 1", "~1", "1 < 2", "float('x')", "chr(-1)", "set(1)", "10.0**400", "1 @ 2",
    ],
)  # fmt: skip
def test_what_is_no_literal_is_refused(text: str) -> None:
    with pytest.raises(NotLiteral):
        read_literal(text)


@pytest.mark.parametrize("text", ["", "(", "'a", "1 2", "x = 1", "\0", "9" * 5000, "(" * 5000])
def test_what_is_no_python_is_refused(text: str) -> None:
    with pytest.raises(NotPython):
        read_literal(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
        | st.binary(),
        lambda inner: st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.integers() | st.text(), inner, max_size=2)
        | st.sets(st.integers()),
        max_leaves=8,
    )
)  # fmt: skip
def test_the_text_of_a_value_is_read_back(value: Any) -> None:
    assert read_literal(repr(value)) == value


@given(st.text(alphabet="[](){}0123456789'\",:+-*/ abfnrsetx", max_size=30))
def test_where_python_knows_a_literal_ours_is_the_same(text: str) -> None:
    try:
        wanted = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return
    assert repr(read_literal(text)) == repr(wanted)


def test_a_call_is_read_with_its_arguments() -> None:
    assert read_call("f(1, (2,), k={3})") == Call("f", (1, (2,)), {"k": {3}})
    for text in ("f", "f(*[1])", "f(**{})", "a.f(1)", "f(x)", "f(1)(2)"):
        with pytest.raises(NotLiteral):
            read_call(text)


def test_odd_escapes_in_a_users_text_are_no_warning_of_ours() -> None:
    assert parse_module(r"x = '\d'").body
