"""Differential testing of whole programs: they print what a slow but right program prints.

Inputs are the given cases' with small changes (`stdin_mutation`). One on which the reference fails,
or prints nothing, is no valid input and is dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from synth.errors import ProblemError
from synth.problem import Case, Problem
from synth.program import Program
from verifiers import stdio
from verifiers.stdin_mutation import stdin_mutants
from verifiers.value_text import cut
from verifiers.verdict import Outcome, Status, Verdict

if TYPE_CHECKING:
    from verifiers.sandbox import CallResult, Sandbox

_SLOWER = 5  # how many times longer than a program the reference may take


class StdinReference:
    """A problem's reference for whole programs and what it prints, asked once for all programs.

    Each input is a process of its own, so `mutants` is best a few dozen.
    """

    def __init__(self, sandbox: Sandbox, problem: Problem, *, mutants: int, seed: int) -> None:
        self._sandbox, self._problem = sandbox, problem
        self._mutants, self._seed = mutants, seed
        # A reference is Python whatever the programs are; only then does their starter suit it.
        starter = problem.starter.rstrip() if problem.language == "python" else ""
        source = f"{starter}\n\n{problem.reference}".lstrip()
        self._program = Program(source)
        self._lock = asyncio.Lock()
        self._known: Problem | None = None

    async def compare(self, program: Program) -> Verdict:
        """One outcome: the program prints the same on every input, or the shortest on which not.

        Raises:
            ProblemError: the reference fails on every case given, or contradicts one.
        """
        asked = await self._asked()
        if not asked.cases:
            return Verdict(())
        execution = await self._sandbox.run_stdin(
            program, [case.stdin for case in asked.cases], asked.limits
        )
        every = range(len(asked.cases))
        outcomes, judging = await stdio.judge(self._sandbox, asked, every, execution.results)
        cost = execution.cost + judging
        failed = [
            (case, outcome)
            for case, outcome, result in zip(asked.cases, outcomes, execution.results, strict=True)
            if result.made and not outcome.passed
        ]
        if not failed:
            name = f"prints what the reference prints on {len(outcomes)} inputs"
            return Verdict((Outcome("reference", name, Status.PASSED),), cost=cost)
        _, worst = min(failed, key=lambda pair: (len(pair[0].stdin), pair[0].stdin))
        details = {"inputs": len(outcomes), "differ": len(failed)}
        name = "prints what the reference prints"
        outcome = replace(worst, check="reference", name=name, details=details)
        return Verdict((outcome,), cost=cost)

    async def _asked(self) -> Problem:
        """The problem with the mutated inputs, and what the reference prints for them, as cases."""
        async with self._lock:
            if self._known is None:
                given = [case.stdin for case in self._problem.cases]
                texts = [*given, *stdin_mutants(given, count=self._mutants, seed=self._seed)]
                limits = self._problem.limits
                slower = replace(limits, seconds=_SLOWER * limits.seconds, imports=None)
                execution = await self._sandbox.run_stdin(self._program, texts, slower)
                results = execution.results
                if given and all(r.status is not Status.PASSED for r in results[: len(given)]):
                    raise ProblemError(
                        f"the reference fails on all of {len(given)} cases; the first error is "
                        f"{results[0].error!r}; run it by hand on one of them",
                        field="reference",
                    )
                await self._refuse_contradiction(results[: len(given)])
                cases = tuple(
                    Case(text, str(result.value))
                    for text, result in zip(texts, results, strict=True)
                    if result.status is Status.PASSED and str(result.value).strip()
                )
                self._known = replace(self._problem, cases=cases)
            return self._known

    async def _refuse_contradiction(self, results: Sequence[CallResult]) -> None:
        """No program passes both the cases and a reference that prints something else."""
        every = range(len(results))
        outcomes, _ = await stdio.judge(self._sandbox, self._problem, every, results)
        for outcome in outcomes:
            if outcome.status is Status.FAILED:
                raise ProblemError(
                    f"contradicts {outcome.name} ({cut(outcome.error, 160)}); one of the two is "
                    "wrong",
                    field="reference",
                )
