"""What a tree strategy remembers of each subtree, and the walk that carries a result to the root.

A result is added to every node from where it was made up to the root, so sums, squares, maxima
and counts of a subtree are always at hand. The walk is a loop over flat arrays; on paths longer
than `COMPILE_ABOVE` the same function runs compiled (depth 5,000: some 15 us instead of 2 ms).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from search.tree import State, Tree

COMPILE_ABOVE = 400


def blend(mean: float, best: float, max_weight: float) -> float:
    """Between the mean backup (`max_weight` 0) and the max backup (1)."""
    return (1.0 - max_weight) * mean + max_weight * best


def _add_result(
    parents: Any, visits: Any, totals: Any, squares: Any, bests: Any, node: int, value: float
) -> None:
    square = value * value
    while node >= 0:
        visits[node] += 1
        totals[node] += value
        squares[node] += square
        if value > bests[node]:
            bests[node] = value
        node = parents[node]


def _add_pending(parents: Any, pending: Any, node: int, n: int) -> None:
    while node >= 0:
        pending[node] += n
        node = parents[node]


@dataclass(slots=True)
class Statistics:
    """One entry a node in every list.

    Of the subtree, itself included, what was told DONE (its value) or FAILED (value 0): `visits`,
    `totals`, `squares` (sum of squared values) and `bests`; `pending[i]` the nodes of it that are
    in the tree and not yet told. Of the direct children's own values: `child_visits`,
    `child_totals`, `child_squares`; `child_pending` of them untold, `cancelled` of them.
    `open_children[i]` are the children that may be built on, as the strategy says. `told` are the
    nodes the strategy has heard of.
    """

    parents: array[int] = field(default_factory=lambda: array("q"))
    visits: array[int] = field(default_factory=lambda: array("q"))
    pending: array[int] = field(default_factory=lambda: array("q"))
    totals: array[float] = field(default_factory=lambda: array("d"))
    squares: array[float] = field(default_factory=lambda: array("d"))
    bests: array[float] = field(default_factory=lambda: array("d"))
    child_visits: list[int] = field(default_factory=list)
    child_pending: list[int] = field(default_factory=list)
    child_totals: list[float] = field(default_factory=list)
    child_squares: list[float] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    open_children: list[array[int]] = field(default_factory=list)
    told: set[int] = field(default_factory=set)

    def see(self, tree: Tree) -> None:
        """Take in the nodes that were added to the tree since: they are pending."""
        for node in range(len(self.parents), len(tree)):
            parent = tree.parents[node][0] if node else -1
            self.parents.append(parent)
            for counts in (self.visits, self.pending):
                counts.append(0)
            for sums in (self.totals, self.squares, self.bests):
                sums.append(0.0)
            self.child_visits.append(0)
            self.child_pending.append(0)
            self.child_totals.append(0.0)
            self.child_squares.append(0.0)
            self.cancelled.append(0)
            self.open_children.append(array("q"))
            if node:
                self.child_pending[parent] += 1
                self.expect(tree, node, 1)

    def fresh(self, tree: Tree, nodes: Sequence[int]) -> Iterator[int]:
        """Those of `nodes` that were not told before, once each."""
        self.see(tree)
        for node in nodes:
            if node not in self.told:
                self.told.add(node)
                yield node

    def expect(self, tree: Tree, node: int, n: int) -> None:
        """Count `n` more (less, if negative) pending nodes in the subtrees of `node`'s path."""
        if tree.depths[node] > COMPILE_ABOVE:
            _compiled()[1](*views(self.parents, self.pending), node, n)
        else:
            _add_pending(self.parents, self.pending, node, n)

    def settle(self, tree: Tree, node: int, value: float) -> None:
        """A told node is pending no more. Add `value` to its path, unless it was cancelled."""
        parent = self.parents[node]
        self.expect(tree, node, -1)
        self.child_pending[parent] -= 1
        if tree.states[node] is State.CANCELLED:
            self.cancelled[parent] += 1
            return
        self.child_visits[parent] += 1
        self.child_totals[parent] += value
        self.child_squares[parent] += value * value
        arrays = (self.parents, self.visits, self.totals, self.squares, self.bests)
        if tree.depths[node] > COMPILE_ABOVE:
            _compiled()[0](*views(*arrays), node, value)
        else:
            _add_result(*arrays, node, value)

    def born(self, tree: Tree, node: int) -> int:
        """How many children `node` has or will have: told or in flight, not cancelled."""
        return len(tree.children[node]) - self.cancelled[node]


def own_value(tree: Tree, node: int) -> float:
    """What a told node adds to its path: its value, or 0 for what failed."""
    return tree.values[node] if tree.states[node] is State.DONE else 0.0


_cache: list[tuple[Callable[..., None], Callable[..., None]]] = []


def _compiled() -> tuple[Callable[..., None], Callable[..., None]]:
    if not _cache:
        from search.compiled import compiled

        _cache.append((compiled(_add_result), compiled(_add_pending)))
    return _cache[0]


def views(*arrays: Sequence[float]) -> list[Any]:
    """The arrays' own memory as numpy arrays. Drop them before the next append."""
    import numpy as np

    return [np.frombuffer(a, dtype=a.typecode) for a in arrays]  # type: ignore[attr-defined, call-overload]
