"""What a zygote is started with: paths it may read, modules it has ready."""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
from functools import lru_cache
from typing import Any

# What programs written by models commonly import. Each costs a fork a little, and a fresh import
# in the child a lot (6.7 -> 1.65 ms an execution of a HumanEval check).
_COMMON = [
    "typing",
    "collections",
    "collections.abc",
    "math",
    "cmath",
    "itertools",
    "functools",
    "re",
    "string",
    "heapq",
    "bisect",
    "random",
    "copy",
    "operator",
    "dataclasses",
    "enum",
    "datetime",
    "time",
    "statistics",
    "fractions",
    "decimal",
    "json",
    "contextlib",
    "abc",
    "types",
    "numbers",
    "array",
    "struct",
    "textwrap",
    "io",
]
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
_DATA = ("/etc/ld.so.cache", "/usr/share/zoneinfo")


@lru_cache(maxsize=1)
def has_numpy() -> bool:
    return importlib.util.find_spec("numpy") is not None


def profile(name: str) -> dict[str, Any]:
    """The configuration of the zygote called `plain` or `numpy`, as JSON-able data."""
    paths = sysconfig.get_paths()
    standard = [path for path in sys.path if path and _is_standard(path, paths)]
    installed = [
        path
        for path in dict.fromkeys([*map(os.path.abspath, sys.path)])
        if path.endswith(("site-packages", "dist-packages")) and os.path.isdir(path)
    ]
    base = os.path.realpath(sys.base_prefix)
    shared = [] if base in ("/usr", "/usr/local", "/") else [os.path.join(base, "lib")]
    return {
        "path": [*standard, *installed],
        "preload": [*_COMMON, "numpy"] if name == "numpy" else _COMMON,
        "readable": [*standard, *installed, *shared, *_LIBRARIES, *_DATA],
        "executable": [],
        "scratch": None,
        "processes": 64,
        "build": False,
    }


def _is_standard(path: str, paths: dict[str, str]) -> bool:
    roots = (paths["stdlib"], paths["platstdlib"])
    if path.endswith(("site-packages", "dist-packages")):
        return False
    return path.endswith(".zip") or any(
        os.path.abspath(path) == root or os.path.abspath(path).startswith(root + os.sep)
        for root in roots
    )
