"""Whole programs in other languages: compiled once in the sandbox, run there for each input."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache, partial

from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import answers, diagnostics, languages, protocol
from verifiers.sandbox.answers import Ended
from verifiers.sandbox.inputs import run_inputs
from verifiers.sandbox.languages import Adapter, ToolChain
from verifiers.sandbox.pool import Pool
from verifiers.sandbox.profile import SCRATCH
from verifiers.sandbox.requests import request
from verifiers.sandbox.results import CallResult, Execution
from verifiers.sandbox.root import STDIN_COPY
from verifiers.verdict import Cost, Status

PROFILE = "native"
# Seconds a process of the compiler, and what it may write; run times reserve the address space.
_COMPILE = Limits(seconds=10.0, memory_mb=1536, output_kb=65536)
_MEASURABLE = 64 << 20  # a process's peak holds what the zygote and the program's file had
_KEPT = 32
_MOST_FILES = 1 << 16  # as many as the scratch directory holds
_RESERVED = 64 << 30  # address space for run times that reserve it, beside what they may write
Artifacts = dict[str, bytes]


@lru_cache(maxsize=16)
def tool_chain(language: str) -> ToolChain | None:
    """The installed tool chain of a language, looked for once."""
    adapter = languages.adapter(language)
    return adapter.find() if adapter else None


def trees() -> list[str]:
    """What the native profile must be able to read and execute."""
    found = [tool_chain(name) for name in languages.names()]
    return sorted({tree for tools in found if tools for tree in tools.trees})


class Compiled:
    """Runs programs of every language with an adapter; keeps what it compiled last."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._kept: OrderedDict[tuple[str, str], asyncio.Task[Artifacts | CallResult]] = (
            OrderedDict()
        )

    async def run(self, program: Program, inputs: Sequence[str], limits: Limits) -> Execution:
        """One process per input. Without tool chain, or where it does not compile, every result
        is an ERROR that says so."""
        adapter = languages.adapter(program.language)
        tools = tool_chain(program.language)
        if adapter is None or tools is None:
            why = adapter.missing if adapter else f"no adapter for {program.language!r}"
            failed = CallResult(Status.ERROR, error=f"ToolChainError: {why}")
            return Execution((failed,) * len(inputs), Cost())
        made = await self._compiled(adapter, tools, program)
        if isinstance(made, CallResult):
            return Execution((made,) * len(inputs), Cost(made.cpu_seconds, executions=1))
        ask = partial(self._one, adapter, tools, made, "/dev/stdin" in program.source, limits)
        results, cost = await run_inputs(ask, inputs)
        return Execution(tuple(results), cost)

    async def _compiled(
        self, adapter: Adapter, tools: ToolChain, program: Program
    ) -> Artifacts | CallResult:
        if adapter.compile is None:
            return {adapter.source: _bytes(adapter, program)}
        key = (adapter.name, program.source)
        task = self._kept.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.create_task(self._compile(adapter, tools, program))
            self._kept[key] = task
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return await asyncio.shield(task)

    async def _compile(
        self, adapter: Adapter, tools: ToolChain, program: Program
    ) -> Artifacts | CallResult:
        assert adapter.compile is not None
        if adapter.quicken is not None:
            await asyncio.to_thread(adapter.quicken, tools, program.source)
        job = {
            "files": {adapter.source: _bytes(adapter, program)},
            "command": adapter.compile(tools),
            "environment": tools.environment,
            "collect": list(adapter.artifacts),
            "scratch": SCRATCH,
            "seconds": int(_COMPILE.seconds),
            "memory": _COMPILE.memory_mb << 20,
        }
        ask = request(protocol.COMMAND, job, _COMPILE, memory=_RESERVED)
        end, _ = await self._pool.run(PROFILE, ask)
        return artifacts(end, adapter, program.source)

    async def _one(
        self,
        adapter: Adapter,
        tools: ToolChain,
        files: Artifacts,
        named: bool,
        limits: Limits,
        text: str,
    ) -> tuple[CallResult, Cost]:
        job = {
            "files": files,
            "command": adapter.run(tools, limits.memory_mb, files),
            "environment": tools.environment | adapter.told(limits.memory_mb),
            "collect": None,
            "scratch": SCRATCH,
            "output": limits.output_kb << 10,
            "memory": (limits.memory_mb + adapter.slack_mb) << 20,
            "reserves": adapter.slack_mb > 0,
            "stdin_copy": STDIN_COPY if named else "",
        }
        ask = request(
            protocol.COMMAND,
            job,
            limits,
            stdin=text.encode("utf-8", "surrogateescape"),
            memory=_RESERVED if adapter.slack_mb else limits.memory_mb << 20,
        )
        end, wall = await self._pool.run(PROFILE, ask)
        result = outcome(end, limits, measured=adapter.measured)
        return result, Cost(end.cpu_seconds, wall, end.memory_bytes, 1)


