"""Whole programs in other languages: compiled once in the sandbox, run there for each input."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache, partial

from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import answers, languages, protocol
from verifiers.sandbox.answers import Ended
from verifiers.sandbox.inputs import run_inputs
from verifiers.sandbox.languages import Adapter, ToolChain
from verifiers.sandbox.pool import Pool
from verifiers.sandbox.profile import SCRATCH
from verifiers.sandbox.requests import request
from verifiers.sandbox.results import CallResult, Execution
from verifiers.verdict import Cost, Status

PROFILE = "native"
_COMPILE = Limits(seconds=20.0, memory_mb=4096, output_kb=65536)
_KEPT = 32
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
        results, cost = await run_inputs(partial(self._one, adapter, tools, made, limits), inputs)
        return Execution(tuple(results), cost)

    async def _compiled(
        self, adapter: Adapter, tools: ToolChain, program: Program
    ) -> Artifacts | CallResult:
        if adapter.compile is None:
            return {adapter.source: program.source.encode()}
        key = (adapter.name, program.source)
        task = self._kept.get(key)
        if task is None or task.cancelled():
            task = asyncio.create_task(self._compile(adapter, tools, program))
            self._kept[key] = task
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return await asyncio.shield(task)

    async def _compile(
        self, adapter: Adapter, tools: ToolChain, program: Program
    ) -> Artifacts | CallResult:
        assert adapter.compile is not None
        job = {
            "files": {adapter.source: program.source.encode()},
            "command": adapter.compile(tools),
            "environment": tools.environment,
            "collect": list(adapter.artifacts),
            "scratch": SCRATCH,
        }
        ask = request(protocol.COMMAND, job, _COMPILE)
        end, _ = await self._pool.run(PROFILE, ask)
        return artifacts(end, adapter)

    async def _one(
        self, adapter: Adapter, tools: ToolChain, files: Artifacts, limits: Limits, text: str
    ) -> tuple[CallResult, Cost]:
        job = {
            "files": files,
            "command": adapter.run(tools, limits.memory_mb),
            "environment": tools.environment,
            "collect": None,
            "scratch": SCRATCH,
            "output": limits.output_kb << 10,
            "memory": (limits.memory_mb + adapter.slack_mb) << 20,
            "reserves": adapter.slack_mb > 0,
        }
        ask = request(
            protocol.COMMAND,
            job,
            Limits(limits.seconds, limits.memory_mb, output_kb=128 << 10),
            stdin=text.encode("utf-8", "surrogateescape"),
            memory=_RESERVED if adapter.slack_mb else limits.memory_mb << 20,
        )
        end, wall = await self._pool.run(PROFILE, ask)
        return outcome(end, limits), Cost(end.cpu_seconds, wall, end.memory_bytes, 1)


def artifacts(end: Ended, adapter: Adapter) -> Artifacts | CallResult:
    """What a compilation left, or why it left nothing."""
    records = answers.split(end.answers)
    try:
        code, said, names = json.loads(records[0])
        if code == 0 and names and len(names) == len(records) - 1:
            return dict(zip(names, records[1:], strict=True))
        said = said.strip()
        if len(said) > 3000:
            said = f"{said[:1500]}\n...\n{said[-1500:]}"
        error = f"CompileError: {said or f'exit status {code}'}"
    except (IndexError, ValueError):
        error = f"CompileError: {answers.ended_badly(end, _COMPILE.seconds).error}"
    return CallResult(
        Status.ERROR, error=error, error_type="CompileError", cpu_seconds=end.cpu_seconds
    )


def outcome(end: Ended, limits: Limits) -> CallResult:
    """A run's result: passed is an exit status of 0 with all its output."""
    stdout = end.stdout.decode("utf-8", "replace")
    if len(end.stdout) >= limits.output_kb << 10:
        error = "OutputError: more output than allowed"
        return CallResult(Status.OUTPUT, stdout, error=error, cpu_seconds=end.cpu_seconds)
    code = end.exit_code
    if code == 0:
        return CallResult(Status.PASSED, stdout, cpu_seconds=end.cpu_seconds)
    said = end.stderr.decode("utf-8", "replace").strip()[-2000:]
    if code is not None:
        error = f"ExitError: exit status {code}" + (f": {said}" if said else "")
        starved = "OutOfMemory" in said or "out of memory" in said or "bad_alloc" in said
        status = Status.MEMORY if starved else Status.ERROR
        return CallResult(
            status, stdout, error=error, error_type="ExitError", cpu_seconds=end.cpu_seconds
        )
    died = answers.ended_badly(end, limits.seconds)
    return CallResult(
        died.status,
        stdout,
        error=died.error + (f": {said}" if said else ""),
        error_type=died.error_type,
        cpu_seconds=end.cpu_seconds,
    )
