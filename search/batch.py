"""The expansions of one ask, numbered the way the tree will number them."""

from __future__ import annotations

from collections import Counter

from search.tree import Expansion, Tree


class Batch:
    """Collects at most `slots` expansions that together make at most `nodes` nodes.

    `Tree.add` wants `draw` to be the number of earlier expansions of the first parent; those of
    the same ask count too, so a strategy adds through a batch and never numbers anything itself.
    `asked[i]` counts the nodes this batch adds to node i.
    """

    __slots__ = ("_draws", "_tree", "asked", "expansions", "nodes", "slots")

    def __init__(self, tree: Tree, slots: int, nodes: int) -> None:
        self.slots = slots
        self.nodes = nodes
        self.expansions: list[Expansion] = []
        self.asked: Counter[int] = Counter()
        self._draws: Counter[int] = Counter()
        self._tree = tree

    @property
    def full(self) -> bool:
        return len(self.expansions) >= self.slots or self.nodes < 1

    def add(
        self,
        parents: tuple[int, ...],
        action: str,
        *,
        n: int = 1,
        model: str | None = None,
    ) -> int:
        """Ask for up to `n` children of `parents[0]`; how many there was room for (0: none)."""
        n = min(n, self.nodes)
        if self.full or n < 1:
            return 0
        parent = parents[0]
        draw = self._tree.draws[parent] + self._draws[parent]
        self.expansions.append(Expansion(parents, action, n, draw, model))
        self._draws[parent] += 1
        self.asked[parent] += n
        self.nodes -= n
        return n


UNBOUNDED = 1 << 60


def room(tree: Tree, limit: int | None) -> int:
    """How many nodes may still be asked under a limit on the whole tree, the root not counted."""
    return UNBOUNDED if limit is None else max(0, limit - (len(tree) - 1))
