"""A sandbox that makes no call of one program on one input twice."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from synth.problem import Limits
from synth.program import Program

if TYPE_CHECKING:
    from verifiers.sandbox import Call, CallResult, Execution, Sandbox, TraceRequest

_PROGRAMS = 256
_LARGE = 10_000  # characters and items; larger answers are not kept
_ROOM = 10_000_000  # of these in all


@dataclass(slots=True)
class _Remembered:
    """Results by call, and the seconds they had; who runs the program holds the lock, so that
    nobody runs the same beside."""

    known: dict[bytes, tuple[CallResult, float]] = field(default_factory=dict)
    size: int = 0
    dropped: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def answers(self, key: bytes, seconds: float) -> bool:
        """Whether the call need not be made: a time-out says nothing of a longer limit."""
        from verifiers.verdict import Status

        if key not in self.known:
            return False
        result, had = self.known[key]
        return result.status is not Status.TIMEOUT or seconds <= had


class CallMemory:
    """`sandbox` with a memory of how calls ended, for the last programs of one search.

    With it probing a program is a first part of verifying it. Calls of one program then come from
    more than one process, as they do after a crash: a program that is to be right must be so
    whatever it was called with before. A time-out holds for equal and shorter limits, and for
    this search: on a quieter machine it may not happen.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._programs: OrderedDict[Any, _Remembered] = OrderedDict()
        self._size = 0

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
        keys = [_digest(c.function, encode_arguments(c.args, c.kwargs)) for c in calls]
        entry = self._of(program, limits, profile)
        async with entry.lock:
            new = {
                key: call
                for key, call in zip(keys, calls, strict=True)
                if not entry.answers(key, limits.seconds)
            }
            execution = None
            if new or not calls:
                wanted = list(new.values())
                execution = await self._sandbox.run(program, wanted, limits, profile=profile)
            return self._whole(keys, entry, list(new), execution, limits.seconds)

    async def run_stdin(self, program: Program, inputs: Sequence[str], limits: Limits) -> Execution:
        """As `Sandbox.run_stdin`."""
        entry = self._of(program, limits, "stdin")
        async with entry.lock:
            keys = [_digest("", text.encode("utf-8", "surrogatepass")) for text in inputs]
            new = {
                key: text
                for key, text in zip(keys, inputs, strict=True)
                if not entry.answers(key, limits.seconds)
            }
            execution = None
            if new or not inputs:
                execution = await self._sandbox.run_stdin(program, list(new.values()), limits)
            return self._whole(keys, entry, list(new), execution, limits.seconds)

    def _of(self, program: Program, limits: Limits, profile: str) -> _Remembered:
        """What is known of a program."""
        key = (program, profile, limits.memory_mb, limits.output_kb, limits.imports, limits.spawn)
        entry = self._programs.setdefault(key, _Remembered())
        self._programs.move_to_end(key)
        while len(self._programs) > _PROGRAMS or (self._size > _ROOM and len(self._programs) > 1):
            _, dropped = self._programs.popitem(last=False)
            self._size -= dropped.size
            dropped.dropped = True
        return entry

    def _whole(
        self,
        keys: Sequence[bytes],
        entry: _Remembered,
        new: Sequence[bytes],
        made: Execution | None,
        seconds: float,
    ) -> Execution:
        """The results for `keys`: of `new` those just made, of the others those known."""
        from verifiers.sandbox import Execution
        from verifiers.verdict import Cost

        fresh = dict(zip(new, made.results, strict=True)) if made else {}
        results = tuple(fresh[key] if key in fresh else entry.known[key][0] for key in keys)
        for key, result in fresh.items():
            size = _size(result.value) + _size(result.args) + len(result.stdout)
            if size <= _LARGE and not entry.dropped and result.made:
                entry.known[key] = result, seconds
                entry.size += size
                self._size += size
        return Execution(results, made.cost if made else Cost())


def _digest(function: str, arguments: bytes) -> bytes:
    """What a call is known by: inputs may be large, and each program's memory names them all."""
    return hashlib.blake2b(function.encode() + b"\0" + arguments, digest_size=16).digest()


def _size(value: Any) -> int:
    """Characters and items of a value, counted until it is too large to keep."""
    size, waiting = 1, [value]
    while waiting and size <= _LARGE:
        item = waiting.pop()
        if isinstance(item, str | bytes):
            size += len(item)
        elif isinstance(item, Mapping):
            size += len(item)
            waiting += islice(item.keys(), _LARGE)
            waiting += islice(item.values(), _LARGE)
        elif isinstance(item, list | tuple | set | frozenset):
            size += len(item)
            waiting += islice(item, _LARGE)
        elif isinstance(item, int):
            size += item.bit_length() // 8
    return size
