"""Search on the bank: strategies and recipes against best-of-n, through the real engine.

    python experiments/bank/compare.py [--budget 16] [--seeds 3] [--only mcts,rebase]

No model runs: the bank answers. The sandbox and everything else is what `synth solve` uses. Guided
by the visible checks, graded by the hidden tests; the same problems and seeds for all, the
difference to best-of-n with a 95 % interval over problems.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import statistics
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from problems import guides  # noqa: E402

from synth import Budget, solve_async  # noqa: E402
from synth.models.bank import Bank, BankModel, read_bank  # noqa: E402
from synth.problem import Problem  # noqa: E402
from synth.program import Program  # noqa: E402
from verifiers.sandbox import Sandbox  # noqa: E402
from verifiers.verify import StandardVerifier  # noqa: E402

BASE = "best-of-n, drafts"


def lineup(budget: int) -> dict[str, tuple[str, dict[str, Any]]]:
    """Every entrant may spend `budget` programs."""
    quarter = max(1, budget // 4)
    level = {"drafts": quarter, "width": 4, "siblings": max(1, quarter // 4), "depth": 3}
    strategies: dict[str, dict[str, Any]] = {
        "beam": level, "best-first": {}, "rex": {}, "mcts": {}, "puct": {}, "ab-mcts-a": {},
        "rebase": {"width": quarter, "depth": 4}, "gumbel": {"limit": budget}, "evolve": {},
        "chains": {"parallel": quarter, "serial": 4}, "portfolio": {},
    }  # fmt: skip
    return {
        BASE: ("best-of-n", {"n": budget, "rounds": 0, "siblings": 1}),
        "best-of-n and repairs": ("best-of-n", {"n": quarter, "rounds": 3, "siblings": 1}),
        **{name: ("search", {"strategy": name, **given}) for name, given in strategies.items()},
    }


class Graded:
    """What the hidden tests said of every program of the bank."""

    def __init__(self, bank: Bank) -> None:
        self._right = {
            (name, Program(s.source).key): s.hidden
            for name, samples in bank.samples.items()
            for s in samples
            if s.source is not None
        }

    def right(self, problem: str, source: str | None) -> bool:
        return source is not None and self._right[problem, Program(source).key]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bank", type=Path, nargs="?", default=HERE / "bank.jsonl.gz")
    parser.add_argument("--budget", type=int, default=16)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    bank = read_bank(options.bank)
    problems = [problem for _, _, problem in guides() if problem.id in bank.samples]
    graded = Graded(bank)
    entrants = lineup(options.budget)
    if options.only:
        entrants = {name: entrants[name] for name in (BASE, *options.only.split(","))}
    print(f"{len(problems)} problems of {bank.model}, {options.seeds} seeds, at most "
          f"{options.budget} programs\n")  # fmt: skip
    print("| search | solved (visible) | right (hidden) | difference, points | programs | tokens |")
    print("|---|---|---|---|---|---|")
    base: list[float] = []
    async with Sandbox() as sandbox:
        verifier = StandardVerifier(sandbox, cached=100_000)
        for name, (recipe, given) in entrants.items():
            rows = [
                await run(problem, bank, graded, verifier, recipe, given, options)
                for problem in problems
            ]
            visible, right, programs, tokens = ([row[index] for row in rows] for index in range(4))
            base = base or right
            print(
                f"| {name} | {statistics.fmean(visible):.1%} | {statistics.fmean(right):.1%} | "
                f"{paired(right, base)} | {statistics.fmean(programs):.1f} | "
                f"{statistics.fmean(tokens):.0f} |",
                flush=True,
            )


async def run(
    problem: Problem,
    bank: Bank,
    graded: Graded,
    verifier: StandardVerifier,
    recipe: str,
    given: dict[str, Any],
    options: argparse.Namespace,
) -> tuple[float, float, float, float]:
    """Means over the seeds: solved, right, programs, tokens."""
    found = []
    for seed in range(options.seeds):
        solution = await solve_async(
            problem,
            model=BankModel(bank),
            recipe=recipe,
            options={**given, "enumerate": 0},
            budget=Budget(programs=options.budget),
            seed=seed,
            verifier=verifier,
            runs=False,
        )
        right = graded.right(problem.id, solution.program)
        usage = solution.usage
        found.append((solution.verified, right, usage["programs"], usage["tokens"]))
    means = [statistics.fmean(map(float, column)) for column in zip(*found, strict=True)]
    return means[0], means[1], means[2], means[3]


def paired(one: list[float], other: list[float]) -> str:
    if one is other:
        return "-"
    points = [100 * (a - b) for a, b in zip(one, other, strict=True)]
    half = 1.96 * statistics.stdev(points) / math.sqrt(len(points))
    return f"{statistics.fmean(points):+.1f} ± {half:.1f}"


if __name__ == "__main__":
    asyncio.run(main())
