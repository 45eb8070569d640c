"""Gumbel root: a few drafts share the budget by sequential halving, MCTS below each.

Danihelka et al., "Policy Improvement by Planning with Gumbel" (2022): m root actions sampled
without replacement, ceil(log2 m) phases (Karnin et al., "Almost Optimal Exploration in Multi-Armed
Bandits", 2013), after each the better half by g + sigma(q), sigma(q) = (c_visit + max N) c_scale q.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from search.backup import Statistics, blend, own_value
from search.batch import Batch, room
from search.bounds import at_least, within
from search.child_choice import TreePolicy
from search.descent import Choice, Descent
from search.keyed_random import stream
from search.top_k import gumbel, top_k
from search.tree import Expansion, State, Tree


def halving_scores(
    noise: Sequence[float],
    values: Sequence[float],
    visits: Sequence[int],
    c_visit: float,
    c_scale: float,
) -> list[float]:
    """g(a) + sigma(q(a)). A sampled draft has no known probability, so its logit is left out."""
    scale = (c_visit + max(visits, default=0)) * c_scale
    return [g + scale * q for g, q in zip(noise, values, strict=True)]


@dataclass(slots=True)
class Gumbel:
    """`considered` drafts, then halving phases of equal cost; a phase builds on every survivor
    equally often.

    | field | published | here |
    |---|---|---|
    | considered | 16 (m) | 8 |
    | c_visit, c_scale | 50, 1.0 | 50, 1.0 |
    | below the root | deterministic PUCT on completed Q | UCT with widening, as `mcts` |

    A phase starts when the one before is told in full; the last survivor gets what is left. Should
    every draft fail, `considered` more are asked.
    """

    considered: int = 8
    c_visit: float = 50.0
    c_scale: float = 1.0
    exploration: float = 0.1
    max_weight: float = 1.0
    virtual_loss: float = 0.0
    widening: float = 2.0
    power: float = 0.5
    limit: int = 64
    draft: str = "draft"
    repair: str = "repair"
    seed: int = 0
    _stats: Statistics = field(default_factory=Statistics, init=False)
    _drafts: int = field(default=0, init=False)  # to ask, before the next phase
    _survivors: list[int] = field(default_factory=list, init=False)
    _phases: int = field(default=0, init=False)  # left
    _quota: dict[int, int] = field(default_factory=dict, init=False)  # left in this phase

    def __post_init__(self) -> None:
        at_least(self, considered=1, c_visit=0, c_scale=0, exploration=0, virtual_loss=0)
        at_least(self, widening=0, limit=1)
        within(self, 0, 1, "max_weight", "power")
        self._drafts = self.considered

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        self._stats.see(tree)
        batch = Batch(tree, slots, room(tree, self.limit))
        if not tree.n_open and not self._drafts and not any(self._quota.values()):
            self._next_phase(tree)
        while self._drafts and not batch.full:
            self._drafts -= batch.add((0,), self.draft)
        policy = TreePolicy(
            exploration=self.exploration,
            max_weight=self.max_weight,
            virtual_loss=self.virtual_loss,
            widening=self.widening,
            power=self.power,
        )
        descent = Descent(tree, self._stats, batch)

        def pick(choice: Choice) -> int:
            return policy.pick(tree, self._stats, batch, choice)

        while not batch.full and any(self._quota.values()):
            top = max(self._survivors, key=lambda node: self._quota[node])
            node = descent.choose(pick, top)
            descent.expect(node, batch.add((node,), self.repair))
            self._quota[top] -= 1
        descent.close()
        return batch.expansions

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        for node in self._stats.fresh(tree, nodes):
            self._stats.settle(tree, node, own_value(tree, node))
            if tree.states[node] is State.DONE and not tree.solved[node]:
                self._stats.open_children[tree.parents[node][0]].append(node)

    def done(self, tree: Tree) -> bool:
        return room(tree, self.limit) == 0

    def _next_phase(self, tree: Tree) -> None:
        if self._survivors:
            self._survivors = self._better_half()
        else:
            self._survivors = self._stats.open_children[0].tolist()
            self._phases = math.ceil(math.log2(len(self._survivors))) if self._survivors else 0
        if not self._survivors:
            self._drafts = self.considered
            return
        left = room(tree, self.limit)
        budget = left if len(self._survivors) == 1 else left // max(1, self._phases)
        self._phases -= 1
        share = max(1, budget // len(self._survivors))
        self._quota = dict.fromkeys(self._survivors, share)

    def _better_half(self) -> list[int]:
        stats, nodes = self._stats, self._survivors
        noise = [gumbel(stream(self.seed, "gumbel", node)) for node in nodes]
        values = [
            blend(stats.totals[node] / stats.visits[node], stats.bests[node], self.max_weight)
            for node in nodes
        ]
        visits = [stats.visits[node] for node in nodes]
        scores = halving_scores(noise, values, visits, self.c_visit, self.c_scale)
        return [nodes[i] for i in top_k(scores, math.ceil(len(nodes) / 2))]
