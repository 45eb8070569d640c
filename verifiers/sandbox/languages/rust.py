"""Rust, by the compiler itself: rustup's `rustc` is a switch that wants a home directory."""

from __future__ import annotations

import os
import subprocess

from verifiers.sandbox.languages.adapter import SYSTEM_TREES, Adapter, ToolChain, which


def _find() -> ToolChain | None:
    found = which("rustc")
    if found is None:
        return None
    command = [os.path.join(os.path.dirname(found), "rustc"), "--print", "sysroot"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    root = asked.stdout.strip()
    compiler = os.path.join(root, "bin", "rustc")
    if not os.path.exists(compiler) or which("cc", "gcc", "clang") is None:
        return None
    libraries = {"LD_LIBRARY_PATH": os.path.join(root, "lib")}  # $ORIGIN needs /proc
    return ToolChain({"compile": compiler, "root": root}, (*SYSTEM_TREES, root), libraries)


def _command(tools: ToolChain) -> list[str]:
    # rustc's own lld looks for itself in /proc, which is not there.
    linker = ["-C", "link-arg=-fuse-ld=bfd"] if which("ld.bfd") else []
    return [
        tools.commands["compile"],
        *("--error-format=short", "-A", "warnings"),
        *("--sysroot", tools.commands["root"], "--edition", "2021"),
        *("-C", "opt-level=2", "-C", "codegen-units=1", "-C", "strip=symbols", *linker),
        *("-o", "program", "program.rs"),
    ]


ADAPTER = Adapter(
    name="Rust",
    source="program.rs",
    find=_find,
    install="install rustc and a C linker (cc)",
    compile=_command,
    artifacts=("program",),
    run=lambda tools, memory, files: ["./program"],
)
