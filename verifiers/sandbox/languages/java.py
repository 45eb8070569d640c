"""Java: the class with `main` is `Main`, as contests have it."""

from __future__ import annotations

import os

from verifiers.sandbox.languages.adapter import SYSTEM_TREES, Adapter, ToolChain, which


def _find() -> ToolChain | None:
    compiler, machine = which("javac"), which("java")
    if compiler is None or machine is None:
        return None
    home = os.path.dirname(os.path.dirname(machine))
    settings = tuple(f"/etc/{name}" for name in os.listdir("/etc") if name.startswith("java"))
    libraries = {"LD_LIBRARY_PATH": f"{home}/lib:{home}/lib/server"}  # $ORIGIN needs /proc
    trees = (*SYSTEM_TREES, home, *settings)
    return ToolChain({"compile": compiler, "run": machine}, trees, libraries)


_QUICK = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-XX:-UsePerfData"]

ADAPTER = Adapter(
    name="Java",
    source="Main.java",
    find=_find,
    install="install a JDK (javac and java)",
    compile=lambda tools: [
        tools.commands["compile"],
        "-J-Xmx512m",
        *(f"-J{flag}" for flag in _QUICK),
        "Main.java",
    ],
    artifacts=("*.class",),
    run=lambda tools, memory: [
        tools.commands["run"],
        f"-Xmx{memory}m",
        "-Xss64m",
        "-XX:+UseSerialGC",
        "-Xshare:auto",
        "-XX:-UsePerfData",
        "-cp",
        ".",
        "Main",
    ],
    slack_mb=1536,
)
