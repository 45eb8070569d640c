"""Chains: several trajectories side by side, each a draft that is repaired again and again.

Ehrlich et al., "CodeMonkeys" (2025), section 3: parallel scale (trajectories) times serial scale
(turns of each). One chain is Chen et al., "Teaching Large Language Models to Self-Debug" (2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from search.awaited import Awaited
from search.batch import Batch
from search.bounds import at_least, one_of
from search.tree import Expansion, State, Tree


@dataclass(slots=True)
class Chains:
    """`parallel` chains of at most `serial` turns.

    | field | published (CodeMonkeys) | here |
    |---|---|---|
    | parallel | 10 | 10 |
    | serial | 8 | 8 |
    | source | last | last: a turn repairs the chain's latest program; or "best" |

    A turn that brings no program counts, and the next one starts from the program before it (or
    drafts again); a cancelled turn does not count. A chain ends when it is solved. Of the chains
    that wait, the shortest goes first, so a small budget is spent in breadth.
    """

    parallel: int = 10
    serial: int = 8
    source: str = "last"
    draft: str = "draft"
    repair: str = "repair"
    _turns: list[int] = field(default_factory=list, init=False)  # asked and not cancelled
    _tips: list[int] = field(default_factory=list, init=False)  # what a chain's next turn repairs
    _busy: list[bool] = field(default_factory=list, init=False)
    _over: list[bool] = field(default_factory=list, init=False)
    _awaited: Awaited[int] = field(default_factory=Awaited, init=False)  # notes: the chain
    _chain: dict[int, int] = field(default_factory=dict, init=False)  # node -> chain
    _told: set[int] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        at_least(self, parallel=1, serial=1)
        one_of(self, "source", ("last", "best"))
        self._turns = [0] * self.parallel
        self._tips = [0] * self.parallel
        self._busy = [False] * self.parallel
        self._over = [False] * self.parallel

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        self._see(tree, asking=True)
        batch = Batch(tree, slots, self.parallel)
        waiting = [
            chain for chain in range(self.parallel) if not (self._busy[chain] or self._over[chain])
        ]
        for chain in sorted(waiting, key=lambda chain: (self._turns[chain], chain)):
            if batch.full:
                break
            tip = self._tips[chain]
            batch.add((tip,), self.repair if tip else self.draft)
            self._awaited.ask(batch.expansions[-1], chain)
            self._turns[chain] += 1
            self._busy[chain] = True
        return batch.expansions

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        self._see(tree)
        for node in nodes:
            if node in self._told or node not in self._chain:
                continue
            self._told.add(node)
            chain = self._chain[node]
            self._busy[chain] = False
            if tree.states[node] is State.CANCELLED:
                self._turns[chain] -= 1
            elif tree.states[node] is State.DONE:
                self._move(tree, chain, node)
            self._over[chain] = self._over[chain] or self._turns[chain] >= self.serial

    def done(self, tree: Tree) -> bool:
        return all(self._over)

    def _see(self, tree: Tree, *, asking: bool = False) -> None:
        for arrival in self._awaited.arrivals(tree, asking=asking):
            for node in arrival.nodes:
                self._chain[node] = arrival.note
            if not arrival.nodes:
                self._busy[arrival.note] = False
                self._turns[arrival.note] -= 1

    def _move(self, tree: Tree, chain: int, node: int) -> None:
        tip = self._tips[chain]
        if self.source == "last" or tip == 0 or tree.values[node] >= tree.values[tip]:
            self._tips[chain] = node
        if tree.solved[node]:
            self._over[chain] = True
