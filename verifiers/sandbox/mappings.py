"""The mappings of a process that will be forked thousands of times: few, and in large pages.

A fork pays for every mapping (a microsecond, and another at the child's end) and for every page in
use (an entry to copy and to take down). A fresh interpreter has a hundred mappings, five for each
library, and hands its children not even the page tables of those files: they fault the code in
again. `gather` puts a copy of what lies side by side where it lay, in one anonymous mapping with
all rights, and in huge pages where the addresses allow it: those are handed on in one stroke,
nobody ever has to fault code in, and the processor walks fewer page tables. Bytes and addresses
stay the same. Nothing rests on the rights: a program in the sandbox may map and run what it likes.

The copying has to be done, and the copy put in place, without a single instruction of Python in
between, since that would write to what has been copied already. The C library's contexts are used
to have one function follow another. Where those are missing, or the kernel refuses memory that may
be written and executed, nothing is done. Nor on other processors than x86-64: to most of them, code
that was written as data is none before their caches have been told.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
from typing import Any

from verifiers.sandbox.heap import HUGE

_MAYMOVE_FIXED = 3
_FIXED_NOREPLACE = 0x100000
_MADV_HUGEPAGE = 14
_STACK = 64 << 10
_CONTEXT = 8 << 10  # struct ucontext: 1 KB on x86-64, 4.5 KB on aarch64

_word = ctypes.c_size_t
_libc = ctypes.PyDLL(None)  # which keeps the interpreter's lock: nothing of Python runs meanwhile
_libc.mmap.restype = _libc.mremap.restype = _word
_libc.mmap.argtypes = (_word, _word, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
_libc.munmap.argtypes = (_word, _word)
_libc.madvise.argtypes = (_word, _word, ctypes.c_int)

Mapping = tuple[int, int, str, str]  # start, end, mode, file with its device and inode


def parse(maps: str) -> list[Mapping]:
    """The rows of `/proc/self/maps`; the file is empty for anonymous memory."""
    found = []
    for line in maps.splitlines():
        addresses, mode, _, device, inode, *path = line.split(maxsplit=5)
        start, end = (int(address, 16) for address in addresses.split("-"))
        found.append((start, end, mode, f"{device} {inode} {path[0]}" if path else ""))
    return found


def movable(row: Mapping) -> bool:
    """Whether a copy would do as well: readable memory of this process, or of a file nobody writes.

    Not the stack and what the kernel maps, which it knows by its place.
    """
    _, _, mode, file = row
    path = file.rpartition(" ")[2]
    if path.startswith("[") and path != "[heap]":
        return False
    return mode in ("r--p", "r-xp", "rw-p", "rwxp") or (mode == "r--s" and "/memfd:" not in file)


def runs(rows: list[Mapping]) -> list[tuple[int, int]]:
    """Start and end of each stretch of movable memory without a gap."""
    found: list[tuple[int, int]] = []
    for row in filter(movable, rows):
        start, end, *_ = row
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def holes(rows: list[Mapping]) -> list[tuple[int, int]]:
    """Start and end of what is missing for each huge page with movable memory to be full of it.

    None where something lies that cannot be moved, nor behind the heap, which grows.
    """
    places = {
        place
        for row in filter(movable, rows)
        for place in range(row[0] // HUGE * HUGE, row[1], HUGE)
    }
    found = []
    for place in sorted(places):
        inside = [row for row in rows if row[0] < place + HUGE and row[1] > place]
        grows = inside[-1][3].endswith("[heap]") and inside[-1][1] < place + HUGE
        if grows or not all(map(movable, inside)):
            continue
        at = place
        for start, end, *_ in inside:
            if at < start:
                found.append((at, start))
            at = end
        if at < place + HUGE:
            found.append((at, place + HUGE))
    return found


def fill(maps: str) -> None:
    """Take the holes; `maps` is the text of `/proc/self/maps`.

    The kernel gives out addresses downwards: what is mapped next ends at a huge page's border.
    """
    private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _FIXED_NOREPLACE
    for start, end in holes(parse(maps)):
        _libc.mmap(start, end - start, mmap.PROT_READ | mmap.PROT_WRITE, private, -1, 0)


def gather(maps: str) -> None:
    """Make each run one mapping; `maps` as above. What another thread wrote meanwhile is lost."""
    if os.uname().machine != "x86_64" or not hasattr(_libc, "makecontext"):
        return
    rows = parse(maps)
    for start, end in runs(rows):
        if sum(start <= row[0] < end for row in rows) > 1:
            _replace(start, end - start)


def _replace(start: int, size: int) -> None:
    """Put a copy of this memory in its place, in one mapping.

    The copy is made in huge pages that reach beyond it at both ends, and cut out of them: pages of
    one huge page are handed on together also where they are mapped one by one (4 % of the time).
    """
    every = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    anonymous = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    room = size + 3 * HUGE
    place = _libc.mmap(0, room, every, anonymous, -1, 0)
    if place >= 1 << 63:
        return
    copy = place + HUGE + (start - place) % HUGE
    _libc.madvise(place, room, _MADV_HUGEPAGE)
    one_after_another(
        (_libc.memmove, copy, start, size),
        (_libc.mremap, copy, size, size, _MAYMOVE_FIXED, start),
    )
    _libc.munmap(place, copy - place)
    _libc.munmap(copy + size, place + room - copy - size)


def one_after_another(*calls: tuple[Any, ...]) -> None:
    """Call functions of the C library with these arguments, and nothing between them.

    Each gets a context (makecontext(3)) that is linked to the next, the last to this one. Integer
    arguments are handed over whole on the 64-bit machines we know.
    """
    room = (_CONTEXT + _STACK) * len(calls) + _CONTEXT
    memory = mmap.mmap(-1, room, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    following = here = base
    first = 0
    for number, (function, *arguments) in reversed(list(enumerate(calls))):
        context = base + _CONTEXT + number * (_CONTEXT + _STACK)
        _libc.getcontext(_word(context))
        # uc_flags, uc_link, then uc_stack: ss_sp, ss_flags, ss_size
        ctypes.memmove(
            context + 8, struct.pack("=QQiiQ", following, context + _CONTEXT, 0, 0, _STACK), 32
        )
        _libc.makecontext(
            _word(context),
            function,
            len(arguments),
            *map(_word, arguments),
        )
        following = first = context
    _libc.swapcontext(_word(here), _word(first))
