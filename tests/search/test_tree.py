"""The tree: what `add` and `finish` promise, and that depth and size are ordinary."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.tree import Expansion, State, Tree


def test_the_root_is_the_problem_and_has_no_parent() -> None:
    tree = Tree()
    assert len(tree) == 1
    assert tree.parents[0] == ()
    assert tree.best == 0
    assert tree.visits == [0]


def test_children_are_numbered_in_the_order_of_asking() -> None:
    tree = Tree()
    assert list(tree.add(Expansion((0,), "draft", n=3))) == [1, 2, 3]
    assert list(tree.add(Expansion((2,), "repair"), 1)) == [4]
    assert tree.children[0] == [1, 2, 3]
    assert tree.depths[4] == 2
    assert tree.path(4) == [0, 2, 4]
    assert tree.expansions[1:] == [0, 0, 0, 1]
    assert (tree.draws[0], tree.draws[2], tree.n_open) == (1, 1, 4)


@given(st.lists(st.tuples(st.integers(0, 100), st.sampled_from(list(State))), max_size=40))
def test_visits_count_what_came_of_a_subtree(moves: list[tuple[int, State]]) -> None:
    tree = Tree()
    for where, state in moves:
        node = tree.add(Expansion((where % len(tree),), "a"))[0]
        if state is not State.OPEN:
            tree.finish(node, state=state, value=0.5 if state is State.DONE else float("nan"))
    for node in range(len(tree)):
        below = [other for other in range(1, len(tree)) if node in tree.path(other)]
        counted = [tree.states[other] in (State.DONE, State.FAILED) for other in below]
        assert tree.visits[node] == sum(counted)


def test_the_best_node_is_solved_before_valuable_and_the_first_of_equals() -> None:
    tree = Tree()
    tree.add(Expansion((0,), "draft", n=4))
    tree.finish(2, value=0.9)
    assert tree.best == 2
    tree.finish(1, value=0.9)
    assert tree.best == 2
    tree.finish(3, value=0.5, solved=True)
    assert tree.best == 3
    tree.finish(4, state=State.FAILED)
    assert tree.best == 3


@pytest.mark.parametrize("value", [float("nan"), -0.1, 1.1, float("inf")])
def test_a_value_outside_0_to_1_is_refused(value: float) -> None:
    tree = Tree()
    tree.add(Expansion((0,), "draft"))
    with pytest.raises(ValueError, match="in \\[0, 1\\]"):
        tree.finish(1, value=value)


def test_a_node_is_settled_once() -> None:
    tree = Tree()
    tree.add(Expansion((0,), "draft"))
    tree.finish(1, value=0.5)
    with pytest.raises(ValueError, match="DONE, not OPEN"):
        tree.finish(1, value=0.5)
    with pytest.raises(ValueError, match="not a node"):
        tree.add(Expansion((7,), "repair"))


def test_depth_5000_is_copied_and_pickled_without_recursion() -> None:
    tree = Tree()
    for node in range(5000):
        tree.add(Expansion((node,), "repair"), node)
        tree.finish(node + 1, value=0.5)
    assert len(tree.path(5000)) == 5001
    for twin in (copy.deepcopy(tree), pickle.loads(pickle.dumps(tree))):
        assert twin.parents == tree.parents
        assert twin.visits[0] == 5000
