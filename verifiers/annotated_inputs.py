"""Inputs made from a signature's annotations, for a function nobody gave an example of."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable
from typing import Any

_Make = Callable[[random.Random, int], Any]
_INTS = (0, 1, 2, 3, 4, 5, 7, 10, 12, 100, -1, -2, -5)
_FLOATS = (0.0, 1.0, 0.5, 2.0, -1.0, 3.14, 10.0, 100.25)
_WORDS = (
    "",
    "a",
    "b",
    "ab",
    "abc",
    "aba",
    "Hello",
    "hello world",
    "A1 b2",
    "(())",
    "racecar",
    "0101",
)


def annotated_inputs(
    signature: str, entry_point: str, *, count: int, seed: int
) -> list[tuple[Any, ...]]:
    """Up to `count` argument tuples of the annotated types, small ones first.

    Empty where a parameter without a default has no annotation, or one this file cannot make
    (a class of the problem's own, a callable).
    """
    makers = _makers(signature, entry_point)
    if makers is None:
        return []
    rng = random.Random(seed)
    made: dict[str, tuple[Any, ...]] = {}
    for attempt in range(4 * count):
        if len(made) == count:
            break
        room = 1 + 5 * attempt // (4 * count)
        arguments = tuple(make(rng, room) for make in makers)
        made.setdefault(repr(arguments), arguments)
    return list(made.values())


def _makers(signature: str, entry_point: str) -> list[_Make] | None:
    text = signature.rstrip()
    try:
        tree = ast.parse(text + (" ..." if text.endswith(":") else ""))
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == entry_point:
            arguments = [*node.args.posonlyargs, *node.args.args]
            needed = arguments[: len(arguments) - len(node.args.defaults)]
            if node.args.vararg or any(d is None for d in node.args.kw_defaults):
                return None
            try:
                return [_maker(argument.annotation) for argument in needed]
            except LookupError:
                return None
    return None


def _maker(node: ast.expr | None) -> _Make:
    """Raises LookupError for an annotation that is not understood."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        node = ast.parse(node.value, mode="eval").body
    if isinstance(node, ast.Constant) and node.value is None:
        return lambda rng, room: None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([_maker(node.left), _maker(node.right)])
    if isinstance(node, ast.Subscript):
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return _generic(_name(node.value), inner)
    return _plain(_name(node))


def _plain(name: str) -> _Make:
    match name:
        case "int":
            return lambda rng, room: (
                rng.choice(_INTS) if rng.random() < 0.7 else rng.randint(-20 * room, 20 * room)
            )
        case "float":
            return lambda rng, room: (
                rng.choice(_FLOATS)
                if rng.random() < 0.7
                else round(rng.uniform(-10 * room, 10 * room), 3)
            )
        case "bool":
            return lambda rng, room: rng.random() < 0.5
        case "str":
            return _word
        case "bytes":
            return lambda rng, room: _word(rng, room).encode()
        case "list" | "List" | "Sequence" | "Iterable":
            return _sequence(_plain("int"))
        case "dict" | "Dict" | "Mapping":
            return _mapping(_word, _plain("int"))
        case "Any" | "object":
            return _union([_plain("int"), _word])
    raise LookupError(name)


def _generic(name: str, inner: list[ast.expr]) -> _Make:
    match name:
        case "list" | "List" | "Sequence" | "Iterable" | "Collection":
            return _sequence(_maker(inner[0]))
        case "set" | "Set" | "frozenset" | "FrozenSet":
            items = _sequence(_maker(inner[0]))
            kind = frozenset if name in ("frozenset", "FrozenSet") else set
            return lambda rng, room: kind(items(rng, room))
        case "dict" | "Dict" | "Mapping":
            return _mapping(_maker(inner[0]), _maker(inner[1]))
        case "tuple" | "Tuple":
            if len(inner) == 2 and isinstance(inner[1], ast.Constant) and inner[1].value is ...:
                items = _sequence(_maker(inner[0]))
                return lambda rng, room: tuple(items(rng, room))
            makers = [_maker(part) for part in inner]
            return lambda rng, room: tuple(make(rng, room) for make in makers)
        case "Optional":
            return _union([_maker(inner[0]), lambda rng, room: None])
        case "Union":
            return _union([_maker(part) for part in inner])
    raise LookupError(name)


def _union(makers: list[_Make]) -> _Make:
    return lambda rng, room: rng.choice(makers)(rng, room)


def _sequence(make: _Make) -> _Make:
    return lambda rng, room: [make(rng, max(room - 1, 1)) for _ in range(rng.randint(0, 1 + room))]


def _mapping(key: _Make, value: _Make) -> _Make:
    return lambda rng, room: {key(rng, 1): value(rng, 1) for _ in range(rng.randint(0, room))}


def _word(rng: random.Random, room: int) -> str:
    if rng.random() < 0.6:
        return rng.choice(_WORDS)
    return "".join(rng.choice("abcxyzABC 019-_(),.") for _ in range(rng.randint(0, 4 * room)))


def _name(node: ast.expr | None) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    raise LookupError("no annotation")
