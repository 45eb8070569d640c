"""Rewrites that make enumerated Python idiomatic, each kept only if the program stays the same.

A rule looks at one node whose children are already rewritten and returns a better node or None.
Rules may rely on facts that hold of most values; `polish` tests every changed program on the
examples and on random inputs and drops the rule where an output differs.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Rule = Callable[[ast.expr], ast.expr | None]


def polish(
    expression: ast.expr, same: Callable[[ast.expr], bool], rules: Sequence[Rule]
) -> ast.expr:
    """Apply rules to a fixed point; ``same`` says whether a changed program is as before."""
    for _ in range(4):
        before = ast.dump(expression)
        for rule in rules:
            changed = _apply(rule, expression)
            if ast.dump(changed) != ast.dump(expression) and same(changed):
                expression = changed
        if ast.dump(expression) == before:
            break
    return expression


def _apply(rule: Rule, expression: ast.expr) -> ast.expr:
    class Visitor(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            node = self.generic_visit(node)
            if isinstance(node, ast.expr):
                return rule(node) or node
            return node

    visited: ast.expr = Visitor().visit(copy.deepcopy(expression))
    return ast.fix_missing_locations(visited)


_NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.Eq, ast.NotEq: ast.NotEq,
    ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE,
}  # fmt: skip


def _int(node: ast.expr | None) -> int | None:
    """The value of an int literal."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _int(node.operand)
        return None if inner is None else -inner
    return None


def _number(value: int) -> ast.expr:
    if value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def _equal(left: ast.AST, right: ast.AST) -> bool:
    return ast.dump(left) == ast.dump(right)


def _is_call(node: ast.expr, name: str, count: int = 1) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == name
        and len(node.args) == count
        and not node.keywords
    )


def _argument(node: ast.expr) -> ast.expr:
    assert isinstance(node, ast.Call)
    return node.args[0]


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
    left, right = node.left, _int(node.comparators[0])
    if not isinstance(left, ast.BinOp) or not isinstance(left.op, ast.Mod):
        return None
    if _int(left.right) != 2 or right not in (0, 1) or len(node.ops) != 1:
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
            if rising and _equal(first.comparators[0], second.left):
                ops = [first.ops[0], second.ops[0]]
                return ast.Compare(first.left, ops, [second.left, second.comparators[0]])
            if rising and _equal(second.comparators[0], first.left):
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
    left, right = _int(node.left), _int(node.right)
    if isinstance(node.op, ast.Add):
        if right is not None and right < 0:
            return ast.BinOp(node.left, ast.Sub(), ast.Constant(-right))
        if left is not None and right is None:
            return ast.BinOp(node.right, ast.Add(), node.left)
        if _equal(node.left, node.right) and isinstance(node.left, ast.Name):
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
    inner, outer = node.left, _int(node.right)
    if outer is None or not isinstance(inner, ast.BinOp):
        return None
    held = _int(inner.right)
    if held is None or not isinstance(inner.op, ast.Add | ast.Sub):
        return None
    total = (held if isinstance(inner.op, ast.Add) else -held) + (
        outer if isinstance(node.op, ast.Add) else -outer
    )
    if total == 0:
        return inner.left
    return ast.BinOp(inner.left, ast.Add() if total > 0 else ast.Sub(), ast.Constant(abs(total)))


def _plain_slice(node: ast.expr) -> ast.Slice | None:
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        return node.slice if node.slice.step is None else None
    return None


