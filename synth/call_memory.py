"""A sandbox that makes no call of one program on one input twice."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synth.problem import Limits
from synth.program import Program

if TYPE_CHECKING:
    from verifiers.sandbox import Call, CallResult, Execution, Sandbox, TraceRequest

_PROGRAMS = 256


@dataclass(slots=True)
class _Remembered:
    """Results by call; who runs the program holds the lock, so that nobody runs the same beside."""

    known: dict[Any, CallResult] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class CallMemory:
    """`sandbox` with a memory of what programs returned or raised, for the last programs.

    With it probing a program is a first part of verifying it. Calls of one program then come from
    more than one process, as they do after a crash: a program that is to be right must be so
    whatever it was called with before. What ended in a time-out, a crash or for want of memory
    depends on the machine's load, and on the limits, and is run again.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._programs: OrderedDict[Any, _Remembered] = OrderedDict()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sandbox, name)

    async def run(
        self,
        program: Program,
        calls: Sequence[Call],
        limits: Limits,
        *,
        profile: str = "auto",
        trace: TraceRequest | None = None,
    ) -> Execution:
        """As `Sandbox.run`; traced calls are made anew."""
        from verifiers.sandbox.requests import encode_arguments

        if trace is not None:
            return await self._sandbox.run(program, calls, limits, profile=profile, trace=trace)
        keys = [(call.function, encode_arguments(call.args, call.kwargs)) for call in calls]
        entry = self._of(program, limits, profile)
        async with entry.lock:
            new = {
                key: call for key, call in zip(keys, calls, strict=True) if key not in entry.known
            }
            execution = None
            if new or not calls:
                wanted = list(new.values())
                execution = await self._sandbox.run(program, wanted, limits, profile=profile)
            return _whole(keys, entry.known, list(new), execution)

    async def run_stdin(self, program: Program, inputs: Sequence[str], limits: Limits) -> Execution:
        """As `Sandbox.run_stdin`."""
        entry = self._of(program, limits, "stdin")
        async with entry.lock:
            new = list(dict.fromkeys(text for text in inputs if text not in entry.known))
            execution = None
            if new or not inputs:
                execution = await self._sandbox.run_stdin(program, new, limits)
            return _whole(inputs, entry.known, new, execution)

    def _of(self, program: Program, limits: Limits, profile: str) -> _Remembered:
        """What is known of a program; a time limit decides nothing of what came back in time."""
        key = (program, profile, limits.memory_mb, limits.output_kb, limits.imports)
        entry = self._programs.setdefault(key, _Remembered())
        self._programs.move_to_end(key)
        while len(self._programs) > _PROGRAMS:
            self._programs.popitem(last=False)
        return entry


def _whole(
    keys: Sequence[Any], known: dict[Any, CallResult], new: Sequence[Any], made: Execution | None
) -> Execution:
    """The results for `keys`: those of `new` just made, the others from `known`, which grows."""
    from verifiers.sandbox import Execution
    from verifiers.verdict import Cost, Status

    fresh = dict(zip(new, made.results, strict=True)) if made else {}
    results = tuple(fresh[key] if key in fresh else known[key] for key in keys)
    for key, result in fresh.items():
        if result.status in (Status.PASSED, Status.ERROR):
            known[key] = result
    return Execution(results, made.cost if made else Cost())
