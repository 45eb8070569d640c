"""Waiting to be woken and making a child, in a dozen machine instructions.

The zygote's part in the usual case. A process that has been forked copies every page that it
writes until its child is gone, and its huge pages fall apart; this loop writes to none, so the
zygote stays as it was gathered (`mappings`). The same loop in Python writes to 30 pages (and is
what other machines than x86-64 have).
"""

from __future__ import annotations

import ctypes
import mmap
import struct
from collections.abc import Callable

from verifiers.sandbox import syscalls

CHILD, PIPES, HUNG_UP = 0, 1, 2  # what the loop ends with; below zero is an error of clone

Loop = Callable[[], int]
_KEPT: list[ctypes.c_char] = []


def machine_loop(wake: int, order: int, clone: tuple[int, ...]) -> Loop | None:
    """The loop over these system calls, None where there is none.

    A byte is read from the descriptor `wake` to the address `order`. When it is zero, the prepared
    call `clone` is made, whose parent goes on to read the next. Else, and in the child, it ends.
    """
    if syscalls.MACHINE != "x86_64":
        return None
    number, flags, stack, parent_place, child_place, storage, _ = clone
    make = b"".join(
        (
            b"\xbf" + struct.pack("<I", flags),  # mov edi, flags
            b"\x48\xbe" + struct.pack("<Q", stack),  # mov rsi, stack
            b"\x48\xba" + struct.pack("<Q", parent_place),  # mov rdx, parent_place
            b"\x49\xba" + struct.pack("<Q", child_place),  # mov r10, child_place
            b"\x49\xb8" + struct.pack("<Q", storage),  # mov r8, storage
            b"\xb8" + struct.pack("<I", number),  # mov eax, clone
            b"\x0f\x05",  # syscall
            b"\x48\x85\xc0",  # test rax, rax
        )
    )
    wait = b"".join(
        (
            b"\xbf" + struct.pack("<I", wake),  # mov edi, wake
            b"\x48\xbe" + struct.pack("<Q", order),  # mov rsi, order
            b"\xba\x01\x00\x00\x00",  # mov edx, 1
            b"\x31\xc0",  # xor eax, eax (read)
            b"\x0f\x05",  # syscall
            b"\x48\x83\xf8\x01",  # cmp rax, 1
            b"\x75" + struct.pack("<b", 5 + len(make) + 2 + 1),  # jne hung up
            b"\x80\x3e\x00",  # cmp byte [rsi], 0
            b"\x75" + struct.pack("<b", len(make) + 2),  # jne end
        )
    )
    back = len(wait) + len(make) + 2
    code = b"".join(
        (
            wait,
            make,
            b"\x7f" + struct.pack("<b", -back),  # jg to the start
            b"\xc3",  # end: ret
            b"\xb8" + struct.pack("<I", HUNG_UP),  # hung up: mov eax, 2
            b"\xc3",  # ret
        )
    )
    rights = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    try:
        memory = mmap.mmap(-1, mmap.PAGESIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, rights)
    except OSError:  # where memory may not be written and executed
        return None
    memory[: len(code)] = code
    # PYFUNCTYPE keeps the interpreter's lock: the child must come back holding it.
    return ctypes.PYFUNCTYPE(ctypes.c_long)(_place_for_good(memory))


def _place_for_good(memory: mmap.mmap) -> int:
    """Its address; it is never unmapped from here on."""
    view = ctypes.c_char.from_buffer(memory)
    _KEPT.append(view)
    return ctypes.addressof(view)


def python_loop(wake: int, order: ctypes.Array[ctypes.c_ubyte], clone: tuple[int, ...]) -> Loop:
    """The same in Python."""
    read = syscalls.prepare("read", wake, ctypes.addressof(order), 1)
    enter = syscalls.enter

    def loop() -> int:
        while enter(*read) > 0:
            if order[0]:
                return PIPES
            made: int = enter(*clone)
            if made <= 0:
                return made
        return HUNG_UP

    return loop
