"""Memory that the warden and the children share, blank again before each child.

A child may write anywhere in it, whatever its header then claims, and the next must find nothing:
a program that remembers an earlier run of itself could answer by that. So the first pages are
always there and always cleared, and how many pages there are tells whether there are others.
"""

from __future__ import annotations

import mmap
import os

_KEPT = 16 << 10  # most requests, and most programs' answers, fit in this
_BLANK = bytes(_KEPT)
_KEPT_BLOCKS = _KEPT // 512


class Slate:
    """`size` bytes of shared memory, seen through `memory`; only pages in use take room.

    `file` is for the zygote to map.
    """

    def __init__(self, size: int) -> None:
        self.file = os.memfd_create("slate", os.MFD_CLOEXEC)
        os.ftruncate(self.file, size)
        self.memory = mmap.mmap(self.file, size)
        self._size = size
        self.memory[:_KEPT] = _BLANK

    def wipe(self) -> None:
        """Make every byte zero; the children that wrote must be dead."""
        self.memory[:_KEPT] = _BLANK
        if os.fstat(self.file).st_blocks > _KEPT_BLOCKS:
            self.memory.madvise(mmap.MADV_REMOVE, _KEPT, self._size - _KEPT)
