"""Evolution: parents, elites, islands."""

from __future__ import annotations

import pytest

from search.evolve import Evolve, parent_weights
from tests.search.stepping import Search


def test_evolution_weighs_value_against_offspring() -> None:
    weights = parent_weights([0.2, 0.5, 0.8], [0, 0, 3], 10.0)
    assert weights[1] == pytest.approx(0.5)
    assert weights[0] < weights[2] < weights[1]


def test_evolution_keeps_one_elite_a_behaviour_and_shows_inspirations() -> None:
    search = Search(Evolve(islands=1, drafts=4, limit=30))
    search.ask(4)
    for node, (value, label) in enumerate([(0.5, 1), (0.4, 1), (0.3, 2), (0.2, 3)], 1):
        search.tell(node, value, behaviour=label)
    parents = {search.asked[-1].parents for _ in range(3) if search.ask(1)}
    assert all(2 not in group for group in parents)
    assert all(len(set(group)) == 3 for group in parents)


def test_migrants_reach_the_next_island() -> None:
    strategy = Evolve(islands=2, drafts=2, migration_interval=2, limit=40)
    search = Search(strategy)
    search.ask(4)
    for node in range(1, 5):
        search.tell(node, node / 10, behaviour=node)
    assert [len(island.elites) for island in strategy._islands] == [3, 3]
