"""Go; its caches lie under HOME, which is the scratch directory."""

from __future__ import annotations

import os

from verifiers.sandbox.languages.adapter import SYSTEM_TREES, Adapter, ToolChain, which


def _find() -> ToolChain | None:
    command = which("go")
    if command is None:
        return None
    root = os.path.dirname(os.path.dirname(command))
    environment = {
        "GOROOT": root,
        "GO111MODULE": "off",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",  # or a newer `go` may look for another one on the network
        "CGO_ENABLED": "0",
    }
    return ToolChain({"compile": command}, (*SYSTEM_TREES, root), environment)


ADAPTER = Adapter(
    name="Go",
    source="program.go",
    find=_find,
    install="install Go (go)",
    compile=lambda tools: [
        tools.commands["compile"],
        "build",
        "-ldflags=-s -w",
        "-o",
        "program",
        "program.go",
    ],
    artifacts=("program",),
    run=lambda tools, memory, files: ["./program"],
    slack_mb=256,
    # Without this 300 MB in use, and as much garbage, die at a limit of 512.
    told=lambda memory: {"GOMEMLIMIT": f"{memory}MiB"},
)
