"""What can be told of a program without running it: it parses, it imports what it may, it lints.

A program that does not parse, or imports what the problem forbids, fails before a sandbox is asked
(FRANC's filter, Siddiq et al. 2024). The import list is a rule of the task, not a defence: what
keeps a program from doing harm is the sandbox. Linters only vote.
"""

from __future__ import annotations

import ast
import asyncio
import json
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

from synth.problem import Limits
from synth.program import Program
from verifiers.parsing import parse
from verifiers.value_text import cut
from verifiers.verdict import Outcome, Status

_ALWAYS_ALLOWED = frozenset(("__future__", "typing", "typing_extensions"))
_LINT_SECONDS = 20.0


def static_failure(program: Program, limits: Limits) -> Outcome | None:
    """The gating failure that reading the source shows, or None: most programs have none, and
    passing is no evidence, so there is no outcome for it."""
    if program.language != "python":
        return None
    try:
        tree = parse(program.source)
    except SyntaxError as error:
        return Outcome(
            "static",
            "parses",
            Status.ERROR,
            error=f"{type(error).__name__}: {cut(str(error.msg), 200)}",
            line=error.lineno or 0,
            details={"text": cut((error.text or "").strip(), 200)},
        )
    except (ValueError, RecursionError, MemoryError) as error:
        return Outcome(
            "static", "parses", Status.ERROR, error=f"SyntaxError: {cut(str(error), 200)}"
        )
    if limits.imports is None:
        return None
    allowed = _ALWAYS_ALLOWED | set(limits.imports)
    for name, line in imported_modules(tree):
        if name not in allowed and name.partition(".")[0] not in allowed:
            listed = ", ".join(sorted(limits.imports)) or "none"
            return Outcome(
                "static",
                "imports",
                Status.FORBIDDEN,
                error=f"import of {name}; allowed imports: {listed}",
                line=line,
            )
    return None


def imported_modules(tree: ast.AST) -> list[tuple[str, int]]:
    """(module, line) of every import in the source, at any depth, `__import__("x")` included."""
    found: list[tuple[str, int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(("." * node.level + (node.module or ""), node.lineno))
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = node.func
            name = function.id if isinstance(function, ast.Name) else ""
            attribute = function.attr if isinstance(function, ast.Attribute) else ""
            if name == "__import__" or "import_module" in (name, attribute):
                found.append((str(node.args[0].value), node.lineno))
    return sorted(found, key=lambda item: item[1])


async def lint(program: Program) -> list[Outcome]:
    """One voting outcome from ruff (errors and undefined names); none where ruff is missing."""
    ruff = _tool("ruff")
    if ruff is None or program.language != "python":
        return []
    command = [ruff, "check", "--isolated", "--no-cache", "--select", "E9,F63,F7,F82"]
    output = await _run([*command, "--output-format", "json", "-"], program.source)
    if output is None:
        return []
    try:
        rows = json.loads(output)
    except ValueError:
        return []
    return [_vote("ruff", [_ruff_finding(row) for row in rows])]


async def check_types(program: Program) -> list[Outcome]:
    """One voting outcome from mypy; none where mypy is missing. Takes about a second."""
    mypy = _tool("mypy")
    if mypy is None or program.language != "python":
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = _written(program, folder)
        command = [mypy, "--config-file=", "--no-error-summary", "--hide-error-context"]
        command += ["--cache-dir", str(Path(folder, "cache")), "--no-color-output", path]
        output = await _run(command, "", folder)
    if output is None:
        return []
    findings = []
    for line in output.splitlines():
        _, _, rest = line.partition("program.py:")
        number, _, message = rest.partition(": error: ")
        if message and number.isdigit():
            findings.append((int(number), message))
    return [_vote("mypy", findings)]


def _written(program: Program, folder: str) -> str:
    path = Path(folder, "program.py")
    path.write_text(program.source, encoding="utf-8", errors="replace")
    return str(path)


def _ruff_finding(row: dict[str, object]) -> tuple[int, str]:
    location = row.get("location")
    line = location.get("row", 0) if isinstance(location, dict) else 0
    return int(line), f"{row.get('code')} {row.get('message')}"


def _vote(name: str, findings: list[tuple[int, str]]) -> Outcome:
    if not findings:
        return Outcome("static", name, Status.PASSED, gates=False)
    line, message = min(findings)
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return Outcome(
        "static", name, Status.FAILED, error=cut(message, 200) + more, line=line, gates=False
    )


def _tool(name: str) -> str | None:
    beside = Path(sysconfig.get_path("scripts"), name)
    return str(beside) if beside.exists() else shutil.which(name)


async def _run(command: list[str], text: str, folder: str | None = None) -> str | None:
    """The tool's standard output; None where it does not end well in time. It reads the text, it
    does not run it."""
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": folder or "/"}
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
            cwd=folder,
        )
    except OSError:
        return None
    try:
        output, _ = await asyncio.wait_for(
            process.communicate(text.encode("utf-8", "replace")), _LINT_SECONDS
        )
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    return output.decode("utf-8", "replace") if process.returncode in (0, 1) else None
