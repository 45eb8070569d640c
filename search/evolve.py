"""Evolution of programs: islands, each with an archive of one elite a behaviour, and migration.

Novikov et al., "AlphaEvolve" (2025), and Lange et al., "ShinkaEvolve" (2025), section 3: parents
weighted by sigmoid(lambda (value - median)) / (1 + offspring), inspirations from the archive shown
beside the parent, novelty rejection. The archive is MAP-Elites (Mouret and Clune, 2015) with the
behaviour class as its descriptor.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from search.awaited import Awaited
from search.batch import Batch, room
from search.bounds import at_least, at_least_if_given, within
from search.keyed_random import stream
from search.top_k import top_k
from search.tree import Expansion, State, Tree


def parent_weights(
    values: Sequence[float], offspring: Sequence[int], pressure: float
) -> list[float]:
    """sigmoid(pressure (value - median)) / (1 + offspring): the good and the little used."""
    middle = median(values)
    return [
        1.0 / (1.0 + math.exp(-pressure * (value - middle))) / (1 + children)
        for value, children in zip(values, offspring, strict=True)
    ]


@dataclass(slots=True)
class _Island:
    elites: dict[int, int] = field(default_factory=dict)  # behaviour -> node
    asked: int = 0
    told: int = 0


@dataclass(slots=True)
class Evolve:
    """Islands take turns; each expansion changes a parent, with inspirations in view.

    | field | published (ShinkaEvolve) | here |
    |---|---|---|
    | islands | 2 | 2 |
    | archive | 40 | 40 elites an island |
    | pressure | 10 (lambda) | 10 |
    | inspirations | 2 best and 4 of the archive | 1 best, 1 of the archive |
    | migration_interval | 10 generations | 10 programs told an island |
    | migration_rate | 0.1 | 0.1 of the elites, at least one |
    | novelty | by embedding and a model | a known behaviour enters only with a higher value |

    The first `drafts` programs of an island are drafts. A program of unknown behaviour is a niche
    of its own. A full archive drops its lowest value. Migrants are copied to the next island of a
    ring. An elite with a request in flight is not chosen again while another is free; an island
    without elites drafts.
    """

    islands: int = 2
    archive: int = 40
    drafts: int = 4
    pressure: float = 10.0
    best_inspirations: int = 1
    archive_inspirations: int = 1
    migration_interval: int = 10
    migration_rate: float = 0.1
    limit: int | None = None
    draft: str = "draft"
    repair: str = "repair"
    seed: int = 0
    _islands: list[_Island] = field(default_factory=list, init=False)
    _awaited: Awaited[int] = field(default_factory=Awaited, init=False)  # notes: the island
    _home: dict[int, int] = field(default_factory=dict, init=False)  # node -> island
    _open: dict[int, int] = field(default_factory=dict, init=False)  # node -> children in flight
    _told: set[int] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        at_least(self, islands=1, archive=1, drafts=1, pressure=0)
        at_least_if_given(self, limit=1)
        at_least(self, best_inspirations=0, archive_inspirations=0, migration_interval=1)
        within(self, 0, 1, "migration_rate")
        self._islands = [_Island() for _ in range(self.islands)]

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        self._see(tree, asking=True)
        batch = Batch(tree, slots, room(tree, self.limit))
        while not batch.full:
            home = min(range(self.islands), key=lambda index: self._islands[index].asked)
            island = self._islands[home]
            parents = self._parents(tree, island, batch)
            batch.add(parents, self.repair if parents[0] else self.draft)
            island.asked += 1
            self._awaited.ask(batch.expansions[-1], home)
        return batch.expansions

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        self._see(tree)
        for node in nodes:
            if node in self._told or node not in self._home:
                continue
            self._told.add(node)
            parent = tree.parents[node][0]
            self._open[parent] -= 1
            if not self._open[parent]:
                del self._open[parent]
            if tree.states[node] is State.CANCELLED:
                continue
            home = self._home[node]
            island = self._islands[home]
            island.told += 1
            if tree.states[node] is State.DONE and not tree.solved[node]:
                self._admit(tree, island, node)
            if island.told % self.migration_interval == 0:
                self._migrate(tree, home)

    def done(self, tree: Tree) -> bool:
        return room(tree, self.limit) == 0

    def _see(self, tree: Tree, *, asking: bool = False) -> None:
        for arrival in self._awaited.arrivals(tree, asking=asking):
            for node in arrival.nodes:
                self._home[node] = arrival.note
                parent = tree.parents[node][0]
                self._open[parent] = self._open.get(parent, 0) + 1
            if not arrival.nodes:
                self._islands[arrival.note].asked -= 1

    def _parents(self, tree: Tree, island: _Island, batch: Batch) -> tuple[int, ...]:
        elites = sorted(island.elites.values())
        free = [node for node in elites if node not in self._open and not batch.asked[node]]
        if island.asked < self.drafts or not elites:
            return (0,)
        random = stream(self.seed, "evolve", len(tree), len(batch.expansions))
        pool = free or elites
        weights = parent_weights(
            [tree.values[node] for node in pool],
            [tree.draws[node] for node in pool],
            self.pressure,
        )
        parent = random.choices(pool, weights)[0]
        return (parent, *self._inspirations(tree, elites, parent, random))

    def _inspirations(
        self, tree: Tree, elites: list[int], parent: int, random: random.Random
    ) -> list[int]:
        others = [node for node in elites if node != parent]
        best = top_k([tree.values[node] for node in others], self.best_inspirations)
        chosen = [others[i] for i in best]
        rest = [node for node in others if node not in chosen]
        return chosen + random.sample(rest, min(self.archive_inspirations, len(rest)))

    def _admit(self, tree: Tree, island: _Island, node: int) -> None:
        label = tree.classes[node] if tree.classes[node] >= 0 else -1 - node
        known = island.elites.get(label)
        if known is not None and tree.values[known] >= tree.values[node]:
            return
        island.elites[label] = node
        if len(island.elites) > self.archive:
            worst = min(island.elites, key=lambda each: (tree.values[island.elites[each]], -each))
            del island.elites[worst]

    def _migrate(self, tree: Tree, home: int) -> None:
        target = self._islands[(home + 1) % self.islands]
        elites = sorted(self._islands[home].elites.values())
        if target is self._islands[home] or not elites or self.migration_rate == 0:
            return
        n = max(1, round(self.migration_rate * len(elites)))
        for i in top_k([tree.values[node] for node in elites], n):
            self._admit(tree, target, elites[i])
