"""Python values and calls as text, read without running anything.

More than `ast.literal_eval` reads, because tests and docstrings write more: `set()`,
`frozenset({1})`, `range(3)`, `float("nan")`, bare `nan` and `inf`, `2**31 - 1`, `[0] * 10`. What
arithmetic makes is bounded, so that `9**9**9` is an error instead of a hang. No name is looked up
and nothing of the caller's is called.
"""

from __future__ import annotations

import ast
import math
import operator
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from synth.problem import Example

MAX_TEXT = 4_000_000
_MAX_BITS = 4_096
_MAX_ITEMS = 100_000


class NotPython(ValueError):
    """Text that Python cannot parse; `line` counts from 1 within the text."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class NotLiteral(ValueError):
    """An expression whose value cannot be known without running code."""


@dataclass(frozen=True, slots=True)
class Call:
    """`name(*args, **kwargs)` with every argument a plain value."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)


def parse_module(source: str) -> ast.Module:
    """`ast.parse` whose every failure is NotPython and whose warnings are nobody's concern."""
    tree = _parse(source, "exec")
    assert isinstance(tree, ast.Module)
    return tree


def parse_expression(source: str) -> ast.expr:
    """The one expression that `source` is; NotPython else."""
    tree = _parse(source.strip(), "eval")
    assert isinstance(tree, ast.Expression)
    return tree.body


def _parse(source: str, mode: str) -> ast.AST:
    if len(source) > MAX_TEXT:
        raise NotPython(f"{len(source):,} characters of Python; at most {MAX_TEXT:,} are read")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SyntaxWarnings on odd escapes in users' strings
            return ast.parse(source, mode=mode)
    except SyntaxError as error:
        raise NotPython(error.msg or "invalid syntax", error.lineno) from None
    except (ValueError, OverflowError) as error:  # null bytes, lone surrogates, long integers
        raise NotPython(str(error)) from None
    except (RecursionError, MemoryError):
        raise NotPython("nested too deeply") from None


def read_literal(text: str) -> Any:
    """The value of a Python literal; NotPython or NotLiteral with the reason else."""
    return literal_value(parse_expression(text))


def read_call(text: str) -> Call:
    """The call that `text` is, every argument a literal; NotPython or NotLiteral else."""
    return call_value(parse_expression(text))


