"""Beam search over programs: keep the best few of each level, repair all of them, repeat.

The level-by-level search of Yao et al., "Tree of Thoughts" (2023), section 3 (breadth-first with
b = 5 states kept and k = 5 thoughts sampled a state); sampled without replacement it is the
stochastic beam of Kool, van Hoof and Welling (2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from search.batch import Batch
from search.bounds import at_least
from search.keyed_random import stream
from search.top_k import gumbel_top_k, top_k
from search.tree import Expansion, Tree


@dataclass(slots=True)
class Beam:
    """`drafts` programs, then `depth` levels: `siblings` repairs of each of the `width` kept.

    | field | published (ToT) | here |
    |---|---|---|
    | width | 5 | 4 |
    | siblings | 5 | 4 |
    | drafts | siblings | 16 |
    | depth | task's steps | 3 |
    | elitist | no | yes |

    `temperature` 0 keeps the highest values; above 0 it samples `width` programs without
    replacement with weights exp(value / temperature). With `elitist` the programs a level came
    from compete with their repairs, so a level never loses ground; published beams drop them. Of
    several programs with the same known behaviour class only the first is kept. A level starts
    when the one before is told in full. Nothing to keep (all drafts failed): the level is drafted
    again, and counts.
    """

    width: int = 4
    siblings: int = 4
    drafts: int = 16
    depth: int = 3
    temperature: float = 0.0
    elitist: bool = True
    draft: str = "draft"
    repair: str = "repair"
    seed: int = 0
    _level: int = field(default=0, init=False)
    _first: int = field(default=1, init=False)
    _kept: list[int] = field(default_factory=list, init=False)
    _queue: list[tuple[int, int]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        at_least(self, width=1, siblings=1, drafts=1, depth=0, temperature=0)
        self._queue_drafts()

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        if not self._queue and not tree.n_open and self._level < self.depth:
            self._next_level(tree)
        batch = Batch(tree, slots, nodes=slots * max(self.siblings, self.drafts))
        while self._queue and not batch.full:
            parent, n = self._queue.pop(0)
            batch.add((parent,), self.repair if parent else self.draft, n=n)
        return batch.expansions

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        pass  # a level is chosen from the tree, when all of it is there

    def done(self, tree: Tree) -> bool:
        if self._queue or tree.n_open:
            return False
        return self._level >= self.depth or self._finished(tree)

    def _finished(self, tree: Tree) -> bool:
        """Whether every program there is to build on is already right."""
        pool = tree.done(range(1, len(tree)))
        return bool(pool) and all(tree.solved[node] for node in pool)

    def _queue_drafts(self) -> None:
        for start in range(0, self.drafts, self.siblings):
            self._queue.append((0, min(self.siblings, self.drafts - start)))

    def _next_level(self, tree: Tree) -> None:
        pool = tree.done(range(self._first, len(tree)))
        if self.elitist or not pool:
            pool = self._kept + pool
        pool = [node for node in pool if not tree.solved[node]]
        self._level += 1
        self._first = len(tree)
        self._kept = self._keep(tree, one_of_each_class(tree, pool))
        if self._kept:
            self._queue = [(node, self.siblings) for node in self._kept]
        elif not self._finished(tree):
            self._queue_drafts()

    def _keep(self, tree: Tree, pool: list[int]) -> list[int]:
        values = [tree.values[node] for node in pool]
        if self.temperature == 0:
            chosen = top_k(values, self.width)
        else:
            logits = [value / self.temperature for value in values]
            chosen = gumbel_top_k(logits, self.width, stream(self.seed, "beam", self._level))
        return [pool[i] for i in chosen]


def one_of_each_class(tree: Tree, nodes: Sequence[int]) -> list[int]:
    """`nodes` without those whose known behaviour class an earlier, no worse one has."""
    best: dict[int, int] = {}
    for node in nodes:
        label = tree.classes[node]
        if label >= 0 and (label not in best or tree.values[node] > tree.values[best[label]]):
            best[label] = node
    return [node for node in nodes if tree.classes[node] < 0 or best[tree.classes[node]] == node]
