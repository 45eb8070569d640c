"""REx: which program to repair next, as a bandit whose arms are the programs there are.

Tang et al., "Code Repair with LLMs gives an Exploration-Exploitation Tradeoff" (2024), section 3:
Thompson sampling with theta ~ Beta(1 + C h, 1 + C (1 - h) + N), h the share of tests passed and N
the number of times this program was repaired.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from search.batch import Batch, room
from search.bounds import at_least, at_least_if_given, within
from search.keyed_random import derive
from search.tree import Expansion, State, Tree


@dataclass(slots=True)
class Rex:
    """Each expansion repairs the arm with the highest draw; the root, a fresh draft, is one too.

    | field | published | here |
    |---|---|---|
    | c | 20 for competition problems | 20: how far a value outweighs what repairs have cost |
    | root_value | 0 | 0.5: with 0 a poor first draft is repaired for some 50 steps |

    N counts requests in flight. A program that has one is not drawn again before it is told;
    slots for which no program is free draft.
    """

    c: float = 20.0
    root_value: float = 0.5
    limit: int | None = None
    draft: str = "draft"
    repair: str = "repair"
    seed: int = 0
    # One entry an arm, in the order they were told: node, value, and requests asked so far.
    _arms: array[int] = field(default_factory=lambda: array("q"), init=False)
    _values: array[float] = field(default_factory=lambda: array("d"), init=False)
    _repairs: array[int] = field(default_factory=lambda: array("q"), init=False)
    _place: dict[int, int] = field(default_factory=dict, init=False)  # node -> arm
    _open: dict[int, int] = field(default_factory=dict, init=False)  # node -> children in flight
    _seen: int = field(default=1, init=False)
    _told: set[int] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        at_least(self, c=0)
        at_least_if_given(self, limit=1)
        within(self, 0, 1, "root_value")
        self._add_arm(0, self.root_value, 0)

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        self._see(tree)
        batch = Batch(tree, slots, room(tree, self.limit))
        if batch.full:
            return []
        for node in self._draw(tree, batch.slots):
            batch.add((node,), self.repair if node else self.draft)
        while not batch.full:
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
            if tree.states[node] is State.DONE and not tree.solved[node]:
                self._add_arm(node, tree.values[node], tree.draws[node])

    def done(self, tree: Tree) -> bool:
        return room(tree, self.limit) == 0

    def _see(self, tree: Tree) -> None:
        for node in range(self._seen, len(tree)):
            parent = tree.parents[node][0]
            self._open[parent] = self._open.get(parent, 0) + 1
            if parent in self._place:
                self._repairs[self._place[parent]] = tree.draws[parent]
        self._seen = len(tree)

    def _add_arm(self, node: int, value: float, repairs: int) -> None:
        self._place[node] = len(self._arms)
        self._arms.append(node)
        self._values.append(value)
        self._repairs.append(repairs)

    def _draw(self, tree: Tree, k: int) -> list[int]:
        """The k free arms with the highest draws, best first."""
        import numpy as np

        wins = self.c * np.frombuffer(self._values)
        losses = self.c - wins + np.frombuffer(self._repairs, dtype=np.int64)
        generator = np.random.default_rng(derive(self.seed, "rex", len(tree)))
        won = generator.standard_gamma(1.0 + wins)
        draws = won / (won + generator.standard_gamma(1.0 + losses))
        busy = [self._place[node] for node in self._open if node in self._place]
        draws[busy] = -1.0
        k = min(k, len(draws) - len(busy))
        if k < 1:
            return []
        best = np.argpartition(draws, -k)[-k:]
        return [self._arms[i] for i in best[np.argsort(-draws[best])]]
