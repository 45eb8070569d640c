"""The zygote as the warden holds it: started, handed its memory, told when to make a child.

Both are fresh interpreters: children of a process that was forked itself cost 8 % more. What they
share is memory files: the inbox (program and inputs, which only the warden can write), the slate
(answers), standard input, output and error, and the page in which the kernel puts a child's number.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import mmap
import os
import socket
import struct
import sys
import time
from collections.abc import Iterator, Sequence

from verifiers.sandbox import protocol, start, syscalls
from verifiers.sandbox.inbox import Inbox
from verifiers.sandbox.slate import Slate

_FREE = 200  # descriptors from here on stand in nobody's way while those of the zygote are put down
_PID = struct.Struct("=i")
_PLAIN, _WITH_PIPES = b"\0", b"\1"
_ADDR_NO_RANDOMIZE = 0x0040000
_PATIENCE, _PAUSE = 10.0, 0.0002


class ZygoteDied(Exception):
    """The zygote is gone, or makes no children."""


@contextlib.contextmanager
def _same_addresses() -> Iterator[None]:
    """Have the kernel lay out a process the same way each time (personality(2)).

    Sets of objects that hash by address then have one order, and huge pages' borders lie where they
    were found to lie well. It is no less safe: who could use an address here runs in there already.
    """
    before = syscalls.raw(syscalls.NUMBERS["personality"], 0xFFFFFFFF)
    if before >= 0:
        syscalls.raw(syscalls.NUMBERS["personality"], before | _ADDR_NO_RANDOMIZE)
    yield
    if before >= 0:
        syscalls.raw(syscalls.NUMBERS["personality"], before)


class Spawner:
    """One zygote. `standard` are the memory files a child has as descriptors 0, 1 and 2."""

    def __init__(self, config: bytes, *, errors: int) -> None:
        self.answers, self.inbox = Slate(protocol.REGION_BYTES), Inbox(protocol.INBOX_BYTES)
        self.standard = [os.memfd_create(name) for name in ("stdin", "stdout", "stderr")]
        pids = os.memfd_create("pids")
        os.ftruncate(pids, protocol.PIDS_BYTES)
        self._pids = mmap.mmap(pids, mmap.PAGESIZE)
        wake, self._wake = os.pipe()
        self._passing, passing = socket.socketpair()
        self._told = 4 + len(config)
        self.inbox.memory[: self._told] = struct.pack("=I", len(config)) + config
        places = {
            **dict(enumerate(self.standard)),
            protocol.WAKE: wake,
            protocol.PASSING: passing.fileno(),
            protocol.ANSWERS: self.answers.file,
            protocol.INBOX: self.inbox.file,
            protocol.PIDS: pids,
            protocol.ERRORS: errors,
        }
        copies = {
            place: fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FREE)
            for place, descriptor in places.items()
        }
        actions = [(os.POSIX_SPAWN_DUP2, copy, place) for place, copy in copies.items()]
        with _same_addresses():
            self.pid = os.posix_spawn(
                sys.executable, start.command("boot"), os.environ, file_actions=actions
            )
        for descriptor in (*copies.values(), pids, wake):
            os.close(descriptor)
        passing.close()

    def report(self) -> bytes:
        """What the zygote says of its layers, once it is ready; ZygoteDied when it is not."""
        if not self._passing.recv(1):
            raise ZygoteDied("the zygote does not come up")
        (size,) = struct.unpack_from("=I", self.answers.memory)
        report = self.answers.memory[4 : 4 + size]
        self.answers.wipe()
        self.inbox.wipe(self._told)
        return report

    def spawn(self, pipes: Sequence[int] = ()) -> None:
        """Have it make a child, which starts at once and has `pipes` besides the standard files."""
        _PID.pack_into(self._pids, 0, 0)
        if pipes:
            rights = array.array("i", pipes)
            self._passing.sendmsg([b"!"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        os.write(self._wake, _WITH_PIPES if pipes else _PLAIN)

    def child(self) -> int:
        """The number of the child that is being made; ZygoteDied when none comes."""
        (pid,) = _PID.unpack_from(self._pids, 0)
        deadline = time.monotonic() + _PATIENCE
        while not pid:
            if os.waitpid(self.pid, os.WNOHANG)[0] or time.monotonic() > deadline:
                raise ZygoteDied("the zygote makes no more children")
            time.sleep(_PAUSE)
            (pid,) = _PID.unpack_from(self._pids, 0)
        return int(pid)
