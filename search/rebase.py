"""REBASE: at every depth the remaining width is divided among the programs by their values.

Wu et al., "Inference Scaling Laws: An Empirical Analysis of Compute-Optimal Inference" (2024),
section 3.2, in the form Parmar et al., "PlanGEN" (2025), use it: best first, rounding up, and a
finished leaf takes its share of the width with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from search.batch import Batch
from search.bounds import at_least
from search.top_k import softmax, top_k
from search.tree import Expansion, State, Tree


def allocate(values: Sequence[float], width: int, temperature: float) -> list[int]:
    """How many children each value gets: softmax(value / temperature) shares of `width`.

    Best first, each share rounded up, until the width is spent; the counts sum to `width`
    (0 for no values).
    """
    shares = softmax(values, temperature)
    counts = [0] * len(values)
    left = width
    for i in top_k(values, len(values)):
        # 1e-9: two halves of 16 are 8 and 8, not 9 and 7 by a rounding error.
        counts[i] = min(left, math.ceil(width * shares[i] - 1e-9))
        left -= counts[i]
    return counts


@dataclass(slots=True)
class Rebase:
    """`width` drafts, then levels of repairs, `width` minus what is finished in each.

    | field | published | here |
    |---|---|---|
    | width | 6 to 256 | 16 |
    | temperature | 0.1 | 0.1 |
    | depth | until finished | 4 levels, the drafts' included |

    A solved program is a finished leaf. A node that failed is not: its share goes to the others.
    Children of one program are asked in requests of at most `siblings`. A level starts when the
    one before is told in full; when it brought no program, the level before is divided again.
    """

    width: int = 16
    temperature: float = 0.1
    depth: int = 4
    siblings: int = 4
    draft: str = "draft"
    repair: str = "repair"
    _level: int = field(default=0, init=False)
    _first: int = field(default=0, init=False)
    _base: list[int] = field(default_factory=list, init=False)
    _queue: list[tuple[int, int]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        at_least(self, width=1, depth=1, siblings=1)
        if not self.temperature > 0:
            raise ValueError(f"Rebase: temperature must be above 0, got {self.temperature}")

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        if not self._queue and not tree.n_open and self._level < self.depth:
            self._next_level(tree)
        batch = Batch(tree, slots, slots * self.siblings)
        while self._queue and not batch.full:
            parent, n = self._queue.pop(0)
            batch.add((parent,), self.repair if parent else self.draft, n=n)
        return batch.expansions

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        pass  # a level is divided from the tree, when all of it is there

    def done(self, tree: Tree) -> bool:
        if self._queue or tree.n_open:
            return False
        return self._level >= self.depth or self._width_left(tree) == 0

    def _width_left(self, tree: Tree) -> int:
        return max(0, self.width - sum(tree.solved))

    def _next_level(self, tree: Tree) -> None:
        width = self._width_left(tree)
        level = [
            node
            for node in range(self._first, len(tree))
            if node and tree.states[node] is State.DONE and not tree.solved[node]
        ]
        self._base = level or self._base or [0]
        self._first = len(tree)
        self._level += 1
        values = [tree.values[node] if node else 0.0 for node in self._base]
        counts = allocate(values, width, self.temperature)
        for i in top_k(values, len(values)):
            for start in range(0, counts[i], self.siblings):
                self._queue.append((self._base[i], min(self.siblings, counts[i] - start)))
