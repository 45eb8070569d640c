"""Phases: strategies one after another, each on the tree the ones before have left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from search.strategy import Strategy
from search.tree import Expansion, Tree


@dataclass(slots=True)
class Phases:
    """A phase begins when the one before asks for nothing more and all it asked is told."""

    phases: tuple[Strategy, ...]
    _current: int = field(default=0, init=False)

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        while self._current < len(self.phases):
            wanted = self.phases[self._current].ask(tree, slots)
            if wanted or tree.n_open:
                return wanted
            self._current += 1
        return []

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        if self._current < len(self.phases):
            self.phases[self._current].tell(tree, nodes)

    def done(self, tree: Tree) -> bool:
        return self._current >= len(self.phases)


@dataclass(slots=True)
class OnBest:
    """Applies `action` once to each of the `width` best unsolved nodes of distinct behaviour, for
    `n` children each; `rounds` times, each time on nodes it was not applied to before.

    With `root` it is applied to the root instead, once a round.
    """

    action: str
    width: int = 3
    n: int = 1
    rounds: int = 1
    root: bool = False
    _round: int = field(default=0, init=False)
    _used: set[int] = field(default_factory=set, init=False)
    _queue: list[int] = field(default_factory=list, init=False)

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        asked: list[Expansion] = []
        while len(asked) < slots:
            if not self._queue and not asked and not tree.n_open and self._round < self.rounds:
                self._round += 1
                self._queue = [0] if self.root else self._best(tree)
            if not self._queue:
                break
            node = self._queue.pop(0)
            self._used.add(node)
            asked.append(Expansion((node,), self.action, self.n, tree.draws[node]))
        return asked

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        pass  # everything it needs is in the tree

    def done(self, tree: Tree) -> bool:
        return self._round >= self.rounds and not self._queue and not tree.n_open

    def _best(self, tree: Tree) -> list[int]:
        nodes = [
            node
            for node in tree.done(range(1, len(tree)))
            if not tree.solved[node] and tree.classes[node] >= 0 and node not in self._used
        ]
        nodes.sort(key=lambda node: (-tree.values[node], node))
        chosen: dict[int, int] = {}
        for node in nodes:
            chosen.setdefault(tree.classes[node], node)
        return list(chosen.values())[: self.width]
