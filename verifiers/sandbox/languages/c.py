"""C, by whatever compiler there is."""

from __future__ import annotations

from verifiers.sandbox.languages.adapter import SYSTEM_TREES, Adapter, ToolChain, which


def _find() -> ToolChain | None:
    compiler = which("gcc", "clang", "cc")
    return ToolChain({"compile": compiler}, SYSTEM_TREES) if compiler else None


ADAPTER = Adapter(
    name="C",
    source="program.c",
    find=_find,
    install="install gcc or clang",
    compile=lambda tools: [
        tools.commands["compile"],
        "-std=gnu17",
        "-O2",
        "-w",
        "-o",
        "program",
        "program.c",
        "-lm",
    ],
    artifacts=("program",),
    run=lambda tools, memory, files: ["./program"],
    slack_mb=512,  # eight threads of 64 MB of stack
    measured=True,
)
