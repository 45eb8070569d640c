"""Sequential halving (Gumbel), and what a roll-out hands back."""

from __future__ import annotations

import pytest

from search.gumbel import Gumbel, halving_scores
from search.mcts import Mcts
from tests.search.stepping import Search


def test_sequential_halving_spends_each_phase_evenly_on_the_better_half() -> None:
    search = Search(Gumbel(considered=4, limit=20))
    search.level([0.1, 0.2, 0.8, 0.9])
    first = search.level([0.0] * 8)
    tops = [search.tree.path(node)[1] for node in range(5, 13)]
    assert sorted(tops) == [1, 1, 2, 2, 3, 3, 4, 4]
    assert len(first) == 8
    search.level([0.0] * 8)
    assert {search.tree.path(node)[1] for node in range(13, 21)} == {3, 4}


def test_halving_scores_add_scaled_values_to_the_noise() -> None:
    assert halving_scores([0.1, 0.2], [1.0, 0.5], [3, 5], 50.0, 0.1) == pytest.approx(
        [0.1 + 5.5, 0.2 + 2.75]
    )


def test_a_roll_out_halves_what_a_program_promised() -> None:
    strategy = Mcts(rollout_steps=1, rollout_width=2, limit=20)
    search = Search(strategy)
    search.ask(1)
    search.tell(1, 0.8)
    assert strategy._stats.visits[1] == 0  # not believed before its roll-out is told
    made = search.ask(3)  # the roll-out once; other slots draft
    assert [[search.tree.parents[node][0] for node in nodes] for nodes in made] == [
        [1, 1],
        [0],
        [0],
    ]
    search.tell(2, 0.2)
    search.tell(3, 0.4)
    assert strategy._stats.totals[1] == pytest.approx((0.8 + 0.4) / 2 + 0.2 + 0.4)
