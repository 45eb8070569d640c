from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from verifiers.mutation import mutants
from verifiers.value_text import text_of

leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.tuples(inner, inner)
        | st.sets(st.integers(), max_size=4)
    ),
    max_leaves=8,
)
seeds = st.lists(st.tuples(values, values), min_size=1, max_size=3)


@given(seeds, st.integers(0, 2**32))
def test_the_same_seed_makes_the_same_mutants(given_inputs: list[tuple], seed: int) -> None:
    first = mutants(given_inputs, count=20, seed=seed)
    again = mutants(given_inputs, count=20, seed=seed)
    assert [text_of(m, 10_000) for m in first] == [text_of(m, 10_000) for m in again]


@given(seeds)
def test_mutants_keep_the_types_of_the_arguments(given_inputs: list[tuple]) -> None:
    shapes = {tuple(type(argument) for argument in arguments) for arguments in given_inputs}
    for mutant in mutants(given_inputs, count=20, seed=1):
        assert tuple(type(argument) for argument in mutant) in shapes


@given(seeds)
def test_mutants_are_new_and_all_different(given_inputs: list[tuple]) -> None:
    texts = [text_of(m, 100_000) for m in mutants(given_inputs, count=20, seed=1)]
    assert len(set(texts)) == len(texts)
    assert not set(texts) & {text_of(arguments, 100_000) for arguments in given_inputs}


@given(seeds)
def test_the_given_inputs_are_left_as_they_were(given_inputs: list[tuple]) -> None:
    before = [text_of(arguments, 100_000) for arguments in given_inputs]
    mutants(given_inputs, count=20, seed=1)
    assert [text_of(arguments, 100_000) for arguments in given_inputs] == before


def test_as_many_as_asked_come_where_there_is_room() -> None:
    assert len(mutants([([1, 2, 3], "word")], count=500, seed=0)) == 500


def test_inputs_that_leave_nothing_to_vary_give_fewer() -> None:
    assert mutants([()], count=10, seed=0) == []
    assert mutants([(True,)], count=10, seed=0) == [(False,)]


def test_strings_of_the_given_inputs_turn_up_in_other_places() -> None:
    made = mutants([("needle", ["hay", "stack"])], count=300, seed=0)
    assert any("needle" in words for _, words in made)
