"""A strategy asked and told by hand, a step at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from search.strategy import Strategy
from search.tree import Expansion, State, Tree


class Search:
    """A strategy and its tree; every node gets the value a function of its id says."""

    def __init__(self, strategy: Strategy) -> None:
        self.strategy, self.tree = strategy, Tree()
        self.asked: list[Expansion] = []

    def ask(self, slots: int) -> list[range]:
        batch = self.strategy.ask(self.tree, slots)
        first = len(self.asked)
        self.asked.extend(batch)
        return [self.tree.add(expansion, index) for index, expansion in enumerate(batch, first)]

    def tell(self, node: int, value: float | None, **more: Any) -> None:
        """None: the node failed."""
        if value is None:
            self.tree.finish(node, state=State.FAILED)
        else:
            self.tree.finish(node, value=value, **more)
        self.strategy.tell(self.tree, [node])

    def level(self, values: Sequence[float | None], slots: int = 64) -> list[int]:
        """Ask, and tell what was asked these values in order; the parents that were expanded."""
        nodes = [node for made in self.ask(slots) for node in made]
        assert len(nodes) == len(values)
        for node, value in zip(nodes, values, strict=True):
            self.tell(node, value)
        return [self.tree.parents[node][0] for node in nodes]
