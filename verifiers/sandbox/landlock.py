"""Landlock: the file system, closed a second time by a mechanism of its own.

The minimal root is read-only already; Landlock says so again, denies execution, TCP, and (where the
kernel knows how) signals and abstract sockets out of the domain. Inherited over a fork, so it is
put on the zygote once. Reference: Linux `Documentation/userspace-api/landlock.rst`.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

from verifiers.sandbox import syscalls

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # how many access bits an ABI version knows
_TRUNCATE = 1 << 14
_IOCTL_DEVICE = 1 << 15
_ABSTRACT_SOCKETS, _SIGNALS = 1, 2  # scopes
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE


def version() -> int:
    """The kernel's Landlock ABI version; OSError where there is none."""
    return syscalls.call("landlock_create_ruleset", 0, 0, 1)


def restrict(
    readable: Iterable[str],
    *,
    writable: Iterable[str] = (),
    executable: Iterable[str] = (),
    signals: bool = False,
) -> int:
    """Confine this process and its children to these trees; gives the ABI version used.

    `signals`: it may signal processes that are not under the same rules. Needs no_new_privs. Paths
    that do not exist are skipped.
    """
    abi = version()
    every = (1 << _FILE_RIGHTS.get(abi, 16)) - 1
    network = 3 if abi >= 4 else 0
    scope = (_ABSTRACT_SOCKETS if signals else _ABSTRACT_SOCKETS | _SIGNALS) if abi >= 6 else 0
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    attributes = ctypes.create_string_buffer(struct.pack("=QQQ", every, network, scope))
    ruleset = syscalls.call("landlock_create_ruleset", ctypes.addressof(attributes), size, 0)
    try:
        for paths, rights in (
            (readable, _READ_FILE | _READ_DIR),
            (executable, _READ_FILE | _READ_DIR | _EXECUTE),
            (writable, every),
        ):
            for path in paths:
                _allow(ruleset, path, rights & every)
        syscalls.call("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)
    return abi


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):
            rights &= _ON_FILES
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, place))
        syscalls.call("landlock_add_rule", ruleset, 1, ctypes.addressof(rule), 0)
    finally:
        os.close(place)
