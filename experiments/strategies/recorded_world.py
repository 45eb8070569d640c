"""A simulated problem whose programs are recorded ones: real outcomes, modelled repairs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from search.keyed_random import stream
from search.simulation import Result
from search.tree import Expansion, Tree

OUTCOMES = Path(__file__).resolve().parent / "recorded_outcomes.json"


def recorded(*, hardest: float = 0.1) -> dict[str, list[str]]:
    """Problems that some sample solves and at most a share `hardest` of the samples do."""
    rows: dict[str, list[str]] = json.loads(OUTCOMES.read_text())
    share = {name: sum("0" not in bits for bits in rows[name]) / len(rows[name]) for name in rows}
    return {name: rows[name] for name in rows if 0 < share[name] <= hardest}


@dataclass(slots=True)
class RecordedWorld:
    """Drafts are the recorded samples in a random order; a repair is another sample nearby.

    From a program with outcomes p a repair leads to a sample with outcomes q with weight
    `near` ** (tests that differ), times `gain` for each test more passed and 1 / `gain` for each
    less; with chance `stuck` it gives back the same program. The value is the share of tests
    passed. What the recording did not solve stays unsolved.
    """

    samples: Sequence[str]
    seed: int = 0
    near: float = 0.3
    gain: float = 1.3
    stuck: float = 0.3
    _program: dict[int, str] = field(default_factory=dict, init=False)
    _order: list[str] = field(default_factory=list, init=False)
    _kinds: dict[str, int] = field(default_factory=dict, init=False)  # outcomes -> how many

    def __post_init__(self) -> None:
        self._order = list(self.samples)
        stream(self.seed, "order").shuffle(self._order)
        for bits in sorted(self.samples):
            self._kinds[bits] = self._kinds.get(bits, 0) + 1

    def seconds(self, tree: Tree, expansion: Expansion, nodes: Sequence[int]) -> float:
        return 1.0

    def answer(self, tree: Tree, expansion: Expansion, nodes: Sequence[int]) -> list[Result]:
        return [self._one(tree, expansion, node, place) for place, node in enumerate(nodes)]

    def _one(self, tree: Tree, expansion: Expansion, node: int, place: int) -> Result:
        parent = expansion.parents[0]
        if parent == 0:
            drafts = tree.children[0].index(node)
            bits = self._order[drafts % len(self._order)]
        else:
            bits = self._repair(self._program[parent], parent, expansion.draw, place)
        self._program[node] = bits
        value = bits.count("1") / len(bits)
        label = list(self._kinds).index(bits)
        return Result(value=value, solved=value == 1.0, behaviour=label)

    def _repair(self, before: str, parent: int, draw: int, place: int) -> str:
        random = stream(self.seed, "repair", parent, draw, place)
        if random.random() < self.stuck:
            return before
        weights = []
        for bits, count in self._kinds.items():
            better = sum(a < b for a, b in zip(before, bits, strict=True))
            worse = sum(a > b for a, b in zip(before, bits, strict=True))
            weights.append(count * self.near ** (better + worse) * self.gain ** (better - worse))
        return random.choices(list(self._kinds), weights)[0]
