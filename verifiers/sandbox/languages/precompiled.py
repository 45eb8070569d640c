"""`bits/stdc++.h`, which most C++ of contests includes whole, compiled once.

1.5 -> 0.5 s a program. g++ takes `bits/stdc++.h.gch` from a directory of its include path before it
looks for the header there. One serves the compiler and the flags it was made with, and the compiler
itself sees whether it fits. It lies in the user's cache (100 MB), is made of the system's own
header alone, outside the sandbox, and can only be read from inside.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

from synth.cache import cache_root

HEADER = "bits/stdc++.h"
_SECONDS = 120.0  # 4 as a rule


def place(compiler: str, flags: list[str]) -> Path | None:
    """The directory for what this compiler makes of the header, made if need be; None where there
    can be none (another compiler, no cache)."""
    if "g++" not in os.path.basename(compiler).split("-"):  # x86_64-linux-gnu-g++-12
        return None
    # Its headers come with the compiler, so that its age tells theirs; asking for them is slow.
    about = [compiler, *flags, str(os.stat(compiler).st_mtime_ns)]
    key = hashlib.sha256("\0".join(about).encode()).hexdigest()[:16]
    directory = cache_root() / "precompiled" / key
    try:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o755)  # in the sandbox it is read by nobody
    except OSError:
        return None
    return directory


def make(compiler: str, flags: list[str], directory: Path) -> bool:
    """Compile the header into `directory`, unless it is there or another process is at it; whether
    it is there. What goes wrong costs the time it would have saved."""
    target = directory / f"{HEADER}.gch"
    if target.exists():
        return True
    header = _header(compiler, flags)
    if header is None:
        return False
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        target.parent.mkdir(exist_ok=True)
        with open(directory / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with tempfile.TemporaryDirectory(dir=directory) as unfinished:
                made = os.path.join(unfinished, "made")
                _run([compiler, *flags, "-x", "c++-header", header, "-o", made])
                os.chmod(made, 0o644)
                os.replace(made, target)
    return target.exists()


def _header(compiler: str, flags: list[str]) -> str | None:
    """The path of the header this compiler would include."""
    asked = [compiler, *flags, "-x", "c++", "-M", "-"]
    try:
        answer = _run(asked, input=f"#include <{HEADER}>\n").stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return next((word for word in answer.split() if word.endswith(f"/{HEADER}")), None)


def _run(command: list[str], *, input: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        input=input,
        check=True,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},  # no include path of the user's
    )
