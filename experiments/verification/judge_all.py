"""Are right programs judged right, and wrong ones wrong? Canonical solutions of public data sets.

    python experiments/verification/judge_all.py [--only NAME]

Prints a table in Markdown; every exception is named below it.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import rows

from verifiers.sandbox import Call, Sandbox
from verifiers.verdict import Status, Trust, Verdict
from verifiers.verify import StandardVerifier


async def plain(sandbox: Sandbox, cases: Iterable[rows.Case]) -> AsyncIterator[rows.Case]:
    for case in cases:
        yield case


async def plus(sandbox: Sandbox, name: str) -> AsyncIterator[rows.Case]:
    """Problems whose expected answers are the canonical solution's."""
    for _, case, inputs in rows.evalplus(name):
        answered = await answers(sandbox, case, inputs)
        if answered is not None:
            yield answered
        else:
            yield case  # without evidence, so it cannot pass


async def crossed(sandbox: Sandbox) -> AsyncIterator[rows.Case]:
    """HumanEval's own solutions against the answers of HumanEval+'s."""
    own = {case.problem.id: case.program for case in rows.human_eval()}
    for _, case, inputs in rows.evalplus("humaneval/HumanEvalPlus.jsonl.gz"):
        answered = await answers(sandbox, case, inputs)
        if answered is not None:
            yield replace(answered, program=own[case.problem.id])


async def answers(sandbox: Sandbox, case: rows.Case, inputs: list) -> rows.Case | None:
    calls = [Call(case.problem.entry_point or "", arguments) for arguments in inputs]
    execution = await sandbox.run(case.program, calls, case.problem.limits)
    if any(result.status is not Status.PASSED for result in execution.results):
        return None
    return rows.with_answers(case, inputs, [result.value for result in execution.results])


SETS = {
    "HumanEval": lambda s: plain(s, rows.human_eval()),
    "MBPP": lambda s: plain(s, rows.mbpp()),
    "MBPP sanitized": lambda s: plain(s, rows.mbpp("mbpp/sanitized_minus_holdout.jsonl")),
    "CRUXEval": lambda s: plain(s, rows.cruxeval()),
    "COFFE, stdin": lambda s: plain(s, rows.coffe_stdin()),
    "HumanEval+": lambda s: plus(s, "humaneval/HumanEvalPlus.jsonl.gz"),
    "MBPP+": lambda s: plus(s, "mbpp/mbppplus_minus_holdout.jsonl.gz"),
    "HumanEval on HumanEval+": lambda s: crossed(s),
    "models' wrong programs": lambda s: plain(s, rows.wrong_seeds()),
    "QuixBugs": lambda s: plain(s, rows.quixbugs()),
}


def why(case: rows.Case, verdict: Verdict) -> str:
    if verdict.passed:
        return "a wrong program passed"
    failed = [outcome for outcome in verdict.outcomes if not outcome.passed]
    if not failed:
        return "the canonical solution fails on its own inputs"
    first = failed[0]
    return f"{first.status} on {first.input or first.name}: {first.error or first.actual}"[:200]


def commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=SETS)
    only = parser.parse_args().only
    print(f"commit {commit()}, Python {platform.python_version()}\n")
    print("| programs | judged | as expected | checks | isolated | CPU s | wall s |")
    print("|---|---|---|---|---|---|---|")
    exceptions: list[str] = []
    async with Sandbox() as sandbox:
        verifier = StandardVerifier(sandbox, cached=0)
        for name, cases in SETS.items():
            if only not in (None, name):
                continue
            began = time.monotonic()
            judged = right = checks = isolated = 0
            seconds = 0.0
            pending: list[asyncio.Task[tuple[rows.Case, Verdict]]] = []

            async def judge(case: rows.Case) -> tuple[rows.Case, Verdict]:
                return case, (await verifier.verify(case.problem, [case.program]))[0]

            async for case in cases(sandbox):
                pending.append(asyncio.create_task(judge(case)))
            for task in pending:
                case, verdict = await task
                judged += 1
                right += verdict.passed == case.right
                checks += len(verdict.outcomes)
                isolated += verdict.trust is Trust.ISOLATED
                seconds += verdict.cost.cpu_seconds
                if verdict.passed != case.right:
                    exceptions.append(f"{name}, {case.problem.id}: {why(case, verdict)}")
            wall = time.monotonic() - began
            print(
                f"| {name} | {judged} | {right} | {checks} | {isolated} | "
                f"{seconds:.1f} | {wall:.1f} |",
                flush=True,
            )
    print("\nExceptions:" if exceptions else "\nNo exceptions.")
    for line in exceptions:
        print(f"* {line}")


if __name__ == "__main__":
    asyncio.run(main())
