"""Who runs what: launchers made on demand, one program at a time each, waiters in order."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Coroutine
from typing import Any, TypeVar

from synth.errors import SandboxError
from verifiers.sandbox.answers import Ended
from verifiers.sandbox.launcher import Launcher, Request, ZygoteLost
from verifiers.sandbox.profile import profile

T = TypeVar("T")
REQUIRED = ("pid namespace", "seccomp")


def missing_layers(layers: dict[str, str]) -> list[str]:
    """Required layers that are not in place, each with the reason."""
    return [
        f"{name} ({layers.get(name, 'not tried')})"
        for name in REQUIRED
        if layers.get(name, "not tried")
    ]


class Pool:
    """At most `workers` launchers a profile, each busy with one program."""

    def __init__(self, workers: int | None, *, unsafe: bool) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))
        self.unsafe = unsafe
        self._idle: dict[str, list[Launcher]] = {}
        self._count: dict[str, int] = {}
        self._waiting: dict[str, deque[asyncio.Future[Launcher]]] = {}
        self._all: set[Launcher] = set()
        self._busy: dict[str, set[Launcher]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = True

    async def open(self) -> None:
        """Start the first launcher, so that a machine that lacks a layer is refused at once."""
        self._loop, self._closed = asyncio.get_running_loop(), False
        try:
            self.release("plain", await self.acquire("plain"))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Kill everything; waiters and running programs get ZygoteLost."""
        self._closed = True
        for launcher in list(self._all):
            launcher.kill()
        self._all.clear()
        self._idle.clear()
        self._busy.clear()
        self._count.clear()
        for queue in self._waiting.values():
            for waiter in queue:
                if not waiter.done():
                    waiter.set_exception(SandboxError("the sandbox was closed"))
        self._waiting.clear()

    async def on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the pool's own loop, from whatever loop this is called in."""
        if self._closed or self._loop is None:
            work.close()
            raise SandboxError("the sandbox is not open: use it inside `async with Sandbox()`")
        if asyncio.get_running_loop() is self._loop:
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def run(self, kind: str, request: Request) -> tuple[Ended, float]:
        """One child's end and its wall time; a lost zygote is replaced, once."""
        broken = 0
        while True:
            second = self._with_room(kind)
            launcher = second or await self.acquire(kind)
            began = time.monotonic()
            try:
                return await launcher.run(request), time.monotonic() - began
            except ZygoteLost as lost:
                broken += not lost.on_purpose
                if broken == 2 or self._closed:
                    raise SandboxError(f"the sandbox process broke twice: {lost}") from None
            except asyncio.CancelledError:
                if not launcher.interactive:  # else a session's since: its answer is thrown away
                    launcher.kill()  # it is in the middle of a program nobody waits for
                raise
            finally:
                if second is None:
                    self.release(kind, launcher)

    def _with_room(self, kind: str) -> Launcher | None:
        """With a backlog, a launcher that may be sent a second request while its first runs.

        It then goes from one to the next without a sleep. Without a backlog the second might wait
        behind a slow first while another launcher falls idle.
        """
        if len(self._waiting.get(kind, ())) < self.workers:
            return None
        for launcher in self._busy.get(kind, ()):
            ready = launcher.layers and not launcher.interactive and not launcher.dead
            if ready and launcher.owed == 1:
                return launcher
        return None

    async def acquire(self, kind: str) -> Launcher:
        """An idle launcher of this profile, a new one, or the next that is released."""
        idle = self._idle.setdefault(kind, [])
        while idle:
            launcher = idle.pop()
            if not launcher.dead:
                self._busy.setdefault(kind, set()).add(launcher)
                return launcher
            self._drop(kind, launcher)
        if self._count.get(kind, 0) >= self.workers:
            waiter: asyncio.Future[Launcher] = asyncio.get_running_loop().create_future()
            self._waiting.setdefault(kind, deque()).append(waiter)
            try:
                launcher = await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled() and not waiter.exception():
                    self.release(kind, waiter.result())
                raise
            if not launcher.dead:
                return launcher
            self._drop(kind, launcher)
        return await self._start(kind)

    def release(self, kind: str, launcher: Launcher) -> None:
        """Hand a launcher on; a dead one makes room for a new one in its stead."""
        if self._closed:
            launcher.kill()
            return
        waiting = self._waiting.get(kind)
        while waiting:
            waiter = waiting.popleft()
            if not waiter.done():
                waiter.set_result(launcher)
                return
        self._busy[kind].discard(launcher)
        if launcher.dead:
            self._drop(kind, launcher)
        else:
            self._idle.setdefault(kind, []).append(launcher)

    def _drop(self, kind: str, launcher: Launcher) -> None:
        if launcher in self._all:
            self._all.discard(launcher)
            self._busy.get(kind, set()).discard(launcher)
            self._count[kind] = max(0, self._count.get(kind, 0) - 1)

    async def _start(self, kind: str) -> Launcher:
        launcher = Launcher(profile(kind))
        self._count[kind] = self._count.get(kind, 0) + 1
        self._all.add(launcher)
        self._busy.setdefault(kind, set()).add(launcher)
        try:
            await launcher.start()
            missing = missing_layers(launcher.layers)
            if missing and not self.unsafe:
                raise SandboxError(
                    f"this machine cannot isolate untrusted code: no {', no '.join(missing)}; "
                    "see `synth doctor`, or force it with unsafe=True"
                )
        except BaseException:
            launcher.kill()
            self.release(kind, launcher)  # whoever waits for it has to start one
            raise
        return launcher
