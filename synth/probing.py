"""What programs do on the probe inputs of a problem (`synth.probe_plan`), seen in a sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from synth.context import Behaviour
from synth.probe_plan import Input, probe_plan
from synth.problem import Limits, Problem
from synth.program import Program
from verifiers.verdict import Status

if TYPE_CHECKING:
    from verifiers.sandbox import Execution

_SECONDS = 1.0
_SHOWN = 300  # characters of an output


class Prober(Protocol):
    """Runs programs to see what they do: for dedup and selection, never for a verdict."""

    async def probe(
        self, problem: Problem, programs: Sequence[Program], inputs: Sequence[int] | None = None
    ) -> list[Behaviour]:
        """What each program does on the probe inputs of these numbers (None: all), in order."""
        ...

    async def show(
        self, problem: Problem, programs: Sequence[Program], inputs: Sequence[int]
    ) -> list[list[str]]:
        """What each program returns or raises there, as text."""
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
        chosen = self._chosen(problem, inputs)
        if not chosen:
            return [Behaviour((), ()) for _ in programs]
        # Some of the inputs are asked for to spare a verification, of which they are a part: with
        # its limits, so that what is found holds there.
        limits = problem.limits if inputs is not None else _quick(problem.limits)
        found = (self._one(problem, chosen, program, limits) for program in programs)
        return list(await asyncio.gather(*found))

    async def show(
        self, problem: Problem, programs: Sequence[Program], inputs: Sequence[int]
    ) -> list[list[str]]:
        from verifiers.value_text import text_of

        chosen = self._chosen(problem, inputs)
        found = []
        for program in programs:
            execution = await self._called(problem, chosen, program, _quick(problem.limits))
            found.append(
                [
                    text_of(result.value, _SHOWN)
                    if result.status is Status.PASSED
                    else f"{result.error or result.status.value}"[:_SHOWN]
                    for result in execution.results
                ]
            )
        return found

    def _chosen(self, problem: Problem, inputs: Sequence[int] | None) -> Sequence[Input]:
        if self._planned is None or self._planned[0] is not problem:
            self._planned = (problem, probe_plan(problem).inputs)
        known = self._planned[1]
        return known if inputs is None else [known[number] for number in inputs]

    async def _one(
        self, problem: Problem, inputs: Sequence[Input], program: Program, limits: Limits
    ) -> Behaviour:
        from search.behaviour import output_hash
        from verifiers.static_checks import static_failure

        unreadable = static_failure(program, problem.limits)
        if unreadable is not None:
            failure = output_hash(failure=unreadable.error.partition(":")[0])
            return Behaviour((failure,) * len(inputs), (True,) * len(inputs))
        execution = await self._called(problem, inputs, program, limits)
        outputs, failed = [], []
        for result in execution.results:
            passed = result.status is Status.PASSED
            name = result.error_type or result.status.value
            value = result.value if result.args is None else (result.value, result.args)
            outputs.append(output_hash(value) if passed else output_hash(failure=name))
            failed.append(not passed)
        return Behaviour(tuple(outputs), tuple(failed))

    async def _called(
        self, problem: Problem, inputs: Sequence[Input], program: Program, limits: Limits
    ) -> Execution:
        from verifiers.sandbox import Call

        if problem.entry_point is None:
            texts = [text for text in inputs if isinstance(text, str)]
            found: Execution = await self._sandbox.run_stdin(program, texts, limits)
        else:
            calls = [Call(problem.entry_point, tuple(arguments)) for arguments in inputs]
            found = await self._sandbox.run(program, calls, limits)
        return found

    async def values(
        self, problem: Problem, source: str, calls: Sequence[tuple[str, tuple[Any, ...]]]
    ) -> list[tuple[bool, Any]]:
        """For each (function, arguments) of a module whether it returned, and what."""
        from verifiers.sandbox import Call

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
