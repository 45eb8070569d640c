"""Small questions about syntax trees, and the nodes that rewrites build most."""

from __future__ import annotations

import ast


def int_of(node: ast.expr | None) -> int | None:
    """The value of an int literal."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = int_of(node.operand)
        return None if inner is None else -inner
    return None


def number(value: int) -> ast.expr:
    """An int literal, negative ones as Python writes them."""
    if value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def equal(left: ast.AST, right: ast.AST) -> bool:
    """Whether two trees are the same."""
    return ast.dump(left) == ast.dump(right)


def is_call(node: ast.expr, name: str, count: int = 1) -> bool:
    """Whether a node calls a plain name with so many positional arguments and no others."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == name
        and len(node.args) == count
        and not node.keywords
    )


def first_argument(node: ast.expr) -> ast.expr:
    """The first argument of a call."""
    assert isinstance(node, ast.Call)
    return node.args[0]


def text_of(node: ast.expr) -> str | None:
    """The value of a string literal, None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def call(name: str, *arguments: ast.expr) -> ast.expr:
    """A call of a plain name."""
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def identifier(node: ast.expr) -> str:
    """The name of a name node, else an empty text."""
    return node.id if isinstance(node, ast.Name) else ""


def same_name(left: ast.expr, right: ast.expr) -> bool:
    """Whether both are the same name."""
    return isinstance(left, ast.Name) and isinstance(right, ast.Name) and left.id == right.id
