"""Prelude: what is cheap first, then a strategy for what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from search.strategy import Strategy
from search.tree import Expansion, Tree


@dataclass(slots=True)
class Prelude:
    """Asks each of `first` once, all told before `then` is asked for the first time.

    Their nodes are children of the root like any other, so `then` can build on them.
    """

    first: tuple[Expansion, ...]
    then: Strategy
    _asked: int = field(default=0, init=False)
    _over: bool = field(default=False, init=False)

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        if self._asked < len(self.first):
            wanted = list(self.first[self._asked : self._asked + slots])
            self._asked += len(wanted)
            return wanted
        self._over = self._over or not tree.n_open
        return self.then.ask(tree, slots) if self._over else []

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        if self._over:
            self.then.tell(tree, nodes)

    def done(self, tree: Tree) -> bool:
        over = self._over or (self._asked == len(self.first) and not tree.n_open)
        return over and self.then.done(tree)


@dataclass(slots=True)
class Nothing:
    """Asks for nothing: what follows a prelude that is the whole search."""

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        return []

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        pass

    def done(self, tree: Tree) -> bool:
        return True
