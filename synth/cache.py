"""Where what can be made or fetched again is kept."""

from __future__ import annotations

import os
from pathlib import Path


def cache_root() -> Path:
    """`SYNTH_CACHE`, or `synth` in the user's cache directory."""
    named = os.environ.get("SYNTH_CACHE")
    root = Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "synth"
    return root.expanduser()
