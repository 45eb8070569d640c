"""The interpreter's machine code and constants, put into huge pages of anonymous memory.

A process that is forked does not hand its children the page tables of a file it has mapped: each
child faults the interpreter in again, 64 KB at a time, and drops every page of it at its end: 50 of
305 page faults. Anonymous memory it does hand on, and where that lies in huge pages it is one
entry per 2 MB, which nobody ever has to copy. It also spares the processor most of its walks
through two levels of page tables, those of the machine and those of its host.

The bytes, addresses and their order stay the same; what was only readable may become executable.
Only whole huge pages of the file that holds the interpreter are moved (a shared library of 4 MB and
more lies at such a border since Linux 6.7); where there is none, or the kernel gives out no huge
pages, nothing is done.
"""

from __future__ import annotations

import ctypes

from verifiers.sandbox.heap import HUGE

_READ, _WRITE, _EXECUTE = 1, 2, 4
_PRIVATE_ANONYMOUS = 0x22
_MAYMOVE_FIXED = 3
_MADV_HUGEPAGE = 14

_word = ctypes.c_size_t
_libc = ctypes.CDLL(None)
_libc.mmap.restype = _libc.mremap.restype = _word
_libc.mmap.argtypes = (_word, _word, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
_libc.mremap.argtypes = (_word, _word, _word, ctypes.c_int, _word)
_libc.munmap.argtypes = (_word, _word)
_libc.madvise.argtypes = _libc.mprotect.argtypes = (_word, _word, ctypes.c_int)


def interpreter_span(maps: str) -> tuple[int, int]:
    """Start and length of the whole huge pages within the read-only part of the interpreter's file.

    `maps` is the text of `/proc/self/maps`; the length is 0 when there are none.
    """
    inside = ctypes.cast(ctypes.pythonapi.PyObject_Malloc, ctypes.c_void_p).value or 0
    rows = [line.split(maxsplit=5) for line in maps.splitlines()]
    spans = [tuple(int(address, 16) for address in row[0].split("-")) for row in rows]
    home = next((i for i, (start, end) in enumerate(spans) if start <= inside < end), None)
    if home is None or len(rows[home]) < 6:
        return 0, 0

    def alike(index: int) -> bool:
        return rows[index][1] in ("r--p", "r-xp") and rows[index][5:] == rows[home][5:]

    first = last = home
    while first > 0 and alike(first - 1) and spans[first - 1][1] == spans[first][0]:
        first -= 1
    while last + 1 < len(rows) and alike(last + 1) and spans[last + 1][0] == spans[last][1]:
        last += 1
    start = -(-spans[first][0] // HUGE) * HUGE
    return start, max(0, spans[last][1] // HUGE * HUGE - start)


def make_huge(maps: str) -> None:
    """Put a copy in huge pages where the interpreter's code lies now; `maps` as above."""
    start, size = interpreter_span(maps)
    if not size:
        return
    room = size + HUGE
    place = _libc.mmap(0, room, _READ | _WRITE, _PRIVATE_ANONYMOUS, -1, 0)
    if place >= 1 << 63:
        return
    copy = -(-place // HUGE) * HUGE
    _libc.madvise(copy, size, _MADV_HUGEPAGE)
    ctypes.memmove(copy, start, size)
    if _libc.mprotect(copy, size, _READ | _EXECUTE) == 0:
        _libc.mremap(copy, size, size, _MAYMOVE_FIXED, start)  # in one step, while it is running
    else:
        _libc.munmap(copy, size)
    _libc.munmap(place, copy - place)
    _libc.munmap(copy + size, place + room - copy - size)
