"""Does search find what best-of-n misses at equal cost? On problems of known structure.

The tables over more kinds of problems, and over recorded samples, are in `experiments/strategies`.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import Any

import pytest

from search.bug_kernel import BugKernel
from search.registry import BUILT_IN, create
from search.simulation import simulate

BUDGET = 64
PROBLEMS = 40

# Options that let a strategy spend the budget; the rest is bounded by `limit`.
SPENDING: dict[str, dict[str, Any]] = {
    "best-of-n": {"n": 64, "siblings": 1},
    "beam": {},
    "stochastic-beam": {},
    "rebase": {},
    "chains": {"parallel": 8},
    "coarse-to-fine": {"k": 16},
}


def outcomes(name: str, problem: Callable[[int], BugKernel], *, width: int = 8) -> list[bool]:
    options = SPENDING.get(name, {"limit": BUDGET})
    records = [
        simulate(create(name, options), problem(seed), width=width, nodes=BUDGET)
        for seed in range(PROBLEMS)
    ]
    assert max(len(record.tree) - 1 for record in records) <= BUDGET
    return [record.solved for record in records]


def repairable(seed: int) -> BugKernel:
    """Drafts have several bugs; a repair that changes anything fixes more than it breaks."""
    return BugKernel(seed=seed, draft_rate=0.6)


def blind(seed: int) -> BugKernel:
    """Repairs do next to nothing; right drafts come up now and then."""
    return BugKernel(seed=seed, draft_rate=0.45, doomed=0.0, fix=0.02, break_=0.02)


@pytest.fixture(scope="module")
def drafted() -> list[bool]:
    return outcomes("best-of-n", repairable)


SEARCHES = sorted(set(BUILT_IN) - {"best-of-n", "model-bandit"})


@pytest.mark.parametrize("name", SEARCHES)
def test_where_repair_works_search_finds_what_best_of_n_misses(
    name: str, drafted: list[bool]
) -> None:
    found = outcomes(name, repairable)
    differences = [float(a) - float(b) for a, b in zip(found, drafted, strict=True)]
    half = 1.96 * statistics.stdev(differences) / math.sqrt(len(differences))
    assert statistics.fmean(differences) - half > 0


def test_where_repair_is_blind_nothing_beats_drafting() -> None:
    """A strategy that claims otherwise is being fooled by its own problems."""
    base = outcomes("best-of-n", blind)
    for name in ("beam", "rebase", "mcts", "ab-mcts-a", "best-first", "evolve"):
        assert sum(outcomes(name, blind)) <= sum(base)


EIGHT = [
    "rebase",
    "best-first",
    "rex",
    "mcts",
    "puct",
    "gumbel",
    "ab-mcts-a",
    "evolve",
    "portfolio",
]


@pytest.mark.parametrize("name", EIGHT)
def test_eight_slots_are_six_times_as_fast_and_find_as_much(name: str) -> None:
    options = {"limit": 240} if name != "rebase" else {"width": 30, "depth": 8, "siblings": 1}

    def problem(seed: int) -> BugKernel:
        return BugKernel(seed=seed, draft_rate=0.9, doomed=0.5, fix=0.2)

    one, eight = (
        [simulate(create(name, options), problem(seed), width=width) for seed in range(60)]
        for width in (1, 8)
    )
    assert sum(r.seconds for r in one) >= 6 * sum(r.seconds for r in eight)
    lost = [float(a.solved) - float(b.solved) for a, b in zip(one, eight, strict=True)]
    half = 1.96 * statistics.stdev(lost) / math.sqrt(len(lost))
    # Sixty problems cannot tell one point from none; the experiment has the narrow interval.
    assert statistics.fmean(lost) - half <= 0.01


def test_the_kernel_repairs_what_it_says() -> None:
    """Its own structure, measured: how often a repair changes nothing, fixes, breaks."""
    fixed = broken = same = 0
    for seed in range(200):
        tree = simulate(
            create("chains", {"parallel": 1, "serial": 2}),
            BugKernel(seed=seed, fails=0.0, doomed=0.0),
            stop_when_solved=False,
        ).tree
        if len(tree) == 3:
            fixed += tree.values[2] > tree.values[1]
            broken += tree.values[2] < tree.values[1]
            same += tree.values[2] == tree.values[1]
    assert same > broken
    assert fixed > broken
    assert min(fixed, broken, same) > 0
