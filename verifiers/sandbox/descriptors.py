"""Receiving descriptors over a socket, without the socket module: it would cost every fork a page.

Reference: unix(7), SCM_RIGHTS; the layout is that of 64-bit Linux.
"""

from __future__ import annotations

import ctypes
import struct

from verifiers.sandbox import syscalls

_HEADER = struct.Struct("=QIxxxxQQQQixxxx")  # struct msghdr
_CONTROL = struct.Struct("=Qii2i")  # struct cmsghdr with two descriptors


class Receiver:
    """Takes pairs of descriptors from a socket."""

    def __init__(self, socket: int) -> None:
        self._data = ctypes.create_string_buffer(8)
        self._control = ctypes.create_string_buffer(_CONTROL.size)
        vector = struct.pack("=QQ", ctypes.addressof(self._data), 1)
        self._vector = ctypes.create_string_buffer(vector, len(vector))
        self._header = ctypes.create_string_buffer(_HEADER.size)
        self._call = syscalls.prepare("recvmsg", socket, ctypes.addressof(self._header))

    def take(self) -> tuple[int, int]:
        """The next pair; OSError when none can be had."""
        vector, control = ctypes.addressof(self._vector), ctypes.addressof(self._control)
        _HEADER.pack_into(self._header, 0, 0, 0, vector, 1, control, _CONTROL.size, 0)
        if syscalls.enter(*self._call) <= 0:
            raise OSError("no descriptors came")
        *_, first, second = _CONTROL.unpack_from(self._control)
        return first, second
