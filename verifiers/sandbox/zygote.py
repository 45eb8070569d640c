"""The warm, sealed process that candidates are forked from: one at a time, each in a pid namespace.

`boot` has it import what programs commonly import and give up the world (`confinement`). Then it
waits to be woken, makes a child, and waits again: every page it writes is copied after a fork, so
it does nothing else. The warden is the children's parent and does the rest.
"""

from __future__ import annotations

import ctypes
import marshal
import mmap
import os
import resource
import select
from typing import NoReturn

from verifiers.sandbox import (
    confinement,
    harness,
    processor,
    protocol,
    seccomp,
    spawn_loop,
    syscalls,
)
from verifiers.sandbox.descriptors import Receiver

_GRACE_BYTES = 32 << 20  # between the soft and the hard memory limit: room to report the end
_REFUSED = 71
_LARGEST_FILE = 128 << 20  # of a command, which first writes files of its own


class Zygote:
    """What a clone needs, made beforehand.

    In the page `pids` the kernel puts a child's number for the warden, and what the warden wrote to
    wake this process; children do not have it. `base_memory` is the address space a child is born
    with, for its limit to come on top.
    """

    def __init__(
        self, plan: confinement.Plan, inbox: mmap.mmap, region: mmap.mmap, pids: mmap.mmap
    ) -> None:
        self.base_memory, self.plan = 0, plan
        self.inbox, self.region = inbox, region
        self.isolated = not plan.layers["pid namespace"]
        everywhere = processor.Mask()
        everywhere.only(*os.sched_getaffinity(0))
        self.everywhere, self.free = everywhere, everywhere.binding(0)
        self.receiver = Receiver(protocol.PASSING)
        # struct pollfd (descriptor, events, what happened), and a timespec of zero after it
        self.hung_up = (ctypes.c_short * 12)(protocol.WAKE, 0, 0, 0)
        polled = ctypes.addressof(self.hung_up)
        self.ask_hung_up = syscalls.prepare("ppoll", polled, 1, polled + 8)
        place = syscalls.thread_id_address()
        thread_flags = syscalls.CLONE_CHILD_SETTID | syscalls.CLONE_CHILD_CLEARTID
        flags = seccomp.SPAWN_FLAGS
        if not self.isolated:
            flags &= ~syscalls.CLONE_NEWPID
        if plan.scratch is not None:
            flags |= syscalls.CLONE_NEWNS
        if not place:
            flags &= ~thread_flags
        # The fourth and fifth arguments of clone change places between the two machines.
        last = (place, 0) if syscalls.MACHINE == "x86_64" else (0, place)
        order = (ctypes.c_ubyte * 8).from_buffer(pids, mmap.PAGESIZE // 2)
        child = ctypes.addressof(ctypes.c_int.from_buffer(pids))
        self.clone = syscalls.prepare("clone", flags, 0, child, *last)
        self.loop = spawn_loop.machine_loop(
            protocol.WAKE, ctypes.addressof(order), self.clone
        ) or spawn_loop.python_loop(protocol.WAKE, order, self.clone)

    def serve(self) -> NoReturn:
        """Make a child for each byte the warden writes, until it goes away."""
        while True:
            result = self.loop()
            if result == spawn_loop.CHILD:
                self._child(None)
            elif result == spawn_loop.PIPES:
                self._spawn_with_pipes()
            elif result == spawn_loop.HUNG_UP:
                os._exit(0)
            else:
                self._refuse()

    def _spawn_with_pipes(self) -> None:
        pipes = self.receiver.take()
        made = syscalls.enter(*self.clone)
        if made == 0:
            self._child(pipes)
        if made < 0:
            self._refuse()
        for descriptor in pipes:
            os.close(descriptor)

    def _refuse(self) -> NoReturn:
        """Say why there is no child, and leave: the warden sees that."""
        try:
            syscalls.call("clone", *self.clone[1:6])
        except OSError as error:
            os.write(protocol.ERRORS, str(error).encode())
        os._exit(_REFUSED)

    def _child(self, pipes: tuple[int, int] | None) -> NoReturn:
        status = 70
        try:
            syscalls.enter(*self.free)
            os.setsid()  # or kill(0) would reach the zygote: process groups cross pid namespaces
            self._give_up_rights()
            first = 3
            if pipes is not None:
                first = max(pipes) + 1
                os.closerange(3, min(pipes))
                os.closerange(min(pipes) + 1, max(pipes))
            os.closerange(first, 0x7FFFFFFF)
            header = protocol.REQUEST.unpack_from(self.inbox)
            kind, _, payload, _, memory, output, _, seconds = header
            limit = self.base_memory + memory
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit + _GRACE_BYTES))
            largest = _LARGEST_FILE if kind == protocol.COMMAND else output
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
            cpu = int(seconds) + 2
            resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
            if self.plan.scratch is not None:
                confinement.seal_child(self.plan)
            if not self.isolated:
                seccomp.install(seccomp.assemble())
            start = protocol.REQUEST.size
            job = marshal.loads(memoryview(self.inbox)[start : start + payload])
            if kind == protocol.BATCH:
                harness.run_batch(job, self.region)
            elif kind == protocol.PROGRAM:
                harness.run_program(job, self.region)
            elif kind == protocol.SESSION and pipes is not None:
                harness.run_session(job, *pipes)
            elif kind == protocol.JUDGE and pipes is not None:
                from verifiers.sandbox import proxy

                proxy.run_judge(job, *pipes)
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
        """No capability from here on, and no life without the warden; or no life at all.

        A child born after the warden was killed, for whom the signal comes too late, finds the pipe
        hung up. Plain calls, not those that raise: every object that is touched here is a page
        copied in every child (4 % of its time).
        """
        refused = syscalls.enter(*confinement.DIE_WITH_PARENT)
        if self.plan.scratch is None:  # else `seal_child` mounts first
            refused |= syscalls.enter(*syscalls.DROP_CAPABILITIES)
        syscalls.enter(*self.ask_hung_up)
        if refused or self.hung_up[3] & select.POLLHUP:
            os._exit(70)
