"""Formulas of tree search, the sums they read, and how a batch is spread."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import search.backup
from search.backup import Statistics, blend, own_value
from search.bug_kernel import BugKernel
from search.child_choice import may_widen, puct, uct, with_virtual_loss
from search.registry import create
from search.retrieval_prior import flatten, novelty
from search.simulation import Result, simulate
from search.tree import Expansion, State, Tree


def test_uct_is_the_mean_plus_the_confidence_radius() -> None:
    assert uct(0.5, 4, 16, 1.0) == pytest.approx(0.5 + math.sqrt(math.log(16) / 4))
    assert uct(0.5, 4, 0, 1.0) == 0.5


def test_puct_weighs_the_prior_by_how_little_a_child_was_visited() -> None:
    assert puct(0.5, 0.25, 3, 16, 2.0) == pytest.approx(0.5 + 2 * 0.25 * 4 / 4)


def test_widening_admits_k_n_to_the_alpha_children_and_always_one() -> None:
    assert [may_widen(c, 16, 1.0, 0.5) for c in (0, 3, 4)] == [True, True, False]
    assert may_widen(0, 0, 0.0, 0.5)
    assert [may_widen(c, 1000, 5.0, 0.0) for c in (4, 5)] == [True, False]


def test_virtual_loss_counts_what_is_pending_as_lost() -> None:
    assert with_virtual_loss(0.8, 4, 4, 1.0) == pytest.approx(0.4)
    assert with_virtual_loss(0.8, 4, 4, 0.0) == 0.8
    assert blend(0.2, 1.0, 0.25) == pytest.approx(0.4)


def test_a_novel_problem_flattens_the_prior_and_a_known_one_does_not() -> None:
    assert novelty(1.0) > 0.999 > 0.4 > novelty(0.0)
    assert novelty(0.007) == pytest.approx(0.5)
    assert flatten([0.9, 0.1], 0.0) == [0.9, 0.1]
    assert flatten([0.9, 0.1], 1.0) == pytest.approx([0.5, 0.5])
    assert sum(flatten([0.6, 0.3], 0.3)) == pytest.approx(0.9)


Move = tuple[int, int, float]
moves = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from([0, 1, 2, 3]), st.floats(0, 1)), max_size=40
)


def replay(steps: list[Move]) -> tuple[Tree, Statistics]:
    """A tree grown by `steps` (where, state, value), told in another order than asked."""
    tree, stats = Tree(), Statistics()
    late = []
    for where, state, value in steps:
        node = tree.add(Expansion((where % len(tree),), "a"))[0]
        if State(state) is State.OPEN:
            late.append((node, value))
            continue
        tree.finish(node, state=State(state), value=value if state == 1 else math.nan)
        stats.see(tree)
        stats.settle(tree, node, own_value(tree, node))
    for node, value in late[::2]:
        tree.finish(node, value=value)
        stats.see(tree)
        stats.settle(tree, node, value)
    stats.see(tree)
    return tree, stats


@settings(deadline=None)
@given(moves)
def test_the_sums_of_a_subtree_are_those_of_its_nodes(steps: list[Move]) -> None:
    tree, stats = replay(steps)
    for node in range(len(tree)):
        below = [other for other in range(1, len(tree)) if node in tree.path(other)]
        told = [o for o in below if tree.states[o] in (State.DONE, State.FAILED)]
        values = [own_value(tree, other) for other in told]
        assert stats.visits[node] == len(told)
        assert stats.totals[node] == pytest.approx(sum(values))
        assert stats.squares[node] == pytest.approx(sum(v * v for v in values))
        assert stats.bests[node] == max(values, default=0.0)
        assert stats.pending[node] == sum(tree.states[o] is State.OPEN for o in below)
        children = tree.children[node]
        assert stats.child_pending[node] == sum(tree.states[c] is State.OPEN for c in children)
        assert stats.born(tree, node) == sum(
            tree.states[c] is not State.CANCELLED for c in children
        )


def test_the_compiled_walk_gives_the_same_sums_bit_for_bit() -> None:
    steps = [(node, 1 + (node % 7 == 3), (node * 37 % 101) / 100) for node in range(200)]
    _, plain = replay(steps)
    limit, search.backup.COMPILE_ABOVE = search.backup.COMPILE_ABOVE, -1
    try:
        _, compiled = replay(steps)
    finally:
        search.backup.COMPILE_ABOVE = limit
    assert plain == compiled


SPREADING = ["mcts", "puct", "ab-mcts-a", "ab-mcts-m", "best-first", "rex", "evolve"]


@pytest.mark.parametrize("name", SPREADING)
def test_a_batch_of_8_holds_at_least_7_distinct_nodes_and_actions(name: str) -> None:
    """Once the tree has programs enough to choose from: 8 slots, asked 8 at a time."""
    checked = 0
    for seed in range(4):
        strategy, world = create(name, {"limit": 96}), BugKernel(seed=seed, draft_rate=0.9)
        tree = Tree()
        for round_number in range(12):
            batch = strategy.ask(tree, 8)
            if round_number >= 3 and len(batch) == 8:
                pairs = {(expansion.parents[0], expansion.action) for expansion in batch}
                assert len(pairs) >= 7, (name, seed, round_number, pairs)
                checked += 1
            settle(tree, strategy, world, [(e, tree.add(e)) for e in batch])
    assert checked >= 20


def settle(tree: Tree, strategy: Any, world: BugKernel, asked: list[Any]) -> None:
    for expansion, nodes in asked:
        for node, result in zip(nodes, world.answer(tree, expansion, nodes), strict=True):
            finish(tree, node, result)
        strategy.tell(tree, list(nodes))


def finish(tree: Tree, node: int, result: Result) -> None:
    tree.finish(
        node,
        state=result.state,
        value=result.value if result.state is State.DONE else math.nan,
        behaviour=result.behaviour,
    )


@pytest.mark.parametrize("name", ["mcts", "puct", "sra-mcts", "gumbel", "ab-mcts-a"])
def test_no_paid_result_is_discarded(name: str) -> None:
    """Whatever order results come in, every one is in the statistics of the root."""
    strategy = create(name, {"limit": 60})
    record = simulate(
        strategy,
        BugKernel(seed=3, draft_rate=0.9, spread=4.0),
        order="arrival",
        stop_when_solved=False,
    )
    stats: Statistics = strategy._stats  # type: ignore[attr-defined]
    told = [s in (State.DONE, State.FAILED) for s in record.tree.states[1:]]
    assert stats.visits[0] == sum(told) == 60
    assert stats.pending[0] == 0


@pytest.mark.parametrize(
    "name", ["mcts", "puct", "lats", "ab-mcts-a", "ab-mcts-m", "best-first", "rex"]
)
def test_depth_5000_is_ordinary(name: str) -> None:
    """A chain of 5,000 repairs, told in one go; then it asks, is told, and can be copied."""
    tree = Tree()
    for node in range(5000):
        tree.add(Expansion((node,), "repair" if node else "draft"), node)
        tree.finish(node + 1, value=node / 5001)
    strategy = create(name, {"limit": 10_000})
    strategy.tell(tree, range(1, 5001))
    for index in range(3):
        batch = strategy.ask(tree, 8)
        assert len(batch) == 8
        for expansion in batch:
            for node in tree.add(expansion, 5000 + index):
                tree.finish(node, value=0.5)
                strategy.tell(tree, [node])
    twin = copy.deepcopy(strategy)
    assert twin.ask(tree, 4) == strategy.ask(tree, 4)
