"""A program kept running for calls that are decided one after another."""

from __future__ import annotations

import asyncio
import time

from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import answers, protocol
from verifiers.sandbox.answers import Ended
from verifiers.sandbox.launcher import Launcher, ZygoteLost
from verifiers.sandbox.pool import Pool
from verifiers.sandbox.requests import encode_arguments, request
from verifiers.sandbox.results import Call, CallResult
from verifiers.verdict import Cost, Status

_DEATHS = 2


class Session:
    """One program, one process, one call at a time; state survives between calls.

    After a death the next call goes to a fresh process, at most twice; then every call inherits the
    status of the last.
    """

    def __init__(self, pool: Pool, program: Program, limits: Limits, profile: str) -> None:
        self._pool, self._program, self._limits, self._profile = pool, program, limits, profile
        self._launcher: Launcher | None = None
        self._deaths, self._loaded = 0, False
        self._broken: CallResult | None = None
        self._turn = asyncio.Lock()
        self.cost = Cost()

    async def call(self, call: Call) -> CallResult:
        """Make one call and wait for its result."""
        async with self._turn:
            if self._broken is not None:
                return self._broken
            began = time.monotonic()
            try:
                result = await self._call(call)
            except ZygoteLost as lost:
                result = CallResult(Status.CRASHED, error=f"Crash: the sandbox process {lost}")
                self._deaths = _DEATHS
            except asyncio.CancelledError:
                if self._launcher is not None:
                    self._launcher.kill()
                raise
            self.cost += Cost(result.cpu_seconds, time.monotonic() - began)
            if self._deaths >= _DEATHS:
                self._broken = answers.not_made(result) if self._loaded else result
            return result

    async def close(self) -> None:
        """End the process and hand its launcher back."""
        launcher, self._launcher = self._launcher, None
        if launcher is None:
            return
        try:
            if not launcher.dead:
                self._account(await launcher.end())
        except ZygoteLost:
            pass
        except asyncio.CancelledError:
            launcher.kill()
            raise
        finally:
            self._pool.release(self._profile, launcher)

    async def _call(self, call: Call) -> CallResult:
        if self._launcher is None:
            failed = await self._start()
            if failed is not None:
                self._deaths = _DEATHS
                return failed
            self._loaded = True
        assert self._launcher is not None
        name = call.function.encode()
        message = bytes([len(name)]) + name + encode_arguments(call.args, call.kwargs)
        answer = await self._launcher.exchange(message, self._limits.seconds)
        if isinstance(answer, Ended):
            return self._died(answer)
        return answers.read(answer, self._limits.output_kb << 10)

    async def _start(self) -> CallResult | None:
        job = {
            "source": self._program.source,
            "imports": self._limits.imports,
            "cap": self._limits.output_kb << 10,
        }
        ask = request(protocol.SESSION, job, self._limits, total=3600.0)
        self._launcher = await self._pool.acquire(self._profile)
        answer = await self._launcher.begin(ask)
        if isinstance(answer, Ended):
            return self._died(answer)
        loaded = answers.read(answer, self._limits.output_kb << 10)
        return None if loaded.status is Status.PASSED else loaded

    def _died(self, end: Ended) -> CallResult:
        self._account(end)
        self._deaths += 1
        assert self._launcher is not None
        launcher, self._launcher = self._launcher, None
        self._pool.release(self._profile, launcher)
        return answers.ended_badly(end, self._limits.seconds)

    def _account(self, end: Ended) -> None:
        self.cost += Cost(memory_bytes=end.memory_bytes, executions=1)
