"""Which programs have a request in flight, and which nodes were told already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from search.tree import Tree


@dataclass(slots=True)
class InFlight:
    """`node in flight`: some child of `node` is in the tree and not told yet."""

    _open: dict[int, int] = field(default_factory=dict)  # node -> children in flight
    _told: set[int] = field(default_factory=set)
    _seen: int = 1

    def __contains__(self, node: int) -> bool:
        return node in self._open

    def __iter__(self) -> Iterator[int]:
        return iter(self._open)

    def children(self, node: int) -> int:
        """How many children of `node` are in flight."""
        return self._open.get(node, 0)

    def see(self, tree: Tree) -> range:
        """Take in the nodes that were added since the last call, and name them."""
        fresh = range(self._seen, len(tree))
        for node in fresh:
            parent = tree.parents[node][0]
            self._open[parent] = self._open.get(parent, 0) + 1
        self._seen = len(tree)
        return fresh

    def land(self, tree: Tree, nodes: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Each of `nodes` that was not told before, with its parent: in flight no more, unless by
        another child."""
        for node in nodes:
            if node in self._told:
                continue
            self._told.add(node)
            parent = tree.parents[node][0]
            self._open[parent] -= 1
            if not self._open[parent]:
                del self._open[parent]
            yield node, parent
