"""C++, as contests compile it."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from verifiers.sandbox.languages import precompiled
from verifiers.sandbox.languages.adapter import SYSTEM_TREES, Adapter, ToolChain, which

_FLAGS = ["-std=gnu++17", "-O2", "-w"]
_WORTH_IT = 3  # so many programs with the whole library, and more are likely to come
_seen = count(1)


def _find() -> ToolChain | None:
    compiler = which("g++", "clang++", "c++")
    if compiler is None:
        return None
    directory = precompiled.place(compiler, _FLAGS)
    if directory is None:
        return ToolChain({"compile": compiler}, SYSTEM_TREES)
    commands = {"compile": compiler, "precompiled": str(directory)}
    return ToolChain(commands, (*SYSTEM_TREES, str(directory)))


def _quicken(tools: ToolChain, source: str) -> None:
    if (
        precompiled.HEADER in source
        and next(_seen) == _WORTH_IT
        and "precompiled" in tools.commands
    ):
        precompiled.make(tools.commands["compile"], _FLAGS, Path(tools.commands["precompiled"]))


def _command(tools: ToolChain) -> list[str]:
    directory = tools.commands.get("precompiled")
    include = ["-I", directory] if directory else []
    return [tools.commands["compile"], *_FLAGS, *include, "-o", "program", "program.cpp"]


ADAPTER = Adapter(
    name="C++",
    source="program.cpp",
    find=_find,
    install="install g++ or clang++",
    quicken=_quicken,
    compile=_command,
    artifacts=("program",),
    run=lambda tools, memory, files: ["./program"],
    slack_mb=512,  # eight threads of 64 MB of stack
    measured=True,
)
