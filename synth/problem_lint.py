"""What could go wrong with a problem, found before money is spent on it.

An `error` makes the problem unsolvable or the answer meaningless (nothing to verify with, examples
that contradict each other, calls that cannot bind). A `warning` is likely to cost: a fact that the
tests want and the statement never says. A `note` is worth knowing. Nothing of the problem is run;
whether the reference passes its own examples is the sandbox's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from os import PathLike
from typing import Any

from synth.errors import ProblemError
from synth.problem import Example, Problem
from synth.problem_json import value_to_json
from synth.problems.annotation import misfit
from synth.problems.finding import Finding, Found
from synth.problems.lint_code import check_code, check_limits
from synth.problems.lint_language import check_language
from synth.problems.lint_tests import check_tests
from synth.problems.lint_text import check_statement
from synth.problems.literal import NotPython
from synth.problems.origin import Origin
from synth.problems.signature import Signature, example_misfit, parse_signature

__all__ = ["Finding", "check_file", "lint"]


def lint(problem: Problem, origin: Origin | None = None) -> list[Finding]:
    """All findings, errors first; `origin` (from `read_located`) gives them file and line."""
    origin = origin or Origin()
    signature = _signature(problem)
    found: list[Found] = []
    for check in _CHECKS:
        found += check(problem, signature)
    order = {"error": 0, "warning": 1, "note": 2}
    found.sort(key=lambda item: order[item[0]])
    return [
        Finding(severity, code, message, field or None, origin.file, origin.line(field))
        for severity, code, field, message in found
    ]


def check_file(
    path: str | PathLike[str],
    *,
    tests: str | PathLike[str] | None = None,
    row: int | str | None = None,
) -> list[Finding]:
    """The findings about a problem file; one that cannot be read is a finding too."""
    from synth.problem_file import read_all_located, read_located

    try:
        if tests is None and row is None:
            located = read_all_located(path)
        else:
            located = [read_located(path, tests=tests, row=row)]
    except ProblemError as error:
        return [Finding("error", "unreadable", error.message, error.field, error.file, error.line)]
    return [finding for problem, origin in located for finding in lint(problem, origin)]


def _signature(problem: Problem) -> Signature | None:
    try:
        return parse_signature(problem.signature) if problem.signature else None
    except NotPython:
        return None


def _evidence(problem: Problem, signature: Signature | None) -> Iterator[Found]:
    if not problem.has_evidence:
        yield (
            "error",
            "no-evidence",
            "examples",
            "nothing can verify a program; add examples, asserts, doctests, cases or tests",
        )
        return
    count = len(problem.examples) + len(problem.cases)
    if problem.tests or problem.properties or problem.reference:
        return
    if count == 1:
        yield (
            "note",
            "one-example",
            "examples" if problem.examples else "cases",
            "a single example; a second one that differs in kind rules out most wrong programs",
        )
    results = [_key(item.raises or item.expected) for item in problem.examples]
    if count > 1 and problem.examples and len(set(results)) == 1:
        yield (
            "warning",
            "constant",
            "examples",
            "every example expects the same, so a program that ignores its input passes",
        )
    if count > 1 and len(problem.examples) == count and all(map(_is_echo, problem.examples)):
        yield (
            "warning",
            "echo",
            "examples",
            "every example expects its own input, so a program that does nothing passes",
        )


def _is_echo(example: Example) -> bool:
    return (
        example.raises is None
        and len(example.args) == 1
        and _key(example.args[0]) == _key(example.expected)
    )


def _contradictions(problem: Problem, signature: Signature | None) -> Iterator[Found]:
    from verifiers.compare import equal

    seen: dict[str, tuple[int, Example]] = {}
    for index, example in enumerate(problem.examples):
        field = f"examples[{index}]"
        key = _key(_input(example, signature))
        first = seen.setdefault(key, (index, example))
        if first[0] == index:
            continue
        other = first[1]
        same = example.raises == other.raises and equal(
            other.expected,
            example.expected,
            absolute=problem.comparison.absolute,
            relative=problem.comparison.relative,
        )
        if same:
            yield "note", "duplicate", field, f"says the same as examples[{first[0]}]"
        else:
            yield (
                "error",
                "contradiction",
                field,
                f"expects {_result(example)} where examples[{first[0]}], with the same input, "
                f"expects {_result(other)}",
            )
    outputs: dict[str, int] = {}
    for index, case in enumerate(problem.cases):
        first_index = outputs.setdefault(case.stdin, index)
        if first_index == index:
            continue
        differs = problem.cases[first_index].stdout.split() != case.stdout.split()
        if differs and problem.comparison.checker is None:
            yield (
                "error",
                "contradiction",
                f"cases[{index}]",
                f"expects another output than cases[{first_index}] for the same input; where "
                "several outputs are right, give comparison.checker",
            )


def _input(example: Example, signature: Signature | None) -> Any:
    """What makes two calls the same: values by parameter, however they are passed."""
    if signature is not None:
        try:
            return sorted(signature.bind(example.args, example.kwargs).items())
        except ValueError:
            pass
    return [example.args, sorted(example.kwargs.items())]


def _result(example: Example) -> str:
    return example.raises or _short(example.expected)


def _calls(problem: Problem, signature: Signature | None) -> Iterator[Found]:
    """Examples against the signature: how many arguments, their names, their types."""
    counts = {len(item.args) + len(item.kwargs) for item in problem.examples}
    if signature is None:
        if len(counts) > 1:
            numbers = ", ".join(map(str, sorted(counts)))
            yield (
                "warning",
                "varying-arity",
                "examples",
                f"examples give {numbers} arguments; a signature would say which are optional",
            )
        return
    annotations = {item.name: item.annotation for item in signature.parameters}
    for index, example in enumerate(problem.examples):
        field = f"examples[{index}]"
        reason = example_misfit(signature, example)
        if reason is not None:
            hint = ""
            if len(example.args) == 1 and isinstance(example.args[0], list | tuple):
                hint = "; `input` is one argument, `args` the list of all"
            yield "error", "arity", field, f"{reason}{hint}"
            continue
        for name, value in signature.bind(example.args, example.kwargs).items():
            wrong = misfit(value, annotations.get(name))
            if wrong is not None:
                yield "warning", "type", f"{field}.args", f"{name}: {wrong}, as annotated"
        wrong = misfit(example.expected, signature.returns)
        if example.raises is None and wrong is not None:
            yield "warning", "type", f"{field}.expected", f"{wrong}, as the return annotation says"


def _expectations(problem: Problem, signature: Signature | None) -> Iterator[Found]:
    """Expected values that no run repeats."""
    for index, example in enumerate(problem.examples):
        if re.search(r"\bat 0x[0-9a-fA-F]{6,}", repr_or_empty(example.expected)):
            yield (
                "error",
                "unrepeatable",
                f"examples[{index}]",
                "expects a memory address, which differs from run to run",
            )
    for index, case in enumerate(problem.cases):
        if re.search(r"\bat 0x[0-9a-fA-F]{6,}", case.stdout):
            yield (
                "error",
                "unrepeatable",
                f"cases[{index}]",
                "expects a memory address, which differs from run to run",
            )


_CHECKS: tuple[Callable[[Problem, Signature | None], Iterator[Found]], ...] = (
    _evidence,
    _contradictions,
    _calls,
    check_code,
    check_limits,
    check_language,
    _expectations,
    check_tests,
    check_statement,
)


def _key(value: Any) -> str:
    """Text that tells apart what programs tell apart, equal for equal sets and dicts."""
    import json

    try:
        return json.dumps(value_to_json(value), sort_keys=True)
    except (ProblemError, ValueError, TypeError):
        return repr_or_empty(value)


def repr_or_empty(value: Any) -> str:
    """`repr`, but nothing for an integer beyond decimal text."""
    try:
        return repr(value)
    except ValueError:
        return ""


def _short(value: Any) -> str:
    text = repr_or_empty(value) or "a long integer"
    return text if len(text) <= 50 else text[:47] + "..."
