"""Does a value guide a search to more solved problems, at an equal budget? On repairs by edits.

    python experiments/value/repair.py [--problems 60] [--programs 64] [--trials 2]

Each problem starts from programs that language models were recorded to get wrong
(`repair/llm_wrong_seeds.jsonl`) and that fail a visible check; `experiments/value/edits.py` is
the model. Solved: a program passes the visible checks (the search ends there); right: it passes
the hidden ones too. "leads" is trained on the runs of the other half of the problems that were
guided by `graded`: on whether a solved program came of a failed one; "recorded" on CodeT's
recording without the problems searched here: on whether a program is right. Differences are
paired, 95 % intervals by bootstrap over problems.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from edits import EditModel
from pools import DATA, pools
from predict import labelled as recorded_labels
from rerank import interval

from search.keyed_random import stream
from synth.actions.describe import describe
from synth.api import solve_async
from synth.budget import Budget
from synth.errors import ProblemError
from synth.problem import Limits, Problem
from synth.problems.rows import problem_of_row
from synth.program import Program
from synth.value_training import Candidates, candidates_of, labelled, names_for, run_paths
from verifiers.sandbox import Sandbox
from verifiers.value.training import train
from verifiers.verdict import Verdict
from verifiers.verify import StandardVerifier

VALUES = ("passed", "graded", "graded*2,static", "product:graded,static", "leads", "recorded")
LIMITS = Limits(seconds=0.5, memory_mb=256)


@dataclass(frozen=True, slots=True)
class Task:
    guide: Problem
    grade: Problem
    seeds: tuple[str, ...]


async def tasks(sandbox: Sandbox, count: int) -> list[Task]:
    """Problems with recorded wrong programs that a visible check finds wrong, drawn once."""
    rows: dict[str, list[dict[str, str]]] = {}
    with (DATA / "repair" / "llm_wrong_seeds.jsonl").open() as lines:
        for row in map(json.loads, lines):
            rows.setdefault(row["task_id"], []).append(row)
    order = sorted(rows)
    stream(0, "repair").shuffle(order)
    verifier, found = StandardVerifier(sandbox), list[Task]()
    for name in order:
        try:
            guide, _ = problem_of_row(rows[name][0])
            grade, _ = problem_of_row(rows[name][0], visible="tests")
        except ProblemError:
            continue
        guide, grade = replace(guide, limits=LIMITS), replace(grade, limits=LIMITS)
        if not guide.has_evidence:
            continue
        sources = tuple(dict.fromkeys(row["wrong_solution"] for row in rows[name]))
        verdicts = await verifier.verify(guide, [Program(s, guide.entry_point) for s in sources])
        failing = tuple(
            source
            for source, verdict in zip(sources, verdicts, strict=True)
            if not verdict.passed and not any(o.check == "static" for o in verdict.outcomes)
        )
        if failing:
            found.append(Task(guide, grade, failing))
        if len(found) == count:
            break
    return found


class Remembering:
    """A verifier that runs no program twice, whichever value asks."""

    def __init__(self, real: StandardVerifier) -> None:
        self._real = real
        self._known: dict[tuple[str, Program], Verdict] = {}

    async def verify(self, problem: Problem, programs: Sequence[Program]) -> list[Verdict]:
        new = [p for p in dict.fromkeys(programs) if (problem.id, p) not in self._known]
        for program, verdict in zip(new, await self._real.verify(problem, new), strict=True):
            self._known[problem.id, program] = verdict
        return [self._known[problem.id, program] for program in programs]


@dataclass(slots=True)
class Bench:
    tasks: Sequence[Task]
    model: EditModel
    verifier: Remembering
    grader: StandardVerifier
    programs: int
    trials: int
    strategy: str

    async def run(self, values: Mapping[str, str], runs: Path | None) -> np.ndarray:
        """(problems, 3): solved, right and programs drawn, means over the trials; `values` names
        the value for each problem."""
        rows = []
        for task in self.tasks:
            for seed in range(self.trials):
                solution = await solve_async(
                    task.guide,
                    model=self.model,
                    recipe="search",
                    options={
                        "strategy": self.strategy, "value": values[task.guide.id], "enumerate": 0
                    },
                    budget=Budget(programs=self.programs),
                    verifier=self.verifier,
                    seed=seed,
                    runs=runs or False,
                )  # fmt: skip
                right = False
                if solution.verified and solution.program:
                    program = Program(solution.program, task.guide.entry_point)
                    (verdict,) = await self.grader.verify(task.grade, [program])
                    right = verdict.passed
                rows.append((solution.verified, right, solution.usage["programs"]))
        return np.array(rows, float).reshape(len(self.tasks), self.trials, 3).mean(axis=1)


async def learned(runs: Path, names: Sequence[str], folder: Path) -> dict[str, str]:
    """A value for each problem, trained on the runs of the other half."""
    read = [candidates_of(path) for path in run_paths([str(runs)])]
    halves = [set(names[::2]), set(names[1::2])]
    files = {}
    for number, half in enumerate(halves):
        others: list[Candidates] = [run for run in read if run.problem.id not in half]
        value = train(await labelled(others, "leads"), names=names_for("leads"))
        file = folder / f"value-{number}.json"
        file.write_text(value.to_text())
        print(f"half {number}: {dict(value.trained)}")
        files |= dict.fromkeys(half, str(file))
    return files


def from_recording(names: Sequence[str], folder: Path) -> dict[str, str]:
    """One value for all problems, trained on other problems' recorded candidates."""
    others = [pool for pool in pools("codet") if pool.problem.id not in names]
    value = train(recorded_labels(others))
    print(f"recorded: {dict(value.trained)}")
    file = folder / "recorded.json"
    file.write_text(value.to_text())
    return dict.fromkeys(names, str(file))


