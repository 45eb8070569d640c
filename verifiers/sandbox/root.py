"""A minimal read-only root: a tmpfs, bind mounts of what Python needs to import, a few devices.

Runs inside the zygote, in a mount namespace of its own, with the capability to mount. Sources are
reached through the old root after a first `pivot_root`, so that it does not matter whether one of
them lies under the directory the tmpfs covers; a second `pivot_root` leaves the old root behind.
No /proc, no /sys, no /home, no /tmp; nothing can be written.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence

from verifiers.sandbox import syscalls

_RDONLY, _NOSUID, _NODEV, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
_DETACH = 2
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_ATTRIBUTES = 1 | 2 | 4  # MOUNT_ATTR_RDONLY, NOSUID, NODEV

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
# Where /dev/stdin leads: the real one goes through /proc. Commands put a copy of their input there.
STDIN_COPY = ".stdin"
_SCRATCH_FILES = 1 << 16


def build(paths: Sequence[str], *, scratch: str | None = None) -> None:
    """Make the root of this mount namespace hold `paths` (at their own places) and nothing else.

    `scratch` is an empty directory to make, where a child may mount a tmpfs. Paths that do not
    exist are skipped. Raises OSError when a step is refused.
    """
    places = _places(paths)
    _mount("none", "/", None, _REC | _PRIVATE)
    cover = next(path for path in ("/tmp", "/mnt", "/var", "/usr") if os.path.isdir(path))
    _mount("sandbox", cover, "tmpfs", _NOSUID | _NODEV, "mode=0755,size=4m")
    os.mkdir(f"{cover}/old")
    os.mkdir(f"{cover}/new")
    _pivot(cover, f"{cover}/old")
    os.chdir("/")
    _mount("sandbox", "/new", "tmpfs", _NOSUID | _NODEV, "mode=0755,size=4m")
    for source, target in places:
        _bind(f"/old{source}", f"/new{target}")
    for device in DEVICES:
        if os.path.exists(f"/old{device}"):
            _bind(f"/old{device}", f"/new{device}", device=True)
    if scratch is not None:
        os.makedirs(f"/new{scratch}")
        os.symlink(f"{scratch}/{STDIN_COPY}", "/new/dev/stdin")
    _read_only("/new", recursive=False)
    os.chdir("/new")
    _unmount("/old")
    _pivot(".", ".")  # the old root (the first tmpfs) is now stacked under the new one
    _unmount(".")
    os.chdir("/")


def mount_scratch(target: str, megabytes: int) -> None:
    """A writable tmpfs, seen in this mount namespace only and gone with it.

    Files are counted, too: an empty one takes a kilobyte of the kernel's memory and none of `size`.
    """
    room = f"mode=0700,size={megabytes}m,nr_inodes={_SCRATCH_FILES}"
    _mount("scratch", target, "tmpfs", _NOSUID | _NODEV, room)


def _places(paths: Sequence[str]) -> list[tuple[str, str]]:
    """(real path, place) of each tree, none inside another of the list."""
    places: list[tuple[str, str]] = []
    for path in sorted({os.path.abspath(path) for path in paths if os.path.exists(path)}):
        for target in dict.fromkeys((path, os.path.realpath(path))):
            if not any(target == at or target.startswith(at + "/") for _, at in places):
                places = [p for p in places if not p[1].startswith(target + "/")]
                places.append((os.path.realpath(path), target))
    return places


def _bind(source: str, target: str, *, device: bool = False) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w"):
            pass
    _mount(source, target, None, _BIND | _REC)
    if not device:
        _read_only(target, recursive=True)


def _read_only(target: str, *, recursive: bool) -> None:
    attributes = ctypes.create_string_buffer(struct.pack("=QQQQ", _ATTRIBUTES, 0, 0, 0), 32)
    name = ctypes.create_string_buffer(os.fsencode(target))
    try:
        syscalls.call(
            "mount_setattr",
            _AT_FDCWD,
            ctypes.addressof(name),
            _AT_RECURSIVE if recursive else 0,
            ctypes.addressof(attributes),
            32,
        )
    except OSError:  # before Linux 5.12: one mount at a time, and no locked flag may be dropped
        kept = os.statvfs(target).f_flag & (_NOSUID | _NODEV | os.ST_NOEXEC | os.ST_NOATIME)
        _mount("none", target, None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV | kept)


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    texts = [
        ctypes.create_string_buffer(os.fsencode(text))
        for text in (source, target, kind or "", options)
    ]
    try:
        syscalls.call(
            "mount",
            ctypes.addressof(texts[0]),
            ctypes.addressof(texts[1]),
            ctypes.addressof(texts[2]) if kind else 0,
            flags,
            ctypes.addressof(texts[3]) if options else 0,
        )
    except OSError as error:
        raise OSError(error.errno, f"mount {target}: {os.strerror(error.errno or 0)}") from None


def _pivot(new: str, old: str) -> None:
    new_text = ctypes.create_string_buffer(os.fsencode(new))
    old_text = ctypes.create_string_buffer(os.fsencode(old))
    syscalls.call("pivot_root", ctypes.addressof(new_text), ctypes.addressof(old_text))


def _unmount(target: str) -> None:
    text = ctypes.create_string_buffer(os.fsencode(target))
    syscalls.call("umount2", ctypes.addressof(text), _DETACH)
