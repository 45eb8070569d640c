"""Values read back from the text in which a verdict shows them.

An outcome keeps `expected` and `actual` as Python source (`verifiers.value_text`), so that a value
can be compared again from a run log alone. Only literals are read; nothing is called or computed,
for the text of an unknown object is what a candidate wrote.
"""

from __future__ import annotations

import ast
import math
from typing import Any

from verifiers.parsing import UNPARSABLE, parse

_LONGEST = 4_000


class Unreadable(ValueError):
    """The text is no literal: cut, or the description of an object."""


def read_value(text: str) -> Any:
    """The plain value `text` shows; Unreadable for anything else."""
    if len(text) > _LONGEST:
        raise Unreadable(f"{len(text)} characters")
    try:
        (statement,) = parse(text.strip()).body
        if not isinstance(statement, ast.Expr):
            raise Unreadable("no expression")
        return _value(statement.value)
    except (*UNPARSABLE, TypeError) as error:  # TypeError: a list as an element of a set
        raise Unreadable(type(error).__name__) from None


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.List(elts=items):
            return [_value(item) for item in items]
        case ast.Tuple(elts=items):
            return tuple(_value(item) for item in items)
        case ast.Set(elts=items):
            return {_value(item) for item in items}
        case ast.Dict(keys=keys, values=values):
            return {_value(_known(k)): _value(v) for k, v in zip(keys, values, strict=True)}
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(_value(operand))
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as sign, right=right):
            real, imaginary = _number(_value(left)), _value(right)
            if type(imaginary) is not complex:
                raise Unreadable("arithmetic")
            return real + imaginary if isinstance(sign, ast.Add) else real - imaginary
        case ast.Name(id="nan"):
            return math.nan
        case ast.Name(id="inf"):
            return math.inf
        case ast.Call(func=ast.Name(id="set" | "frozenset" as name), args=args, keywords=[]):
            items = [_value(arg) for arg in args]
            if len(items) > 1 or not all(isinstance(item, list | set) for item in items):
                raise Unreadable(name)
            return (set if name == "set" else frozenset)(*items)
        case _:
            raise Unreadable(type(node).__name__)


def _known(key: ast.expr | None) -> ast.expr:
    if key is None:
        raise Unreadable("**")
    return key


def _number(value: Any) -> Any:
    if type(value) not in (int, float, complex):
        raise Unreadable(f"a sign before {type(value).__name__}")
    return value