async def bench(options: argparse.Namespace) -> None:
    async with Sandbox() as sandbox:
        chosen = await tasks(sandbox, options.problems)
        names = [task.guide.id for task in chosen]
        model = EditModel({describe(task.guide): task.seeds for task in chosen})
        verifier = Remembering(StandardVerifier(sandbox, cached=1))
        print(f"{len(chosen)} problems, {sum(len(task.seeds) for task in chosen)} wrong programs")
        for strategy in options.strategies:
            arm = Bench(chosen, model, verifier, StandardVerifier(sandbox), options.programs,
                        options.trials, strategy)  # fmt: skip
            with tempfile.TemporaryDirectory() as folder:
                lines, base = [], None
                for value in options.values:
                    runs = Path(folder, "runs") if value == "graded" else None
                    if value == "leads":
                        each = await learned(Path(folder, "runs"), names, Path(folder))
                    elif value == "recorded":
                        each = await asyncio.to_thread(from_recording, names, Path(folder))
                    else:
                        each = dict.fromkeys(names, value)
                    table = await arm.run(each, runs)
                    base = table if base is None else base
                    solved, right = table[:, 0] - base[:, 0], table[:, 1] - base[:, 1]
                    lines.append(
                        f"| {value} | {100 * table[:, 0].mean():.1f} | {interval(solved)} | "
                        f"{100 * table[:, 1].mean():.1f} | {interval(right)} | "
                        f"{table[:, 2].mean():.1f} |"
                    )
                    print(f"({strategy}: {value} done)", flush=True)
            print(f"\n{strategy}, {options.programs} programs, {options.trials} seeds\n")
            print("| guided by | solved | over passed | right | over passed | programs |")
            print("|---|---|---|---|---|---|")
            print("\n".join(lines), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--problems", type=int, default=60)
    parser.add_argument("--programs", type=int, default=64)
    parser.add_argument("--trials", type=int, default=2)
    parser.add_argument("--strategies", nargs="+", default=["best-first", "mcts"])
    parser.add_argument("--values", nargs="+", default=list(VALUES))
    asyncio.run(bench(parser.parse_args()))


if __name__ == "__main__":
    main()
