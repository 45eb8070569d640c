"""One zygote seen from the driver: start it, send requests, read replies, kill it.

Belongs to one event loop. The pipe is read by a loop callback, without threads. A zygote that dies
or answers out of frame is killed and never used again; what it was working on raises
`ZygoteLost`, and the pool decides whether to try once more elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
import subprocess
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from synth.errors import SandboxError
from verifiers.sandbox import protocol, start
from verifiers.sandbox.answers import Ended
from verifiers.sandbox.protocol import REPLY, REQUEST

START_SECONDS = 60.0


class ZygoteLost(Exception):
    """The zygote died, answered out of frame, or (`on_purpose`) was killed by its owner."""

    def __init__(self, why: str, *, on_purpose: bool = False) -> None:
        super().__init__(why)
        self.on_purpose = on_purpose


@dataclass(frozen=True, slots=True)
class Request:
    """What one child is to do; the payload is opaque to the zygote."""

    kind: int
    payload: bytes
    seconds: float
    memory_bytes: int = 0
    output_bytes: int = 0
    calls: int = 1
    stdin: bytes = b""
    total: float = 0.0  # 0: as much as all calls may take

    def frame(self) -> bytes:
        header = REQUEST.pack(
            self.kind,
            self.calls,
            len(self.payload),
            len(self.stdin),
            self.memory_bytes,
            self.output_bytes,
            self.seconds,
            self.total or self.seconds * self.calls + 1.0,
        )
        return b"".join((header, self.payload, self.stdin))

    @property
    def longest(self) -> float:
        """Wall seconds after which the zygote itself must be broken."""
        bound = self.total or self.calls * self.seconds
        return protocol.wall_limits(bound)[1] + 2.0 * self.calls + 10.0


@dataclass(slots=True, eq=False)
class Launcher:
    """A zygote process; `profile` is the configuration it was started with.

    Requests are answered in order. A second batch may be sent while the first runs, so that the
    zygote goes on without waiting for the driver.
    """

    profile: dict[str, Any]
    layers: dict[str, str] = field(default_factory=dict)
    dead: bool = False
    _process: subprocess.Popen[bytes] | None = None
    _requests: int = -1
    _replies: int = -1
    _buffer: bytearray = field(default_factory=bytearray)
    _unsent: deque[memoryview] = field(default_factory=deque)
    interactive: bool = False
    _owed: deque[tuple[asyncio.Future[Ended | bytes], float]] = field(default_factory=deque)
    _watchdog: asyncio.TimerHandle | None = None
    _due: float = 0.0
    _loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Spawn and wait until it is confined; SandboxError when it does not come up."""
        self._loop = asyncio.get_running_loop()
        child_in, self._requests = os.pipe()
        self._replies, child_out = os.pipe()
        for descriptor in (self._requests, self._replies):
            os.set_blocking(descriptor, False)
        try:
            # asyncio's own would watch the child; this returns in a millisecond.
            self._process = subprocess.Popen(  # noqa: ASYNC220
                start.command("entry"),
                stdin=child_in,
                stdout=child_out,
                stderr=subprocess.PIPE,
                start_new_session=True,
                cwd="/",
                env=start.ENVIRONMENT,
            )
        except OSError as error:
            self.kill()
            raise SandboxError(f"the sandbox process does not start: {error}") from None
        finally:
            os.close(child_in)
            os.close(child_out)
        self._loop.add_reader(self._replies, self._readable)
        config = json.dumps(self.profile).encode()
        self._send(struct.pack("=I", len(config)) + config)
        try:
            report = await self._reply(START_SECONDS)
        except ZygoteLost as error:
            raise SandboxError(f"the sandbox process does not start: {error}") from None
        assert isinstance(report, bytes)
        self.layers = json.loads(report)["layers"]

    async def run(self, request: Request) -> Ended:
        """One child from start to end."""
        self._send(request.frame())
        ended = await self._reply(request.longest)
        if not isinstance(ended, Ended):
            raise self._lost("answered out of frame")
        return ended

    async def begin(self, request: Request) -> Ended | bytes:
        """Start an interactive child; its first message, or its end."""
        self.interactive = True
        self._send(request.frame())
        return await self._interactive_reply(request.longest)

    async def exchange(self, message: bytes, seconds: float) -> Ended | bytes:
        """Send the interactive child a message; its answer, or its end."""
        request = Request(protocol.MESSAGE, message, seconds)
        self._send(request.frame())
        return await self._interactive_reply(request.longest)

    async def end(self) -> Ended:
        """End the interactive child."""
        self._send(Request(protocol.END, b"", 0.0).frame())
        ended = await self._interactive_reply(10.0)
        if not isinstance(ended, Ended):
            raise self._lost("answered out of frame")
        return ended

    def kill(self) -> None:
        """End the zygote and everything under it, at once."""
        self.dead = True
        if self._loop is not None and self._replies >= 0 and not self._loop.is_closed():
            self._loop.remove_reader(self._replies)
            self._loop.remove_writer(self._requests)
        for descriptor in (self._requests, self._replies):
            if descriptor >= 0:
                os.close(descriptor)
        self._requests = self._replies = -1
        if self._process is not None:
            self._process.kill()  # its children die with it (PR_SET_PDEATHSIG)
            self._process.wait()
            if self._process.stderr is not None:
                self._process.stderr.close()
        if self._watchdog is not None:
            self._watchdog.cancel()
        self._fail(ZygoteLost("killed", on_purpose=True))

    @property
    def owed(self) -> int:
        """How many answers are still to come."""
        return len(self._owed)

    # ---- frames

    async def _interactive_reply(self, seconds: float) -> Ended | bytes:
        answer = await self._reply(seconds)
        self.interactive = not isinstance(answer, Ended)
        return answer

    def _fail(self, lost: ZygoteLost) -> None:
        owed, self._owed = self._owed, deque()
        for answer, _ in owed:
            if not answer.done():
                answer.set_exception(lost)

    def _reply(self, seconds: float) -> asyncio.Future[Ended | bytes]:
        assert self._loop is not None
        answer: asyncio.Future[Ended | bytes] = self._loop.create_future()
        if self.dead:
            answer.set_exception(ZygoteLost("already dead"))
            return answer
        self._owed.append((answer, seconds))
        if len(self._owed) == 1:
            self._watch()
        return answer

    def _watch(self) -> None:
        """Give the zygote as long as the oldest request may take.

        A timer that comes too early is left to find that out: setting one costs more than that.
        """
        assert self._loop is not None
        if not self._owed:
            return
        self._due = self._loop.time() + self._owed[0][1]
        if self._watchdog is not None:
            if self._watchdog.when() <= self._due:
                return
            self._watchdog.cancel()
        self._watchdog = self._loop.call_at(self._due, self._overdue)

    def _overdue(self) -> None:
        assert self._loop is not None
        self._watchdog = None
        if not self._owed:
            return
        if self._loop.time() >= self._due:
            self._lost("does not answer")
        else:
            self._watchdog = self._loop.call_at(self._due, self._overdue)

    def _lost(self, why: str) -> ZygoteLost:
        said = ""
        if self._process is not None and self._process.stderr is not None and not self.dead:
            self._process.kill()
            said = self._process.stderr.read(4096).decode("utf-8", "replace").strip()
        lost = ZygoteLost(f"{why}{': ' + said.splitlines()[-1] if said else ''}")
        self._fail(lost)
        self.kill()
        return lost

    def _send(self, frame: bytes) -> None:
        if self.dead:
            return
        rest = memoryview(frame)
        try:
            if not self._unsent:
                rest = rest[os.write(self._requests, rest) :]
        except BlockingIOError:
            pass
        except OSError:
            return  # the reader sees the end of the file and says so
        if rest:
            assert self._loop is not None
            self._unsent.append(rest)
            self._loop.add_writer(self._requests, self._writable)

    def _writable(self) -> None:
        assert self._loop is not None
        try:
            while self._unsent:
                rest = self._unsent[0]
                rest = rest[os.write(self._requests, rest) :]
                if rest:
                    self._unsent[0] = rest
                    return
                self._unsent.popleft()
        except BlockingIOError:
            return
        except OSError:
            self._unsent.clear()
        self._loop.remove_writer(self._requests)

    def _readable(self) -> None:
        try:
            chunk = os.read(self._replies, 1 << 16)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self._lost("died")
            return
        self._buffer += chunk
        while len(self._buffer) >= REPLY.size and not self.dead and self._take():
            pass

    def _take(self) -> bool:
        """Hand on one reply, if a whole one is there."""
        kind, cause, status, records, a, b, c, cpu, peak = REPLY.unpack_from(self._buffer)
        size = REPLY.size + a + b + c
        if len(self._buffer) < size:
            return False
        if not self._owed or kind not in (protocol.READY, protocol.DONE, protocol.RELAYED):
            self._lost("answered out of frame")
            return False
        data = bytes(self._buffer[REPLY.size : size])
        del self._buffer[:size]
        answer, _ = self._owed.popleft()
        self._watch()
        if answer.done():
            return True  # whoever asked was cancelled
        if kind == protocol.DONE:
            answer.set_result(
                Ended(cause, status, records, data[:a], data[a : a + b], data[a + b :], cpu, peak)
            )
        else:
            answer.set_result(data)
        return True
