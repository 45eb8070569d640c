"""How a sandboxed process is started: a fresh interpreter, a clean environment, one of our modules.

Nothing of the starting process comes along, and the packages' own `__init__` files, which import
much, are not run.
"""

from __future__ import annotations

import os
import sys

_PACKAGE = os.path.dirname(os.path.realpath(__file__))
_TEXT = """
import sys, types
for name, path in (("verifiers", {outer!r}), ("verifiers.sandbox", {inner!r})):
    module = types.ModuleType(name)
    module.__path__ = [path]
    sys.modules[name] = module
from verifiers.sandbox import {module}
{module}.main()
"""

ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",  # an arena a thread takes 64 MB of address space
    "LD_BIND_NOW": "1",  # or every child binds the same symbols again
}


def command(module: str) -> list[str]:
    """Arguments of a process that runs `main` of `verifiers.sandbox.<module>`."""
    text = _TEXT.format(outer=os.path.dirname(_PACKAGE), inner=_PACKAGE, module=module)
    return [sys.executable, "-P", "-s", "-S", "-c", text]
