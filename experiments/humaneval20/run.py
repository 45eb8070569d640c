"""What does a small search buy a small model? The first problems of HumanEval.

    python experiments/humaneval20/run.py [--problems 20] [--model llama:qwen2.5-coder-0.5b]

The search sees a problem's docstring and its examples alone. The row's hidden tests grade the
programs that come out: the very first greedy draft, and the one the search returns.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from synth import Budget, Program, read_problem, solve_async
from synth.api import opened, refold, standard_verifier
from synth.problem_file import read_problems
from synth.run_log import read_events, runs_directory

HERE = Path(__file__).resolve()
DATA = Path(os.environ.get("SYNTH_DATA", HERE.parents[2].parent / "shared" / "data"))


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=20)
    parser.add_argument("--model", default="llama:qwen2.5-coder-0.5b")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--drafts", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    rows = DATA / "humaneval" / "HumanEval.jsonl"
    if not rows.exists():
        sys.exit(f"{rows}: not here; set SYNTH_DATA to the folder that holds humaneval/")
    problems = read_problems(rows)[: options.problems]
    print("| problem | visible checks | first greedy draft | search | verified | programs | "
          "tokens | seconds |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    greedy = found = verified = programs = tokens = 0
    seconds = 0.0
    async with opened(options.model) as models, standard_verifier() as verifier:
        for number, problem in enumerate(problems, 1):
            graded = read_problem(rows, row=number, visible="tests")
            if not problem.has_evidence:
                print(f"| {problem.id} | none in the docstring, not run |  |  |  |  |  |  |")
                continue
            began = time.perf_counter()
            solution = await solve_async(
                problem,
                model=list(models.values()),
                options={"n": options.drafts, "rounds": options.rounds, "enumerate": 0},
                budget=Budget(programs=64, seconds=600),
                seed=options.seed,
                verifier=verifier,
            )
            took = time.perf_counter() - began
            fold, _, _ = refold(read_events(runs_directory() / f"{solution.run_id}.jsonl"))
            first = fold.nodes[1].program
            passed = []
            for source in (first.source if first else None, solution.program):
                if source is None:
                    passed.append(False)
                    continue
                (verdict,) = await verifier.verify(graded, [Program(source, graded.entry_point)])
                passed.append(verdict.passed)
            marks = ["yes" if mark else "no" for mark in (*passed, solution.verified)]
            print(
                f"| {problem.id} | {solution.evidence} | {marks[0]} | {marks[1]} | {marks[2]} | "
                f"{solution.usage['programs']} | {solution.usage['tokens']} | {took:.1f} |",
                flush=True,
            )
            greedy, found = greedy + passed[0], found + passed[1]
            verified += solution.verified
            programs += solution.usage["programs"]
            tokens += solution.usage["tokens"]
            seconds += took
    count = len(problems)
    print(f"| **{count}** |  | **{greedy}** | **{found}** | **{verified}** | {programs} | "
          f"{tokens} | {seconds:.1f} |")  # fmt: skip
    commit = subprocess.run(  # noqa: ASYNC221  (at the end, nothing runs beside it)
        ["git", "rev-parse", "--short", "HEAD"],
        capture_output=True, text=True, cwd=HERE.parent, check=False,
    ).stdout.strip()  # fmt: skip
    print(
        f"\n{options.model}, {options.drafts} drafts, {options.rounds} rounds of repair, seed "
        f"{options.seed}; commit {commit}; {os.cpu_count()} cores {platform.machine()}, "
        f"Python {platform.python_version()}"
    )


if __name__ == "__main__":
    asyncio.run(main())
