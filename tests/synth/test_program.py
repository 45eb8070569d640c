"""Programs of one key do the same: a verdict is lent from one to the other."""

from __future__ import annotations

import pytest

from synth.program import Program


def key(source: str) -> str:
    return Program(source, "f").key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f(x):\n    a = x\n    return a", "def f(x):  # the same\n    b = x\n    return b"),
        ("def f(x):\n    '''Doc.'''\n    return x", "def f(x):\n    return x"),
        (
            "def f(xs):\n    return [x for x in xs if x]",
            "def f(xs):\n    return [y for y in xs if y]",
        ),
    ],
)
def test_layout_docstrings_and_names_of_locals_do_not_tell_programs_apart(
    one: str, other: str
) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f(_0):\n    a = 1\n    return a", "def f(_0):\n    a = 1\n    return _0"),
        (
            "def f(xs):\n    a = [max for max in xs]\n    return max(a)",
            "def f(xs):\n    a = [min for min in xs]\n    return min(a)",
        ),
        (
            "A = 1\nB = 2\ndef f(x):\n    def g():\n        A = x\n    return A",
            "A = 1\nB = 2\ndef f(x):\n    def g():\n        B = x\n    return B",
        ),
        (
            "def f(x):\n    '''1'''\n    return int(f.__doc__)",
            "def f(x):\n    '''2'''\n    return int(f.__doc__)",
        ),
        (
            "def g():\n    a = 1\ndef f(x):\n    return g.__code__.co_varnames",
            "def g():\n    b = 1\ndef f(x):\n    return g.__code__.co_varnames",
        ),
    ],
)
def test_programs_that_do_different_things_have_different_keys(one: str, other: str) -> None:
    assert key(one) != key(other)
