"""From the root to the node to expand, keeping the requests of a batch apart.

Two requests for the same action at the same node, in flight together, teach less than two at
different nodes. So a node that has one in flight is passed over while any other node is left:
virtual loss spreads by preference, this spreads for certain.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import NamedTuple

from search.backup import Statistics
from search.batch import Batch
from search.tree import Tree


class Choice(NamedTuple):
    """What there is to choose at `node`: to follow one of `children` that is not `blocked`
    (indexed by node, 1 = blocked; `n_open` of the children are not), or, if `can_generate`, to
    generate a new one. At least one of the two is possible."""

    node: int
    children: array[int]
    blocked: bytearray
    n_open: int
    can_generate: bool

    def open_children(self) -> list[int]:
        """The children that may be followed, in the order they were told."""
        if self.n_open == len(self.children):
            return self.children.tolist()
        return [child for child in self.children if not self.blocked[child]]


# Returns the child to follow, or the node itself to generate there.
Pick = Callable[[Choice], int]


class Descent:
    """The descents of one ask. Pending counts include what this ask has chosen so far."""

    __slots__ = ("_batch", "_blocked", "_blocked_children", "_chosen", "_fresh", "_stats", "_tree")

    def __init__(self, tree: Tree, stats: Statistics, batch: Batch) -> None:
        self._tree, self._stats, self._batch = tree, stats, batch
        self._blocked = bytearray(len(tree))
        self._blocked_children: dict[int, int] = {}
        self._fresh = True
        self._chosen: list[tuple[int, int]] = []

    def choose(self, pick: Pick, top: int = 0) -> int:
        """The node to expand, at or below `top`; one with nothing in flight as long as there is
        one."""
        if self._fresh:
            node = self._walk(pick, top)
            if node is not None:
                return node
            if top == 0:
                self._fresh = False
        return self._walk_freely(pick, top)

    def siblings(self, n: int) -> int:
        """How many children to ask at the chosen node: `n`, or 1 where it has some in flight.

        Slots that nothing fresh is left for are worth filling, but not with whole families.
        """
        return n if self._fresh else 1

    def expect(self, node: int, n: int) -> None:
        """`n` children of `node` were added to the batch."""
        self._stats.expect(self._tree, node, n)
        self._chosen.append((node, n))

    def close(self) -> None:
        """Forget what was only asked: it counts as pending once it is in the tree."""
        for node, n in self._chosen:
            self._stats.expect(self._tree, node, -n)
        self._chosen.clear()

    def _walk(self, pick: Pick, top: int) -> int | None:
        node = top
        if self._blocked[top]:
            return None
        while True:
            children = self._stats.open_children[node]
            busy = self._stats.child_pending[node] + self._batch.asked[node]
            n_open = len(children) - self._blocked_children.get(node, 0)
            if n_open or not busy:
                choice = Choice(node, children, self._blocked, n_open, not busy)
                chosen = pick(choice)
                if chosen == node:
                    return node
                node = chosen
                continue
            self._blocked[node] = 1
            if node == top:
                return None
            node = self._tree.parents[node][0]
            self._blocked_children[node] = self._blocked_children.get(node, 0) + 1

    def _walk_freely(self, pick: Pick, top: int) -> int:
        node, nothing_blocked = top, bytearray(len(self._tree))
        while True:
            children = self._stats.open_children[node]
            chosen = pick(Choice(node, children, nothing_blocked, len(children), True))
            if chosen == node:
                return node
            node = chosen
