"""Java: the class with `main` is `Main` as contests have it, or whichever has one."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

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


_PACKAGE = re.compile(r"^[ \t]*package[ \t]+[\w.]+[ \t]*;", re.MULTILINE)
_PUBLIC = re.compile(
    r"^[ \t]*public(?=\s+(?:(?:final|abstract|sealed)\s+)*(?:class|interface|enum|record)\s)",
    re.MULTILINE,
)
_MAIN = b"\x01\x00\x04main\x01\x00\x16([Ljava/lang/String;)V"  # as a class file names a method


def _prepare(source: str) -> str:
    """A program for a file of its own name (`public class Solution`, a package) as one for ours."""
    source = _PACKAGE.sub(_blank, source)
    return source if re.search(r"\bMain\b", source) else _PUBLIC.sub(_blank, source)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _main_class(files: Mapping[str, bytes]) -> str:
    if "Main.class" in files:
        return "Main"
    names = [name.removesuffix(".class") for name, data in files.items() if _MAIN in data]
    return min(names, default="Main")


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
    prepare=_prepare,
    run=lambda tools, memory, files: [
        tools.commands["run"],
        f"-Xmx{memory}m",
        "-Xss64m",
        "-XX:+UseSerialGC",
        "-Xshare:auto",
        "-XX:-UsePerfData",
        "-cp",
        ".",
        _main_class(files),
    ],
    slack_mb=1536,
)