def slices(node: ast.expr) -> ast.expr | None:
    """One slice in place of two; ends of sequences from the right."""
    if not isinstance(node, ast.Subscript):
        return None
    value, place = node.value, node.slice
    if isinstance(place, ast.Slice):
        lower, upper = _int(place.lower), _int(place.upper)
        if place.step is None and lower == 0 and place.upper is not None:
            return ast.Subscript(value, ast.Slice(None, place.upper), node.ctx)
        if place.step is None and lower == 0:
            return value
        if place.upper is not None and _is_length_of(place.upper, value):
            return ast.Subscript(value, ast.Slice(place.lower, None, place.step), node.ctx)
        if not isinstance(value, ast.Subscript):
            return None
        inner = _plain_slice(value)
        if inner is None or place.step is not None:
            return None
        base, low = value.value, _int(inner.lower)
        if inner.upper is None and place.upper is None:  # xs[1:][2:]
            if low is None or lower is None or low < 0 or lower < 0:
                return None
            return ast.Subscript(base, ast.Slice(_number(low + lower)), node.ctx)
        if inner.lower is None and place.upper is None:  # xs[:b][a:]
            return ast.Subscript(base, ast.Slice(place.lower, inner.upper), node.ctx)
        if inner.upper is None and place.lower is None and low is not None and low >= 0:
            if upper is not None:  # xs[a:][:b]
                end = upper if upper < 0 else low + upper
                return ast.Subscript(base, ast.Slice(inner.lower, _number(end)), node.ctx)
            if place.upper is not None:
                end_node = ast.BinOp(place.upper, ast.Add(), inner.lower or ast.Constant(0))
                return ast.Subscript(base, ast.Slice(inner.lower, end_node), node.ctx)
        return None
    at = _int(place)
    if _is_reversed(value) and isinstance(value, ast.Subscript):
        if at is not None:
            return ast.Subscript(value.value, _number(-at - 1), node.ctx)
        return None
    if at is not None and isinstance(value, ast.Subscript):
        inner = _plain_slice(value)
        if inner is not None and inner.upper is None:
            low = _int(inner.lower)
            if low is not None and low >= 0 and at >= 0:  # xs[1:][0]
                return ast.Subscript(value.value, _number(low + at), node.ctx)
    if isinstance(place, ast.BinOp) and isinstance(place.op, ast.Sub):
        back = _int(place.right)
        if back is not None and back > 0 and _is_length_of(place.left, value):
            return ast.Subscript(value, _number(-back), node.ctx)
    return None


def _is_length_of(node: ast.expr, value: ast.expr) -> bool:
    return _is_call(node, "len") and _equal(_argument(node), value)


def _is_reversed(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Slice)
        and node.slice.lower is None
        and node.slice.upper is None
        and _int(node.slice.step) == -1
    )


def ordering(node: ast.expr) -> ast.expr | None:
    """``sorted(xs)[0]`` is ``min(xs)``; ``sorted(xs)[::-1]`` is sorted in reverse."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Call):
        return None
    call = node.value
    if not isinstance(call.func, ast.Name) or call.func.id != "sorted" or len(call.args) != 1:
        return None
    down = len(call.keywords) == 1 and call.keywords[0].arg == "reverse"
    if call.keywords and not down:
        return None
    at = _int(node.slice) if isinstance(node.slice, ast.expr) else None
    if at in (0, -1):
        largest = (at == -1) != down
        return ast.Call(ast.Name("max" if largest else "min", ast.Load()), call.args, [])
    if _is_reversed(node):
        keywords = [] if down else [ast.keyword("reverse", ast.Constant(True))]
        return ast.Call(call.func, call.args, keywords)
    return None


def displays(node: ast.expr) -> ast.expr | None:
    """``[a] + [b]`` is ``[a, b]``, also inside a longer sum."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add):
        return None
    left, right = node.left, node.right
    if isinstance(left, ast.List) and isinstance(right, ast.List):
        return ast.List([*left.elts, *right.elts], ast.Load())
    if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
        inner = left.right
        if isinstance(inner, ast.List) and isinstance(right, ast.List):
            merged = ast.List([*inner.elts, *right.elts], ast.Load())
            return ast.BinOp(left.left, ast.Add(), merged)
    return None


