"""The problems of the bank: HumanEval+ and MBPP+ rows, what guides a search and what grades it.

A search sees what the row shows to whoever solves it: the examples in the docstring, of MBPP the
first assert. EvalPlus' inputs, answered by the canonical solution, grade.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "verification"))

import rows  # noqa: E402

from search.keyed_random import stream  # noqa: E402
from synth import read_problem  # noqa: E402
from synth.problem import Limits, Problem  # noqa: E402
from verifiers.sandbox import Call, Sandbox  # noqa: E402
from verifiers.verdict import Status  # noqa: E402

DATA = Path(os.environ.get("SYNTH_DATA", HERE.parents[1].parent / "shared" / "data"))
SETS = ("humaneval/HumanEvalPlus.jsonl.gz", "mbpp/mbppplus_minus_holdout.jsonl.gz")
LONGEST = 120  # characters of the canonical solution: what is answered at length takes hours
GRADING = 150  # inputs that grade a program; some rows have thousands


@dataclass(frozen=True, slots=True)
class Task:
    """`guide` is what a search sees, `grade` what decides whether a program is right."""

    guide: Problem
    grade: Problem


def guides(*, longest: int | None = None) -> Iterator[tuple[str, int, Problem]]:
    """Every problem with something to guide a search: data set, row and problem, those of both
    sets in turn, in an order drawn once. With `longest`, those whose canonical solution has at
    most so many characters."""
    decks = []
    for name in SETS:
        order = [
            index
            for index, row in enumerate(rows.rows(name))
            if longest is None or len(row["canonical_solution"]) <= longest
        ]
        stream(0, "bank", name).shuffle(order)
        decks.append([(name, row) for row in order])
    for pair in zip_longest(*decks):
        for name, row in filter(None, pair):
            problem = read_problem(DATA / name, row=row + 1)
            if problem.has_evidence:
                yield name, row, replace(problem, limits=Limits(seconds=3.0, memory_mb=512))


async def graded(sandbox: Sandbox, guide: Problem, name: str, row: int) -> Task | None:
    """The task; None where the canonical solution does not run here."""
    for number, (_, case, inputs) in enumerate(rows.evalplus(name)):
        if number != row:
            continue
        if len(inputs) > GRADING:
            chosen = stream(0, "bank", guide.id).sample(range(len(inputs)), GRADING)
            inputs = [inputs[index] for index in sorted(chosen)]
        calls = [Call(case.problem.entry_point or "", arguments) for arguments in inputs]
        found = await sandbox.run(case.program, calls, case.problem.limits)
        if any(result.status is not Status.PASSED for result in found.results):
            return None
        answered = rows.with_answers(case, inputs, [result.value for result in found.results])
        grade = replace(answered.problem, limits=Limits(seconds=5.0, memory_mb=1024))
        return Task(guide, grade)
    return None


async def tasks(sandbox: Sandbox) -> AsyncIterator[Task]:
    """What is recorded."""
    for name, row, guide in guides(longest=LONGEST):
        task = await graded(sandbox, guide, name, row)
        if task is not None:
            yield task
