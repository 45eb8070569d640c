"""synth check and synth schema: is a problem file good, before money is spent on it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import cyclopts


def check(
    file: str,
    /,
    *,
    tests: Path | None = None,
    json_: Annotated[bool, cyclopts.Parameter(name="--json", negative="")] = False,
) -> int:
    """Read the problem in FILE and say what could go wrong with it.

    Exit status 0 when nothing is wrong (warnings aside), 1 on findings that make it unsolvable,
    2 when it cannot be read.

    Parameters
    ----------
    file
        Problem file, as for solve.
    tests
        A pytest file that belongs to it.
    json_
        Print the findings as JSON.
    """
    from synth.problem_file import read_located
    from synth.problem_lint import lint

    problem, origin = read_located(file, tests=tests)
    findings = lint(problem, origin)
    errors = sum(finding.severity == "error" for finding in findings)
    if json_:
        rows = [
            {
                "severity": f.severity,
                "code": f.code,
                "line": f.line,
                "field": f.field,
                "message": f.message,
            }
            for f in findings
        ]
        print(json.dumps({"problem": problem.id, "findings": rows}, indent=2))
    else:
        for finding in findings:
            print(finding)
        if not findings:
            print(f"{file}: good: {problem.id}", file=sys.stderr)
    return 1 if errors else 0


def schema() -> None:
    """Print the JSON Schema of problem files."""
    from synth.problems.schema import json_schema

    print(json.dumps(json_schema(), indent=2))
