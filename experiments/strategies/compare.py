"""Does search help? Every strategy against best-of-n at equal budget, on simulated problems.

    python experiments/strategies/compare.py [--problems 300] [--budget 64] [--width 8]
    python experiments/strategies/compare.py --only mcts,rebase --world plain

Prints a table: for each kind of problem the share solved within the budget (programs asked), and
its difference to best-of-n on the same problems with a 95 % interval over paired problems.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from recorded_world import OUTCOMES, RecordedWorld, recorded

from search.bug_kernel import BugKernel
from search.registry import create
from search.simulation import World, simulate


def lineup(budget: int) -> dict[str, tuple[str, dict[str, Any]]]:
    """Every strategy with options that let it spend `budget` programs."""
    quarter = max(1, budget // 4)
    limited = ["dfs", "bfs", "best-first", "rex", "mcts", "puct", "lats", "sra-mcts", "gumbel",
               "ab-mcts-a", "ab-mcts-m", "evolve", "portfolio"]  # fmt: skip
    level = {"drafts": quarter, "width": 4, "siblings": max(1, quarter // 4), "depth": 3}
    return {
        "best-of-n": ("best-of-n", {"n": budget, "siblings": 1}),
        "best-of-n, 3 rounds": (
            "best-of-n",
            {"n": quarter, "rounds": 3, "width": quarter, "siblings": 1},
        ),
        "beam": ("beam", level),
        "stochastic-beam": ("stochastic-beam", level),
        "rebase": ("rebase", {"width": quarter, "depth": 4}),
        "chains": ("chains", {"parallel": max(1, budget // 8), "serial": 8}),
        "coarse-to-fine": ("coarse-to-fine", {"k": quarter}),
        **{name: (name, {"limit": budget}) for name in limited},
        "ab-mcts-a, beta": ("ab-mcts-a", {"limit": budget, "prior": "beta"}),
        "mcts, gen arm": ("mcts", {"limit": budget, "growth": "arm"}),
    }


KERNELS: dict[str, dict[str, Any]] = {
    "plain": {},
    "doomed": {"doomed": 0.8, "draft_rate": 0.4},
    "slow": {"draft_rate": 0.8, "fix": 0.15, "break_": 0.03, "doomed": 0.3},
    "fragile": {"draft_rate": 0.5, "fix": 0.3, "break_": 0.2, "doomed": 0.2},
    "blind": {"draft_rate": 0.45, "fix": 0.02, "break_": 0.02, "doomed": 0.0},
    "flat": {"cover": 7, "draft_rate": 0.6, "fix": 0.3, "doomed": 0.3, "doomed_tests": 7},
}

REPAIRS: dict[str, dict[str, Any]] = {
    "recorded, timid": {"near": 0.3, "gain": 1.3},
    "recorded, bold": {"near": 0.6, "gain": 2.0},
}


def worlds(problems: int, first: int) -> dict[str, list[Callable[[], World]]]:
    """For each kind of problem, makers of fresh problems: the same ones for every strategy."""
    kinds: dict[str, list[Callable[[], World]]] = {
        kind: [
            lambda seed=seed, options=options: BugKernel(seed=seed, **options)
            for seed in range(first, first + problems)
        ]
        for kind, options in KERNELS.items()
    }
    if OUTCOMES.exists():
        rows = list(recorded().values())
        for kind, options in REPAIRS.items():
            kinds[kind] = [
                lambda seed=seed, options=options: RecordedWorld(
                    rows[seed % len(rows)], seed=seed, **options
                )
                for seed in range(first, first + problems)
            ]
    return kinds


def solved(
    name: str, options: dict[str, Any], makers: list[Callable[[], World]], budget: int, width: int
) -> tuple[list[bool], float]:
    """Which problems it solves within the budget, and the mean number of programs it asked."""
    outcomes, asked = [], []
    for seed, make in enumerate(makers):
        given = dict(options)
        strategy = create(name, given)
        if hasattr(strategy, "seed"):
            strategy = create(name, {**given, "seed": seed})
        record = simulate(strategy, make(), width=width, nodes=budget)
        if len(record.tree) - 1 > budget:
            raise SystemExit(f"{name} asked {len(record.tree) - 1} programs, {budget} were allowed")
        outcomes.append(record.solved)
        asked.append(len(record.tree) - 1)
    return outcomes, statistics.fmean(asked)


def paired(one: list[bool], other: list[bool]) -> tuple[float, float]:
    """Mean difference in points, and the half-width of its 95 % interval."""
    differences = [100.0 * (a - b) for a, b in zip(one, other, strict=True)]
    return (
        statistics.fmean(differences),
        1.96 * statistics.stdev(differences) / math.sqrt(len(differences)),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, help="seed of the first problem")
    parser.add_argument("--budget", type=int, default=64)
    parser.add_argument("--width", type=int, default=8)
    parser.add_argument("--only", default="")
    parser.add_argument("--world", default="", help="only kinds that begin so")
    options = parser.parse_args()
    chosen = lineup(options.budget)
    if options.only:
        names = {"best-of-n", *options.only.split(",")}
        chosen = {name: what for name, what in chosen.items() if name in names}
    kinds = worlds(options.problems, options.first)
    if options.world:
        kinds = {kind: kinds[kind] for kind in kinds if kind.startswith(options.world)}
    print(
        f"Budget {options.budget} programs, {options.width} in flight, {options.problems} problems "
        "of each kind; solved in %, and against best-of-n in points (95 %).\n"
    )
    print("| strategy | " + " | ".join(kinds) + " |")
    print("|---|" + "---|" * len(kinds))
    base: dict[str, list[bool]] = {}
    for label, (name, given) in chosen.items():
        cells = []
        for kind, makers in kinds.items():
            outcomes, _ = solved(name, given, makers, options.budget, options.width)
            share = 100.0 * statistics.fmean(outcomes)
            if kind not in base:
                base[kind] = outcomes
                cells.append(f"{share:.0f}")
                continue
            mean, half = paired(outcomes, base[kind])
            cells.append(f"{share:.0f} ({mean:+.0f} ± {half:.0f})")
        print(f"| {label} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
