"""Repeated sub-expressions become local variables with telling names."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Sequence

from synth.inductive.rendering import statements

_SHORTEST = 8


def hoist(expression: ast.expr, parameters: Sequence[str]) -> list[ast.stmt] | None:
    """Statements that compute repeated sub-expressions once; None when nothing repeats.

    Only what is made of parameters alone and is evaluated whatever branch is taken is moved.
    """
    made: list[ast.stmt] = []
    taken = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
    for _ in range(3):
        repeated = _most_repeated(expression, set(parameters) | _assigned(made))
        if repeated is None:
            break
        name = _name_for(repeated, taken)
        taken.add(name)
        made.append(ast.Assign([ast.Name(name, ast.Store())], copy.deepcopy(repeated)))
        expression = _replace(expression, ast.dump(repeated), name)
    return [*made, *statements(expression)] if made else None


def _assigned(made: Sequence[ast.stmt]) -> set[str]:
    return {
        target.id
        for statement in made
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


def _most_repeated(expression: ast.expr, known: set[str]) -> ast.expr | None:
    always = {ast.dump(node) for node in _always_evaluated(expression)}
    counted: Counter[str] = Counter()
    nodes: dict[str, ast.expr] = {}
    for node in ast.walk(expression):
        if not isinstance(node, ast.Call | ast.BinOp | ast.Subscript | ast.ListComp):
            continue
        text = ast.unparse(node)
        if len(text) < _SHORTEST or not _closed(node, known):
            continue
        key = ast.dump(node)
        counted[key] += 1
        nodes[key] = node
    ranked = [
        (count * len(ast.unparse(nodes[key])), key)
        for key, count in counted.items()
        if count > 1 and key in always and _worth(nodes[key])
    ]
    return nodes[max(ranked)[1]] if ranked else None


def _worth(node: ast.expr) -> bool:
    """Not ``len(xs)`` and the like: a person repeats these."""
    return len(ast.unparse(node)) >= 10


def _always_evaluated(node: ast.AST) -> list[ast.AST]:
    found: list[ast.AST] = [node]
    if isinstance(node, ast.IfExp):
        return found + _always_evaluated(node.test)
    if isinstance(node, ast.BoolOp):
        return found + _always_evaluated(node.values[0])
    if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.DictComp):
        return found + _always_evaluated(node.generators[0].iter)
    if isinstance(node, ast.Lambda):
        return found
    for child in ast.iter_child_nodes(node):
        found += _always_evaluated(child)
    return found


def _closed(node: ast.AST, known: set[str]) -> bool:
    """Whether a node uses no variable that a comprehension outside it binds."""
    bound = {
        inner.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
    } | {inner.arg for inner in ast.walk(node) if isinstance(inner, ast.arg)}
    import builtins

    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and inner.id not in known | bound:
            imported = inner.id in ("re", "math", "itertools", "operator", "Counter", "builtins")
            if not imported and not hasattr(builtins, inner.id):
                return False
    return True


def _name_for(node: ast.expr, taken: set[str]) -> str:
    name = "value"
    if isinstance(node, ast.Call):
        called = node.func
        label = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        name = {
            "split": "parts", "sorted": "ordered", "findall": "found", "fromkeys": "unique",
            "sum": "total", "max": "largest", "min": "smallest", "len": "length",
            "index": "at", "upper": "upper", "lower": "lower", "list": "items",
            "replace": "text", "strip": "text",
        }.get(label, "value")  # fmt: skip
    elif isinstance(node, ast.ListComp):
        name = "items"
    number, free = 2, name
    while free in taken:
        free = f"{name}{number}"
        number += 1
    return free


def _replace(expression: ast.expr, dumped: str, name: str) -> ast.expr:
    class Visitor(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            if ast.dump(node) == dumped:
                return ast.Name(name, ast.Load())
            return self.generic_visit(node)

    result = Visitor().visit(copy.deepcopy(expression))
    assert isinstance(result, ast.expr)
    return ast.fix_missing_locations(result)
