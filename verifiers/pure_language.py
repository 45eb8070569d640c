"""The pure part of Python's expressions: what is in it, and what is refused before evaluation.

No attribute but those listed here is ever looked up, no function but those called, so an expression
in this language does nothing but compute.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Container
from typing import Any


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}
UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Invert: operator.invert,
    ast.Not: operator.not_,
}
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda item, container: item in container,
    ast.NotIn: lambda item, container: item not in container,
}
TYPES: dict[str, type] = {
    kind.__name__: kind
    for kind in (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset)
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **TYPES,
    **{
        function.__name__: function
        for function in (abs, all, any, bin, chr, divmod, enumerate, hex, isinstance, len, max)
    },
    **{
        function.__name__: function
        for function in (min, oct, ord, range, repr, reversed, round, sorted, sum, type, zip)
    },
}
METHODS: dict[type, frozenset[str]] = {
    str: _words(
        "capitalize casefold count endswith find index isalnum isalpha isdigit islower isnumeric "
        "isspace isupper join lower lstrip rfind rindex rstrip split splitlines startswith strip "
        "swapcase title upper"
    ),
    bytes: _words("count decode endswith find hex index startswith"),
    list: frozenset(("copy", "count", "index")),
    tuple: frozenset(("count", "index")),
    dict: frozenset(("copy", "get", "items", "keys", "values")),
    set: _words(
        "copy difference intersection isdisjoint issubset issuperset symmetric_difference union"
    ),
    int: frozenset(("bit_length", "bit_count")),
    float: frozenset(("is_integer", "hex")),
}
METHODS[frozenset] = METHODS[set]
MATH = _words(
    "acos asin atan atan2 ceil copysign cos degrees dist exp fabs floor fmod fsum gcd hypot inf "
    "isclose isfinite isinf isnan isqrt log log10 log1p log2 modf nan pi e tau radians sin sqrt "
    "tan trunc"
)


NODES = (
    *(ast.Constant, ast.Name, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Starred),
    *(ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Subscript, ast.Slice),
    *(ast.Attribute, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Call),
    *(ast.comprehension, ast.keyword, ast.expr_context, ast.operator, ast.unaryop),
    *(ast.boolop, ast.cmpop),
)


class NotPure(Exception):
    """The expression is outside the language of this file: evaluate it elsewhere."""


class TooMuch(NotPure):
    """The expression is in the language, but its evaluation grew beyond the bounds here."""


def refuse_impure(
    node: ast.expr,
    names: Container[str],
    *,
    math_names: frozenset[str] = frozenset(),
    calls: Container[str] = frozenset(),
) -> None:
    """Raises `NotPure` unless `Evaluator` can evaluate `node`, whatever values its `names` have.

    `calls` are functions that the evaluator's `on_call` answers.
    """
    local = {
        target.id
        for part in ast.walk(node)
        if isinstance(part, ast.comprehension)
        for target in ast.walk(part.target)
        if isinstance(target, ast.Name)
    }
    functions: set[int] = set()
    types_allowed: set[int] = set()
    for part in ast.walk(node):
        if not isinstance(part, NODES):
            raise NotPure(f"{type(part).__name__} is not a pure expression")
        if isinstance(part, ast.Call):
            functions.add(id(part.func))
            _refuse_impure_call(part, names, local, math_names, calls)
            if isinstance(part.func, ast.Name) and part.func.id == "isinstance":
                types_allowed |= {id(inner) for arg in part.args[1:] for inner in ast.walk(arg)}
        elif isinstance(part, ast.Compare):
            _refuse_identity(part)
            types_allowed |= {id(inner) for inner in (part.left, *part.comparators)}
        elif isinstance(part, ast.Attribute) and id(part) not in functions:
            if not (isinstance(part.value, ast.Name) and part.value.id in math_names):
                raise NotPure(f"the attribute {part.attr}")
            if part.attr not in MATH:
                raise NotPure(f"math.{part.attr}")
        elif isinstance(part, ast.Name) and id(part) not in functions:
            known = part.id in names or part.id in local or part.id in math_names
            if not known and not (part.id in TYPES and id(part) in types_allowed):
                raise NotPure(f"the name {part.id} is not known")


def _refuse_identity(compare: ast.Compare) -> None:
    """`is` has one answer only beside a singleton: a copy that travelled is the same as nothing."""
    operands = [compare.left, *compare.comparators]
    for kind, left, right in zip(compare.ops, operands, operands[1:], strict=False):
        singletons = [
            side
            for side in (left, right)
            if isinstance(side, ast.Constant) and isinstance(side.value, bool | type(None))
        ]
        if isinstance(kind, ast.Is | ast.IsNot) and not singletons:
            raise NotPure("identity of what is no singleton")


def _refuse_impure_call(
    call: ast.Call,
    names: Container[str],
    local: set[str],
    math_names: frozenset[str],
    calls: Container[str],
) -> None:
    function = call.func
    if isinstance(function, ast.Name) and function.id in calls:
        return
    if any(keyword.arg == "key" for keyword in call.keywords):
        raise NotPure("a callable as argument")
    if isinstance(function, ast.Name):
        if function.id == "sum" and len(call.args) + len(call.keywords) > 1:
            raise NotPure("a sum from a start")  # of lists it takes quadratic time
        if function.id not in FUNCTIONS or function.id in names or function.id in local:
            raise NotPure(f"a call of {function.id}")
    elif isinstance(function, ast.Attribute):
        of_math = isinstance(function.value, ast.Name) and function.value.id in math_names
        if not of_math and not any(function.attr in names for names in METHODS.values()):
            raise NotPure(f"a call of the method {function.attr}")
    else:
        raise NotPure("a call of what is not a known function")
