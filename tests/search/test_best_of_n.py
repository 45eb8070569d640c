"""Best-of-n: the first draft alone, rounds, and diverse parents."""

from __future__ import annotations

import pytest

from search.best_of_n import BestOfN
from search.tree import Tree


def play(strategy: BestOfN, tree: Tree, values: list[float], rows: list[tuple[int, ...]]) -> None:
    """Answer everything asked, in order, until nothing is; behaviour i has rows[i]."""
    while expansions := strategy.ask(tree, 4):
        told: list[int] = []
        for index, expansion in enumerate(expansions):
            for node in tree.add(expansion, index):
                place = (node - 1) % len(values)
                tree.outputs[place] = rows[place]
                tree.finish(node, value=values[place], behaviour=place)
                told.append(node)
        strategy.tell(tree, told)


def test_the_first_draft_is_told_before_others_are_asked():
    tree, strategy = Tree(), BestOfN(n=9, first=1, siblings=4)
    first = strategy.ask(tree, 8)
    assert [expansion.n for expansion in first] == [1]
    nodes = tree.add(first[0])
    assert strategy.ask(tree, 7) == []
    for node in nodes:
        tree.finish(node, value=0.5)
    assert [expansion.n for expansion in strategy.ask(tree, 8)] == [4, 4]


def test_the_best_are_repaired_or_the_most_different():
    """Two crowds of look-alikes and a loner: the best two are of one crowd, the medoids are not."""
    near = [(1, 1, 1, 1, 1, 1), (1, 1, 1, 1, 1, 2), (1, 1, 1, 1, 1, 3)]
    far = [(7, 7, 7, 7, 7, 7), (7, 7, 7, 7, 7, 8), (7, 7, 7, 7, 7, 9)]
    rows, values = near + far, [0.9, 0.8, 0.7, 0.1, 0.2, 0.3]
    parents = {}
    for how in ("best", "medoids"):
        tree = Tree()
        strategy = BestOfN(n=6, rounds=1, width=2, siblings=6, parents=how, exemplars=1)
        play(strategy, tree, values, rows)
        repairs = [node for node in range(1, len(tree)) if tree.actions[node] == "repair"]
        parents[how] = {tree.parents[node][0] - 1 for node in repairs}
        assert all(len(tree.parents[node]) == 2 for node in repairs)  # one shown beside
    assert parents["best"] == {0, 1}
    assert len(parents["medoids"] & {0, 1, 2}) == len(parents["medoids"] & {3, 4, 5}) == 1


@pytest.mark.parametrize("wrong", [{"n": 0}, {"width": 0}, {"first": -1}, {"parents": "worst"}])
def test_wrong_options_are_named(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        BestOfN(**wrong)
