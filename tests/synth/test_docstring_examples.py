"""Examples are found in docstrings where they are certain, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from synth.problem import Example
from synth.problems.docstring_examples import find_examples, is_valid_doctest


def pairs(text: str, *parameters: str) -> list[tuple[Any, ...]]:
    found = find_examples(text, "f", parameters=parameters)
    return [(*item.args, item.expected) for item in found.examples]


@pytest.mark.parametrize(
    "text",
    [
        ">>> f(1)\n2",
        "  >>> f(1)\n  2\n  And so on.",
        ">>> f(1) == 2\nTrue",
        ">>> f(1) == 2",
        ">>> f(1) -> 2",
        "f(1) == 2",
        "f(1) = 2",
        "f(1) => 2",
        "f(1) ==> 2",
        "* f(1) -> 2",
        "f(1) ➞ 2",
        "f(1) → 2.",
        "f(1) # => 2 (because)",
        "f(1) returns 2",
        "for example f(1) should return 2, and so on",
        "assert f(1) == 2",
        "For x = 1 the output should be 2.",
        "Input: x = 1\nOutput: 2",
        "Example 1:\n  Input: 1\n  Output: 2\n  Explanation: none",
    ],
)
def test_an_example_is_found_in_the_forms_people_use(text: str) -> None:
    assert pairs(text, "x") == [(1, 2)]


@pytest.mark.parametrize(
    "text",
    [
        "f(n) == f(n - 1) + 1",
        "f(1) == 2 + x",
        "f(1) == 2 * 3",
        "f(1) == g(2)",
        "f(1) == 2 or 3",
        "f(1) == 2 if it is so",
        "it is not so that f(1) == 2",
        "f(1) != 2",
        "f(1) is wrong",
        "f(x) == 2",
        "gf(1) == 2",
        "obj.f(1) == 2",
        "f(1) returns [1, 2",
        "f(1) == [1, ..., 9]",
        "For x = 1 nothing is said",
        "Input: x = 1\nNothing: 2",
        ">>> f(1)  # doctest: +ELLIPSIS\n2",
        ">>> g(1)\n2",
        ">>> f(1) == 2\nFalse",
    ],
)
def test_what_is_not_certain_is_no_example(text: str) -> None:
    assert pairs(text, "x") == []


def test_values_of_every_kind_are_read() -> None:
    text = "f([1, (2,)], 'a, b', x={1: None}) => ({3}, b'x', -1.5, True)"
    (example,) = find_examples(text, "f").examples
    assert example == Example(([1, (2,)], "a, b"), ({3}, b"x", -1.5, True), {"x": {1: None}})


def test_an_exception_is_read_off_a_traceback() -> None:
    text = ">>> f(0)\nTraceback (most recent call last):\n    ...\nmy.errors.Empty: no\n"
    assert find_examples(text, "f").examples == (Example((0,), None, {}, "Empty"),)


def test_nothing_below_a_call_means_none() -> None:
    assert pairs(">>> f([])\n\n>>> f([1])\n1\n") == [([], None), ([1], 1)]


def test_lines_over_several_lines_are_one_call() -> None:
    assert pairs("f([\n  [1],\n  [2]\n], 3) == [(0, 0),\n (1, 1)]") == [
        ([[1], [2]], 3, [(0, 0), (1, 1)])
    ]
    assert pairs(">>> f(\n...     1,\n... )\n2") == [(1, 2)]


def test_several_inputs_are_named_in_order() -> None:
    assert pairs("Input: a = [1], b = 'x'\nOutput: 3", "a", "b") == [([1], "x", 3)]
    assert pairs("Input: b = 'x', a = [1]\nOutput: 3", "a", "b") == []


def test_formulas_beside_containers_are_no_examples() -> None:
    text = "f(1) = 3\nf(n) = 1 + n / 2\n\nExamples:\nf(3) = [1, 3, 2, 8]"
    assert pairs(text) == [(3, [1, 3, 2, 8])]


def test_each_example_counts_once_and_knows_its_line() -> None:
    found = find_examples("Text.\n>>> f(1)\n2\n\nf(1) == 2\nf(2) == 3", "f")
    assert [item.args for item in found.examples] == [(1,), (2,)]
    assert found.lines == (1, 5)


def test_a_doctest_that_is_more_than_one_call_is_left_as_text() -> None:
    found = find_examples(">>> x = f(1)\n>>> x + 1\n3\n>>> f(2)\n3\n", "f")
    assert [item.args for item in found.examples] == [(2,)]
    assert found.doctests == ">>> x = f(1)\n>>> x + 1\n3\n"
    assert is_valid_doctest(found.doctests) is None


def test_a_doctest_that_shows_nothing_is_no_test() -> None:
    assert find_examples(">>> import os\n", "f").doctests == ""
