"""Best-first search: always build on the most valuable program at hand.

Koh et al., "Tree Search for Language Model Agents" (2024), section 3 (a priority queue over
states, branching 5, depth 5, at most 20 of them), for programs that can be repaired again and
again: each further repair of the same program, or of its line, lowers its priority.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from search.batch import Batch, room
from search.bounds import at_least, at_least_if_given, within
from search.in_flight import InFlight
from search.tree import Expansion, State, Tree

# Of so many requests in flight one may repeat another.
REPEATED = 8


@dataclass(slots=True)
class _Line:
    """A program that was the best of its ancestors, and what came of it and was no better."""

    best: float
    spent: int = 0  # requests for any of its programs
    # Programs with nothing in flight: (fatigue x requests for it - value, -node).
    free: list[tuple[float, int]] = field(default_factory=list)


@dataclass(slots=True)
class BestFirst:
    """`drafts` programs first, then `siblings` repairs of the program with the best priority.

    Priority = value - `fatigue` x (requests for it + requests for its line); ties go to the later
    node (depth first). A line is a program better than all it came from, with everything made of
    it that is no better: one that stands still tires as a whole. Counting for each program alone
    is not enough: every repair that changes nothing is a fresh program, so one hopeless line can
    keep a search for hundreds of requests. The root's priority is `root_value` - `fatigue` x drafts
    beyond the first `drafts`: fresh drafts return when everything at hand is worn out. The
    published search expands a state once; `fatigue` 0 never leaves the best program.

    With several slots a program in flight is asked again if it is the best even with the requests
    in flight counted: most repairs change nothing, so one slot would ask it next as well. Of eight
    requests in flight one may repeat another, the others are for different programs. (On
    `experiments/bench_search.py` eight slots solve in 10.4 s so, and in 11.1 s without.) Slots for
    which nothing is at hand draft.
    """

    drafts: int = 16
    siblings: int = 1
    fatigue: float = 0.02
    root_value: float = 0.5
    limit: int | None = None
    draft: str = "draft"
    repair: str = "repair"
    _flight: InFlight = field(default_factory=InFlight, init=False)
    _line: dict[int, _Line] = field(default_factory=dict, init=False)  # of each program
    # The best free program of each line: (-priority, -node). Entries that a later request for
    # their line has made too good are dropped when they come up.
    _queue: list[tuple[float, int]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        at_least(self, drafts=1, siblings=1, fatigue=0)
        at_least_if_given(self, limit=1)
        within(self, 0, 1, "root_value")

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        self._flight.see(tree)
        batch = Batch(tree, slots, room(tree, self.limit))
        while not batch.full and len(tree.children[0]) + batch.asked[0] < self.drafts:
            batch.add((0,), self.draft)
        while not batch.full:
            free, busy = self._best(), self._best_in_flight(tree, batch)
            best = min((entry for entry in (free, busy) if entry is not None), default=None)
            if best is None or self._root_is_due(tree, batch, -best[0]):
                batch.add((0,), self.draft)
                continue
            node = -best[1]
            line = self._line[node]
            if best is free:
                heapq.heappop(self._queue)
                heapq.heappop(line.free)
            line.spent += 1
            if line.free:
                heapq.heappush(self._queue, self._entry(line))
            batch.add((node,), self.repair, n=self.siblings)
        return batch.expansions

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        self._flight.see(tree)
        for node, parent in self._flight.land(tree, nodes):
            if parent in self._line and parent not in self._flight:
                self._free(tree, parent)
            if tree.states[node] is State.DONE and not tree.solved[node]:
                line = self._line.get(parent)
                if line is None or tree.values[node] > line.best:
                    line = _Line(tree.values[node])
                self._line[node] = line
                self._free(tree, node)

    def done(self, tree: Tree) -> bool:
        return room(tree, self.limit) == 0

    def _free(self, tree: Tree, node: int) -> None:
        line = self._line[node]
        tired = self.fatigue * tree.draws[node] - tree.values[node]
        heapq.heappush(line.free, (round(tired, 9), -node))
        heapq.heappush(self._queue, self._entry(line))

    def _entry(self, line: _Line) -> tuple[float, int]:
        tired, node = line.free[0]
        # Rounded, or the last bit would decide between equals.
        return round(tired + self.fatigue * line.spent, 9), node

    def _best(self) -> tuple[float, int] | None:
        """The first entry of the queue that holds."""
        while self._queue:
            entry = self._queue[0]
            line = self._line[-entry[1]]
            if line.free and entry == self._entry(line):
                return entry
            heapq.heappop(self._queue)
        return None

    def _best_in_flight(self, tree: Tree, batch: Batch) -> tuple[float, int] | None:
        """What the best program in flight would have as an entry, if one may be asked again."""
        children = Counter(batch.asked)
        for node in self._flight:
            children[node] += self._flight.children(node)
        requests = {node: math.ceil(n / self.siblings) for node, n in children.items() if node}
        total = sum(requests.values()) + children[0]
        if total - children[0] - len(requests) > total // REPEATED:
            return None
        entries = []
        for node in requests:
            if node in self._line:
                asked = tree.draws[node] + math.ceil(batch.asked[node] / self.siblings)
                tired = self.fatigue * (asked + self._line[node].spent) - tree.values[node]
                entries.append((round(tired, 9), -node))
        return min(entries, default=None)

    def _root_is_due(self, tree: Tree, batch: Batch, best: float) -> bool:
        if 0 in self._flight or batch.asked[0]:
            return False
        return self.root_value - self.fatigue * (tree.draws[0] - self.drafts) > best
