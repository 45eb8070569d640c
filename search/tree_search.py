"""Depth-first or breadth-first search over programs, with branches pruned by their value.

Li et al., "CodeTree: Agent-guided Tree Search for Code Generation" (2024), section 3: a stack
(default) or a queue of programs; a program is built on while its value, which the critic sees
to, has not fallen below that of the program it came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from search.batch import Batch, room
from search.bounds import at_least, one_of
from search.tree import Expansion, State, Tree


@dataclass(slots=True)
class TreeSearch:
    """Drafts from the root, repairs below it, in `order` "depth" or "breadth".

    | field | published (CodeTree) | here |
    |---|---|---|
    | order | depth | depth |
    | width | at most 10 | 10: children of the root |
    | branching | what the thinker lists | 3: children of a program |
    | depth | 3 | 3 |
    | limit | 20 programs | 20 |
    | slack | 0 | 0: how far below its parent a program may fall and still be kept |

    Depth: the latest promising program is repaired first, and of those told together the best.
    Breadth: the earliest first. With more slots than one the next children in that order are
    asked ahead; what they bring is used like any other. A program that failed, fell by more than
    `slack`, is solved, or lies at `depth` has no children. A cancelled child may be asked again.
    When every branch is closed, the root is drafted from again, another `width` times, and so on
    up to `limit`.
    On `experiments/strategies` it helps where most drafts can be repaired; where they are doomed
    or repairs break as readily as they fix it does not beat best-of-n.
    """

    order: str = "depth"
    width: int = 10
    branching: int = 3
    depth: int = 3
    limit: int = 20
    slack: float = 0.0
    draft: str = "draft"
    repair: str = "repair"
    _left: dict[int, int] = field(default_factory=dict, init=False)  # node -> children to ask
    _told: set[int] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        at_least(self, width=1, branching=1, depth=1, limit=1, slack=0)
        one_of(self, "order", ("depth", "breadth"))
        self._left[0] = self.width

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        batch = Batch(tree, slots, room(tree, self.limit))
        if not self._left and not tree.n_open:
            self._left[0] = self.width
        while not batch.full and self._left:
            node = next(reversed(self._left)) if self.order == "depth" else next(iter(self._left))
            batch.add((node,), self.repair if node else self.draft)
            self._left[node] -= 1
            if not self._left[node]:
                del self._left[node]
        return batch.expansions

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        fresh = [node for node in nodes if node not in self._told]
        self._told.update(fresh)
        for node in fresh:
            if tree.states[node] is State.CANCELLED:
                parent = tree.parents[node][0]
                self._left[parent] = self._left.get(parent, 0) + 1
        promising = [node for node in tree.done(fresh) if self._promising(tree, node)]
        # A stack pops what was pushed last, a queue what was pushed first: best value wins both.
        rising = self.order == "depth"
        promising.sort(key=lambda node: tree.values[node] if rising else -tree.values[node])
        for node in promising:
            self._left[node] = self.branching

    def done(self, tree: Tree) -> bool:
        return room(tree, self.limit) == 0

    def _promising(self, tree: Tree, node: int) -> bool:
        if tree.solved[node] or tree.depths[node] >= self.depth:
            return False
        parent = tree.parents[node][0]
        return parent == 0 or tree.values[node] >= tree.values[parent] - self.slack
