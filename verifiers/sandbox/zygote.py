"""The warm, sealed process that candidates are forked from: one at a time, each in a pid namespace.

`boot` has it import what programs commonly import and give up the world (`confinement`). It serves:
read a request, clone a child, watch its clock, collect its answers, kill its namespace. It holds no
expected value and looks at no answer; programs and inputs lie in memory of its own, answers in a
slate; both are wiped before the next child is made.
"""

from __future__ import annotations

import ctypes
import marshal
import mmap
import os
import resource
import select
import signal
import struct
import time
from typing import NoReturn

from verifiers.sandbox import confinement, harness, protocol, seccomp, syscalls
from verifiers.sandbox.processor import Processor
from verifiers.sandbox.protocol import REPLY, REQUEST
from verifiers.sandbox.slate import Slate
from verifiers.sandbox.waiting import Waiter

_SMALL = 1 << 16  # up to here zeros are cheaper to copy than a foreign call is to make
_FCNTL, _SET_FLAGS = syscalls.NUMBERS.get("fcntl", -1), 4
_GRACE_BYTES = 32 << 20  # between the soft and the hard memory limit: room to report the end


class Zygote:
    """State of the serving loop: control pipes, shared memory, and what a clone needs.

    `base_memory` is the address space a child is born with, for its limit to come on top.
    """

    def __init__(self, requests: int, replies: int, plan: confinement.Plan) -> None:
        self.requests, self.replies = requests, replies
        self.base_memory, self.plan = 0, plan
        self.isolated = not plan.layers["pid namespace"]
        self.processor = Processor()
        self.answers = Slate(protocol.REGION_BYTES)
        self.region = self.answers.memory
        self.inbox = mmap.mmap(-1, protocol.INBOX_BYTES, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.inbox_address = ctypes.addressof(ctypes.c_char.from_buffer(self.inbox))
        # struct pollfd (descriptor, events, what happened), and a timespec of zero after it
        self.hung_up = (ctypes.c_short * 12)(requests, 0, 0, 0)
        polled = ctypes.addressof(self.hung_up)
        self.ask_hung_up = syscalls.prepare("ppoll", polled, 1, polled + 8)
        self.waiter = Waiter()
        place = syscalls.thread_id_address()
        thread_flags = syscalls.CLONE_CHILD_SETTID | syscalls.CLONE_CHILD_CLEARTID
        flags = seccomp.SPAWN_FLAGS if self.isolated else syscalls.SIGCHLD | thread_flags
        if plan.scratch is not None:
            flags |= syscalls.CLONE_NEWNS
        if not place:
            flags &= ~thread_flags
        # The fourth and fifth arguments of clone change places between the two machines.
        last = (place, 0) if syscalls.MACHINE == "x86_64" else (0, place)
        self.clone = syscalls.prepare("clone", flags, 0, 0, *last)

    def serve(self) -> None:
        """Until the driver closes the request pipe."""
        while True:
            header = self._read(REQUEST.size)
            if header is None:
                return
            kind, calls, payload, stdin, memory, output, seconds, total = REQUEST.unpack(header)
            if kind == protocol.END:
                continue  # of a session that ended by itself
            self.processor.settle()
            if not self._fill(payload) or not self._standard_files(stdin):
                return
            harness.REGION_HEADER.pack_into(self.region, 0, harness.REGION_START, 0, 0.0)
            if kind in (protocol.SESSION, protocol.JUDGE):
                self._interactive(kind, payload, memory, output, seconds, total)
            else:
                pid = self._spawn(kind, payload, memory, output, total, None)
                self._reply(kind, *self._watch(kind, pid, seconds, calls, total))
            self.answers.wipe()
            self._wipe_inbox(payload)

    def _spawn(
        self,
        kind: int,
        payload: int,
        memory: int,
        output: int,
        seconds: float,
        pipes: tuple[int, int, int, int] | None,
    ) -> int:
        pid = syscalls.enter(*self.clone)
        if pid < 0:
            pid = syscalls.call("clone", *self.clone[1:6])  # or it says why not
        if pid == 0:
            self._child(kind, payload, memory, output, seconds, pipes)
        return int(pid)

    def _child(
        self,
        kind: int,
        payload: int,
        memory: int,
        output: int,
        seconds: float,
        pipes: tuple[int, int, int, int] | None,
    ) -> NoReturn:
        status = 70
        try:
            syscalls.enter(*self.processor.free)
            os.setsid()  # or kill(0) would reach the zygote: process groups cross pid namespaces
            self._give_up_rights()
            first = 3
            if pipes is not None:
                os.close(pipes[1])
                os.close(pipes[2])
                first = max(pipes) + 1
            os.closerange(first, 0x7FFFFFFF)
            limit = self.base_memory + memory
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit + _GRACE_BYTES))
            resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
            cpu = int(seconds) + 2
            resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
            if self.plan.scratch is not None:
                confinement.seal_child(self.plan)
            if not self.isolated:
                seccomp.install(seccomp.assemble())
            job = marshal.loads(memoryview(self.inbox)[:payload])
            if kind == protocol.BATCH:
                harness.run_batch(job, self.region)
            elif kind == protocol.PROGRAM:
                harness.run_program(job, self.region)
            elif kind == protocol.SESSION and pipes is not None:
                harness.run_session(job, pipes[0], pipes[3])
            elif kind == protocol.JUDGE and pipes is not None:
                from verifiers.sandbox import proxy

                proxy.run_judge(job, pipes[0], pipes[3])
            elif kind == protocol.COMMAND:
                from verifiers.sandbox import command

                command.run_command(job, self.region)
            elif kind == protocol.TOGETHER:
                from verifiers.sandbox import together

                together.run_together(job, self.region)
            status = 0
        except harness.OutOfRoom:
            status = protocol.OUT_OF_ROOM
        finally:
            os._exit(status)

    def _give_up_rights(self) -> None:
        """No capability from here on, and no life without the zygote; or no life at all.

        The driver hangs up before it kills the zygote, so a child born in between, for whom the
        signal comes too late, sees it here. Plain calls, not those that raise: every object that
        is touched here is a page copied in every child (4 % of its time).
        """
        refused = syscalls.enter(*confinement.DIE_WITH_PARENT)
        if self.plan.scratch is None:  # else `seal_child` mounts first
            refused |= syscalls.enter(*syscalls.DROP_CAPABILITIES)
        syscalls.enter(*self.ask_hung_up)
        if refused or self.hung_up[3] & select.POLLHUP:
            os._exit(70)

    def _watch(
        self, kind: int, pid: int, seconds: float, calls: int, total: float
    ) -> tuple[int, int, float, int]:
        """Wait for the child within its limits, then for its end.

        Why it ended, its wait status, its CPU seconds and its peak memory in bytes.
        """
        idle_limit, wall_limit = protocol.wall_limits(seconds)
        clock_id = (~pid << 3) | 2  # CLOCK_PROCESS_CPUTIME_ID of another process (Linux ABI)
        began, record, cpu_base = time.monotonic(), -1, 0.0
        wait = seconds
        while True:
            if self.waiter.sleep(wait) or wait <= 0:
                end = self.waiter.reap(pid)
                if end is not None:
                    return protocol.EXITED, *end
            cpu = time.clock_gettime(clock_id)
            now = time.monotonic()
            _, count, claimed = harness.REGION_HEADER.unpack_from(self.region, 0)
            if count != record:  # a new call: its clock starts where it says it does, within reason
                record, began = count, now
                cpu_base = claimed if cpu_base <= claimed <= cpu else cpu
                if count > calls:
                    cpu_base, seconds = 0.0, 0.0
            cause = None
            if cpu - cpu_base >= seconds or cpu >= total:
                cause = protocol.CPU_TIME
            elif now - began >= wall_limit or (
                now - began >= idle_limit and cpu - cpu_base < 0.05 * (now - began)
            ):
                cause = protocol.WALL_TIME
            if cause is not None:
                if kind != protocol.COMMAND:
                    self._dump_stack(pid)
                return cause, *self._kill(pid)
            wait = max(0.005, min(seconds - (cpu - cpu_base), wall_limit - (now - began)))

    def _dump_stack(self, pid: int) -> None:
        """Let faulthandler write where the program is; from C, so even a busy one."""
        os.kill(pid, signal.SIGUSR1)
        for _ in range(10):
            time.sleep(0.005)
            if os.fstat(2).st_size:
                break

    def _kill(self, pid: int) -> tuple[int, float, int]:
        """SIGKILL to the init of the namespace: the kernel ends every process in it first."""
        os.kill(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
        return status, usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10

    def _reply(self, kind: int, cause: int, status: int, cpu: float, peak: int) -> None:
        used, count, _ = harness.REGION_HEADER.unpack_from(self.region, 0)
        used = min(max(used, harness.REGION_START), len(self.region))
        answers = memoryview(self.region)[harness.REGION_START : used]
        stdout = os.fstat(1).st_size if kind in (protocol.PROGRAM, protocol.COMMAND) else 0
        stderr = 0
        if cause != protocol.EXITED or status:
            stderr = min(os.fstat(2).st_size, protocol.STDERR_BYTES)
        header = REPLY.pack(
            protocol.DONE,
            cause,
            status,
            min(count, 0xFFFFFFFF),
            len(answers),
            stdout,
            stderr,
            cpu,
            peak,
        )
        self.write(header, answers)
        answers.release()
        if stdout:
            self.write(os.pread(1, stdout, 0))
        if stderr:
            self.write(os.pread(2, stderr, 0))

    def _wipe_inbox(self, size: int) -> None:
        if size <= _SMALL:
            self.inbox[:size] = bytes(size)
        else:
            ctypes.memset(self.inbox_address, 0, size)

    # ---- interactive processes

    def _interactive(
        self, kind: int, payload: int, memory: int, output: int, seconds: float, total: float
    ) -> None:
        """Relay messages; the child's clock runs while it owes an answer."""
        down_read, down_write = os.pipe()
        up_read, up_write = os.pipe()
        pipes = (down_read, down_write, up_read, up_write)
        pid = self._spawn(kind, payload, memory, output, total, pipes)
        os.close(down_read)
        os.close(up_write)
        os.set_blocking(down_write, False)
        try:
            cause = self._relay(pid, down_write, up_read, seconds)
        finally:
            os.close(down_write)
            os.close(up_read)
        if cause in (protocol.CPU_TIME, protocol.WALL_TIME):
            self._dump_stack(pid)
        self._reply(kind, cause, *self._kill(pid))

    def _relay(self, pid: int, down: int, up: int, seconds: float) -> int:
        clock_id = (~pid << 3) | 2
        waiting = True  # for the child: at first for its report of having loaded
        pending, arrived = memoryview(b""), b""
        idle_limit, wall_limit = protocol.wall_limits(seconds)
        began, cpu_base = time.monotonic(), 0.0
        while True:
            poll = select.poll()
            poll.register(self.requests, select.POLLIN)
            poll.register(up, select.POLLIN if waiting else 0)
            if pending:
                poll.register(down, select.POLLOUT)
            timeout = None
            if waiting:
                spent = time.clock_gettime(clock_id) - cpu_base
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
                    began, cpu_base = time.monotonic(), time.clock_gettime(clock_id)
                    waiting = True
                elif descriptor == down:
                    try:
                        pending = pending[os.write(down, pending) :]
                    except BlockingIOError:
                        pass
                    except BrokenPipeError:
                        return protocol.EXITED
                else:
                    chunk = os.read(up, 1 << 16) if waiting else b""
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
        view = memoryview(self.inbox)[:size]
        while view:
            count = os.readv(self.requests, [view])
            if not count:
                return False
            view = view[count:]
        return True

    def _standard_files(self, size: int) -> bool:
        """Empty them, take back what a child may have set on them, and fill standard input."""
        for descriptor in range(3):
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.ftruncate(descriptor, 0)
            syscalls.enter(_FCNTL, descriptor, _SET_FLAGS, 0, 0, 0, 0)
        while size:
            chunk = os.read(self.requests, min(size, 1 << 20))
            if not chunk:
                return False
            os.write(0, chunk)
            size -= len(chunk)
        os.lseek(0, 0, os.SEEK_SET)
        return True

    def write(self, *parts: bytes | memoryview) -> None:
        written = os.writev(self.replies, parts)
        total = sum(map(len, parts))
        if written < total:
            rest = memoryview(b"".join(parts))[written:]
            while rest:
                rest = rest[os.write(self.replies, rest) :]
