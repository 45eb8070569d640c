"""A simulated synthesis problem with known structure: hidden bugs that repairs fix and make.

A draft has a random set of bugs; a repair removes each with some chance and adds new ones with
another; some drafts follow a wrong idea that no repair leaves. The value is the share of tests
passed, as a verifier would report it. So, as in chains of real repairs, many change nothing, some
fix, a few break, and a wrong plan is better dropped than repaired; the rates are parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from search.keyed_random import derive, stream
from search.simulation import Result
from search.tree import Expansion, State, Tree


@dataclass(slots=True)
class BugKernel:
    """`tests` tests, each failing while a bug that it covers is present.

    `bugs` the number of possible bugs; a draft has each with chance `draft_rate`, and with chance
    `doomed` it follows a wrong idea: `doomed_tests` tests then fail whatever is repaired. A repair
    fixes each bug with chance `fix` times a factor of that bug's own difficulty, and introduces
    each absent one with chance `break_`; with chance `stuck` it gives back the same program.
    `fails` is the chance that no program comes of a request. A bug covers `cover` tests.
    """

    seed: int = 0
    tests: int = 10
    bugs: int = 6
    draft_rate: float = 0.5
    doomed: float = 0.3
    doomed_tests: int = 3
    fix: float = 0.3
    break_: float = 0.05
    stuck: float = 0.3
    fails: float = 0.05
    cover: int = 2
    spread: float = 0.0  # of request times around 1 s: lasts 1 + spread * Exponential
    _programs: dict[int, tuple[frozenset[int], bool]] = field(default_factory=dict, init=False)
    _covers: list[frozenset[int]] = field(default_factory=list, init=False)
    _ease: list[float] = field(default_factory=list, init=False)
    _doom: frozenset[int] = field(default=frozenset(), init=False)

    def __post_init__(self) -> None:
        random = stream(self.seed, "kernel")
        universe = range(self.tests)
        self._covers = [frozenset(random.sample(universe, self.cover)) for _ in range(self.bugs)]
        self._ease = [random.uniform(0.3, 1.7) for _ in range(self.bugs)]
        self._doom = frozenset(random.sample(universe, self.doomed_tests))

    def seconds(self, tree: Tree, expansion: Expansion, nodes: Sequence[int]) -> float:
        if self.spread == 0:
            return 1.0
        random = stream(self.seed, "seconds", expansion.parents[0], expansion.draw)
        return 1.0 + self.spread * random.expovariate(1.0)

    def answer(self, tree: Tree, expansion: Expansion, nodes: Sequence[int]) -> list[Result]:
        random = stream(self.seed, "answer", *expansion.parents, expansion.draw)
        return [self._one(expansion.parents[0], node, random.getrandbits(62)) for node in nodes]

    def _one(self, parent: int, node: int, key: int) -> Result:
        random = stream(key)
        if random.random() < self.fails:
            return Result(state=State.FAILED)
        if parent == 0:
            doomed = random.random() < self.doomed
            present = {bug for bug in range(self.bugs) if random.random() < self.draft_rate}
        else:
            before, doomed = self._programs[parent]
            present = set(before)
            if random.random() >= self.stuck:
                for bug in range(self.bugs):
                    if bug in before:
                        if random.random() < min(1.0, self.fix * self._ease[bug]):
                            present.discard(bug)
                    elif random.random() < self.break_:
                        present.add(bug)
        self._programs[node] = frozenset(present), doomed
        failing: set[int] = set().union(*(self._covers[bug] for bug in present))
        if doomed:
            failing |= self._doom
        label = derive(0, *sorted(present), int(doomed)) % (1 << 31)
        return Result(
            value=1.0 - len(failing) / self.tests,
            solved=not failing,
            behaviour=label,
        )
