"""Drive a strategy against a simulated world on a simulated clock: no model, no waiting.

The driver keeps the engine's rules: a logical width of expansions in flight, results told in
asked or in arrival order, nothing paid for thrown away. With it a strategy can be tested, timed
and compared before a token is bought.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from search.strategy import Strategy
from search.tree import Expansion, State, Tree


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one node; fields as in `Tree.finish`."""

    state: State = State.DONE
    value: float = 0.0
    solved: bool = False
    cost: float = 1.0
    behaviour: int = -1


class World(Protocol):
    """A problem whose answers are a function of the tree and the expansion, never of timing."""

    def answer(self, tree: Tree, expansion: Expansion, nodes: Sequence[int]) -> list[Result]:
        """One result for each of `nodes`, the children that `expansion` made."""
        ...

    def seconds(self, tree: Tree, expansion: Expansion, nodes: Sequence[int]) -> float:
        """How long the request and its verification take."""
        ...


@dataclass(slots=True)
class Record:
    """What a simulated run did.

    `expansions` in asked order, `told` their indices in the order they were told, `batches` how
    many expansions each non-empty ask returned, `seconds` the simulated time until it stopped
    (at the first solved node, or when nothing was left to ask), `busy` the summed time of all
    requests that were started.
    """

    tree: Tree
    expansions: list[Expansion] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    batches: list[list[Expansion]] = field(default_factory=list)
    seconds: float = 0.0
    busy: float = 0.0

    @property
    def solved(self) -> bool:
        return self.tree.solved[self.tree.best]


def simulate(
    strategy: Strategy,
    world: World,
    *,
    width: int = 8,
    workers: int | None = None,
    order: Literal["asked", "arrival"] = "asked",
    told: Sequence[int] | None = None,
    nodes: int | None = None,
    stop_when_solved: bool = True,
) -> Record:
    """Run `strategy` until it is done, `nodes` were asked, or a node is solved.

    `width` expansions are in flight at most; `workers` (default: as many) of them run at a time,
    first asked first. With `order` "asked" the tree is the same at any number of workers. `told`
    replays a recorded arrival order: the indices of expansions in the order to tell them.
    """
    record = Record(Tree())
    tree = record.tree
    free = workers if workers is not None else width
    waiting: list[int] = []  # asked, no worker yet
    running: list[tuple[float, int]] = []
    arrived: set[int] = set()
    made: list[range] = []
    script = list(told) if told is not None else None
    next_told, clock = 0, 0.0

    def ask() -> None:
        slots = width - (len(record.expansions) - len(record.told))
        if slots < 1 or (nodes is not None and len(tree) > nodes):
            return
        batch = strategy.ask(tree, slots)
        if len(batch) > slots:
            raise ValueError(f"asked for {slots} expansions at most, got {len(batch)}")
        for expansion in batch:
            index = len(record.expansions)
            if expansion.draw != tree.draws[expansion.parents[0]]:
                raise ValueError(
                    f"draw of {expansion} should be {tree.draws[expansion.parents[0]]}"
                )
            made.append(tree.add(expansion, index))
            record.expansions.append(expansion)
            waiting.append(index)
        if batch:
            record.batches.append(batch)

    def start() -> None:
        while waiting and len(running) < free:
            index = waiting.pop(0)
            lasts = world.seconds(tree, record.expansions[index], made[index])
            record.busy += lasts
            heapq.heappush(running, (clock + lasts, index))

    def tell(index: int) -> bool:
        results = world.answer(tree, record.expansions[index], made[index])
        for node, result in zip(made[index], results, strict=True):
            tree.finish(
                node,
                state=result.state,
                value=result.value,
                solved=result.solved,
                cost=result.cost,
                behaviour=result.behaviour,
            )
        strategy.tell(tree, list(made[index]))
        record.told.append(index)
        return any(result.solved for result in results)

    def ready() -> int | None:
        if script is not None:
            position = len(record.told)
            wanted = script[position] if position < len(script) else -1
            return wanted if wanted in arrived else None
        if order == "asked":
            return next_told if next_told in arrived else None
        return min(arrived, default=None)

    ask()
    start()
    over = False
    while running and not over:
        clock, index = heapq.heappop(running)
        arrived.add(index)
        start()
        while (index_ready := ready()) is not None and not over:
            arrived.discard(index_ready)
            next_told = max(next_told, index_ready + 1) if order == "arrival" else index_ready + 1
            over = tell(index_ready) and stop_when_solved
            if not over:
                ask()
                start()
    record.seconds = clock
    _cancel_open(strategy, tree)
    return record


def _cancel_open(strategy: Strategy, tree: Tree) -> None:
    left = [node for node, state in enumerate(tree.states) if state is State.OPEN]
    for node in left:
        tree.finish(node, state=State.CANCELLED)
    if left:
        strategy.tell(tree, left)
