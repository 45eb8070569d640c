"""The mappings of a process that will be forked thousands of times: few, its code in large pages.

A process that is forked does not hand its children the page tables of a file it has mapped: each
child faults the interpreter in again, 64 KB at a time, and drops every page of it at its end: 50 of
305 page faults. Anonymous memory it does hand on, and where that lies in huge pages it is one
entry per 2 MB, which nobody ever has to copy. It also spares the processor most of its walks
through two levels of page tables, those of the machine and those of its host. `make_huge` moves the
interpreter's code there. Bytes and addresses stay the same. Only whole huge pages of the file that
holds the interpreter are moved (a shared library of 4 MB and more lies at such a border since Linux
6.7); where there is none, or the kernel gives out no huge pages, nothing is done.

And each mapping costs a fork, and the child's end, a microsecond. A library has five, which differ
in what may be done with them; two suffice. `merge` gives what was only readable the rights of its
neighbour. Nothing rests on those: a program in the sandbox may map and run whatever it likes.

The code of the libraries lies at no such border. A fork does hand on the page tables of a file in
whose mapping a page was ever written (it must: the page is in no file), and copying the entries of
what is in use there costs less than the faults. `hand_on` writes a byte to itself.
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


Mapping = tuple[int, int, str, str]  # start, end, mode, file with its device and inode


def parse(maps: str) -> list[Mapping]:
    """The rows of `/proc/self/maps`; the file is empty for anonymous memory."""
    found = []
    for line in maps.splitlines():
        addresses, mode, _, device, inode, *path = line.split(maxsplit=5)
        start, end = (int(address, 16) for address in addresses.split("-"))
        found.append((start, end, mode, f"{device} {inode} {path[0]}" if path else ""))
    return found


def interpreter_span(maps: str) -> tuple[int, int]:
    """Start and length of the whole huge pages within the read-only part of the interpreter's file.

    `maps` is the text of `/proc/self/maps`; the length is 0 when there are none.
    """
    inside = ctypes.cast(ctypes.pythonapi.PyObject_Malloc, ctypes.c_void_p).value or 0
    rows = parse(maps)
    home = next((i for i, (start, end, _, _) in enumerate(rows) if start <= inside < end), None)
    if home is None or not rows[home][3]:
        return 0, 0

    def alike(index: int) -> bool:
        return rows[index][2] in ("r--p", "r-xp") and rows[index][3] == rows[home][3]

    first = last = home
    while first > 0 and alike(first - 1) and rows[first - 1][1] == rows[first][0]:
        first -= 1
    while last + 1 < len(rows) and alike(last + 1) and rows[last + 1][0] == rows[last][1]:
        last += 1
    start = -(-rows[first][0] // HUGE) * HUGE
    return start, max(0, rows[last][1] // HUGE * HUGE - start)


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


def merge(maps: str) -> None:
    """Let the pieces of each library grow together; `maps` as above."""
    for start, end, rights in joinable(parse(maps)):
        _libc.mprotect(start, end - start, rights)


def hand_on(maps: str) -> None:
    """Have a fork copy the page tables of the libraries' code; `maps` as above, once merged."""
    for start, end, mode, file in parse(maps):
        if mode != "r-xp" or "/" not in file or end - start >= HUGE:
            continue
        if _libc.mprotect(start, end - start, _READ | _WRITE | _EXECUTE) == 0:
            ctypes.memmove(start, ctypes.string_at(start, 1), 1)
            _libc.mprotect(start, end - start, _READ | _EXECUTE)


def joinable(rows: list[Mapping]) -> list[tuple[int, int, int]]:
    """Start, end and new rights of each read-only piece that has a neighbour of its own file.

    What lies just before the data (constants fixed up at load time) becomes writable like it, the
    rest executable like the code.
    """
    found = []
    for index, (start, end, mode, file) in enumerate(rows):
        if mode != "r--p" or not file:
            continue
        around = [row for row in rows[max(0, index - 2) : index + 3] if row[3] == file]
        if any(row[0] == end and row[2] == "rw-p" for row in around):
            found.append((start, end, _READ | _WRITE))
        elif any(row[2] == "r-xp" for row in around if start in row[:2] or end in row[:2]):
            found.append((start, end, _READ | _EXECUTE))
    return found
