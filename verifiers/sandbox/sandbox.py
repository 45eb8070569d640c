"""The sandbox as the rest of the house sees it: programs and calls in, results out.

The driver's side. It never runs candidate or test code, never unpickles, never evaluates; values
come in through `encoding.decode` alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Self

from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import answers, protocol, shared_mode
from verifiers.sandbox.answers import Ended
from verifiers.sandbox.compiled import Compiled
from verifiers.sandbox.inputs import run_inputs
from verifiers.sandbox.judging import Judge, Judgement, judge_request
from verifiers.sandbox.pool import Pool
from verifiers.sandbox.profile import SPAWNING, for_source
from verifiers.sandbox.requests import encode_arguments, request
from verifiers.sandbox.results import Call, CallResult, Execution, TraceRequest
from verifiers.sandbox.session import Session
from verifiers.verdict import Cost, Status

_DEATHS = 2  # processes one batch may lose; the calls after that inherit the last one's status

# Bytes that all answers of a batch may take as values, which is up to 28 times their length: a
# thousand of a megabyte each would be the end of the driver's memory. The largest honest ones are
# those of HumanEval+.
_TOGETHER = 2 << 30
_TOO_MUCH = CallResult(
    Status.OUTPUT, error="OutputError: the answers together are larger than allowed"
)


class Sandbox:
    """A pool of sealed processes that run programs; enter it with `async with`.

    `workers` programs run at a time (default: one per core). It is bound to the event loop it was
    entered in; calls from other threads' loops are carried over to it. On a machine that lacks pid
    namespaces or seccomp, entering raises SandboxError unless `unsafe`.
    """

    def __init__(self, *, workers: int | None = None, unsafe: bool = False) -> None:
        self._pool = Pool(workers, unsafe=unsafe)
        self._compiled = Compiled(self._pool)

    async def __aenter__(self) -> Self:
        await self._pool.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._pool.close()

    async def run(
        self,
        program: Program,
        calls: Sequence[Call],
        limits: Limits,
        *,
        profile: str = "auto",
        trace: TraceRequest | None = None,
    ) -> Execution:
        """Make the calls one after another in one process; one result each, always.

        A call that dies or times out does not lose the others: the rest goes on in a fresh process,
        at most twice, and then inherits the status. A program that does not load gives every call
        that status. `profile` is `plain`, `library`, `numpy`, or `auto`: by what the source
        imports.
        """
        if profile == "auto":
            least = "plain" if trace is None else "library"
            profile = for_source(program.source, least=least, spawn=limits.spawn)
        encoded = [(call.function, encode_arguments(call.args, call.kwargs)) for call in calls]
        return await self._pool.on_loop(self._run(program, encoded, limits, profile, trace))

    async def _run(
        self,
        program: Program,
        encoded: list[tuple[str, bytes]],
        limits: Limits,
        profile: str,
        trace: TraceRequest | None,
    ) -> Execution:
        results: list[CallResult] = []
        cost, deaths, room = Cost(), 0, _TOGETHER
        while len(results) < len(encoded):
            rest = encoded[len(results) :]
            job = {
                "source": program.source,
                "imports": limits.imports,
                "cap": limits.output_kb << 10,
                "calls": rest,
                "trace": None if trace is None else asdict(trace),
            }
            end, wall = await self._pool.run(
                profile, request(protocol.BATCH, job, limits, calls=len(rest) + 1)
            )
            cost += cost_of(end, wall)
            answered, whole = batch_results(end, len(rest), limits, room=room)
            room -= answers.footprint(end.answers)
            results += answered
            if answered and answered[-1] is _TOO_MUCH:
                results += [_TOO_MUCH] * (len(encoded) - len(results))
            if whole or len(results) >= len(encoded):
                continue
            if answered and end.exit_code == protocol.OUT_OF_ROOM:
                continue
            deaths += 1
            died = answers.ended_badly(end, limits.seconds)
            results.append(died)
            if deaths >= _DEATHS:
                results += [answers.not_made(died)] * (len(encoded) - len(results))
        return Execution(tuple(results), cost)

    async def run_stdin(self, program: Program, inputs: Sequence[str], limits: Limits) -> Execution:
        """Run the whole program once per input, each in a process of its own; values are stdout.

        After three time-outs the inputs that follow are not tried, and inherit the status.
        Programs in other languages than Python are compiled first, in the sandbox too.
        """
        if program.language != "python":
            return await self._pool.on_loop(self._compiled.run(program, inputs, limits))
        return await self._pool.on_loop(self._run_stdin(program, inputs, limits))

    async def _run_stdin(
        self, program: Program, inputs: Sequence[str], limits: Limits
    ) -> Execution:
        job = {"source": program.source, "imports": limits.imports}
        profile = for_source(program.source, spawn=limits.spawn)

        async def one(text: str) -> tuple[CallResult, Cost]:
            stdin = text.encode("utf-8", "surrogateescape")
            ask = request(protocol.PROGRAM, job, limits, stdin=stdin)
            end, wall = await self._pool.run(profile, ask)
            return program_result(end, limits), cost_of(end, wall)

        results, cost = await run_inputs(one, inputs)
        return Execution(tuple(results), cost)

    @asynccontextmanager
    async def open(self, program: Program, limits: Limits) -> AsyncIterator[Session]:
        """A process kept for calls decided one after another. Use it on the sandbox's own loop."""
        session = Session(
            self._pool, program, limits, for_source(program.source, spawn=limits.spawn)
        )
        try:
            yield session
        finally:
            await session.close()

    async def judge(
        self, test_source: str, program: Program, limits: Limits, *, kind: str
    ) -> Judgement:
        """Run test code (`asserts`, `check` or `doctest`) in a process of its own.

        The program runs in another; calls and answers travel between them as plain values.
        """
        return await self._pool.on_loop(self._judge(test_source, program, limits, kind))

    async def _judge(
        self, test_source: str, program: Program, limits: Limits, kind: str
    ) -> Judgement:
        profile = "judge"
        if "verifiers.property_runner" in test_source:
            profile = "judge-property"  # Hypothesis takes a third of a second to import
        elif for_source(test_source) == "numpy":
            profile = "judge-numpy"
        ask = judge_request(test_source, kind, program, limits)
        async with self.open(program, limits) as session:
            judge = Judge(self._pool, session, profile, limits)
            return await judge.run(test_source, kind, program, ask)

    async def run_together(
        self,
        test_source: str,
        program: Program,
        limits: Limits,
        *,
        kind: str,
        files: Mapping[str, str] | None = None,
    ) -> Judgement:
        """Run tests and program in one process (`Trust.SHARED`), for tests that need live objects.

        `kind` is `asserts`, `check`, `doctest`, or `pytest`: then the program is written as the
        module the tests import (or its functions are put in their reach), beside `files`.
        """
        ask = shared_mode.job(test_source, kind, program, limits, files or {})
        sent = shared_mode.run_request(ask, limits)
        profile = f"pytest{SPAWNING}" if limits.spawn else "pytest"
        if kind != "pytest":
            both = f"{program.source}\n{test_source}"
            profile = for_source(both, least="library", spawn=limits.spawn)
        end, wall = await self._pool.on_loop(self._pool.run(profile, sent))
        return shared_mode.judgement(ask, end, wall, limits)


