"""What could go wrong with a problem, found before money is spent on it.

An `error` makes the problem unsolvable or the answer meaningless (nothing to verify with, examples
that contradict each other, calls that cannot bind). A `warning` is likely to cost: a fact that the
tests want and the statement never says. A `note` is worth knowing. Nothing of the problem is run;
whether the reference passes its own examples is the sandbox's business.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from os import PathLike
from typing import Any, Literal

from synth.errors import ProblemError
from synth.problem import Example, Problem
from synth.problem_annotation import misfit
from synth.problem_json import value_to_json
from synth.problem_lint_tests import check_tests
from synth.problem_lint_text import check_statement
from synth.problem_literal import NotPython, parse_module
from synth.problem_origin import Origin
from synth.problem_signature import Signature, example_misfit, parse_signature, signature_of

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found; `code` is stable, for scripts; `field` a dotted path into the Problem."""

    severity: Severity
    code: str
    message: str
    field: str | None = None
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place += f":{self.line}" if place else f"line {self.line}"
        parts = [part for part in (place, self.field, self.severity) if part]
        return f"{': '.join(parts)}: {self.message} [{self.code}]"


Found = tuple[Severity, str, str, str]
"""Severity, code, field, message."""


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


def _entry_point(problem: Problem, signature: Signature | None) -> Iterator[Found]:
    name = problem.entry_point
    if problem.signature and signature is None:
        yield "error", "signature", "signature", f"{problem.signature!r} is not a def line"
    if name is None:
        return
    if keyword.iskeyword(name):
        yield "error", "keyword", "entry_point", f"{name!r} is a keyword of Python"
    elif hasattr(builtins, name):
        yield (
            "warning",
            "builtin",
            "entry_point",
            f"{name!r} hides Python's own; programs that use it will call themselves",
        )
    if signature is not None and signature.name != name:
        yield (
            "error",
            "entry-point",
            "entry_point",
            f"{name!r}, but the signature defines {signature.name!r}",
        )
    if signature is not None:
        known = {*dir(builtins), *_bound(problem.starter)}
        for missing in sorted(_annotation_names(signature) - known):
            yield (
                "warning",
                "undefined-type",
                "signature",
                f"{missing} is not defined; import it in the starter code",
            )


def _annotation_names(signature: Signature) -> set[str]:
    annotations = [item.annotation for item in signature.parameters] + [signature.returns]
    return {
        node.id
        for annotation in annotations
        if annotation is not None
        for node in ast.walk(annotation)
        if isinstance(node, ast.Name)
    }


def _bound(source: str) -> set[str]:
    from synth.problem_lint_tests import bound_names

    try:
        return bound_names(parse_module(source))
    except NotPython:
        return set()


def _code(problem: Problem, signature: Signature | None) -> Iterator[Found]:
    """Starter, reference and properties."""
    name = problem.entry_point
    if name is not None and name in _functions(problem.starter):
        yield (
            "warning",
            "starter-defines",
            "starter",
            f"defines {name!r}, the function that is asked for",
        )
    if problem.reference is not None and name is not None:
        yield from _reference(problem.reference, name, signature)
    for index, item in enumerate(problem.properties):
        for function in _functions(item.source).values():
            for parameter in signature_of(function).parameters[1:]:
                if parameter.annotation is None and not parameter.variadic:
                    yield (
                        "error",
                        "property-input",
                        f"properties[{index}]",
                        f"{parameter.name} has no annotation, so no inputs can be generated; "
                        f"write {parameter.name}: int, or what it is",
                    )
    known = {*dir(builtins), *_bound(problem.starter)}
    for index, example in enumerate(problem.examples):
        if example.raises and example.raises.rpartition(".")[2] not in known:
            yield (
                "warning",
                "exception",
                f"examples[{index}].raises",
                f"{example.raises} is neither Python's nor defined in the starter code",
            )


def _reference(reference: str, name: str, signature: Signature | None) -> Iterator[Found]:
    if name not in _bound(reference):
        yield "error", "reference", "reference", f"does not define {name!r}"
        return
    function = _functions(reference).get(name)
    if function is None or signature is None:
        return
    mine = signature_of(function).parameters
    if len(mine) != len(signature.parameters) and not any(item.variadic for item in mine):
        yield (
            "error",
            "reference",
            "reference",
            f"takes {len(mine)} arguments, the signature {len(signature.parameters)}",
        )


def _functions(source: str) -> dict[str, ast.FunctionDef]:
    try:
        body = parse_module(source).body
    except NotPython:
        return {}
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}


def _limits(problem: Problem, signature: Signature | None) -> Iterator[Found]:
    limits = problem.limits
    if limits.seconds < 0.05:
        yield (
            "warning",
            "limits",
            "limits.seconds",
            f"{limits.seconds} s is little: starting a program takes up to 0.05 s",
        )
    if limits.memory_mb < 48:
        yield (
            "warning",
            "limits",
            "limits.memory_mb",
            f"{limits.memory_mb} MB is little: Python itself needs about 30",
        )
    longest = max((len(case.stdout.encode(errors="replace")) for case in problem.cases), default=0)
    if longest > limits.output_kb * 1024:
        yield (
            "error",
            "limits",
            "limits.output_kb",
            f"{limits.output_kb} KB cannot hold an expected output of {longest:,} bytes",
        )
    if limits.imports is not None:
        for module in sorted(_imported(problem.starter) - {*limits.imports, "__future__"}):
            yield (
                "error",
                "imports",
                "limits.imports",
                f"forbids {module}, which the starter code imports",
            )


def _imported(source: str) -> set[str]:
    try:
        tree = parse_module(source)
    except NotPython:
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {item.name.split(".")[0] for item in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


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
    _entry_point,
    _code,
    _limits,
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
