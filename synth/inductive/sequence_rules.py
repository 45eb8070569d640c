"""Rewrites of slices, lists, strings and comprehensions."""

from __future__ import annotations

import ast

from synth.inductive.syntax_shapes import (
    call,
    equal,
    first_argument,
    identifier,
    int_of,
    is_call,
    number,
    same_name,
    text_of,
)  # fmt: skip


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
        lower, upper = int_of(place.lower), int_of(place.upper)
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
        base, low = value.value, int_of(inner.lower)
        if inner.upper is None and place.upper is None:  # xs[1:][2:]
            if low is None or lower is None or low < 0 or lower < 0:
                return None
            return ast.Subscript(base, ast.Slice(number(low + lower)), node.ctx)
        if inner.lower is None and place.upper is None:  # xs[:b][a:]
            return ast.Subscript(base, ast.Slice(place.lower, inner.upper), node.ctx)
        if inner.upper is None and place.lower is None and low is not None and low >= 0:
            if upper is not None:  # xs[a:][:b]
                end = upper if upper < 0 else low + upper
                return ast.Subscript(base, ast.Slice(inner.lower, number(end)), node.ctx)
            if place.upper is not None:
                end_node = ast.BinOp(place.upper, ast.Add(), inner.lower or ast.Constant(0))
                return ast.Subscript(base, ast.Slice(inner.lower, end_node), node.ctx)
        return None
    at = int_of(place)
    if _is_reversed(value) and isinstance(value, ast.Subscript):
        if at is not None:
            return ast.Subscript(value.value, number(-at - 1), node.ctx)
        return None
    if at is not None and isinstance(value, ast.Subscript):
        inner = _plain_slice(value)
        if inner is not None and inner.upper is None:
            low = int_of(inner.lower)
            if low is not None and low >= 0 and at >= 0:  # xs[1:][0]
                return ast.Subscript(value.value, number(low + at), node.ctx)
    if isinstance(place, ast.BinOp) and isinstance(place.op, ast.Sub):
        back = int_of(place.right)
        if back is not None and back > 0 and _is_length_of(place.left, value):
            return ast.Subscript(value, number(-back), node.ctx)
    return None


def _is_length_of(node: ast.expr, value: ast.expr) -> bool:
    return is_call(node, "len") and equal(first_argument(node), value)


def _is_reversed(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Slice)
        and node.slice.lower is None
        and node.slice.upper is None
        and int_of(node.slice.step) == -1
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
    at = int_of(node.slice) if isinstance(node.slice, ast.expr) else None
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
    right = text_of(node.right)
    if right is None:
        return None
    left = text_of(node.left)
    if left is not None:
        return ast.Constant(left + right)
    if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Add):
        inner = text_of(node.left.right)
        if inner is not None:
            return ast.BinOp(node.left.left, ast.Add(), ast.Constant(inner + right))
    return None


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
            if isinstance(clause.target, ast.Name) and same_name(inner.elt, own.target):
                renamed = _rename(own, identifier(own.target), clause.target.id)
                clause.iter = renamed.iter
                clause.ifs = [*renamed.ifs, *clause.ifs]
                changed = True
    if (
        isinstance(node, ast.ListComp)
        and len(node.generators) == 1
        and not node.generators[0].ifs
        and same_name(node.elt, node.generators[0].target)
    ):
        return call("list", node.generators[0].iter)
    return node if changed else None


def _without_list(node: ast.expr) -> ast.expr | None:
    if is_call(node, "list"):
        return first_argument(node)
    if isinstance(node, ast.Call) and identifier(node.func) in ("enumerate", "zip"):
        bare = [_without_list(argument) for argument in node.args]
        if any(argument is not None for argument in bare):
            arguments = [b or a for a, b in zip(node.args, bare, strict=True)]
            return ast.Call(node.func, arguments, [])
    return None


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
    if consumes and is_call(argument, "list") and name != "list":
        return ast.Call(node.func, argument.args if isinstance(argument, ast.Call) else [],
                        node.keywords)  # fmt: skip
    return None


def f_strings(node: ast.expr) -> ast.expr | None:
    """A sum of strings with literals among short parts is an f-string."""
    parts = _summands(node)
    literal = any(text_of(part) is not None or isinstance(part, ast.JoinedStr) for part in parts)
    if len(parts) < 2 or not literal:
        return None
    values: list[ast.expr] = []
    for part in parts:
        if isinstance(part, ast.JoinedStr):
            values.extend(part.values)
            continue
        text = text_of(part)
        if text is not None:
            values.append(ast.Constant(text))
            continue
        if is_call(part, "str"):
            part = first_argument(part)
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
    alone = len(body.args) == 1 and identifier(body.args[0]) == name
    return body.func if alone and body.func.id != name else None


def _summands(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_summands(node.left), *_summands(node.right)]
    return [node]
