"""`xllamacpp`, loaded so that the engine's threads sleep at barriers instead of spinning.

OpenMP reads its wait policy once, when the library is loaded. Spinning gains a little on idle cores
(67 against 63 tokens/s) and loses nearly everything beside running candidates: with two other busy
processes on two cores, 2.3 against 12.6 tokens/s, and at times no answer within a minute.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType

from synth.errors import ModelError

_POLICY = "OMP_WAIT_POLICY"
_sleeps = False


def load() -> tuple[ModuleType, bool]:
    """The library, and whether its threads sleep: not so if someone imported it first."""
    global _sleeps
    if "xllamacpp" not in sys.modules:
        before = os.environ.get(_POLICY)
        os.environ.setdefault(_POLICY, "passive")
        _sleeps = os.environ[_POLICY].lower() == "passive"
        try:
            import xllamacpp  # noqa: F401
        except ImportError as error:
            raise ModelError(
                "the embedded model needs xllamacpp: pip install 'synth-search[llama]'"
            ) from error
        finally:
            if before is None:
                del os.environ[_POLICY]
    elif os.environ.get(_POLICY, "").lower() == "passive":
        _sleeps = True
    return sys.modules["xllamacpp"], _sleeps