def _bytes(adapter: Adapter, program: Program) -> bytes:
    return adapter.prepare(program.source).encode("utf-8", "replace")  # no text has lone surrogates


def artifacts(end: Ended, adapter: Adapter, source: str) -> Artifacts | CallResult:
    """What a compilation left, or why it left nothing."""
    records = answers.split(end.answers, _MOST_FILES + 1)
    line = 0
    try:
        code, said, names = json.loads(records[0])
        if code == 0 and names and len(names) == len(records) - 1:
            return dict(zip(names, records[1:], strict=True))
        why = "what it compiles to is too large"
        if code != 0:
            why, line = diagnostics.of_compiler(said, code, adapter.source, source)
    except (IndexError, ValueError, TypeError, AttributeError):
        why = answers.ended_badly(end, _COMPILE.seconds).error
    return CallResult(
        Status.ERROR,
        error=f"CompileError: {why}",
        error_type="CompileError",
        line=line,
        cpu_seconds=end.cpu_seconds,
    )


def outcome(end: Ended, limits: Limits, *, measured: bool = False) -> CallResult:
    """A run's result: passed is an exit status of 0 with all its output, within the limits."""
    stdout = end.stdout.decode("utf-8", "replace")

    def ended(status: Status, error: str, line: int = 0) -> CallResult:
        name = error.partition(":")[0]
        return CallResult(
            status, stdout, error=error, error_type=name, line=line, cpu_seconds=end.cpu_seconds
        )

    if len(end.stdout) >= limits.output_kb << 10:
        return ended(Status.OUTPUT, "OutputError: more output than allowed")
    most = limits.memory_mb << 20
    if measured and end.memory_bytes > max(most, _MEASURABLE):
        used = f"{end.memory_bytes >> 20} MB of {limits.memory_mb} MB allowed"
        return ended(Status.MEMORY, f"MemoryError: it used {used}")
    if end.cpu_seconds > 1.1 * limits.seconds + 0.1 and end.cause == protocol.EXITED:
        # Its own clock was kept below the limit: this is what children of it spent.
        return ended(Status.TIMEOUT, f"TimeoutError: more than {limits.seconds:g} s of CPU time")
    code = end.exit_code
    if code == 0:
        return CallResult(Status.PASSED, stdout, cpu_seconds=end.cpu_seconds)
    stderr = end.stderr.decode("utf-8", "replace")
    said, line = diagnostics.of_run(stderr)
    because = f": {said}" if said else ""
    if code is not None:
        status = Status.MEMORY if diagnostics.is_starved(stderr) else Status.ERROR
        return ended(status, f"ExitError: exit status {code}{because}", line)
    died = answers.ended_badly(end, limits.seconds)
    if died.status is not Status.CRASHED:
        return ended(died.status, died.error + because, line)
    if diagnostics.is_starved(stderr):
        return ended(Status.MEMORY, f"MemoryError: more memory than allowed{because}", line)
    if diagnostics.is_aborted(stderr):
        return ended(Status.CRASHED, f"Crash: aborted{because}", line)
    hint = "" if said else " (a wrong pointer or index, or too deep a recursion)"
    return ended(Status.CRASHED, f"{died.error}{hint}{because}", line)
