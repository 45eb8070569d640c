"""Compile a numeric kernel with numba, cached on disk where that is possible.

Import this module only from kernel modules: numba takes a third of a second to import, and the
strategies must stay light.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from numba import njit


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile `function` on first call for each combination of argument types, without the GIL.

    The machine code is cached beside the source, or in the user's cache directory when the
    installation is read-only. Where neither can be written numba refuses to decorate at all; the
    kernel is then compiled anew in every process, which is slow but right.

    The cache is keyed by the file the kernel is written in, not by the kernels it calls: kernels
    that call one another across files need their cache cleared when only the callee changes.
    """
    try:
        return cast(Callable[..., Any], njit(cache=True, nogil=True)(function))
    except RuntimeError as refusal:
        if "no locator available" not in str(refusal):
            raise
        return cast(Callable[..., Any], njit(nogil=True)(function))
