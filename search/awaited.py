"""What a strategy asked and has not seen in the tree yet.

A driver may admit an expansion later than it was asked, with fewer children (what a budget holds),
or not at all (an action that does not apply). A strategy that must know which of its requests a
node came from waits for it here. One that reads all it needs from the tree needs none of this.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from search.tree import Expansion, Tree

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Arrival(Generic[T]):
    """A request's note and the nodes it became: none if the driver passed it over."""

    note: T
    nodes: range


@dataclass(slots=True)
class Awaited(Generic[T]):
    """Requests in the order they were asked, each with a note of the strategy's."""

    _asked: deque[tuple[Expansion, T]] = field(default_factory=deque)
    _seen: int = 1

    def ask(self, expansion: Expansion, note: T) -> None:
        self._asked.append((expansion, note))

    def arrivals(self, tree: Tree, *, asking: bool = False) -> list[Arrival[T]]:
        """What happened to requests since the last call, in order.

        Expansions are admitted in the order they were asked, so a request that is still waiting
        when a later one is in the tree was passed over; and so was every one that waits when the
        driver asks anew (`asking`). Nodes that nobody here asked for are skipped.
        """
        arrived: list[Arrival[T]] = []
        while self._seen < len(tree):
            first = self._seen
            if not any(_made(tree, first, expansion) for expansion, _ in self._asked):
                self._seen += 1
                continue
            expansion, note = self._asked.popleft()
            while not _made(tree, first, expansion):
                arrived.append(Arrival(note, range(0)))
                expansion, note = self._asked.popleft()
            while (
                self._seen < min(len(tree), first + expansion.n)
                and tree.expansions[self._seen] == tree.expansions[first]
                and _made(tree, self._seen, expansion)
            ):
                self._seen += 1
            arrived.append(Arrival(note, range(first, self._seen)))
        if asking:
            arrived.extend(Arrival(note, range(0)) for _, note in self._asked)
            self._asked.clear()
        return arrived


def _made(tree: Tree, node: int, expansion: Expansion) -> bool:
    return tree.parents[node] == expansion.parents and tree.actions[node] == expansion.action
