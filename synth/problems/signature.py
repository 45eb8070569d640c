"""What a `def` line says: name, parameters, annotations; and which values fit them.

Annotations are read as syntax, never evaluated. What is not understood (a TypeVar, a class of the
user's own, `Any`) fits every value.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from synth.problem import Example, Problem
from synth.problems.literal import NotPython, parse_module


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `kind` as in `inspect`: positional, keyword, `*args` or `**kwargs`."""

    name: str
    annotation: ast.expr | None
    required: bool
    positional: bool
    by_name: bool
    variadic: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """A parsed `def` line."""

    name: str
    parameters: tuple[Parameter, ...]
    returns: ast.expr | None
    text: str

    def bind(self, args: Sequence[Any], kwargs: Any) -> dict[str, Any]:
        """Values by parameter name; ValueError with the reason where the call does not fit.

        What `*args` and `**kwargs` swallow is left out.
        """
        positional = [item for item in self.parameters if item.positional and not item.variadic]
        spreads = any(item.positional and item.variadic for item in self.parameters)
        swallows = any(item.by_name and item.variadic for item in self.parameters)
        if len(args) > len(positional) and not spreads:
            wanted = str(len(positional))
            least = sum(item.required for item in positional)
            if least != len(positional):
                wanted = f"{least} to {wanted}"
            raise ValueError(
                f"{self.name} takes {_counted(wanted, 'argument')}, the call gives {len(args)}"
            )
        bound = dict(zip((item.name for item in positional), args, strict=False))
        named = {item.name for item in self.parameters if item.by_name and not item.variadic}
        for name, value in kwargs.items():
            if name in bound and name in named:
                raise ValueError(f"{self.name} gets {name!r} twice")
            if name in named:
                bound[name] = value
            elif not swallows:
                raise ValueError(f"{self.name} has no parameter {name!r}")
        missing = [
            item.name for item in self.parameters if item.required and item.name not in bound
        ]
        if missing:
            raise ValueError(
                f"{self.name} also needs {', '.join(missing)}: the call gives "
                f"{_counted(str(len(args) + len(kwargs)), 'argument')}"
            )
        return bound


def parse_signature(text: str) -> Signature:
    """`def f(x: int) -> int:`, with or without `def` and the colon; NotPython else."""
    line = text.strip()
    if not line.startswith(("def ", "async ")):
        line = f"def {line}"
    line = line.rstrip().removesuffix("...").rstrip()
    tree = parse_module(f"{line if line.endswith(':') else line + ':'} ...")
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        raise NotPython("not one function signature")
    function = tree.body[0]
    if len(function.body) != 1 or function.decorator_list:
        raise NotPython("a signature has no body and no decorators")
    return signature_of(function)


def signature_of(function: ast.FunctionDef) -> Signature:
    """The signature of a parsed function, its text in one line."""
    spec = function.args
    parameters = []
    leading = [*spec.posonlyargs, *spec.args]
    defaults = len(leading) - len(spec.defaults)
    for index, item in enumerate(leading):
        parameters.append(
            Parameter(
                item.arg,
                item.annotation,
                required=index < defaults,
                positional=True,
                by_name=index >= len(spec.posonlyargs),
            )
        )
    if spec.vararg:
        parameters.append(Parameter(spec.vararg.arg, None, False, True, False, True))
    for item, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
        parameters.append(Parameter(item.arg, item.annotation, default is None, False, True))
    if spec.kwarg:
        parameters.append(Parameter(spec.kwarg.arg, None, False, False, True, True))
    returns = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    text = f"def {function.name}({ast.unparse(spec)}){returns}:"
    return Signature(function.name, tuple(parameters), function.returns, text)


def render_signature(problem: Problem) -> str | None:
    """The problem's `def` line; where it has none, one that its examples imply; None without both.

    An implied one names parameters `a, b, ...` and annotates the types that the examples show.
    """
    if problem.signature:
        return problem.signature
    examples = [item for item in problem.examples if not item.kwargs]
    if not problem.entry_point or not examples or len(examples) != len(problem.examples):
        return None
    if len({len(item.args) for item in examples}) != 1:
        return None
    columns = list(zip(*(item.args for item in examples), strict=True))
    if len(columns) > 26:
        return None
    parameters = [
        f"{chr(ord('a') + index)}: {implied_annotation(column)}"
        for index, column in enumerate(columns)
    ]
    results = [item.expected for item in examples if item.raises is None]
    returns = f" -> {implied_annotation(results)}" if results else ""
    return f"def {problem.entry_point}({', '.join(parameters)}){returns}:"


def implied_annotation(values: Sequence[Any]) -> str:
    """The narrowest builtin annotation that fits all the values: `list[int]`, `str | None`."""
    kinds: dict[str, list[Any]] = {}
    for value in values:
        kinds.setdefault("None" if value is None else type(value).__name__, []).append(value)
    if "float" in kinds and "int" in kinds:
        kinds["float"] += kinds.pop("int")
    parts = []
    for kind, members in sorted(kinds.items(), key=lambda item: (item[0] == "None", item[0])):
        if kind in ("list", "set", "frozenset"):
            inner = [item for member in members for item in member]
            parts.append(f"{kind}[{implied_annotation(inner)}]" if inner else kind)
        elif kind == "dict":
            keys = [key for member in members for key in member]
            items = [item for member in members for item in member.values()]
            pair = f"[{implied_annotation(keys)}, {implied_annotation(items)}]" if keys else ""
            parts.append(f"dict{pair}")
        elif kind == "tuple":
            parts.append(_implied_tuple(members))
        else:
            parts.append(kind)
    return " | ".join(parts) if len(parts) <= 3 else "object"


def _implied_tuple(members: Sequence[tuple[Any, ...]]) -> str:
    lengths = {len(member) for member in members}
    if len(lengths) == 1 and 0 < min(lengths) <= 4:
        columns = zip(*members, strict=True)
        return f"tuple[{', '.join(implied_annotation(column) for column in columns)}]"
    inner = [item for member in members for item in member]
    return f"tuple[{implied_annotation(inner)}, ...]" if inner else "tuple"


def example_misfit(signature: Signature, example: Example) -> str | None:
    """Why an example cannot belong to this signature (a count, a name), or None."""
    try:
        signature.bind(example.args, example.kwargs)
    except ValueError as error:
        return str(error)
    return None


def _counted(number: str, noun: str) -> str:
    return f"{number} {noun}" if number == "1" else f"{number} {noun}s"
