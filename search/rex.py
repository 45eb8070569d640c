"""REx: which program to repair next, as a bandit whose arms are the programs there are.

Tang et al., "Code Repair with LLMs gives an Exploration-Exploitation Tradeoff" (2024), section 3:
Thompson sampling with theta ~ Beta(1 + C h, 1 + C (1 - h) + N), h the share of tests passed and N
the number of times this program was repaired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from search.batch import Batch, room
from search.bounds import at_least, at_least_if_given, within
from search.in_flight import InFlight
from search.keyed_random import derive
from search.tree import Expansion, State, Tree

if TYPE_CHECKING:
    from search.beta_arms import BetaArms


@dataclass(slots=True)
class Rex:
    """`drafts` programs first, then each expansion repairs the arm with the highest draw; the
    root, a fresh draft, is one too.

    | field | published | here |
    |---|---|---|
    | c | 20 for competition problems | 20: how far a value outweighs what repairs have cost |
    | root_value | 0 | 0.5: with 0 a poor first draft is repaired for some 50 steps |
    | drafts | 1 | 16: on `experiments/strategies` better than 1 to 8 wherever some are doomed |
    | N | repairs of this program | of all programs of its behaviour class, where that is known |

    Most repairs change nothing: were each such program an arm as fresh as a new one, the line
    repaired first would have the most arms and be drawn ever after. N counts requests in flight. A
    program that has one is not drawn again before it is told; slots for which no program is free
    draft.
    """

    c: float = 20.0
    root_value: float = 0.5
    drafts: int = 16
    limit: int | None = None
    draft: str = "draft"
    repair: str = "repair"
    seed: int = 0
    _flight: InFlight = field(default_factory=InFlight, init=False)
    _arms: BetaArms | None = field(default=None, init=False)
    _nodes: list[int] = field(default_factory=list, init=False)  # of each arm
    _place: dict[int, int] = field(default_factory=dict, init=False)  # node -> arm
    _requests: dict[int, int] = field(default_factory=dict, init=False)  # node -> counted so far
    _spent: dict[int, int] = field(default_factory=dict, init=False)  # kind -> requests

    def __post_init__(self) -> None:
        at_least(self, c=0, drafts=1)
        at_least_if_given(self, limit=1)
        within(self, 0, 1, "root_value")

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        self._see(tree)
        batch = Batch(tree, slots, room(tree, self.limit))
        while not batch.full and len(tree.children[0]) + batch.asked[0] < self.drafts:
            batch.add((0,), self.draft)
        if not batch.full:
            for node in self._draw(tree, batch):
                batch.add((node,), self.repair if node else self.draft)
        while not batch.full:
            batch.add((0,), self.draft)
        return batch.expansions

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        self._see(tree)
        for node, _ in self._flight.land(tree, nodes):
            if tree.states[node] is State.DONE and not tree.solved[node]:
                label = tree.classes[node]
                self._add_arm(tree, node, tree.values[node], label if label >= 0 else -1 - node)

    def done(self, tree: Tree) -> bool:
        return room(tree, self.limit) == 0

    def _see(self, tree: Tree) -> None:
        if self._arms is None:
            from search.beta_arms import BetaArms

            self._arms = BetaArms()
            self._add_arm(tree, 0, self.root_value, -1)
        for node in self._flight.see(tree):
            parent = tree.parents[node][0]
            if parent in self._place and (
                fresh := tree.draws[parent] - self._requests.get(parent, 0)
            ):
                self._requests[parent] = tree.draws[parent]
                kind = self._arms.kinds[self._place[parent]]
                self._spent[kind] += fresh
                self._arms.lose(kind, fresh)

    def _add_arm(self, tree: Tree, node: int, value: float, kind: int) -> None:
        assert self._arms is not None
        own = tree.draws[node]
        before = self._spent.get(kind, 0)
        if own:
            self._requests[node] = own
            self._arms.lose(kind, own)
        self._spent[kind] = before + own
        self._place[node] = len(self._nodes)
        self._nodes.append(node)
        losses = self.c * (1.0 - value) + self._spent[kind]
        self._arms.add(1.0 + self.c * value, 1.0 + losses, kind)

    def _draw(self, tree: Tree, batch: Batch) -> list[int]:
        """The free arms with the highest draws, best first, one a slot that is left."""
        import numpy as np

        assert self._arms is not None
        generator = np.random.default_rng(derive(self.seed, "rex", len(tree)))
        busy = [self._place[node] for node in self._flight if node in self._place]
        if batch.asked[0] and self._place[0] not in busy:
            busy.append(self._place[0])
        k = batch.slots - len(batch.expansions)
        return [self._nodes[arm] for arm in self._arms.highest(k, generator, busy)]
