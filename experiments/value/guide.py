"""Does a search that is guided by a value solve more, at an equal budget?

    python experiments/value/guide.py [--programs 16] [--trials 8] [--strategies mcts] [--bank FILE]

Searches over the bank (`experiments/bank`): its answers stand for the model, so every value sees
the same model, and the whole engine runs. A run stops at the first program that passes the visible
checks. Solved: it did; right: what is returned passes the hidden tests. Learned values are
trained on the other four fifths of the problems. Differences to being guided by the share of
checks passed, 95 % intervals by bootstrap over problems.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from pools import BANKS, Pool, bank_problems, judged, pools
from predict import FOLDS
from rerank import interval

from synth.api import solve_async
from synth.budget import Budget
from synth.models.bank import Bank, BankModel, read_bank
from synth.problem import Problem
from synth.program import Program
from verifiers.sandbox import Sandbox
from verifiers.value.features import NAMES, describe
from verifiers.value.training import Labelled, split, train
from verifiers.verdict import Verdict
from verifiers.verify import StandardVerifier

STRATEGIES = ("best-first", "mcts", "beam")
VALUES = ("passed", "graded", "static", "graded*2,static", "logprob", "graded*2,logprob", "learned",
          "leads")  # fmt: skip


class Known:
    """The verifier, which runs nothing twice."""

    def __init__(self, verdicts: Mapping[tuple[str, str], Verdict], real: StandardVerifier) -> None:
        self._verdicts, self._real = verdicts, real

    async def verify(self, problem: Problem, programs: Sequence[Program]) -> list[Verdict]:
        found = []
        for program in programs:
            known = self._verdicts.get((problem.id, program.source))
            found.append(known or (await self._real.verify(problem, [program]))[0])
        return found


def leads(pool: Pool, bank: Bank) -> list[bool | None]:
    """Of each failed sample that was repaired: whether a right program came of it."""
    samples = bank.samples[pool.problem.id]
    found: list[bool | None] = [None] * len(samples)
    for sample in reversed(samples):
        if sample.parent is not None:
            right = sample.hidden or bool(found[sample.index])
            found[sample.parent] = bool(found[sample.parent]) or right
    return found


def trained(source: Sequence[Pool], bank: Bank, label: str, folder: Path) -> dict[str, Path]:
    """A file for each problem: the value trained without it."""
    rows, labels, groups = [], [], []
    for pool in source:
        marks = leads(pool, bank) if label == "leads" else list(pool.right)
        for item, mark in zip(pool.evidence, marks, strict=True):
            if mark is not None:
                rows += describe(pool.problem, [item])
                labels.append(bool(mark))
                groups.append(pool.problem.id)
    data = Labelled(rows, labels, groups)
    files: dict[str, Path] = {}
    for number, (held_out, others) in enumerate(split(data.groups, FOLDS, 1)):
        value = train(data.only(others), names=NAMES)
        file = folder / f"{label}-{number}.json"
        file.write_text(value.to_text())
        files |= {str(data.groups[place]): file for place in held_out}
    return files


async def searched(
    bank: Bank, source: Sequence[Pool], values: Sequence[str], strategies: Sequence[str],
    programs: int, trials: int,
) -> None:  # fmt: skip
    problems = {pool.problem.id: pool.problem for pool in source}
    verdicts = judged("bank", [(p, []) for p in problems.values()])
    right = {(n, s.source): s.hidden for n, rows in bank.samples.items() for s in rows}
    model = BankModel(bank)
    with tempfile.TemporaryDirectory() as name:
        files = {
            label: trained(source, bank, label, Path(name)) for label in ("learned", "leads")
            if label in values
        }  # fmt: skip
        async with Sandbox() as sandbox:
            verifier = Known(verdicts, StandardVerifier(sandbox))
            for strategy in strategies:
                print(f"\n{strategy}, {programs} programs, {trials} seeds\n")
                print("| guided by | solved | over passed | right | over passed | programs |")
                print("|---|---|---|---|---|---|")
                base: tuple[np.ndarray, np.ndarray] | None = None
                for value in values:
                    results = []
                    for id_, problem in problems.items():
                        text = str(files[value].get(id_, "graded")) if value in files else value
                        for seed in range(trials):
                            solution = await solve_async(
                                problem,
                                model=model,
                                recipe="search",
                                options={"strategy": strategy, "value": text, "enumerate": 0},
                                budget=Budget(programs=programs),
                                verifier=verifier,
                                seed=seed,
                                runs=False,
                            )
                            hidden = right.get((id_, solution.program), False)
                            used = solution.usage["programs"]
                            results.append((solution.verified, hidden, used))
                    table = np.array(results, float).reshape(len(problems), trials, 3).mean(axis=1)
                    solved, correct = table[:, 0], table[:, 1]
                    base = base or (solved, correct)
                    print(
                        f"| {value} | {100 * solved.mean():.1f} | {interval(solved - base[0])} | "
                        f"{100 * correct.mean():.1f} | {interval(correct - base[1])} | "
                        f"{table[:, 2].mean():.1f} |",
                        flush=True,
                    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--programs", type=int, default=16)
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--values", nargs="+", default=list(VALUES))
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES))
    parser.add_argument("--bank", type=Path)
    options = parser.parse_args()
    path = options.bank or next((path for path in BANKS if path.exists()), None)
    if path is None:
        print("the bank is not there: python experiments/bank/record.py, then --pack")
        return
    source = pools("bank", bank=path)
    bank = read_bank(path)
    assert bank_problems(bank)
    hard = [pool for pool in source if not all(pool.right)]
    print(f"{len(source)} problems, {len(hard)} of them not always solved: those are searched")
    asked = (options.values, options.strategies, options.programs, options.trials)
    asyncio.run(searched(bank, hard, *asked))


if __name__ == "__main__":
    main()
