"""The set of hashes is the same set whether it is compiled or not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.inductive import Limits, Synthesis, hash_set, make_task
from synth.inductive.hash_set import HashSet

hashes = st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(-3, 3)


@pytest.fixture(scope="module", autouse=True)
def early() -> Iterator[None]:
    """Compile from the first dozen hashes on, so that small tests reach the table."""
    usual = hash_set.COMPILED_FROM
    hash_set.COMPILED_FROM = 12
    yield
    hash_set.COMPILED_FROM = usual


@settings(deadline=None)
@given(st.lists(st.lists(st.tuples(hashes, st.booleans()), max_size=30), max_size=6))
def test_a_block_adds_what_is_usable_and_new_once(blocks: list[list[tuple[int, bool]]]) -> None:
    seen: set[int] = set()
    both = HashSet(compiled=True), HashSet(compiled=False)
    for block in blocks:
        keys = np.array([key for key, _ in block], dtype=np.int64)
        usable = np.array([flag for _, flag in block], dtype=np.bool_)
        # The compiled table keeps 0 as 1: leave the pair out of the comparison.
        usable &= ~np.isin(keys, [0, 1])
        made = [held.add_block(keys, usable).tolist() for held in both]
        assert made[0] == made[1]
        fresh = {int(key) for key, flag in zip(keys, usable, strict=True) if flag} - seen
        assert {int(keys[place]) for place in made[0]} == fresh
        assert len(made[0]) == len(fresh)
        seen |= fresh
        assert len(both[0]) == len(both[1]) == len(seen)
    for key in list(seen)[:5]:
        assert not both[0].add(key)
        assert not both[1].add(key)


def test_a_table_that_fills_up_grows_and_forgets_nothing() -> None:
    held = HashSet(compiled=True)
    keys = np.random.default_rng(1).integers(2, 1 << 62, size=1_500_000, dtype=np.int64)
    distinct = len(np.unique(keys))
    for start in range(0, len(keys), 100_000):
        held.add_block(keys[start : start + 100_000], None)
    assert len(held) == distinct
    assert len(held.add_block(keys, None)) == 0


def test_a_search_makes_the_same_candidates_compiled_and_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run(flag: str) -> tuple[int, list[str]]:
        monkeypatch.setenv("SYNTH_COMPILED", flag)
        task = make_task([((3, 5), 94), ((10, 2), 33), ((7, 7), 99), ((1, 9), 71)])
        search = Synthesis(task)
        list(search.run(Limits(seconds=300, candidates=150_000, patience=300)))
        return search.candidates, [repr(found.term) for found in search.found]

    assert run("0") == run("1")
