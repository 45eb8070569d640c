"""Run a command as uid 65534, even where its interpreter lies under a directory only root reads.

In a mount namespace of its own an unreadable directory above the interpreter (or the repository) is
replaced by an empty one that holds just the trees needed, at their places. The host sees nothing.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

NOBODY = 65534
ROOT = Path(__file__).resolve().parents[3]
_NEWNS, _BIND, _REC, _PRIVATE = 0x20000, 4096, 16384, 1 << 18


def command_as_nobody(command: list[str]) -> list[str]:
    """The command line that runs `command` so."""
    return [sys.executable, __file__, *command]


def _mount(source: str, target: str, kind: str | None, flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    text = kind.encode() if kind else None
    options = b"mode=0755" if kind else None
    if libc.mount(source.encode(), target.encode(), text, flags, options):
        code = ctypes.get_errno()
        raise OSError(code, f"mount {target}: {os.strerror(code)}")


def _closed(path: Path) -> Path | None:
    """The first directory above `path` that others may not search."""
    for parent in reversed(path.parents):
        if not parent.stat().st_mode & 0o001:
            return parent
    return None


def main(command: list[str]) -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(_NEWNS):
        raise OSError(ctypes.get_errno(), "unshare")
    _mount("none", "/", None, _REC | _PRIVATE)
    needed = {Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), ROOT}
    by_closed: dict[Path, list[tuple[Path, int]]] = {}
    for tree in sorted(needed):
        closed = _closed(tree)
        if closed is not None:
            opened = os.open(tree, os.O_PATH | os.O_DIRECTORY)
            by_closed.setdefault(closed, []).append((tree, opened))
    for closed, trees in by_closed.items():
        _mount("none", str(closed), "tmpfs", 0)
        for tree, opened in trees:
            os.makedirs(tree, exist_ok=True)
            _mount(f"/proc/self/fd/{opened}", str(tree), None, _BIND | _REC)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    os.chdir(ROOT)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
