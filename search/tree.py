"""The search tree: flat lists indexed by node id. Node 0 is the root, the problem itself.

Only the engine (or a test) changes a tree: `add` when an expansion is asked, `finish` when its
nodes are told. Strategies read it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class State(IntEnum):
    """What became of a node."""

    OPEN = 0  # asked for, not told yet
    DONE = 1  # has a value
    FAILED = 2  # paid for, but no program came of it
    CANCELLED = 3  # never finished: the search stopped, or a budget was spent


@dataclass(frozen=True, slots=True)
class Expansion:
    """What to do next: apply `action` to `parents`, for `n` children from one request.

    `parents[0]` is the node that is expanded (its children are the new nodes); further parents
    are shown beside it (crossover, exemplars). `draw` counts the expansions of `parents[0]` before
    this one and keys its randomness. `model` names an arm; None is the first model.
    """

    parents: tuple[int, ...]
    action: str
    n: int = 1
    draw: int = 0
    model: str | None = None

    def __post_init__(self) -> None:
        if not self.parents or self.n < 1:
            raise ValueError(f"an expansion needs a parent and n >= 1, got {self}")


class Tree:
    """Nodes 0..len-1. All lists have one entry a node.

    `parents[i]` the ids it came from, the first its place in the tree (empty for the root);
    `children[i]` ids in order of asking; `values[i]` in [0, 1], nan until told; `solved[i]`
    whether it is verified; `costs[i]` in the engine's unit (tokens); `classes[i]` an id of its
    behaviour, -1 unknown; `outputs[c]` hashes of what class c answers on the probe inputs of the
    run, where programs were probed; `visits[i]` how many nodes of its subtree, itself included, are
    DONE or FAILED (counted when read: settling a node at depth 5,000 walks nowhere).
    """

    __slots__ = (
        "_visits",
        "actions",
        "best",
        "children",
        "classes",
        "costs",
        "depths",
        "draws",
        "expansions",
        "models",
        "n_open",
        "outputs",
        "parents",
        "solved",
        "states",
        "values",
    )

    def __init__(self) -> None:
        self.parents: list[tuple[int, ...]] = [()]
        self.children: list[list[int]] = [[]]
        self.actions: list[str] = ["root"]
        self.models: list[str | None] = [None]
        self.states: list[State] = [State.DONE]
        self.values: list[float] = [math.nan]
        self.solved: list[bool] = [False]
        self.costs: list[float] = [0.0]
        self.classes: list[int] = [-1]
        self.outputs: dict[int, tuple[int, ...]] = {}
        self.depths: list[int] = [0]
        self._visits: list[int] | None = None
        self.draws: list[int] = [0]
        self.expansions: list[int] = [-1]
        self.n_open = 0
        self.best = 0

    def __len__(self) -> int:
        return len(self.parents)

    def add(self, expansion: Expansion, index: int = 0) -> range:
        """Append `expansion.n` OPEN nodes; `index` is the expansion's number in the search."""
        first, parent = len(self), expansion.parents[0]
        for node in expansion.parents:
            if not 0 <= node < first:
                raise ValueError(f"parent {node} is not a node of this tree (0..{first - 1})")
        self.draws[parent] += 1
        for node in range(first, first + expansion.n):
            self.parents.append(expansion.parents)
            self.children.append([])
            self.actions.append(expansion.action)
            self.models.append(expansion.model)
            self.states.append(State.OPEN)
            self.values.append(math.nan)
            self.solved.append(False)
            self.costs.append(0.0)
            self.classes.append(-1)
            self.depths.append(self.depths[parent] + 1)
            self.draws.append(0)
            self.expansions.append(index)
            self.children[parent].append(node)
        self.n_open += expansion.n
        self._visits = None
        return range(first, first + expansion.n)

    def finish(
        self,
        node: int,
        *,
        state: State = State.DONE,
        value: float = math.nan,
        solved: bool = False,
        cost: float = 0.0,
        behaviour: int = -1,
    ) -> None:
        """Settle an OPEN node. A DONE one needs a value in [0, 1]; settling twice is an error."""
        if self.states[node] is not State.OPEN:
            raise ValueError(f"node {node} is {self.states[node].name}, not OPEN")
        if state is State.OPEN:
            raise ValueError("a node finishes as DONE, FAILED or CANCELLED")
        if state is State.DONE and not 0.0 <= value <= 1.0:
            raise ValueError(f"the value of a DONE node is in [0, 1], got {value}")
        self.states[node] = state
        self.n_open -= 1
        self._visits = None
        self.costs[node] = cost
        self.classes[node] = behaviour
        if state is State.DONE:
            self.values[node] = value
            self.solved[node] = solved
            if self._beats_best(node):
                self.best = node

    @property
    def visits(self) -> list[int]:
        """For each node, how many of its subtree, itself included, are DONE or FAILED."""
        if self._visits is None:
            counts = [int(state in (State.DONE, State.FAILED)) for state in self.states]
            counts[0] = 0  # nobody asked for the root
            for node in range(len(self) - 1, 0, -1):  # a child's id is above its parent's
                counts[self.parents[node][0]] += counts[node]
            self._visits = counts
        return self._visits

    def _beats_best(self, node: int) -> bool:
        if self.best == 0:
            return True
        return (self.solved[node], self.values[node]) > (
            self.solved[self.best],
            self.values[self.best],
        )

    def path(self, node: int) -> list[int]:
        """Ids from the root to `node`, both included."""
        path = [node]
        while path[-1] != 0:
            path.append(self.parents[path[-1]][0])
        return path[::-1]

    def done(self, nodes: Sequence[int]) -> list[int]:
        """Those of `nodes` that have a value, in the given order."""
        return [node for node in nodes if self.states[node] is State.DONE]
