"""REBASE, chains of repairs, and the vote between them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.chains import Chains
from search.coarse_to_fine import CoarseToFine, vote
from search.rebase import Rebase, allocate
from search.top_k import softmax, top_k
from tests.search.stepping import Search


def test_rebase_divides_the_width_by_softmax_and_spends_it_all() -> None:
    assert allocate([0.5, 0.5], 16, 0.1) == [8, 8]
    assert allocate([1.0, 0.0], 8, 0.1) == [8, 0]
    assert allocate([0.6, 0.5], 10, 0.1) == [8, 2]  # shares 7.3 and 2.7, rounded up best first
    assert allocate([], 4, 0.1) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=10), st.integers(1, 40), st.floats(0.05, 2))
def test_rebase_shares_sum_to_the_width_and_rise_with_the_value(
    values: list[float], width: int, temperature: float
) -> None:
    counts = allocate(values, width, temperature)
    assert sum(counts) == width
    order = top_k(values, len(values))
    spent = [counts[i] for i in order]
    ceilings = [math.ceil(width * share) for share in softmax(values, temperature)]
    assert all(count <= ceiling for count, ceiling in zip(counts, ceilings, strict=True))
    assert spent == sorted(spent, reverse=True)


def test_a_finished_leaf_takes_its_share_of_the_width() -> None:
    search = Search(Rebase(width=4, depth=2, siblings=4))
    search.ask(9)
    search.tell(1, 1.0, solved=True)
    for node in (2, 3, 4):
        search.tell(node, 0.5)
    assert sum(len(nodes) for nodes in search.ask(9)) == 3


def test_chains_grow_evenly_and_go_on_from_the_last_program() -> None:
    search = Search(Chains(parallel=2, serial=3))
    assert search.level([0.5, None]) == [0, 0]
    assert search.level([0.4, 0.6]) == [1, 0]  # the second chain drafts again
    assert search.level([0.3, 0.7]) == [3, 4]
    assert search.strategy.done(search.tree)


def test_a_chain_may_go_on_from_its_best_program_instead() -> None:
    search = Search(Chains(parallel=1, serial=3, source="best"))
    search.level([0.5])
    search.level([0.4])
    assert search.level([0.1]) == [1]


def test_a_vote_is_weighted_by_value_and_unknown_behaviours_stand_alone() -> None:
    outcome = vote([3, 3, 5, -1, -1], [0.4, 0.4, 0.5, 0.1, 0.1])
    assert outcome.label == 3
    assert outcome.confidence == pytest.approx(0.8 / 1.5)
    assert outcome.quality > 0
    assert vote([1, 2], [0.0, 0.0]).confidence == 0.5


def test_a_vote_leaves_an_easy_problem_alone_and_refines_a_hard_one() -> None:
    for labels, values, asks in (
        ([1, 1, 1, 2], [0.8, 0.8, 0.8, 0.1], 0),  # sure, and above the mean
        ([1, 1, 2, 3], [0.3, 0.3, 0.5, 0.6], 4),  # unsure, and below it
    ):
        search = Search(CoarseToFine(k=4, hard="vote"))
        search.ask(4)
        for node, (label, value) in enumerate(zip(labels, values, strict=True), 1):
            search.tell(node, value, behaviour=label)
        assert len(search.ask(9)) == asks
        assert search.strategy.done(search.tree) == (asks == 0)
