"""Static quality: what reading a program says about whether it can be right.

Each finding multiplies the value by its factor, so a clean program has 1. Only what has meaning for
correctness counts; style does not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from synth.problem import Problem
from synth.program import Program
from verifiers.cost import program_size
from verifiers.import_repair import undefined_names
from verifiers.parsing import UNPARSABLE, parse
from verifiers.value.evidence import Evidence

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_UNPARSED = 0.2  # at most, of a program that does not parse
_LARGE = 400  # nodes of the syntax tree; drafts of right programs have 20 to 150

FACTORS = {
    "no entry point": 0.05,
    "empty": 0.05,
    "not implemented": 0.1,
    "undefined name": 0.2,
    "no return": 0.3,
    "a constant answer": 0.3,
    "examples as code": 0.3,
    "endless loop": 0.3,
    "unused argument": 0.5,
    "compares with itself": 0.6,
    "unreachable": 0.7,
    "a path without return": 0.7,
    "catches everything": 0.8,
    "mutable default": 0.9,
    "large": 0.8,
}


@dataclass(frozen=True, slots=True)
class StaticQuality:
    """The product of the factors of what is found. Programs in other languages have 1."""

    needs: frozenset[str] = frozenset()

    def score(self, problem: Problem, evidence: Sequence[Evidence]) -> list[float]:
        return [quality(problem, item.program) for item in evidence]


def quality(problem: Problem, program: Program | None) -> float:
    """One program's value. One that does not parse has up to 0.2, by how far it could be read."""
    if program is None:
        return 0.0
    if program.language != "python":
        return 1.0
    try:
        parse(program.source)
    except SyntaxError as error:
        lines = max(1, program.source.count("\n") + 1)
        return _UNPARSED * min(1.0, max(0, (error.lineno or 1) - 1) / lines)
    except UNPARSABLE:
        return 0.0
    value = 1.0
    for name in findings(problem, program):
        value *= FACTORS[name]
    return value


def findings(problem: Problem, program: Program) -> tuple[str, ...]:
    """The names of what is wrong with a Python program that parses, each once, in the order of
    `FACTORS`. Raises what `ast.parse` raises for one that does not."""
    found = set(_of_module(problem, program, parse(program.source)))
    return tuple(name for name in FACTORS if name in found)


def _of_module(problem: Problem, program: Program, tree: ast.Module) -> Iterator[str]:
    entry_point = program.entry_point or problem.entry_point
    if not tree.body:
        yield "empty"
    if program_size(program) > _LARGE:
        yield "large"
    try:
        if undefined_names(program.source) and not _imports_all(tree):
            yield "undefined name"
    except UNPARSABLE:
        yield "undefined name"
    for node in ast.walk(tree):
        if isinstance(node, _Function):
            yield from _of_function(node)
        yield from _of_node(node)
    if entry_point is None:
        return
    named = [node for node in tree.body if isinstance(node, _Function) and node.name == entry_point]
    if named:
        yield from _of_entry(problem, named[-1])
    elif entry_point not in _bound(tree):
        yield "no entry point"


def _of_function(node: _Function) -> Iterator[str]:
    body = _without_docstring(node.body)
    if not body or all(isinstance(item, ast.Pass) or _is_ellipsis(item) for item in body):
        yield "empty"
    for default in (*node.args.defaults, *node.args.kw_defaults):
        if isinstance(default, ast.List | ast.Dict | ast.Set):
            yield "mutable default"
    own = list(_own_nodes(node))
    returns = [item for item in own if isinstance(item, ast.Return)]
    yields = any(isinstance(item, ast.Yield | ast.YieldFrom) for item in own)
    valued = any(item.value is not None and not _is_none(item.value) for item in returns)
    if valued and not yields and _falls_through(body):
        yield "a path without return"


