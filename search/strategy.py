"""The protocol every search strategy speaks: ask where to look next, be told what came of it.

A strategy is a deterministic state machine: what it asks is a function of its own fields, its
seed, and what it was told. Randomness comes from `search.keyed_random`, keyed by node and draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from search.tree import Expansion, Tree


@runtime_checkable
class Strategy(Protocol):
    """Where to look next.

    The driver calls `ask` and adds the expansions to the tree (`Tree.add`) in order, before it
    asks again: a budget may make it add one later, with fewer children, or never, and it passes
    over actions that do not apply (`search.awaited` keeps track for strategies that care). After
    an expansion's nodes have finished (`Tree.finish`) it calls `tell` with their ids, whatever
    their state.
    """

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        """At most `slots` expansions. An empty list means: nothing before more is told (or, if
        nothing is open, nothing ever)."""
        ...

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        """`nodes` have finished (DONE, FAILED or CANCELLED). Telling a node again changes
        nothing."""
        ...

    def done(self, tree: Tree) -> bool:
        """Whether this strategy has nothing more to ask, whatever it is told."""
        ...
