"""Does every strategy run on a real problem with a real model, and again from the record?

    python experiments/every_strategy/run.py [--problem FILE] [--model NAME] [--programs 8]

Each strategy solves the problem with the model, whose answers are recorded; then once more from
the record alone, which must give the same tree.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import subprocess
import tempfile
import time
from pathlib import Path

from search.registry import names
from synth import Budget, open_model, read_problem, replay, solve_async
from synth.api import standard_verifier
from synth.run_log import list_runs

HERE = Path(__file__).resolve()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problem", default=str(HERE.parents[1] / "problems" / "slug.yaml"))
    parser.add_argument("--model", default="llama:qwen2.5-coder-0.5b")
    parser.add_argument("--programs", type=int, default=8)
    parser.add_argument("--strategies", nargs="*", default=names())
    options = parser.parse_args()
    problem = read_problem(options.problem)
    print("| strategy | ended | best value | programs | calls | tokens | seconds | from record |")
    print("|---|---|---|---|---|---|---|---|")
    budget = Budget(programs=options.programs)
    with tempfile.TemporaryDirectory() as directory:
        base = open_model(options.model)
        async with standard_verifier() as verifier:
            for strategy in options.strategies:
                record = str(Path(directory) / f"{strategy}.jsonl")
                trees = []
                row = ""
                for source in ("live", "recorded"):
                    model = _recorded(record, base if source == "live" else None, options.model)
                    runs = Path(directory) / f"{strategy}-{source}"
                    began = time.perf_counter()
                    solution = await solve_async(
                        problem,
                        model=model,
                        recipe="search",
                        options={"strategy": strategy, "enumerate": 0, "max_tokens": 400},
                        budget=budget,
                        verifier=verifier,
                        runs=runs,
                    )
                    seconds = time.perf_counter() - began
                    fold, _ = replay(list_runs(runs)[0].path)
                    trees.append([(n.id, n.parents, n.action, n.value) for n in fold.nodes])
                    if source == "live":
                        best = solution.node.value if solution.node else 0.0
                        usage = solution.usage
                        row = (
                            f"| {strategy} | {solution.reason} | {best:.2f} | "
                            f"{usage['programs']} | {usage['calls']} | {usage['tokens']} | "
                            f"{seconds:.0f} |"
                        )
                print(f"{row} {'same tree' if trees[0] == trees[1] else 'DIFFERS'} |", flush=True)
        await base.close()
    commit = subprocess.run(  # noqa: ASYNC221  (at the end, nothing runs beside it)
        ["git", "rev-parse", "--short", "HEAD"],
        capture_output=True, text=True, cwd=HERE.parent, check=False,
    ).stdout.strip()  # fmt: skip
    print(
        f"\n{problem.id}, {options.model}, {options.programs} programs; commit {commit}; "
        f"{os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}"
    )


def _recorded(record: str, model: object, name: str) -> object:
    from synth.models.recorded import Recorded

    return Recorded(record, model) if model is not None else Recorded(record, name=name)


if __name__ == "__main__":
    asyncio.run(main())
