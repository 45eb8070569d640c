"""Coarse to fine: many samples and a vote for every problem, refinement only for the hard ones.

Chen et al., "MAgICoRe: Multi-Agent, Iterative, Coarse-to-Fine Refinement for Reasoning" (2024),
section 3: a problem is hard when the majority's mean standardised score is below 0 and its share
of the weighted vote below 0.5; at most 3 rounds of refinement, the best k kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, pstdev

from search.batch import Batch
from search.bounds import at_least, one_of, within
from search.top_k import top_k
from search.tree import Expansion, Tree


@dataclass(frozen=True, slots=True)
class Vote:
    """The behaviour class with the largest summed value, its share of the sum (confidence), and
    the mean of its members' standardised values (quality)."""

    label: int
    confidence: float
    quality: float


def vote(labels: Sequence[int], values: Sequence[float]) -> Vote:
    """Weighted vote over samples with these behaviour classes; -1, unknown, is a class of one."""
    groups: dict[int, list[float]] = {}
    for position, (label, value) in enumerate(zip(labels, values, strict=True)):
        groups.setdefault(label if label >= 0 else -1 - position, []).append(value)
    total = sum(values)
    winner = max(groups, key=lambda label: sum(groups[label]))
    mean, spread = fmean(values), pstdev(values)
    return Vote(
        winner,
        sum(groups[winner]) / total if total else 1 / len(groups),
        (fmean(groups[winner]) - mean) / spread if spread else 0.0,
    )


@dataclass(slots=True)
class CoarseToFine:
    """`k` drafts; if the problem is hard, at most `rounds` rounds that repair the best `k`.

    | field | published | here |
    |---|---|---|
    | k | 40 | 8 |
    | rounds | 3 | 3 |
    | hard | "vote": quality below 0 and confidence below `confidence` | "unsolved" |
    | confidence | 0.5 | 0.5 |

    `hard` "unsolved" refines whenever no program passes: with tests at hand a vote has less to
    say than they do. A round ends the search when it leaves the problem easy.
    """

    k: int = 8
    rounds: int = 3
    hard: str = "unsolved"
    confidence: float = 0.5
    siblings: int = 4
    draft: str = "draft"
    repair: str = "repair"
    _drafts: int = field(default=0, init=False)  # to ask
    _round: int = field(default=0, init=False)
    _queue: list[int] = field(default_factory=list, init=False)
    _best: list[int] = field(default_factory=list, init=False)  # k of the nodes below `_seen`
    _seen: int = field(default=1, init=False)

    def __post_init__(self) -> None:
        at_least(self, k=1, rounds=0, siblings=1)
        within(self, 0, 1, "confidence")
        one_of(self, "hard", ("unsolved", "vote"))
        self._drafts = self.k

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        if not self._queue and not self.done(tree) and not (self._drafts or tree.n_open):
            self._round += 1
            self._queue = self._best_now(tree)
            if not self._queue:
                self._drafts = self.k
        batch = Batch(tree, slots, self.k * 2)
        while self._drafts and not batch.full:
            self._drafts -= batch.add((0,), self.draft, n=min(self.siblings, self._drafts))
        while self._queue and not batch.full:
            batch.add((self._queue.pop(0),), self.repair)
        return batch.expansions

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        pass  # a round is judged from the tree, when all of it is there

    def done(self, tree: Tree) -> bool:
        if self._drafts or self._queue or tree.n_open:
            return False
        return self._round >= self.rounds or not self._is_hard(tree)

    def _is_hard(self, tree: Tree) -> bool:
        if tree.solved[tree.best]:
            return False
        if self.hard == "unsolved":
            return True
        pool = tree.done(range(1, len(tree)))
        if not pool:
            return True
        outcome = vote([tree.classes[node] for node in pool], [tree.values[node] for node in pool])
        return outcome.quality < 0 and outcome.confidence < self.confidence

    def _best_now(self, tree: Tree) -> list[int]:
        """The k best of all nodes, which are all told when a round begins."""
        pool = self._best + tree.done(range(self._seen, len(tree)))
        self._seen = len(tree)
        self._best = [pool[i] for i in top_k([tree.values[node] for node in pool], self.k)]
        return list(self._best)
