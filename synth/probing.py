"""What programs do on the probe inputs of a problem (`synth.probe_plan`), seen in a sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from synth.context import Behaviour
from synth.probe_plan import Input, probe_plan
from synth.problem import Limits, Problem
from synth.program import Program

_SECONDS = 1.0


class Prober(Protocol):
    """Runs programs to see what they do: for dedup and selection, never for a verdict."""

    async def probe(
        self, problem: Problem, programs: Sequence[Program], inputs: Sequence[int] | None = None
    ) -> list[Behaviour]:
        """What each program does on the probe inputs of these numbers (None: all), in order."""
        ...

    async def vote(
        self, problem: Problem, tests: Sequence[str], programs: Sequence[Program]
    ) -> list[list[bool]]: ...

    async def values(
        self, problem: Problem, source: str, calls: Sequence[tuple[str, tuple[Any, ...]]]
    ) -> list[tuple[bool, Any]]: ...


class SandboxProber:
    """Probes in a sandbox (`verifiers.sandbox.Sandbox`)."""

    def __init__(self, sandbox: Any) -> None:
        self._sandbox = sandbox
        self._planned: tuple[Problem, tuple[Input, ...]] | None = None

    async def probe(
        self, problem: Problem, programs: Sequence[Program], inputs: Sequence[int] | None = None
    ) -> list[Behaviour]:
        if self._planned is None or self._planned[0] is not problem:
            self._planned = (problem, probe_plan(problem).inputs)
        known = self._planned[1]
        chosen = known if inputs is None else [known[number] for number in inputs]
        if not chosen:
            return [Behaviour((), ()) for _ in programs]
        return list(await asyncio.gather(*(self._one(problem, chosen, p) for p in programs)))

    async def _one(self, problem: Problem, inputs: Sequence[Input], program: Program) -> Behaviour:
        from search.behaviour import output_hash
        from verifiers.sandbox import Call
        from verifiers.static_checks import static_failure
        from verifiers.verdict import Status

        unreadable = static_failure(program, problem.limits)
        if unreadable is not None:
            failure = output_hash(failure=unreadable.error.partition(":")[0])
            return Behaviour((failure,) * len(inputs), (True,) * len(inputs))
        limits = _quick(problem.limits)
        if problem.entry_point is None:
            texts = [text for text in inputs if isinstance(text, str)]
            execution = await self._sandbox.run_stdin(program, texts, limits)
        else:
            calls = [Call(problem.entry_point, tuple(arguments)) for arguments in inputs]
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

        wanted = [Call(function, arguments) for function, arguments in calls]
        program = Program(source, calls[0][0])
        execution = await self._sandbox.run(program, wanted, _quick(problem.limits))
        return [(result.status is Status.PASSED, result.value) for result in execution.results]

    async def vote(
        self, problem: Problem, tests: Sequence[str], programs: Sequence[Program]
    ) -> list[list[bool]]:
        from verifiers.generated_tests import GeneratedTest, GeneratedTestVerifier, passes

        verifier = GeneratedTestVerifier(self._sandbox, [GeneratedTest(test) for test in tests])
        return passes(await verifier.verify(problem, programs))


def _quick(limits: Limits) -> Limits:
    return replace(limits, seconds=min(_SECONDS, limits.seconds))
