"""Rewrites of conditions, conditionals and arithmetic."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from synth.inductive.syntax_shapes import equal, int_of

_NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.Eq, ast.NotEq: ast.NotEq,
    ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE,
}  # fmt: skip


def negation(node: ast.expr) -> ast.expr | None:
    """``not a == b`` is ``a != b``; ``not not a`` is ``a``."""
    if not isinstance(node, ast.UnaryOp) or not isinstance(node.op, ast.Not):
        return None
    return _negate(node.operand, force=False)


def _negate(node: ast.expr, *, force: bool) -> ast.expr | None:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return ast.Compare(node.left, [_NEGATED[type(node.ops[0])]()], node.comparators)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return node.operand
    return ast.UnaryOp(ast.Not(), node) if force else None


def parity(node: ast.expr) -> ast.expr | None:
    """``x % 2 != 1`` is ``x % 2 == 0``."""
    if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.NotEq):
        return None
    left, right = node.left, int_of(node.comparators[0])
    if not isinstance(left, ast.BinOp) or not isinstance(left.op, ast.Mod):
        return None
    if int_of(left.right) != 2 or right not in (0, 1) or len(node.ops) != 1:
        return None
    return ast.Compare(left, [ast.Eq()], [ast.Constant(1 - right)])


def truth(node: ast.expr) -> ast.expr | None:
    """Conditionals with True or False on a side are ``and``, ``or`` or the condition itself."""
    if not isinstance(node, ast.IfExp):
        return None
    then, other = _truth_value(node.body), _truth_value(node.orelse)
    test = node.test
    if then is None and other is None:
        return None
    opposite = _negate(test, force=True)
    assert opposite is not None
    if then is not None and other is not None:
        return test if then else opposite
    if then is not None:
        parts = [test, node.orelse] if then else [opposite, node.orelse]
        return ast.BoolOp(ast.Or() if then else ast.And(), parts)
    parts = [opposite, node.body] if other else [test, node.body]
    return ast.BoolOp(ast.Or() if other else ast.And(), parts)


def _truth_value(node: ast.expr) -> bool | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, bool) else None


def chains(node: ast.expr) -> ast.expr | None:
    """Nested conditionals fall to the else side, so that they read as a chain."""
    if not isinstance(node, ast.IfExp):
        return None
    if isinstance(node.body, ast.IfExp) and not isinstance(node.orelse, ast.IfExp):
        opposite = _negate(node.test, force=True)
        assert opposite is not None
        return ast.IfExp(opposite, node.orelse, node.body)
    return None


def flat_logic(node: ast.expr) -> ast.expr | None:
    """``(a and b) and c`` is ``a and b and c``."""
    if not isinstance(node, ast.BoolOp):
        return None
    values: list[ast.expr] = []
    for value in node.values:
        same = isinstance(value, ast.BoolOp) and type(value.op) is type(node.op)
        values.extend(value.values if same and isinstance(value, ast.BoolOp) else [value])
    return ast.BoolOp(node.op, values) if len(values) > len(node.values) else None


def between(node: ast.expr) -> ast.expr | None:
    """``a < x and x < b`` is ``a < x < b``."""
    if not isinstance(node, ast.BoolOp) or not isinstance(node.op, ast.And):
        return None
    for place, (left, right) in enumerate(zip(node.values, node.values[1:], strict=False)):
        joined = _between(left, right)
        if joined is not None:
            rest = [*node.values[:place], joined, *node.values[place + 2 :]]
            return rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    return None


def _between(left: ast.expr, right: ast.expr) -> ast.expr | None:
    if not (isinstance(left, ast.Compare) and isinstance(right, ast.Compare)):
        return None
    if len(left.ops) != 1 or len(right.ops) != 1:
        return None
    for first in _orientations(left):
        for second in _orientations(right):
            rising = isinstance(first.ops[0], ast.Lt | ast.LtE) and isinstance(
                second.ops[0], ast.Lt | ast.LtE
            )
            if rising and equal(first.comparators[0], second.left):
                ops = [first.ops[0], second.ops[0]]
                return ast.Compare(first.left, ops, [second.left, second.comparators[0]])
            if rising and equal(second.comparators[0], first.left):
                ops = [second.ops[0], first.ops[0]]
                return ast.Compare(second.left, ops, [first.left, first.comparators[0]])
    return None


def _orientations(node: ast.Compare) -> Iterator[ast.Compare]:
    yield node
    operator = _MIRRORED.get(type(node.ops[0]))
    if operator is not None:
        yield ast.Compare(node.comparators[0], [operator()], [node.left])


def sides(node: ast.expr) -> ast.expr | None:
    """What varies goes on the left of a comparison: ``x == 7``, ``x > xs[0]``."""
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return None
    left, right = node.left, node.comparators[0]
    operator = _MIRRORED.get(type(node.ops[0]))
    if operator is None or isinstance(right, ast.Constant):
        return None
    literal_left = isinstance(left, ast.Constant)
    name_right = isinstance(right, ast.Name) and not isinstance(left, ast.Name)
    return ast.Compare(right, [operator()], [left]) if literal_left or name_right else None


def arithmetic(node: ast.expr) -> ast.expr | None:
    """``x + -1`` is ``x - 1``, ``1 + x`` is ``x + 1``, ``0 - x`` is ``-x``."""
    if not isinstance(node, ast.BinOp):
        return None
    left, right = int_of(node.left), int_of(node.right)
    if isinstance(node.op, ast.Add):
        if right is not None and right < 0:
            return ast.BinOp(node.left, ast.Sub(), ast.Constant(-right))
        if left is not None and right is None:
            return ast.BinOp(node.right, ast.Add(), node.left)
        if equal(node.left, node.right) and isinstance(node.left, ast.Name):
            return ast.BinOp(ast.Constant(2), ast.Mult(), node.left)
        return _merged_constants(node)
    if isinstance(node.op, ast.Sub):
        if right is not None and right < 0:
            return ast.BinOp(node.left, ast.Add(), ast.Constant(-right))
        if left == 0:
            return ast.UnaryOp(ast.USub(), node.right)
        return _merged_constants(node)
    if isinstance(node.op, ast.Mult):
        if left == -1 or right == -1:
            return ast.UnaryOp(ast.USub(), node.right if left == -1 else node.left)
        if right is not None and left is None and isinstance(node.left, ast.Name):
            return ast.BinOp(node.right, ast.Mult(), node.left)
    return None


def _merged_constants(node: ast.BinOp) -> ast.expr | None:
    """``(x + 1) + 2`` is ``x + 3``."""
    inner, outer = node.left, int_of(node.right)
    if outer is None or not isinstance(inner, ast.BinOp):
        return None
    held = int_of(inner.right)
    if held is None or not isinstance(inner.op, ast.Add | ast.Sub):
        return None
    total = (held if isinstance(inner.op, ast.Add) else -held) + (
        outer if isinstance(node.op, ast.Add) else -outer
    )
    if total == 0:
        return inner.left
    return ast.BinOp(inner.left, ast.Add() if total > 0 else ast.Sub(), ast.Constant(abs(total)))