def call_value(node: ast.expr) -> Call:
    """The call that a node is; NotLiteral where it is none or an argument is no literal."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise NotLiteral(f"{_shown(node)} is not a call such as f(1, 2)")
    if any(isinstance(item, ast.Starred) for item in node.args):
        raise NotLiteral(f"{_shown(node)} unpacks its arguments; write them out")
    kwargs: dict[str, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            raise NotLiteral(f"{_shown(node)} unpacks its arguments; write them out")
        kwargs[keyword.arg] = literal_value(keyword.value)
    return Call(node.func.id, tuple(literal_value(item) for item in node.args), kwargs)


def literal_value(node: ast.expr) -> Any:
    """The value of an expression made of literals; NotLiteral else."""
    try:
        return _value(node)
    except NotLiteral:
        raise
    except RecursionError:
        raise NotLiteral("nested too deeply") from None
    except (TypeError, ValueError, OverflowError, ZeroDivisionError, MemoryError) as error:
        raise NotLiteral(f"{_shown(node)}: {error}") from None


def example_of_comparison(node: ast.expr, name: str) -> Example | None:
    """The example that `name(...) == value`, `value == name(...)` or `... is None` states."""
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return None
    left, right = node.left, node.comparators[0]
    if not _calls(left, name):
        left, right = right, left
    if not _calls(left, name):
        return None
    try:
        call, expected = call_value(left), literal_value(right)
    except NotLiteral:
        return None
    if isinstance(node.ops[0], ast.Is) and expected is not None:
        return None  # an identity that equality would weaken
    if not isinstance(node.ops[0], ast.Eq | ast.Is) or _never_equal(expected):
        return None
    return Example(call.args, expected, call.kwargs)


def _never_equal(value: Any) -> bool:
    # `f(x) == nan` fails for every f, while an example that expects nan accepts it.
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(_never_equal, value))
    if isinstance(value, dict):
        return any(map(_never_equal, value.values()))
    return isinstance(value, float | complex) and value != value


def example_of_statement(node: ast.stmt, name: str) -> Example | None:
    """The example that `assert name(...) == value` states, or None."""
    return example_of_comparison(node.test, name) if isinstance(node, ast.Assert) else None


def _calls(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List):
        return [_value(item) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_value(item) for item in node.elts)
    if isinstance(node, ast.Set):
        return {_value(item) for item in node.elts}
    if isinstance(node, ast.Dict):
        if None in node.keys:
            raise NotLiteral(f"{_shown(node)} unpacks a dict; write it out")
        pairs = zip(node.keys, node.values, strict=True)
        return {_value(key): _value(item) for key, item in pairs if key is not None}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        operand = _value(node.operand)
        if isinstance(operand, int | float | complex):
            return -operand if isinstance(node.op, ast.USub) else operand
    if isinstance(node, ast.BinOp):
        return _arithmetic(node)
    if isinstance(node, ast.Name) and node.id in _NAMES:
        return _NAMES[node.id]
    if isinstance(node, ast.Attribute) and ast.unparse(node) in _NAMES:
        return _NAMES[ast.unparse(node)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _construct(node, node.func.id)
    raise NotLiteral(f"{_shown(node)} is not a plain value")


_NAMES = {
    "nan": math.nan,
    "inf": math.inf,
    "math.nan": math.nan,
    "math.inf": math.inf,
    "math.pi": math.pi,
    "math.e": math.e,
}


def _construct(node: ast.Call, name: str) -> Any:
    arguments = [_value(item) for item in node.args]
    if name in ("set", "frozenset", "list", "tuple", "dict") and not arguments:
        return {"set": set, "frozenset": frozenset, "list": list, "tuple": tuple, "dict": dict}[
            name
        ]()
    if name in ("set", "frozenset", "list", "tuple") and len(arguments) == 1:
        source = arguments[0]
        if isinstance(source, range) and len(source) > _MAX_ITEMS:
            raise NotLiteral(f"{_shown(node)} has more than {_MAX_ITEMS:,} items")
        if isinstance(source, list | tuple | set | frozenset | range | str | dict):
            kind = {"set": set, "frozenset": frozenset, "list": list, "tuple": tuple}[name]
            return kind(source)
    if name == "range" and arguments and all(isinstance(item, int) for item in arguments):
        return range(*arguments)
    if name == "float" and len(arguments) == 1 and isinstance(arguments[0], str | int | float):
        return float(arguments[0])
    if name == "complex" and arguments and all(isinstance(item, int | float) for item in arguments):
        return complex(*arguments)
    if name == "chr" and len(arguments) == 1 and isinstance(arguments[0], int):
        return chr(arguments[0])
    raise NotLiteral(f"{_shown(node)} calls {name}, which is not a plain value")


_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


def _arithmetic(node: ast.BinOp) -> Any:
    left, right = _value(node.left), _value(node.right)
    apply = _OPERATORS.get(type(node.op))
    numbers = all(isinstance(side, int | float | complex) for side in (left, right))
    if apply is not None and numbers:
        if isinstance(node.op, ast.Pow):
            bits = left.bit_length() if isinstance(left, int) else 64
            power = abs(right) if isinstance(right, int | float) else math.inf
            if bits * power > _MAX_BITS:
                raise NotLiteral(f"{_shown(node)} is too large to write out")
        return apply(left, right)
    if isinstance(node.op, ast.Add) and type(left) is type(right):
        if isinstance(left, str | bytes | list | tuple) and len(left) + len(right) <= _MAX_ITEMS:
            return left + right
    elif isinstance(node.op, ast.Mult):
        if isinstance(left, int):
            left, right = right, left
        if isinstance(left, str | bytes | list | tuple) and isinstance(right, int):
            if _weight(left) * right > _MAX_ITEMS:
                raise NotLiteral(f"{_shown(node)} has more than {_MAX_ITEMS:,} items")
            return left * right
    raise NotLiteral(f"{_shown(node)} is not a plain value")


def _weight(value: Any) -> int:
    """How many leaves and containers a value unfolds to: repetition shares, its text does not."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, dict):
        return 1 + sum(map(_weight, value.values()))
    if isinstance(value, list | tuple | set | frozenset):
        return 1 + sum(map(_weight, value))
    return 1


def _shown(node: ast.expr) -> str:
    try:
        text = ast.unparse(node)
    except (RecursionError, ValueError):
        return "an expression"
    return text if len(text) <= 60 else text[:57] + "..."