def _of_entry(problem: Problem, node: _Function) -> Iterator[str]:
    own = list(_own_nodes(node))
    body = _without_docstring(node.body)
    if any(isinstance(item, ast.Raise) and "NotImplemented" in ast.dump(item) for item in body):
        yield "not implemented"
    returns = [item.value for item in own if isinstance(item, ast.Return)]
    answers = any(isinstance(item, ast.Yield | ast.YieldFrom) for item in own) or any(
        value is not None for value in returns
    )
    if not answers and any(example.expected is not None for example in problem.examples):
        yield "no return"
    if len(body) == 1 and isinstance(body[0], ast.Return) and _is_literal(body[0].value):
        yield "a constant answer"
    used = {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    if any(arg.arg not in used and arg.arg not in ("self", "_") for arg in arguments):
        yield "unused argument"
    literal_tests = sum(
        isinstance(item, ast.If) and _compares_with_literal(item, {a.arg for a in arguments})
        for item in own
    )
    if literal_tests >= 2:
        yield "examples as code"


def _of_node(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ExceptHandler):
        everything = node.type is None or (
            isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
        )
        if everything:
            yield "catches everything"
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        same = ast.dump(node.left) == ast.dump(node.comparators[0])
        if same and isinstance(node.left, ast.Name | ast.Subscript | ast.Attribute):
            yield "compares with itself"
    if isinstance(node, ast.While) and _is_true(node.test) and not _leaves(node):
        yield "endless loop"
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list) and any(_ends(item) for item in block[:-1]):
            yield "unreachable"


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes inside, without those of functions and classes defined there."""
    pending: list[ast.AST] = list(ast.iter_child_nodes(function))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _Function | ast.ClassDef | ast.Lambda):
            pending += ast.iter_child_nodes(node)


def _falls_through(body: Sequence[ast.stmt]) -> bool:
    """Whether control can reach the end of `body`, as far as its form tells."""
    if not body:
        return True
    last = body[-1]
    if _ends(last):
        return False
    if isinstance(last, ast.If):
        return _falls_through(last.body) or _falls_through(last.orelse)
    if isinstance(last, ast.With | ast.AsyncWith):
        return _falls_through(last.body)
    if isinstance(last, ast.While) and _is_true(last.test):
        return any(isinstance(node, ast.Break) for node in ast.walk(last))
    if isinstance(last, ast.Try):
        if last.finalbody and not _falls_through(last.finalbody):
            return False
        bodies = [last.orelse or last.body, *(handler.body for handler in last.handlers)]
        return any(_falls_through(inner) for inner in bodies)
    if isinstance(last, ast.Match):
        return True
    return True


def _ends(node: ast.stmt) -> bool:
    return isinstance(node, ast.Return | ast.Raise | ast.Break | ast.Continue)


def _leaves(loop: ast.While) -> bool:
    return any(
        isinstance(node, ast.Break | ast.Return | ast.Raise | ast.Yield | ast.YieldFrom)
        for node in ast.walk(loop)
    )


def _compares_with_literal(node: ast.If, arguments: set[str]) -> bool:
    """`if x == LITERAL: return LITERAL`, where the literal is more than a boundary case."""
    test = node.test
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
        return False
    if not (isinstance(test.ops[0], ast.Eq) and isinstance(test.left, ast.Name)):
        return False
    answers = (
        len(node.body) == 1
        and isinstance(node.body[0], ast.Return)
        and _is_literal(node.body[0].value)
    )
    literal = test.comparators[0]
    return (
        answers
        and test.left.id in arguments
        and _is_literal(literal)
        and ast.unparse(literal) not in ("0", "1", "2", "-1", "None", "''", "[]", "True", "False")
    )


def _is_literal(node: ast.expr | None) -> bool:
    if node is None:
        return False
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    is_docstring = (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
    return body[1:] if is_docstring else body


def _bound(tree: ast.Module) -> set[str]:
    names = {
        node.id
        for statement in tree.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    for statement in tree.body:
        if isinstance(statement, _Function | ast.ClassDef):
            names.add(statement.name)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in statement.names}
    return names


def _imports_all(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
        for node in ast.walk(tree)
    )


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and bool(node.value)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_ellipsis(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