def texts(node: ast.expr) -> ast.expr | None:
    """Adjacent string literals of a sum are one."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add):
        return None
    right = _text(node.right)
    if right is None:
        return None
    left = _text(node.left)
    if left is not None:
        return ast.Constant(left + right)
    if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Add):
        inner = _text(node.left.right)
        if inner is not None:
            return ast.BinOp(node.left.left, ast.Add(), ast.Constant(inner + right))
    return None


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def loops(node: ast.expr) -> ast.expr | None:
    """``for x in list(range(n))`` needs no list; a comprehension over one is one."""
    if not isinstance(node, ast.ListComp | ast.GeneratorExp | ast.DictComp):
        return None
    changed = False
    for clause in node.generators:
        bare = _without_list(clause.iter)
        if bare is not None:
            clause.iter = bare
            changed = True
        if isinstance(clause.iter, ast.ListComp) and len(clause.iter.generators) == 1:
            inner = clause.iter
            own = inner.generators[0]
            if isinstance(clause.target, ast.Name) and _same_name(inner.elt, own.target):
                renamed = _rename(own, _identifier(own.target), clause.target.id)
                clause.iter = renamed.iter
                clause.ifs = [*renamed.ifs, *clause.ifs]
                changed = True
    if (
        isinstance(node, ast.ListComp)
        and len(node.generators) == 1
        and not node.generators[0].ifs
        and _same_name(node.elt, node.generators[0].target)
    ):
        return _call("list", node.generators[0].iter)
    return node if changed else None


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _without_list(node: ast.expr) -> ast.expr | None:
    if _is_call(node, "list"):
        return _argument(node)
    if isinstance(node, ast.Call) and _identifier(node.func) in ("enumerate", "zip"):
        bare = [_without_list(argument) for argument in node.args]
        if any(argument is not None for argument in bare):
            arguments = [b or a for a, b in zip(node.args, bare, strict=True)]
            return ast.Call(node.func, arguments, [])
    return None


def _identifier(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _same_name(left: ast.expr, right: ast.expr) -> bool:
    return isinstance(left, ast.Name) and isinstance(right, ast.Name) and left.id == right.id


def _rename(clause: ast.comprehension, old: str, new: str) -> ast.comprehension:
    """The clause with its own variable renamed; the iterable is outside its scope."""

    class Renamer(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.Name:
            return ast.Name(new, node.ctx) if node.id == old else node

    return ast.comprehension(
        Renamer().visit(clause.target), clause.iter, [Renamer().visit(c) for c in clause.ifs], 0
    )


_TAKES_ANY_ITERABLE = {"sum", "any", "all", "max", "min", "set", "sorted", "list", "dict", "tuple"}


def generators(node: ast.expr) -> ast.expr | None:
    """What only iterates its argument needs no list; counting is ``sum(1 for ...)``."""
    if not isinstance(node, ast.Call) or len(node.args) != 1:
        return None
    argument = node.args[0]
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    joins = isinstance(node.func, ast.Attribute) and node.func.attr == "join"
    consumes = name in _TAKES_ANY_ITERABLE or joins
    if isinstance(argument, ast.ListComp):
        if consumes:
            made = ast.GeneratorExp(argument.elt, argument.generators)
            return ast.Call(node.func, [made], node.keywords)
        if name == "len" and argument.generators[0].ifs and not node.keywords:
            made = ast.GeneratorExp(ast.Constant(1), argument.generators)
            return ast.Call(ast.Name("sum", ast.Load()), [made], [])
    if consumes and _is_call(argument, "list") and name != "list":
        return ast.Call(node.func, argument.args if isinstance(argument, ast.Call) else [],
                        node.keywords)  # fmt: skip
    return None


def f_strings(node: ast.expr) -> ast.expr | None:
    """A sum of strings with literals among short parts is an f-string."""
    parts = _summands(node)
    literal = any(_text(part) is not None or isinstance(part, ast.JoinedStr) for part in parts)
    if len(parts) < 2 or not literal:
        return None
    values: list[ast.expr] = []
    for part in parts:
        if isinstance(part, ast.JoinedStr):
            values.extend(part.values)
            continue
        text = _text(part)
        if text is not None:
            values.append(ast.Constant(text))
            continue
        if _is_call(part, "str"):
            part = _argument(part)
        written = ast.unparse(ast.fix_missing_locations(part))
        # Quotes and backslashes inside a replacement field need Python 3.12.
        if any(mark in written for mark in "'\"\\{}") or len(written) > 32:
            return None
        values.append(ast.FormattedValue(part, -1))
    return ast.JoinedStr(values)


def eta(node: ast.expr) -> ast.expr | None:
    """``lambda x: f(x)`` is ``f``."""
    if not isinstance(node, ast.Lambda) or len(node.args.args) != 1:
        return None
    name, body = node.args.args[0].arg, node.body
    if not isinstance(body, ast.Call) or not isinstance(body.func, ast.Name) or body.keywords:
        return None
    alone = len(body.args) == 1 and _identifier(body.args[0]) == name
    return body.func if alone and body.func.id != name else None


def _summands(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_summands(node.left), *_summands(node.right)]
    return [node]


RULES: tuple[Rule, ...] = (
    negation,
    truth,
    parity,
    chains,
    flat_logic,
    arithmetic,
    sides,
    between,
    slices,
    ordering,
    displays,
    texts,
    loops,
    generators,
    eta,
)
# Only at the end: no other rule looks inside an f-string.
LAST_RULES: tuple[Rule, ...] = (f_strings,)
