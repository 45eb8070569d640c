"""Findings about the code around the answer: entry point, starter, reference, properties."""

from __future__ import annotations

import ast
import builtins
import keyword
from collections.abc import Iterator

from synth.problem import Problem, Property
from synth.problems.finding import Found
from synth.problems.lint_tests import bound_names
from synth.problems.literal import NotPython, parse_module
from synth.problems.signature import Signature, signature_of


def check_code(problem: Problem, signature: Signature | None) -> Iterator[Found]:
    """Findings about the entry point and the code that comes with it."""
    yield from _entry_point(problem, signature)
    yield from _parts(problem, signature)


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
    try:
        return bound_names(parse_module(source))
    except NotPython:
        return set()


def _parts(problem: Problem, signature: Signature | None) -> Iterator[Found]:
    """Starter, reference, properties, exceptions."""
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
        yield from _property(problem, item, f"properties[{index}]")
    checker = problem.comparison.checker
    for missing in _undefined(checker, set()) if checker else ():
        yield "error", "undefined", "comparison.checker", f"uses {missing}, which nothing defines"
    known = {*dir(builtins), *_bound(problem.starter)}
    for index, example in enumerate(problem.examples):
        if example.raises and example.raises.rpartition(".")[2] not in known:
            yield (
                "warning",
                "exception",
                f"examples[{index}].raises",
                f"{example.raises} is neither Python's nor defined in the starter code",
            )


def _property(problem: Problem, item: Property, field: str) -> Iterator[Found]:
    """A property's own function: what its parameters say of inputs, and names it has not got."""
    functions = _functions(item.source)
    if not functions:
        return
    function = functions.get(item.name) or list(functions.values())[-1]
    drawn = signature_of(function).parameters[1:]
    if not function.decorator_list:  # with @given, strategies say what is drawn
        if not drawn:
            yield (
                "error",
                "property-input",
                field,
                f"{function.name} has no parameter after the candidate, so nothing is generated; "
                "write (f, x: int), or make it an assert or an example",
            )
        for parameter in drawn:
            if parameter.annotation is None and not parameter.variadic:
                yield (
                    "error",
                    "property-input",
                    field,
                    f"{parameter.name} has no annotation, so no inputs can be generated; "
                    f"write {parameter.name}: int, or what it is",
                )
    known = {"st", problem.entry_point or "", *_bound(problem.starter)}
    for missing in _undefined(item.source, known):
        yield "error", "undefined", field, f"uses {missing}, which nothing defines"


def _undefined(source: str, known: set[str]) -> list[str]:
    from verifiers.import_repair import undefined_names
    from verifiers.parsing import UNPARSABLE

    if "import *" in source:
        return []
    try:
        return sorted(undefined_names(source) - known)
    except UNPARSABLE:
        return []


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


def check_limits(problem: Problem, signature: Signature | None) -> Iterator[Found]:
    """Findings about limits that the problem's own parts do not keep."""
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
