"""What the sandbox must know of a language to compile and run a program in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ToolChain:
    """An installed tool chain: commands by role, and the trees its programs must see."""

    commands: dict[str, str]
    trees: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Adapter:
    """One language.

    `source` is the file the program is written to, as `prepare` returns it (on the same lines).
    `compile` and `run` give command lines, `run` from the memory limit in MB and the files there
    are; without a compile command the source itself is run. `artifacts` are the files a compilation
    leaves, a `*` matches anything. `quicken` is told of each program to be compiled, in a thread of
    its own, and may take its time once to make the next compilations faster.

    A language that reserves far more address space than it uses has `slack_mb` above 0: its memory
    is limited by what is writable instead, with so much beside the problem's limit for the run time
    itself (thread stacks count in full). Where `measured`, the limit itself then holds for what was
    in memory at most. `told` is what the run time's environment says of a limit in MB.
    """

    name: str
    source: str
    find: Callable[[], ToolChain | None]
    install: str
    run: Callable[[ToolChain, int, Mapping[str, bytes]], list[str]]
    compile: Callable[[ToolChain], list[str]] | None = None
    artifacts: tuple[str, ...] = ()
    slack_mb: int = 0
    measured: bool = False
    quicken: Callable[[ToolChain, str], None] | None = None
    prepare: Callable[[str], str] = lambda source: source
    told: Callable[[int], dict[str, str]] = lambda memory: {}

    @property
    def missing(self) -> str:
        """What to say where there is no tool chain."""
        return f"no tool chain for {self.name}: {self.install}"


# Commands that stand in for compilers under their names, and want a cache or a network.
_WRAPPERS = frozenset({"ccache", "distcc", "icecc", "sccache", "colorgcc"})


def which(*names: str) -> str | None:
    """The first of these commands that is installed, by its real path."""
    for name in names:
        for directory in os.get_exec_path():
            found = shutil.which(name, path=directory)
            real = os.path.realpath(found) if found else ""
            if real and os.path.basename(real) not in _WRAPPERS:
                return real
    return None


SYSTEM_TREES = ("/usr", "/bin", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache")
