"""How near an answer is: bounded, 1 only for equals, near-misses ahead of far ones."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.problem import Example, Problem, TestCode
from synth.program import Program
from verifiers.compare import equal
from verifiers.value.closeness import closeness
from verifiers.value.evidence import Evidence
from verifiers.value.graded import Graded, outcome_closeness
from verifiers.value.shown_values import Unreadable, read_value
from verifiers.value_text import text_of
from verifiers.verdict import Outcome, Status, Verdict

_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.binary(max_size=4)
)
_hashable = st.one_of(st.integers(-9, 9), st.text(max_size=3), st.booleans())
_values = st.recursive(
    _scalars | st.sets(_hashable, max_size=4) | st.frozensets(_hashable, max_size=3),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(_hashable, inner, max_size=3),
    ),
    max_leaves=8,
)


@given(_values, _values)
def test_closeness_is_in_the_unit_interval_and_one_only_for_equals(a, b):
    near = closeness(a, b)
    assert 0.0 <= near <= 1.0
    if near == 1.0:
        assert equal(a, b)


@given(_values)
def test_a_value_is_as_close_to_itself_as_can_be(value):
    assert closeness(value, value) == 1.0


@given(_values, _values)
def test_closeness_is_the_same_in_both_directions(a, b):
    assert closeness(a, b) == pytest.approx(closeness(b, a), abs=1e-9)


@pytest.mark.parametrize(
    ("expected", "nearer", "farther"),
    [
        (100, 99, 50),
        (0, 1, 7),
        (3.14159, 3.14, 3.0),
        (10**400, 10**399, 10**3),
        ("hello world", "hello worl", "goodbye"),
        ([1, 2, 3], [1, 2], [7]),
        ([1, 2, 3], [2, 3], [9, 9, 9]),
        ([1, 2, 3], [1, 2, 4], [1, 50, 90]),
        ([1, 2, 3], (1, 2, 3), (9, 9)),
        (["a", "b", "c"], ["c", "b", "a"], ["x", "y", "z"]),
        ({1, 2, 3}, {1, 2}, {9}),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, {"z": 1}),
        ({"a": [1, 2]}, {"a": [1, 3]}, {"a": None}),
        (5, "5", None),
        (True, 1, False),
        (math.inf, math.inf, 3.0),
    ],
)
def test_a_near_miss_is_closer_than_a_far_one(expected, nearer, farther):
    assert closeness(expected, nearer) > closeness(expected, farther)


def test_what_a_candidate_answers_cannot_make_the_comparison_slow():
    deep: list = []
    for _ in range(500):
        deep = [deep, deep]
    assert closeness(deep, [deep]) < 1.0  # unbounded, this takes 2**500 steps
    assert closeness([[[0] * 39] * 39] * 39, [[[1] * 39] * 39] * 39) < 1.0
    assert closeness("a" * 10**6, "b" * 10**6) == 0.0
    assert closeness(list(range(10**5)), list(range(10**5, 0, -1))) < 1.0


@given(_values)
def test_a_value_shown_in_a_verdict_is_read_back(value):
    text = text_of(value, 10_000)
    try:
        read = read_value(text)
    except Unreadable:
        # A text cut for its length, or an int beyond what prints.
        assert "..." in text or "<int of" in text
        return
    assert equal(value, read, types="exact")


@pytest.mark.parametrize(
    "text",
    ["f(1)", "<Thing>", "a", "1 + 1", "10**10**10", "", "[1, ...<900 characters>...", "__x__"],
)
def test_what_is_no_literal_is_not_read(text):
    with pytest.raises(Unreadable):
        read_value(text)


def outcome(status=Status.FAILED, **fields):
    return Outcome("example", "example 1", status, **fields)


def test_a_near_miss_outranks_a_crash_and_a_pass_outranks_both():
    problem = Problem(id="p", statement="s")
    verdicts = [
        Verdict((outcome(Status.PASSED),)),
        Verdict((outcome(expected="[1, 2, 3]", actual="[1, 2, 4]"),)),
        Verdict((outcome(expected="[1, 2, 3]", actual="None"),)),
        Verdict((outcome(Status.ERROR, expected="[1, 2, 3]", error="TypeError: no"),)),
        None,
    ]
    scores = Graded().score(problem, [Evidence(None, verdict) for verdict in verdicts])
    assert scores[0] == 1.0
    assert 0.5 > scores[1] > scores[2] == scores[3] == scores[4] == 0.0


def test_a_failed_check_is_never_as_close_as_a_pass():
    same = outcome(expected="[1]", actual="[1]")  # an object that prints like the answer
    assert outcome_closeness(same) < 1.0


def test_printed_text_is_compared_by_words_and_letters():
    near = Outcome("stdio", "case 1", Status.FAILED, expected="1 2 3\n", actual="1 2 4\n")
    far = Outcome("stdio", "case 1", Status.FAILED, expected="1 2 3\n", actual="no\n")
    assert outcome_closeness(near) > outcome_closeness(far)


def test_a_number_left_by_the_verifier_is_used_for_values_too_long_to_show():
    long = outcome(expected="[0, 0, ...", actual="[0, 1, ...", details={"closeness": 0.9})
    assert outcome_closeness(long) == 0.9


def test_an_assertion_that_is_no_value_gives_nothing():
    assert outcome_closeness(outcome(expected="a true value", actual="a fals")) == 0.0


async def test_a_wrong_answer_too_long_to_show_keeps_how_near_it_came():
    from verifiers.sandbox import Sandbox
    from verifiers.verify import StandardVerifier

    long = list(range(500))
    problem = Problem(
        id="p",
        statement="The first n whole numbers.",
        entry_point="f",
        examples=(Example((500,), long),),
        tests=(TestCode("asserts", f"assert f(500) == {long}"),),
    )
    near = Program("def f(n):\n    return list(range(n - 1)) + [7]\n", "f")
    far = Program("def f(n):\n    return [-5] * 900\n", "f")
    async with Sandbox() as sandbox:
        verdicts = await StandardVerifier(sandbox).verify(problem, [near, far])
    for one, other in zip(verdicts[0].outcomes, verdicts[1].outcomes, strict=True):
        assert outcome_closeness(one) > 0.9
        assert outcome_closeness(other) < 0.5
    first, second = Graded().score(problem, [Evidence(None, verdict) for verdict in verdicts])
    assert 0.5 > first > second


def test_items_of_one_hash_are_not_counted() -> None:
    crowd = [k * (2**61 - 1) for k in range(100_000)]
    assert closeness([1] * 300, crowd) < 0.5
