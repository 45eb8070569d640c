"""The zygote keeps to one processor, and its children begin on it.

Left alone, the scheduler puts each child, and then the zygote when the child ends, on whichever
processor is idle, away from the page tables and freed pages the other has just had in its caches:
9 % of the time of a small program. Children may move as soon as they run, and from time to time the
zygote gives the scheduler a chance to put it elsewhere, for another may have come to its processor.
"""

from __future__ import annotations

import ctypes
import os

from verifiers.sandbox import syscalls

_STAY = 64  # requests before it may move
_WORD = 64
_BYTES = 1024  # room for 8192 processors


class Processor:
    """The processors this process may use; `free` is the call that lets it use all of them again.

    Where the kernel refuses, nothing happens.
    """

    def __init__(self) -> None:
        self._here = ctypes.c_uint()
        self._all = (ctypes.c_ulong * (_BYTES // 8))()
        self._one = (ctypes.c_ulong * (_BYTES // 8))()
        for number in os.sched_getaffinity(0):
            self._all[number // _WORD] |= 1 << number % _WORD
        one, every = ctypes.addressof(self._one), ctypes.addressof(self._all)
        self._ask = syscalls.prepare("getcpu", ctypes.addressof(self._here))
        self._bind = syscalls.prepare("sched_setaffinity", 0, _BYTES, one)
        self.free = syscalls.prepare("sched_setaffinity", 0, _BYTES, every)
        self._served = 0

    def settle(self) -> None:
        """Once a request: stay on the processor this is, or for one request in many, do not."""
        turn, self._served = self._served % _STAY, self._served + 1
        if turn == 0:
            syscalls.enter(*self.free)
        elif turn == 1:
            syscalls.enter(*self._ask)
            ctypes.memset(self._bind[3], 0, _BYTES)
            self._one[self._here.value // _WORD] = 1 << self._here.value % _WORD
            syscalls.enter(*self._bind)
