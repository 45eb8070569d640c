"""Strategies that go level by level, and depth first: what each promises of its own."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.batch import Batch, room
from search.beam import Beam, one_of_each_class
from search.top_k import gumbel_top_k, top_k
from search.tree import Expansion, Tree
from search.tree_search import TreeSearch
from tests.search.stepping import Search


def test_a_batch_numbers_draws_as_the_tree_will() -> None:
    tree = Tree()
    tree.add(Expansion((0,), "draft"))
    batch = Batch(tree, slots=3, nodes=4)
    assert batch.add((0,), "draft", n=3) == 3
    assert batch.add((0,), "draft", n=3) == 1
    assert batch.add((0,), "draft") == 0
    assert [expansion.draw for expansion in batch.expansions] == [1, 2]
    assert room(tree, 5) == 4


@given(st.lists(st.floats(-5, 5), max_size=12), st.integers(0, 12))
def test_top_k_is_the_front_of_a_stable_sort(scores: list[float], k: int) -> None:
    order = sorted(range(len(scores)), key=lambda i: -scores[i])
    assert top_k(scores, k) == order[:k]


def test_gumbel_top_k_samples_in_proportion_and_without_replacement() -> None:
    generator = random.Random(0)
    logits = [math.log(p) for p in (0.5, 0.3, 0.2)]
    draws = [gumbel_top_k(logits, 2, generator) for _ in range(4000)]
    assert all(len(set(draw)) == 2 for draw in draws)
    assert sum(draw[0] == 0 for draw in draws) / 4000 == pytest.approx(0.5, abs=0.03)
    # P(second is 1 | first is 0) = 0.3 / 0.5
    after = [draw[1] for draw in draws if draw[0] == 0]
    assert sum(second == 1 for second in after) / len(after) == pytest.approx(0.6, abs=0.04)


def test_beam_repairs_the_best_of_each_level_and_keeps_better_parents() -> None:
    search = Search(Beam(width=2, siblings=1, drafts=3, depth=2))
    assert search.level([0.2, 0.9, 0.5]) == [0, 0, 0]
    assert search.level([0.3, 0.6]) == [2, 3]
    assert search.level([0.1, 0.1]) == [2, 5]
    assert search.strategy.done(search.tree)


def test_a_published_beam_forgets_the_parents() -> None:
    search = Search(Beam(width=2, siblings=1, drafts=3, depth=2, elitist=False))
    search.level([0.2, 0.9, 0.5])
    search.level([0.3, 0.6])
    assert search.level([0.1, 0.1]) == [5, 4]


def test_of_one_behaviour_class_only_the_best_is_kept() -> None:
    tree = Tree()
    tree.add(Expansion((0,), "draft", n=4))
    for node, (value, label) in enumerate([(0.5, 7), (0.6, 7), (0.5, -1), (0.5, -1)], 1):
        tree.finish(node, value=value, behaviour=label)
    assert one_of_each_class(tree, [1, 2, 3, 4]) == [2, 3, 4]


def test_depth_first_goes_down_at_once_and_leaves_a_branch_that_falls() -> None:
    search = Search(TreeSearch(width=3, branching=2, depth=3, limit=20))
    assert search.level([0.5], slots=1) == [0]
    assert search.level([0.4], slots=1) == [1]  # fell below its parent: not built on
    assert search.level([0.6], slots=1) == [1]
    assert search.level([0.7], slots=1) == [3]  # at depth 3: a leaf
    assert search.level([0.6], slots=1) == [3]
    assert search.level([0.1], slots=1) == [0]


def test_breadth_first_finishes_a_level_before_the_next() -> None:
    search = Search(TreeSearch(order="breadth", width=2, branching=2, depth=3, limit=20))
    parents = [search.level([0.5], slots=1)[0] for _ in range(8)]
    assert parents == [0, 0, 1, 1, 2, 2, 3, 3]
