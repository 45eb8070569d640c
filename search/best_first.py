"""Best-first search: always build on the most valuable program at hand.

Koh et al., "Tree Search for Language Model Agents" (2024), section 3 (a priority queue over
states, branching 5, depth 5, at most 20 of them), for programs that can be repaired again and
again: each further repair of the same program lowers its priority.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from search.batch import Batch, room
from search.bounds import at_least, at_least_if_given, within
from search.tree import Expansion, State, Tree


@dataclass(slots=True)
class BestFirst:
    """`drafts` programs first, then `siblings` repairs of the program with the best priority.

    Priority = value - `fatigue` x (requests for it, and for those it came from since the line last
    reached a new best); ties go to the later node (depth first). So a line that stands still tires
    as a whole, not program by program. The root's is `root_value` - `fatigue` x drafts beyond the
    first `drafts`: fresh drafts return when everything at hand is worn out. The published search
    expands a state once; `fatigue` 0 never leaves the best program. A program in flight is not
    asked again before it is told; slots for which nothing is at hand draft.
    """

    drafts: int = 8
    siblings: int = 1
    fatigue: float = 0.05
    root_value: float = 0.5
    limit: int | None = None
    draft: str = "draft"
    repair: str = "repair"
    _heap: list[tuple[float, int]] = field(default_factory=list, init=False)
    _open: dict[int, int] = field(default_factory=dict, init=False)  # node -> children in flight
    _seen: int = field(default=1, init=False)
    _told: set[int] = field(default_factory=set, init=False)
    # Of each program's line: its best value, and the requests spent before it since that best.
    _line: dict[int, tuple[float, int]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        at_least(self, drafts=1, siblings=1, fatigue=0)
        at_least_if_given(self, limit=1)
        within(self, 0, 1, "root_value")

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        self._see(tree)
        batch = Batch(tree, slots, room(tree, self.limit))
        while not batch.full and len(tree.children[0]) + batch.asked[0] < self.drafts:
            batch.add((0,), self.draft)
        while not batch.full:
            if self._heap and not self._root_is_due(tree, batch):
                node = -heapq.heappop(self._heap)[1]
                batch.add((node,), self.repair, n=self.siblings)
            else:
                batch.add((0,), self.draft)
        return batch.expansions

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        self._see(tree)
        for node in nodes:
            if node in self._told:
                continue
            self._told.add(node)
            parent = tree.parents[node][0]
            self._open[parent] -= 1
            if not self._open[parent]:
                del self._open[parent]
                if parent:
                    self._push(tree, parent)
            if tree.states[node] is State.DONE and not tree.solved[node]:
                self._line[node] = self._extended(tree, parent, tree.values[node])
                self._push(tree, node)

    def done(self, tree: Tree) -> bool:
        return room(tree, self.limit) == 0

    def _see(self, tree: Tree) -> None:
        """Count the nodes that were added since as in flight."""
        for node in range(self._seen, len(tree)):
            parent = tree.parents[node][0]
            self._open[parent] = self._open.get(parent, 0) + 1
        self._seen = len(tree)

    def _push(self, tree: Tree, node: int) -> None:
        spent = self._line[node][1] + tree.draws[node]
        priority = tree.values[node] - self.fatigue * spent
        heapq.heappush(self._heap, (-priority, -node))

    def _extended(self, tree: Tree, parent: int, value: float) -> tuple[float, int]:
        if parent == 0:
            return value, 0
        best, spent = self._line[parent]
        return (value, 0) if value > best else (best, spent + tree.draws[parent])

    def _root_is_due(self, tree: Tree, batch: Batch) -> bool:
        if self._open.get(0) or batch.asked[0]:
            return False
        return self.root_value - self.fatigue * (tree.draws[0] - self.drafts) > -self._heap[0][0]