def cost_of(end: Ended, wall: float) -> Cost:
    return Cost(end.cpu_seconds, wall, end.memory_bytes, 1)


def batch_results(
    end: Ended, calls: int, limits: Limits, *, room: int = _TOGETHER
) -> tuple[list[CallResult], bool]:
    """Results of the calls that were answered, and whether they are all there will be. Answers
    that take more than `room` bytes together are not read."""
    records = answers.split(end.answers, calls + 2)  # loaded, and one too many
    if records and answers.is_module_failure(records[0]):
        return [answers.read(records[0], limits.output_kb << 10)] * calls, True
    if not records and end.exit_code != protocol.OUT_OF_ROOM:
        return [answers.ended_badly(end, limits.seconds)] * calls, True  # died while loading
    records = records[1:]  # the first says that it loaded
    if len(records) > calls:
        forged = CallResult(
            Status.CRASHED, error="Forgery: more answers than calls", error_type="Forgery"
        )
        return [forged] * calls, True
    cap, kept = limits.output_kb << 10, 0
    if answers.footprint(end.answers) <= room:
        return answers.read_all(records, cap), False
    while kept < len(records) and (taken := answers.footprint(records[kept])) <= room:
        room -= taken
        kept += 1
    return answers.read_all(records[:kept], cap) + [_TOO_MUCH] * (len(records) - kept), False


def program_result(end: Ended, limits: Limits) -> CallResult:
    """A whole program's result: its output counts when it ran to its end."""
    stdout = end.stdout.decode("utf-8", "replace")
    records = answers.split(end.answers, 2)
    if len(end.stdout) >= limits.output_kb << 10:
        return CallResult(
            Status.OUTPUT,
            value=stdout,
            error="OutputError: more output than allowed",
            cpu_seconds=end.cpu_seconds,
        )
    if len(records) == 1 and end.cause == protocol.EXITED:
        result = answers.read(records[0], 1 << 20)
        if result.status is Status.PASSED:
            return CallResult(Status.PASSED, value=stdout, cpu_seconds=end.cpu_seconds)
        return CallResult(
            result.status,
            value=stdout,
            error=result.error,
            error_type=result.error_type,
            error_bases=result.error_bases,
            line=result.line,
            cpu_seconds=end.cpu_seconds,
        )
    if end.exit_code == 0:  # os._exit(0): for a program judged by its output that is an end
        return CallResult(Status.PASSED, value=stdout, cpu_seconds=end.cpu_seconds)
    died = answers.ended_badly(end, limits.seconds)
    return CallResult(
        died.status,
        value=stdout,
        error=died.error,
        error_type=died.error_type,
        line=died.line,
        cpu_seconds=end.cpu_seconds,
    )
