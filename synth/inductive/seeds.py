"""Seeds: expressions from elsewhere, known only by their values, as cheap leaves of a search.

A model's failed programs hold useful sub-expressions.  They are evaluated where such code may run,
and arrive here as text and values; nothing of them is executed in this process.  A program that
uses one is right on the examples by the given values, and has to be verified where it may run.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from synth.inductive.component import Component
from synth.inductive.task import Task
from synth.inductive.term import Term, Variable, subterms
from synth.inductive.value_types import Type, infer, type_of
from synth.inductive.values import BOTTOM, coerce, freeze

# Modules that an expression may mention; they are imported by the rendered program.
_MODULES = {"re", "math", "itertools", "operator", "string", "collections", "functools"}


@dataclass(frozen=True, slots=True)
class Seed:
    """An expression over the parameters and its value for each example of a task.

    ``values[e]`` is the value on example ``e``, `BOTTOM` where it raised.  ``preamble`` is
    source text that the expression needs (a function it calls), ``type`` an annotation.
    """

    expression: str
    values: tuple[Any, ...]
    type: Any = None
    cost: int = 2
    preamble: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ForeignComponent(Component):
    """A seed as a component of all parameters, defined on the example inputs only."""

    preamble: str = field(default="")


def seed_term(seed: Seed, task: Task, variables: Sequence[Variable]) -> Term | None:
    """A leaf for a seed, over the task's examples; None when it is unusable.

    Unusable are seeds that raise everywhere, whose values have no type known here, or whose
    expression uses names that are neither parameters, builtins nor known modules.
    """
    if len(seed.values) != len(task.inputs):
        raise ValueError(
            f"seed {seed.expression!r} has {len(seed.values)} values; the task has "
            f"{len(task.inputs)} examples"
        )
    usable = [value for value in seed.values if value is not BOTTOM]
    if not usable:
        return None
    try:
        kind: Type = infer(usable, seed.type)
        type_of(usable[0])
    except TypeError:
        return None
    template, imports = _template(seed.expression, task.parameters, seed.preamble)
    if template is None:
        return None
    values = tuple(
        BOTTOM if value is BOTTOM else coerce(freeze(value), kind) for value in seed.values
    )
    known = dict(zip(task.inputs, values, strict=True))

    def lookup(*arguments: Any) -> Any:
        value = known[arguments]
        if value is BOTTOM:
            raise ValueError("the expression raised on this example")
        return value

    component = ForeignComponent(
        f"seed {seed.expression}", task.types, kind, lookup, template, seed.cost,
        imports=tuple(imports), preamble=seed.preamble,
    )  # fmt: skip
    columns = [tuple(row[place] for row in task.inputs) for place in range(len(variables))]
    leaves = tuple(
        Term(variable, (), variable.type, 1, column)
        for variable, column in zip(variables, columns, strict=True)
    )
    return Term(component, leaves, kind, seed.cost, values)


def _template(
    expression: str, parameters: Sequence[str], preamble: str
) -> tuple[str | None, list[str]]:
    try:
        tree = ast.parse(expression, mode="eval").body
        defined = {
            node.name for node in ast.walk(ast.parse(preamble)) if isinstance(node, ast.FunctionDef)
        }
    except SyntaxError:
        return None, []
    places = {name: place for place, name in enumerate(parameters)}
    bound = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    } | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    imports: list[str] = []

    class Placeholders(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.Name:
            if node.id in places and node.id not in bound:
                return ast.Name(f"_{places[node.id]}", node.ctx)
            if node.id in _MODULES:
                imports.append(node.id)
            elif node.id not in bound | defined and not hasattr(builtins, node.id):
                raise NameError(node.id)
            return node

    try:
        replaced = Placeholders().visit(tree)
    except NameError:
        return None, []
    return ast.unparse(ast.fix_missing_locations(replaced)), sorted(set(imports))


def is_foreign(term: Term) -> bool:
    """Whether a term uses a seed, so that its text must not be executed here."""
    return any(isinstance(part.head, ForeignComponent) for part in subterms(term))


def preambles(term: Term) -> list[str]:
    """The source texts that a term's seeds need, in order of use."""
    found = [
        part.head.preamble
        for part in subterms(term)
        if isinstance(part.head, ForeignComponent) and part.head.preamble
    ]
    return list(dict.fromkeys(found))


Evaluate = Callable[[Sequence[str]], Sequence[Sequence[Any]]]


def expressions_of(source: str, parameters: Sequence[str]) -> list[str]:
    """The distinct sub-expressions of a program that depend on its parameters alone, large first.

    These are the candidates for seeds; evaluate each as the body of a function of the same
    parameters.  Assignments of simple names are substituted, so that local variables do not hide
    them.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    found: dict[str, int] = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            own = [argument.arg for argument in function.args.args]
            if len(own) == len(parameters):
                names = dict(zip(own, parameters, strict=True))
                for node in _closed_expressions(function, names):
                    text = ast.unparse(node)
                    found[text] = len(text)
    return sorted(found, key=lambda text: (-found[text], text))


def _closed_expressions(function: ast.FunctionDef, names: dict[str, str]) -> Iterable[ast.expr]:
    known: dict[str, ast.expr] = {
        own: ast.Name(parameter, ast.Load()) for own, parameter in names.items()
    }
    for statement in function.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.expr) and not isinstance(node, ast.Constant | ast.Name):
                closed = _close(node, known)
                if closed is not None:
                    yield closed
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name):
                value = _close(statement.value, known)
                if value is not None:
                    known[target.id] = value
                else:
                    known.pop(target.id, None)
        elif not isinstance(statement, ast.Return | ast.Expr | ast.If):
            # Loops and augmented assignments change names in ways not followed here.
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    known.pop(node.id, None)


def _close(node: ast.expr, known: dict[str, ast.expr]) -> ast.expr | None:
    """The expression with known names substituted; None when it uses others, or no parameter."""
    import copy

    bound = {
        inner.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
    } | {inner.arg for inner in ast.walk(node) if isinstance(inner, ast.arg)}
    used = 0
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and inner.id not in bound:
            if inner.id in known:
                used += 1
            elif not hasattr(builtins, inner.id) and inner.id not in _MODULES:
                return None
        if isinstance(inner, ast.Starred | ast.Yield | ast.Await | ast.NamedExpr):
            return None
    if not used:
        return None

    class Substitution(ast.NodeTransformer):
        def visit_Name(self, name: ast.Name) -> ast.expr:
            if name.id in known and name.id not in bound:
                return copy.deepcopy(known[name.id])
            return name

    closed: ast.expr = Substitution().visit(copy.deepcopy(node))
    return ast.fix_missing_locations(closed)
