"""The driver's side of shared mode: what a report must hold before it is believed at all."""

from __future__ import annotations

import ast
import json
import re
import secrets
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from synth.errors import ProblemError, SandboxError
from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import answers, harness, protocol, testcode
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
    module = imported_module(tests) or "solution"
    if kind == "pytest":
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
        "module_file": f"{module}.py",
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
    return [
        (name, line)
        for name, line, counts in _functions(tree)
        if counts and re.match(r"test\w*$|Test\w*::test", name)
    ]


def set_aside(tests: str) -> set[str]:
    """The test functions that the tests themselves mark `skip` or `xfail`: they say nothing of the
    program. Read from the source; what skips while it runs has not passed."""
    return {name for name, _, counts in _functions(ast.parse(tests)) if not counts}


def _functions(tree: ast.Module) -> Iterator[tuple[str, int, bool]]:
    """(name, line, whether it counts) of the functions of a pytest file and of its classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno, not _is_marked(node)
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    counts = not (_is_marked(node) or _is_marked(inner))
                    yield f"{node.name}::{inner.name}", inner.lineno, counts


def _is_marked(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    decorators = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
    return any(ast.unparse(d).endswith(("mark.skip", "mark.xfail")) for d in decorators)


def judgement(ask: dict[str, Any], end: Ended, wall: float, limits: Limits) -> Judgement:
    """The reports that carry the nonce; a check nobody reported has not passed.

    Nor has a run that did not come to its end: what it was doing may be the second round of a loop,
    or one of a test's parameters, of which the first was reported.
    """
    cost = Cost(end.cpu_seconds, wall, end.memory_bytes, 1)
    run = _reported(ask, end)
    if ask["kind"] == "pytest":
        aside = set_aside(ask["tests"])
        checks = [check for check in run.checks if _function(check.name) not in aside]
        collected = {name: count for name, count in run.collected.items() if name not in aside}
        run = replace(run, checks=tuple(checks), collected=collected)
    checks = list(run.checks)
    missing = _missing(ask, run)
    if not checks and not missing and not run.collected:
        return Judgement((), Trust.SHARED, cost, broken="the tests hold no check")
    if run.stopped is not None:
        checks += [Check(line, *run.stopped, name=name) for name, line in missing]
        return Judgement(tuple(checks), Trust.SHARED, cost)
    name = ask["module_file"] if ask["kind"] == "pytest" else harness.SOURCE_NAME
    died = answers.ended_badly(end, limits.seconds, name)
    (first, line), *others = missing or [("after the last test", 0)]
    checks.append(Check(line, died.status, died.error, first, place=died.line))
    lost = answers.not_made(died)
    checks += [Check(line, lost.status, lost.error, name) for name, line in others]
    return Judgement(tuple(checks), Trust.SHARED, cost)


def _missing(ask: dict[str, Any], run: _Run) -> list[tuple[str, int]]:
    """(name, line) of the checks that were not reported, in the order in which they run."""
    wanted = expected(ask["tests"], ask["kind"])
    if ask["kind"] != "pytest":
        seen = {check.line for check in run.checks}
        return [("", line) for line in wanted if line not in seen]
    # What pytest found, and what the driver counted from outside.
    counts = {**{name: 1 for name, _ in wanted}, **run.collected}
    lines = dict(wanted)
    reported = Counter(_function(check.name) for check in run.checks)
    missing = []
    for name, count in counts.items():
        done = min(reported[name], count)
        if done < count:
            label = f"{name} ({done} of {count} were run)" if done else name
            missing.append((label, lines.get(name, 0)))
    return missing


def _function(nodeid: str) -> str:
    return nodeid.partition("::")[2].partition("[")[0]


@dataclass(frozen=True, slots=True)
class _Run:
    """What was reported: the last report of each check, passes aside once it failed; how many tests
    pytest found by name; why the run stopped before any it did not reach, None where the process's
    end has to say why."""

    checks: tuple[Check, ...] = ()
    collected: Mapping[str, int] = field(default_factory=dict)
    stopped: tuple[Status, str] | None = None


def _reported(ask: dict[str, Any], end: Ended) -> _Run:
    checks: dict[tuple[int, str], Check] = {}
    collected: dict[str, int] = {}
    stopped: tuple[Status, str] | None = None
    try:
        for record in answers.split(end.answers, 2 * MOST_CHECKS):
            nonce, kind, body = json.loads(record)
            if not secrets.compare_digest(str(nonce), ask["nonce"]):
                return _Run(stopped=(Status.CRASHED, "Forgery: a report without the nonce"))
            if kind == "check":
                check = _check(*body)
                if check.name and check.line == 0:  # a file pytest could not collect
                    stopped = check.status, check.error
                elif (check.line, check.name) not in checks or not check.passed:
                    # A subtest's failure stands, though the test it is in is said to pass.
                    checks[check.line, check.name] = check
            elif kind == "collected":
                collected = {_function(str(name)): int(count) for name, count in body.items()}
            elif kind == "module":
                name, message, _, line = body
                status = Status.MEMORY if name == "MemoryError" else Status.ERROR
                stopped = status, f"{name}: {message}" + (f" (line {line})" if line else "")
            elif stopped is None:
                stopped = Status.CRASHED, "EarlyExit: the run ended without reporting this check"
    except (ValueError, TypeError, AttributeError, RecursionError):
        return _Run(stopped=(Status.CRASHED, "Forgery: a malformed report"))
    return _Run(tuple(checks.values()), collected, stopped)


def _check(
    line: int, status: str, error: str, name: str = "", statement: str = "", place: int = 0
) -> Check:
    texts = (str(error)[:2000], str(name), str(statement)[:400])
    error, name, statement = (text.encode("utf-8", "replace").decode() for text in texts)
    return Check(int(line), Status(status), error, name, statement, int(place))
