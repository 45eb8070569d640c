"""The driver's side of shared mode: what a report must hold before it is believed at all."""

from __future__ import annotations

import ast
import json
import re
import secrets
import sys
from collections.abc import Mapping
from typing import Any

from synth.errors import ProblemError, SandboxError
from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import answers, protocol, testcode
from verifiers.sandbox.answers import Ended
from verifiers.sandbox.judging import Check, Judgement, names_defined
from verifiers.sandbox.launcher import Request
from verifiers.sandbox.profile import SCRATCH, is_installed
from verifiers.sandbox.requests import request
from verifiers.verdict import Cost, Status, Trust

TEST_FILE = "test_program.py"
MOST_CHECKS = 5000
_IMPORTED = re.compile(r"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)


def job(
    tests: str, kind: str, program: Program, limits: Limits, files: Mapping[str, str]
) -> dict[str, Any]:
    """What the runner inside is told; the nonce in it is fresh."""
    if kind == "pytest" and not is_installed("pytest"):
        raise SandboxError("pytest files need pytest: pip install pytest")
    written = dict(files)
    if kind == "pytest":
        module = imported_module(tests) or "solution"
        written.setdefault(f"{module}.py", program.source)
        written[TEST_FILE] = tests
        if not imported_module(tests):
            names = "".join(
                f"builtins.{name} = getattr({module}, {name!r}, None)\n"
                for name in names_defined(program)
            )
            written.setdefault("conftest.py", f"import builtins, {module}\n{names}")
    return {
        "nonce": secrets.token_hex(16),
        "source": program.source,
        "imports": limits.imports,
        "tests": tests,
        "kind": kind,
        "entry_point": program.entry_point or "",
        "cap": limits.output_kb << 10,
        "files": written,
        "test_file": TEST_FILE,
        "scratch": SCRATCH,
    }


def imported_module(tests: str) -> str | None:
    """The first module the tests import that is neither standard nor installed: the program."""
    for name in _IMPORTED.findall(tests):
        if name not in sys.stdlib_module_names and not is_installed(name):
            return str(name)
    return None


def run_request(ask: dict[str, Any], limits: Limits) -> Request:
    """Each check has the program's limit of CPU time, all together at most a minute or so."""
    checks = len(expected(ask["tests"], ask["kind"]))
    starting = 3.0 if ask["kind"] == "pytest" else 1.0
    calls = MOST_CHECKS if ask["kind"] == "pytest" else 2 * checks + 2
    return request(
        protocol.TOGETHER,
        ask,
        limits,
        calls=calls,
        total=min(limits.seconds * (checks + 1), 60.0) + starting,
    )


def expected(tests: str, kind: str) -> list[Any]:
    """What must be reported: lines of asserts and examples, names of test functions."""
    try:
        if kind != "pytest":
            return list(testcode.expected_lines(tests, kind))
        tree = ast.parse(tests)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ProblemError(f"the tests do not parse: {error}", field="tests") from None
    names = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.append((node.name, node.lineno))
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            names += [
                (f"{node.name}::{inner.name}", inner.lineno)
                for inner in node.body
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
            ]
    return [(name, line) for name, line in names if name.rpartition("::")[2].startswith("test")]


def judgement(ask: dict[str, Any], end: Ended, wall: float, limits: Limits) -> Judgement:
    """The reports that carry the nonce; a check nobody reported has not passed."""
    cost = Cost(end.cpu_seconds, wall, end.memory_bytes, 1)
    checks, stopped = _reported(ask, end)
    if stopped is None:
        died = answers.ended_badly(end, limits.seconds)
        stopped = died.status, died.error
    wanted = expected(ask["tests"], ask["kind"])
    if not checks and not wanted:
        return Judgement((), Trust.SHARED, cost, broken="the tests hold no check")
    for item in wanted:
        if ask["kind"] == "pytest":
            name, line = item
            seen = any(_is_of(check.name, name) for check in checks)
        else:
            name, line = "", item
            seen = any(check.line == line for check in checks)
        if not seen:
            checks.append(Check(line, *stopped, name=name))
    return Judgement(tuple(checks), Trust.SHARED, cost)


def _is_of(nodeid: str, function: str) -> bool:
    return nodeid.partition("::")[2].partition("[")[0] == function


def _reported(ask: dict[str, Any], end: Ended) -> tuple[list[Check], tuple[Status, str] | None]:
    """The last report of each check, and why the run stopped before any it did not reach.

    None where the process's end has to say why.
    """
    checks: dict[tuple[int, str], Check] = {}
    stopped: tuple[Status, str] | None = None
    try:
        for record in answers.split(end.answers)[: 2 * MOST_CHECKS]:
            nonce, kind, body = json.loads(record)
            if not secrets.compare_digest(str(nonce), ask["nonce"]):
                return [], (Status.CRASHED, "Forgery: a report without the nonce")
            if kind == "check":
                line, status, error, *name = body
                error, named = (
                    text.encode("utf-8", "replace").decode()
                    for text in (str(error)[:2000], "".join(name))
                )
                check = Check(int(line), Status(status), error, named)
                if check.name and check.line == 0:  # a file pytest could not collect
                    stopped = check.status, check.error
                else:
                    checks[check.line, check.name] = check
            elif kind == "module":
                name, message, _, line = body
                status = Status.MEMORY if name == "MemoryError" else Status.ERROR
                stopped = status, f"{name}: {message}" + (f" (line {line})" if line else "")
            elif stopped is None:
                stopped = Status.CRASHED, "EarlyExit: the run ended without reporting this check"
    except (ValueError, TypeError, RecursionError):
        return [], (Status.CRASHED, "Forgery: a malformed report")
    return list(checks.values()), stopped
