"""REx: which program to repair next, as a bandit whose arms are the programs there are.

Tang et al., "Code Repair with LLMs gives an Exploration-Exploitation Tradeoff" (2024), section 3:
Thompson sampling with theta ~ Beta(1 + C h, 1 + C (1 - h) + N), h the share of tests passed and N
the number of times this program was repaired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from search.batch import Batch, room
from search.bounds import at_least, within
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
    limit: int = 64
    draft: str = "draft"
    repair: str = "repair"
    seed: int = 0
    _arms: list[int] = field(default_factory=lambda: [0], init=False)
    _open: dict[int, int] = field(default_factory=dict, init=False)
    _seen: int = field(default=1, init=False)
    _told: set[int] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        at_least(self, c=0, limit=1)
        within(self, 0, 1, "root_value")

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
                self._arms.append(node)

    def done(self, tree: Tree) -> bool:
        return room(tree, self.limit) == 0

    def _see(self, tree: Tree) -> None:
        for node in range(self._seen, len(tree)):
            parent = tree.parents[node][0]
            self._open[parent] = self._open.get(parent, 0) + 1
        self._seen = len(tree)

    def _draw(self, tree: Tree, k: int) -> list[int]:
        """The k free arms with the highest draws, best first."""
        import numpy as np

        free = [node for node in self._arms if node not in self._open]
        if not free:
            return []
        values = np.array([tree.values[node] if node else self.root_value for node in free])
        repairs = np.array([tree.draws[node] for node in free])
        generator = np.random.default_rng(derive(self.seed, "rex", len(tree)))
        draws = generator.beta(1 + self.c * values, 1 + self.c * (1 - values) + repairs)
        return [free[i] for i in np.argsort(-draws, kind="stable")[:k]]
