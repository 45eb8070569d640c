"""Warden, zygote and children keep to one processor.

Left alone, the scheduler puts each child, and then the warden when the child ends, on whichever
processor is idle, away from the page tables and freed pages the other has just had in its caches:
9 % of the time of a small program. Children may move as soon as they run, and from time to time
the scheduler gets a chance to put the other two elsewhere, for another may have come to their
processor.
"""

from __future__ import annotations

import ctypes
import os

from verifiers.sandbox import syscalls

_STAY = 64  # requests before they may move
_WORD = 64
_BYTES = 1024  # room for 8192 processors


class Mask:
    """A set of processors as the kernel takes it."""

    def __init__(self) -> None:
        self.words = (ctypes.c_ulong * (_BYTES // 8))()

    def only(self, *numbers: int) -> None:
        """Make it these processors."""
        ctypes.memset(self.words, 0, _BYTES)
        for number in numbers:
            self.words[number // _WORD] |= 1 << number % _WORD

    def binding(self, pid: int) -> tuple[int, ...]:
        """The prepared call that keeps a process (0: this one) to the set as it is then."""
        return syscalls.prepare("sched_setaffinity", pid, _BYTES, ctypes.addressof(self.words))


class Processor:
    """Where this process and `other` run. Where the kernel refuses, nothing happens."""

    def __init__(self, other: int) -> None:
        self._here = ctypes.c_uint()
        self._all, self._one = Mask(), Mask()
        self._all.only(*os.sched_getaffinity(0))
        self._ask = syscalls.prepare("getcpu", ctypes.addressof(self._here))
        self._bind = self._one.binding(0), self._one.binding(other)
        self._free = self._all.binding(0), self._all.binding(other)
        self._served = 0

    def settle(self) -> None:
        """Once a request: stay on the processor this is, or for one request in many, do not."""
        turn, self._served = self._served % _STAY, self._served + 1
        if turn == 0:
            self._enter(self._free)
        elif turn == 1:
            syscalls.enter(*self._ask)
            self._one.only(self._here.value)
            self._enter(self._bind)

    def _enter(self, calls: tuple[tuple[int, ...], ...]) -> None:
        for call in calls:
            syscalls.enter(*call)
