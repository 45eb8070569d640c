"""Input/output examples: the program's answer is the expected value, or the expected exception."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from synth.problem import Comparison, Example, Problem
from verifiers.compare import Types, difference
from verifiers.live_values import revived
from verifiers.value_text import CUT, call_text, cut, text_of, without_addresses
from verifiers.verdict import Outcome, Status

if TYPE_CHECKING:
    from verifiers.sandbox import Call, CallResult

_TEXT = 400


def calls(problem: Problem) -> list[Call]:
    """One call per example, in the order of the problem."""
    from verifiers.sandbox import Call

    if problem.entry_point is None:
        return []
    return [
        Call(problem.entry_point, tuple(example.args), dict(example.kwargs))
        for example in problem.examples
    ]


def judge(
    problem: Problem, results: Sequence[CallResult], *, types: Types = "python"
) -> list[Outcome]:
    """One outcome per example; `results` has one entry for each of `calls(problem)`."""
    function = problem.entry_point or ""
    return [
        judge_one(
            function, example, result, problem.comparison, name=f"example {number}", types=types
        )
        for number, (example, result) in enumerate(
            zip(problem.examples, results, strict=True), start=1
        )
    ]


def judge_one(
    function: str,
    example: Example,
    result: CallResult,
    comparison: Comparison,
    *,
    name: str,
    check: str = "example",
    types: Types = "python",
) -> Outcome:
    """How `result` compares with what `example` expects."""
    status, actual, error, line = result.status, "", result.error, result.line
    if status is Status.PASSED and example.raises is not None:
        status, actual = Status.FAILED, text_of(result.value, _TEXT)
    elif status is Status.PASSED:
        found = difference(
            example.expected,
            revived(result.value),
            absolute=comparison.absolute,
            relative=comparison.relative,
            types=types,
        )
        if found is not None:
            status, actual = Status.FAILED, text_of(result.value, _TEXT)
            error = str(found)
    elif example.raises is not None and status is Status.ERROR:
        if raised_as(result, example.raises):
            status, error, line = Status.PASSED, "", 0
        else:
            actual = f"raises {result.error_type}"
    if status is Status.PASSED:
        return Outcome(check, name, status)
    wanted = f"raises {example.raises}" if example.raises else text_of(example.expected, _TEXT)
    details = {}
    if status is Status.FAILED and example.raises is None:
        details = closeness_of_cut(example.expected, revived(result.value), wanted, actual)
    if status is Status.FAILED and wanted != actual and len(wanted) + len(actual) <= 120:
        error = ""  # where two short values differ can be seen
    return Outcome(
        check,
        name,
        status,
        input=call_text(function, example.args, example.kwargs, _TEXT),
        expected=wanted,
        actual=actual,
        error=cut(without_addresses(error), _TEXT),
        line=line,
        details=details,
    )


def closeness_of_cut(expected: Any, actual: Any, *shown: str) -> dict[str, Any]:
    """How near a wrong answer came, for `Outcome.details`, where the values do not fit what is
    `shown` of them: the others can be read back from there (`verifiers.value.graded`)."""
    if not any(CUT in text for text in shown):
        return {}
    from verifiers.value.closeness import closeness

    return {"closeness": round(closeness(expected, actual), 4)}


def raised_as(result: CallResult, name: str) -> bool:
    """Whether what the call raised is an exception `name`, or derives from one."""
    return name in (result.error_type, *result.error_bases)
