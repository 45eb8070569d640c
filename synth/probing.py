"""Probe inputs of a problem, and what programs do on them.

Probes are the arguments of the given examples and type-aware mutations of them (EvalPlus, Liu et
al. 2023, section 3), the same for every program of a run. Nothing is known of their right outputs:
they tell programs apart, they do not judge them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from synth.context import Behaviour
from synth.problem import Problem
from synth.program import Program

PROBES = 48  # 64 tell 95 % of wrongly paired programs apart, 16 two thirds; each costs 0.02 ms
_SECONDS = 1.0


class Prober(Protocol):
    """Runs programs to see what they do: for dedup and selection, never for a verdict."""

    async def probe(self, problem: Problem, programs: Sequence[Program]) -> list[Behaviour]: ...

    async def vote(
        self, problem: Problem, tests: Sequence[str], programs: Sequence[Program]
    ) -> list[list[bool]]: ...

    async def values(
        self, problem: Problem, source: str, calls: Sequence[tuple[str, tuple[Any, ...]]]
    ) -> list[tuple[bool, Any]]: ...


def probe_inputs(problem: Problem, *, count: int = PROBES) -> list[tuple[Any, ...]]:
    """At most `count` argument tuples, the examples' own first; the same at every call."""
    from verifiers.mutation import mutants

    seeds = [example.args for example in problem.examples if not example.kwargs][:count]
    return [*seeds, *mutants(seeds, count=count - len(seeds), seed=0)]


class SandboxProber:
    """Probes in a sandbox (`verifiers.sandbox.Sandbox`)."""

    def __init__(self, sandbox: Any) -> None:
        self._sandbox = sandbox

    async def probe(self, problem: Problem, programs: Sequence[Program]) -> list[Behaviour]:
        inputs = probe_inputs(problem)
        if not inputs or problem.language != "python":
            return [Behaviour((), ()) for _ in programs]
        return list(await asyncio.gather(*(self._one(problem, inputs, p) for p in programs)))

    async def _one(
        self, problem: Problem, inputs: Sequence[tuple[Any, ...]], program: Program
    ) -> Behaviour:
        from search.behaviour import output_hash
        from verifiers.sandbox import Call
        from verifiers.verdict import Status

        limits = replace(problem.limits, seconds=min(_SECONDS, problem.limits.seconds))
        assert problem.entry_point is not None
        calls = [Call(problem.entry_point, arguments) for arguments in inputs]
        execution = await self._sandbox.run(program, calls, limits)
        outputs, failed = [], []
        for result in execution.results:
            passed = result.status is Status.PASSED
            name = result.error_type or result.status.value
            value = result.value if result.args is None else (result.value, result.args)
            outputs.append(output_hash(value) if passed else output_hash(failure=name))
            failed.append(not passed)
        return Behaviour(tuple(outputs), tuple(failed))

    async def values(
        self, problem: Problem, source: str, calls: Sequence[tuple[str, tuple[Any, ...]]]
    ) -> list[tuple[bool, Any]]:
        """For each (function, arguments) of a module whether it returned, and what."""
        from verifiers.sandbox import Call
        from verifiers.verdict import Status

        limits = replace(problem.limits, seconds=min(_SECONDS, problem.limits.seconds))
        wanted = [Call(function, arguments) for function, arguments in calls]
        execution = await self._sandbox.run(Program(source, calls[0][0]), wanted, limits)
        return [(result.status is Status.PASSED, result.value) for result in execution.results]

    async def vote(
        self, problem: Problem, tests: Sequence[str], programs: Sequence[Program]
    ) -> list[list[bool]]:
        from verifiers.generated_tests import GeneratedTest, GeneratedTestVerifier, passes

        verifier = GeneratedTestVerifier(self._sandbox, [GeneratedTest(test) for test in tests])
        return passes(await verifier.verify(problem, programs))
