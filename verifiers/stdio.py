"""Whole programs: what they print for a given standard input.

Three comparisons of text (`tokens`, `lines`, `exact`), and special judges, whose code runs in a
sandboxed process of its own because it is handed what a candidate printed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from synth.problem import Case, Comparison, Limits, Problem
from synth.program import Program
from verifiers.value_text import cut, text_of, without_addresses
from verifiers.verdict import Cost, Outcome, Status

if TYPE_CHECKING:
    from verifiers.sandbox import CallResult, Sandbox

_TEXT = 400
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)


def same_output(expected: str, actual: str, comparison: Comparison) -> str | None:
    """None where `actual` is the expected text, else the first difference in words.

    `tokens` splits at whitespace; a token that is written as a decimal fraction on the expected
    side (`0.5`, `1e-3`) may differ by the comparison's tolerance, whole numbers may not. `lines`
    ignores whitespace at the ends of lines and empty lines at the end. `exact` ignores nothing.
    """
    if comparison.stdout == "exact":
        return None if expected == actual else _first_line(expected, actual)
    if comparison.stdout == "lines":
        return _first_line(_trimmed(expected), _trimmed(actual))
    wanted, got = expected.split(), actual.split()
    for position, (left, right) in enumerate(zip(wanted, got, strict=False), start=1):
        if left != right and not _close(left, right, comparison):
            return f"token {position}: expected {cut(left, 60)!r}, got {cut(right, 60)!r}"
    if len(wanted) != len(got):
        return f"expected {len(wanted)} tokens, got {len(got)}"
    return None


def _close(expected: str, actual: str, comparison: Comparison) -> bool:
    if expected.lstrip("+-").isdigit() or len(expected) > 400 or len(actual) > 400:
        return False
    if not _DECIMAL.fullmatch(expected) or not _DECIMAL.fullmatch(actual):
        return False
    wanted, got = float(expected), float(actual)
    if not (math.isfinite(wanted) and math.isfinite(got)):
        return False
    return abs(wanted - got) <= comparison.absolute + comparison.relative * abs(wanted)


def _trimmed(text: str) -> str:
    # Not `splitlines`, for which a form feed or U+2028 ends a line as well.
    return "\n".join(line.rstrip() for line in text.rstrip().split("\n"))


def _first_line(expected: str, actual: str) -> str | None:
    if expected == actual:
        return None
    wanted, got = expected.split("\n"), actual.split("\n")
    for number, (left, right) in enumerate(zip(wanted, got, strict=False), start=1):
        if left != right:
            return f"line {number}: expected {cut(left, 60)!r}, got {cut(right, 60)!r}"
    if expected == actual + "\n":
        return "the line break at the end is missing"
    return f"expected {len(wanted)} lines, got {len(got)}"


async def judge(
    sandbox: Sandbox, problem: Problem, chosen: Sequence[int], results: Sequence[CallResult]
) -> tuple[list[Outcome], Cost]:
    """One outcome for each of the `chosen` cases; `results` holds what each run printed."""
    cases = [problem.cases[index] for index in chosen]
    if problem.comparison.checker is None:
        reasons = [
            same_output(case.stdout, str(result.value), problem.comparison)
            if result.status is Status.PASSED
            else None
            for case, result in zip(cases, results, strict=True)
        ]
        cost = Cost()
    else:
        reasons, cost = await _ask_judge(sandbox, problem, cases, results)
    judged = problem.comparison.checker is not None
    return [
        _outcome(f"case {index + 1}", case, result, reason, judged=judged)
        for index, case, result, reason in zip(chosen, cases, results, reasons, strict=True)
    ], cost


def _outcome(
    name: str, case: Case, result: CallResult, reason: str | None, *, judged: bool
) -> Outcome:
    status = result.status
    actual = ""
    if status is Status.PASSED and reason is not None:
        status, actual = Status.FAILED, cut(str(result.value), _TEXT)
    if status is Status.PASSED:
        return Outcome("stdio", name, status)
    return Outcome(
        "stdio",
        name,
        status,
        input=cut(case.stdin, _TEXT),
        expected=cut(case.stdout, _TEXT),
        actual=actual,
        error=cut(without_addresses(reason or result.error), _TEXT),
        line=result.line,
        details={"others": True} if judged else {},  # other answers than the expected are right
    )


async def _ask_judge(
    sandbox: Sandbox, problem: Problem, cases: Sequence[Case], results: Sequence[CallResult]
) -> tuple[list[str | None], Cost]:
    """Asks the special judge about every run that ended well. Its limits are its own: a judge may
    be slower than the program it judges."""
    from verifiers.sandbox import Call

    judge_program = Program(problem.comparison.checker or "", "check")
    asked = [
        Call("check", (case.stdin, case.stdout, str(result.value)))
        for case, result in zip(cases, results, strict=True)
        if result.status is Status.PASSED
    ]
    if not asked:
        return [None] * len(results), Cost()
    execution = await sandbox.run(judge_program, asked, Limits(seconds=10.0, memory_mb=1024))
    answers = iter(execution.results)
    reasons: list[str | None] = []
    for result in results:
        if result.status is not Status.PASSED:
            reasons.append(None)
            continue
        reasons.append(_refusal(next(answers)))
    return reasons, execution.cost


def _refusal(answer: CallResult) -> str | None:
    """Why the special judge refuses what was printed, None where it accepts it. It may say why by
    an assertion's message."""
    if answer.status is Status.ERROR and answer.error.startswith("AssertionError: "):
        return f"the special judge says: {answer.error.removeprefix('AssertionError: ')}"
    if answer.status is not Status.PASSED:
        return f"the special judge ended with {answer.status}: {answer.error}"
    if isinstance(answer.value, bool):
        return None if answer.value else "the special judge says no"
    shown = text_of(answer.value, 60)
    return f"the special judge answered {shown}, which is neither True nor False"
