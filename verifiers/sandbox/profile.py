"""What a zygote is started with: paths it may read, modules it has ready."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from functools import lru_cache
from importlib.machinery import PathFinder
from typing import Any

# What programs written by models commonly import. A fresh import in the child costs it a lot
# (6.7 -> 1.65 ms an execution of a HumanEval check), but every module there is costs each fork a
# little. So most programs are served by a zygote with what is small or wanted by our own code
# anyway, and those that import more by another.
_PLAIN = (  # noqa: SIM905 - a list literal would take thirty lines
    "typing collections collections.abc math itertools functools re string heapq bisect copy "
    "operator enum time json contextlib abc types struct io"
).split()
_MORE = (  # noqa: SIM905
    "cmath random dataclasses datetime statistics fractions decimal numbers array textwrap hashlib"
).split()
# The compiled modules behind those and behind ours. They come first, so that what the interpreter
# then allocates lies in one piece (`heap.align_arenas`); one that is built in costs nothing.
_COMPILED = "_ctypes _struct math select resource mmap _json _bisect _heapq _typing".split()  # noqa: SIM905
_MORE_COMPILED = (  # noqa: SIM905
    "cmath array _random _sha512 _sha2 _hashlib _blake2 _datetime _decimal _statistics _opcode"
).split()
# What of ours runs tests, traces and commands: read now, since nothing of it can be read later.
_OURS = [f"verifiers.sandbox.{name}" for name in ("tracing", "proxy", "together", "command")]
_LIBRARY = [*_PLAIN, *_MORE, *_OURS]
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
_DATA = ("/etc/ld.so.cache", "/usr/share/zoneinfo")
_PYTHONS = (os.path.abspath(sys.executable), os.path.realpath(sys.executable))
SPAWNING = "-spawning"  # after a profile's name: its children may start processes


def _scratch() -> str:
    """Where programs may write: `/tmp`, or another directory of the root where an installation
    lies under it (mounting over it would hide what programs import)."""
    held = [path for path in (*sys.path, sys.prefix, sys.base_prefix) if path]
    under = any(path.startswith("/tmp/") for path in (*held, *map(os.path.realpath, held)))
    return "/scratch" if under else "/tmp"


SCRATCH = _scratch()
_SCRATCH_MB = 256
_PRELOAD = {
    "plain": _PLAIN,
    "library": _LIBRARY,
    "numpy": [*_LIBRARY, "numpy"],
    "judge": [*_LIBRARY, "doctest"],
    "judge-numpy": [*_LIBRARY, "doctest", "numpy"],
    "judge-property": [*_LIBRARY, "verifiers.property_runner"],
    "native": _OURS,
    "pytest": [*_LIBRARY, "pytest", "_pytest.assertion.rewrite", "_pytest.python", "unittest.mock"],
}
_IMPORT = re.compile(r"^[ \t]*(?:import|from)[ \t]+(.+)", re.MULTILINE)
_WORD = re.compile(r"\w+")


@lru_cache(maxsize=256)
def is_installed(module: str) -> bool:
    """Whether programs in the sandbox can import a top-level module; it is not imported.

    Not whether this process can: what lies in the directory it was started in (a stub `clamp.py`
    beside its `test_clamp.py`) would count as installed.
    """
    if module in sys.builtin_module_names:
        return True
    try:
        standard, installed = _paths()
        return PathFinder.find_spec(module, [*standard, *installed]) is not None
    except (ImportError, ValueError):
        return False


def for_source(source: str, *, least: str = "plain", spawn: bool = False) -> str:
    """The profile whose zygote has ready what a program imports: `plain`, `library` or `numpy`.

    `library` at `least` where its calls are traced or tests run beside it; with `spawn` a zygote
    whose children may start processes. A guess from the lines that begin with an import; a module
    that is not ready is imported by the child.
    """
    found = least
    for line in _IMPORT.findall(source) if "import" in source else ():
        names = set(_WORD.findall(line))
        if "numpy" in names and is_installed("numpy"):
            found = "numpy"
            break
        if not names.isdisjoint(_MORE):
            found = "library"
    if spawn:
        return f"{'library' if found == 'plain' else found}{SPAWNING}"
    return found


def profile(name: str) -> dict[str, Any]:
    """The configuration of a zygote, as JSON-able data.

    `plain`, `library` and `numpy` run programs (`for_source` says which), `judge...` test code
    behind a proxy (apart, so that a judge never waits for a program that waits for it), `pytest`
    both together, `native` compilers and what they make. `library-spawning` and the like are for
    programs that may start processes.
    """
    standard, installed = _paths()
    base = os.path.realpath(sys.base_prefix)
    shared = [] if base in ("/usr", "/usr/local", "/") else [os.path.join(base, "lib")]
    name, spawning, _ = name.partition(SPAWNING)
    native, spawns = name == "native", name == "native" or bool(spawning)
    executable: list[str] = []
    if native:
        from verifiers.sandbox import compiled

        executable = compiled.trees()
    elif spawns:
        from verifiers.sandbox.languages.adapter import SYSTEM_TREES

        executable = [
            *SYSTEM_TREES,
            *map(os.path.dirname, _PYTHONS),
            os.path.join(sys.prefix, "pyvenv.cfg"),
        ]
    return {
        "path": [*standard, *installed],
        "compiled": _COMPILED if name == "plain" else [*_COMPILED, *_MORE_COMPILED],
        "preload": [*_PRELOAD[name], "subprocess"] if spawning else _PRELOAD[name],
        "readable": [*standard, *installed, *shared, *_LIBRARIES, *_DATA],
        "executable": executable,
        "scratch": [SCRATCH, _SCRATCH_MB] if spawns or name == "pytest" else None,
        "processes": 256 if native else 64,
        "spawns": spawns,
    }


def _paths() -> tuple[list[str], list[str]]:
    """The standard library's directories, and those of installed packages."""
    paths = sysconfig.get_paths()
    standard = [path for path in sys.path if path and _is_standard(path, paths)]
    installed = [
        path
        for path in dict.fromkeys([*map(os.path.abspath, sys.path)])
        if path.endswith(("site-packages", "dist-packages")) and os.path.isdir(path)
    ]
    return standard, installed


def _is_standard(path: str, paths: dict[str, str]) -> bool:
    roots = (paths["stdlib"], paths["platstdlib"])
    if path.endswith(("site-packages", "dist-packages")):
        return False
    return path.endswith(".zip") or any(
        os.path.abspath(path) == root or os.path.abspath(path).startswith(root + os.sep)
        for root in roots
    )
