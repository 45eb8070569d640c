"""Memory in which the warden puts a child's program and inputs; others can only read it.

Sealed (Linux 5.1): whoever maps it after the warden cannot make it writable again. But reading
makes pages, too, and mincore(2) tells which are there: what one child has read the next could know.
So those beyond what the warden ever wrote are taken away.
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os

_SMALL = 1 << 16  # up to here zeros are cheaper to copy than a foreign call is to make
_SEAL_FUTURE_WRITE = 0x10
_BLOCK = 512  # bytes, in which stat(2) counts


class Inbox:
    """`size` bytes, written through `memory`; `file` is for the zygote to map."""

    def __init__(self, size: int) -> None:
        self.file = os.memfd_create("inbox", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.file, size)
        self.memory = mmap.mmap(self.file, size)
        self.memory[0] = 0
        self._grain = os.fstat(self.file).st_blocks * _BLOCK  # a huge page, where so configured
        self._size, self._used = size, self._grain
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        seals = _SEAL_FUTURE_WRITE | fcntl.F_SEAL_SEAL
        try:
            fcntl.fcntl(self.file, fcntl.F_ADD_SEALS, seals)
            self._sealed = True
        except OSError:
            self._sealed = False

    def wipe(self, size: int) -> None:
        """Make the first `size` bytes zero; all, where a child may have written anywhere."""
        if not self._sealed:
            self.memory.madvise(mmap.MADV_REMOVE)
            return
        if size <= _SMALL:
            self.memory[:size] = bytes(size)
        else:
            ctypes.memset(self._address, 0, size)
        self._used = max(self._used, -(-size // self._grain) * self._grain)
        if os.fstat(self.file).st_blocks * _BLOCK > self._used:
            os.ftruncate(self.file, self._used)
            os.ftruncate(self.file, self._size)
