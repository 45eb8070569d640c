"""The process that watches: it has the zygote make children, times them, and reads what they left.

The zygote's children are made its own (CLONE_PARENT): it waits for them, kills them, and learns
from the kernel how they ended. Every page a process writes after a fork is copied first, so the one
that is forked does nothing else: when the zygote served requests by itself, that was 100 pages a
program.

It holds no expected value and looks at no answer. What candidates write it reads as numbers and
passes on as bytes, and it is confined all the same.
"""

from __future__ import annotations

import os
import select
import signal
import struct
import time

from verifiers.sandbox import protocol, syscalls
from verifiers.sandbox.processor import Processor
from verifiers.sandbox.protocol import REPLY, REQUEST
from verifiers.sandbox.spawner import Spawner
from verifiers.sandbox.waiting import Waiter

_SET_FLAGS = 4
_LOOK = 0.2  # seconds: a command's first process is spared the signal for too long a file


class Warden:
    """State of the serving loop: control pipes, and the zygote with what is shared with it."""

    def __init__(self, requests: int, replies: int, spawner: Spawner) -> None:
        self.requests, self.replies, self.spawner = requests, replies, spawner
        self.answers, self.inbox = spawner.answers, spawner.inbox
        self.region = self.answers.memory
        self.stdin, self.stdout, self.stderr = spawner.standard
        self.afresh = [call for file in spawner.standard for call in _afresh(file)]
        self.processor = Processor(spawner.pid)
        self.waiter = Waiter()
        self.most_output = 0

    def serve(self) -> None:
        """Until the driver closes the request pipe."""
        while True:
            header = self._read(REQUEST.size)
            if header is None:
                return
            kind, calls, payload, stdin, _, output, seconds, total = REQUEST.unpack(header)
            if kind == protocol.END:
                continue  # of a session that ended by itself
            self.processor.settle()
            self.inbox.memory[: REQUEST.size] = header
            if not self._fill(payload) or not self._standard_files(stdin):
                return
            protocol.REGION_HEADER.pack_into(self.region, 0, protocol.REGION_START, 0, 0.0)
            self.most_output = output
            if kind in (protocol.SESSION, protocol.JUDGE):
                self._interactive(kind, seconds)
            else:
                self.spawner.spawn()
                self._reply(kind, *self._watch(kind, seconds, calls, total))
            self.answers.wipe()
            self.inbox.wipe(REQUEST.size + payload)

    def _watch(
        self, kind: int, seconds: float, calls: int, total: float
    ) -> tuple[int, int, float, int]:
        """Wait for the child within its limits, then for its end.

        The count of its calls, which it may write as it likes, gives it a new clock only when it
        grows, and never more time in all than the driver has patience for.

        Why it ended, its wait status, its CPU seconds and its peak memory in bytes.
        """
        idle_limit, wall_limit = protocol.wall_limits(seconds)
        end_of_all = time.monotonic() + protocol.wall_limits(total)[1]
        began, record, cpu_base = time.monotonic(), -1, 0.0
        wait = seconds if kind != protocol.COMMAND else _LOOK
        while True:
            if self.waiter.sleep(wait) or wait <= 0:
                end = self.waiter.reap(self.spawner.child())
                if end is not None:
                    return protocol.EXITED, *end
            pid = self.spawner.child()
            cpu = time.clock_gettime(_clock(pid))
            now = time.monotonic()
            _, count, claimed = protocol.REGION_HEADER.unpack_from(self.region, 0)
            if count > record:  # a new call: its clock starts where it says it does, within reason
                record, began = count, now
                cpu_base = claimed if cpu_base <= claimed <= cpu else cpu
                if count > calls:
                    cpu_base, seconds = 0.0, 0.0
            left = min(began + wall_limit, end_of_all) - now
            cause = None
            if cpu - cpu_base >= seconds or cpu >= total:
                cause = protocol.CPU_TIME
            elif left <= 0 or (now - began >= idle_limit and cpu - cpu_base < 0.05 * (now - began)):
                cause = protocol.WALL_TIME
            if cause is not None:
                if kind != protocol.COMMAND:
                    self._dump_stack(pid)
                return cause, *self._kill(pid)
            wait = max(0.005, min(seconds - (cpu - cpu_base), left))
            if kind == protocol.COMMAND:
                if os.fstat(self.stdout).st_size >= self.most_output:
                    return protocol.EXITED, *self._kill(pid)
                wait = min(wait, _LOOK)

    def _dump_stack(self, pid: int) -> None:
        """Let faulthandler write where the program is; from C, so even a busy one."""
        os.kill(pid, signal.SIGUSR1)
        for _ in range(10):
            time.sleep(0.005)
            if os.fstat(self.stderr).st_size:
                break

    def _kill(self, pid: int) -> tuple[int, float, int]:
        """SIGKILL to the init of the namespace: the kernel ends every process in it first."""
        os.kill(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
        return status, usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10

    def _reply(self, kind: int, cause: int, status: int, cpu: float, peak: int) -> None:
        used, count, _ = protocol.REGION_HEADER.unpack_from(self.region, 0)
        used = min(max(used, protocol.REGION_START), len(self.region))
        answers = memoryview(self.region)[protocol.REGION_START : used]
        stdout = 0
        if kind in (protocol.PROGRAM, protocol.COMMAND):
            stdout = os.fstat(self.stdout).st_size
        stderr = b""
        if cause != protocol.EXITED or status:
            stderr = self._said()
        header = REPLY.pack(
            protocol.DONE,
            cause,
            status,
            min(count, 0xFFFFFFFF),
            len(answers),
            stdout,
            len(stderr),
            cpu,
            peak,
        )
        self.write(header, answers)
        answers.release()
        if stdout:
            self.write(os.pread(self.stdout, stdout, 0))
        if stderr:
            self.write(stderr)

    def _said(self) -> bytes:
        """Standard error, of a long one the head and the tail: an error's name may be in either."""
        size, half = os.fstat(self.stderr).st_size, protocol.STDERR_BYTES // 2
        if size <= 2 * half:
            return os.pread(self.stderr, size, 0)
        return os.pread(self.stderr, half, 0) + b"\n" + os.pread(self.stderr, half, size - half)

    # ---- interactive processes

    def _interactive(self, kind: int, seconds: float) -> None:
        """Relay messages; the child's clock runs while it owes an answer.

        Only then is it heard. An end that nobody asked for would be taken for the answer to what is
        sent next, that for a new request, and from there on every program's answers for another's.
        """
        down_read, down_write = os.pipe()
        up_read, up_write = os.pipe()
        self.spawner.spawn((down_read, up_write))
        os.close(down_read)
        os.close(up_write)
        os.set_blocking(down_write, False)
        try:
            cause = self._relay(down_write, up_read, seconds)
        finally:
            os.close(down_write)
            os.close(up_read)
        pid = self.spawner.child()
        if cause in (protocol.CPU_TIME, protocol.WALL_TIME):
            self._dump_stack(pid)
        self._reply(kind, cause, *self._kill(pid))

    def _relay(self, down: int, up: int, seconds: float) -> int:
        waiting = True  # for the child: at first for its report of having loaded
        pending, arrived = memoryview(b""), b""
        idle_limit, wall_limit = protocol.wall_limits(seconds)
        began, cpu_base = time.monotonic(), 0.0
        clock = 0
        while True:
            poll = select.poll()
            poll.register(self.requests, select.POLLIN)
            timeout = None
            if waiting:
                if pending:
                    poll.register(down, select.POLLOUT)
                poll.register(up, select.POLLIN)  # last: with the answer the waiting is over
                clock = clock or _clock(self.spawner.child())
                spent = time.clock_gettime(clock) - cpu_base
                wall = time.monotonic() - began
                if spent >= seconds:
                    return protocol.CPU_TIME
                if wall >= wall_limit or (wall >= idle_limit and spent < 0.05 * wall):
                    return protocol.WALL_TIME
                timeout = 1000 * max(0.005, min(seconds - spent, wall_limit - wall))
            for descriptor, _ in poll.poll(timeout):
                if descriptor == self.requests:
                    header = self._read(REQUEST.size)
                    if header is None:
                        return protocol.ENDED
                    message, _, length, _, _, _, seconds, _ = REQUEST.unpack(header)
                    data = self._read(length) if length else b""
                    if message == protocol.END or data is None:
                        return protocol.ENDED
                    pending = memoryview(struct.pack("=I", len(data)) + data)
                    idle_limit, wall_limit = protocol.wall_limits(seconds)
                    began, cpu_base = time.monotonic(), time.clock_gettime(clock)
                    waiting = True
                elif descriptor == down:
                    try:
                        pending = pending[os.write(down, pending) :]
                    except BlockingIOError:
                        pass
                    except BrokenPipeError:
                        return protocol.EXITED
                else:
                    chunk = os.read(up, 1 << 16)
                    if not chunk:
                        return protocol.EXITED
                    arrived += chunk
                    if len(arrived) >= 4:
                        (length,) = struct.unpack_from("=I", arrived)
                        if length > protocol.MESSAGE_BYTES:
                            return protocol.MISFRAMED
                        if len(arrived) >= 4 + length:
                            message_bytes, arrived = arrived[4 : 4 + length], arrived[4 + length :]
                            waiting = False
                            header = REPLY.pack(protocol.RELAYED, 0, 0, 0, length, 0, 0, 0.0, 0)
                            self.write(header, message_bytes)

    # ---- reading and writing the control pipes

    def _read(self, size: int) -> bytes | None:
        data = os.read(self.requests, size)
        while 0 < len(data) < size:
            chunk = os.read(self.requests, size - len(data))
            if not chunk:
                return None
            data += chunk
        return data or None

    def _fill(self, size: int) -> bool:
        view = memoryview(self.inbox.memory)[REQUEST.size : REQUEST.size + size]
        while view:
            count = os.readv(self.requests, [view])
            if not count:
                return False
            view = view[count:]
        return True

    def _standard_files(self, size: int) -> bool:
        """Empty them, take back what a child may have set on them, and fill standard input."""
        for call in self.afresh:
            syscalls.enter(*call)
        while size:
            chunk = os.read(self.requests, min(size, 1 << 20))
            if not chunk:
                return False
            os.write(self.stdin, chunk)
            size -= len(chunk)
        os.lseek(self.stdin, 0, os.SEEK_SET)
        return True

    def write(self, *parts: bytes | memoryview) -> None:
        written = os.writev(self.replies, parts)
        total = sum(map(len, parts))
        if written < total:
            rest = memoryview(b"".join(parts))[written:]
            while rest:
                rest = rest[os.write(self.replies, rest) :]


def _afresh(file: int) -> list[tuple[int, ...]]:
    """The calls that make an empty file of it again, of which nobody can tell how it was used.

    When it was last read would tell; and to the user it belongs to, its mode and times are his to
    set. (Of root's files they are not, since children are somebody else.)
    """
    return [
        syscalls.prepare("lseek", file, 0, os.SEEK_SET),
        syscalls.prepare("ftruncate", file, 0),
        syscalls.prepare("fcntl", file, _SET_FLAGS, 0),
        syscalls.prepare("fchmod", file, os.fstat(file).st_mode & 0o7777),
        syscalls.prepare("utimensat", file),  # neither a name nor times: now
    ]


def _clock(pid: int) -> int:
    """CLOCK_PROCESS_CPUTIME_ID of another process (Linux ABI)."""
    return (~pid << 3) | 2
