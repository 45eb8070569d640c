"""Sleeping until a child ends, and learning how: two system calls with buffers made beforehand.

`signal.sigtimedwait` and `os.wait4` do the same, but make dozens of objects, each in a page that
the zygote has to copy after a fork.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct

from verifiers.sandbox import syscalls

_TIME = struct.Struct("=qq")  # struct timespec
_USAGE = struct.Struct("=5q")  # the head of struct rusage: user and system time, peak KB
_RUSAGE_BYTES = 144


class Waiter:
    """For one child at a time; SIGCHLD must be blocked."""

    def __init__(self) -> None:
        self._signals = ctypes.c_ulong(1 << signal.SIGCHLD - 1)
        self._time = ctypes.create_string_buffer(_TIME.size)
        self._status = ctypes.c_int()
        self._usage = ctypes.create_string_buffer(_RUSAGE_BYTES)
        signals, time = ctypes.addressof(self._signals), ctypes.addressof(self._time)
        self._sleep = syscalls.prepare("rt_sigtimedwait", signals, 0, time, 8)
        self._wait = syscalls.NUMBERS["wait4"]
        status, usage = ctypes.addressof(self._status), ctypes.addressof(self._usage)
        self._places = status, os.WNOHANG, usage

    def sleep(self, seconds: float) -> bool:
        """Until a child ends, or for `seconds` at most; whether one may have."""
        whole = int(seconds)
        _TIME.pack_into(self._time, 0, whole, int((seconds - whole) * 1e9))
        return bool(syscalls.enter(*self._sleep) > 0)

    def reap(self, pid: int) -> tuple[int, float, int] | None:
        """A child's wait status, CPU seconds and peak bytes; None while it runs.

        ChildProcessError when there is no such child.
        """
        ended = syscalls.enter(self._wait, pid, *self._places, 0, 0)
        if ended == 0:
            return None
        if ended < 0:
            raise ChildProcessError(f"no child {pid} to wait for")
        a, b, c, d, peak = _USAGE.unpack_from(self._usage)
        return self._status.value, a + c + (b + d) * 1e-6, peak << 10
