"""Evaluates the pure part of Python's expressions by walking the syntax tree, never by `eval`.

Most assertions are arithmetic, comparisons and a few builtins around calls of the program under
test. Evaluated here, on the trusted side, their expected values never enter the candidate's
process, and the calls of a whole test file go to it in one batch. What is not in the small language
below raises `NotPure`, and the test runs in a process of its own instead.

Work is bounded, because values come from a candidate: steps, sizes of ints and of sequences.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

_STEPS = 1_000_000
_ITEMS = 1_000_000
_BITS = 1_000_000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
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
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Invert: operator.invert,
    ast.Not: operator.not_,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
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
_FUNCTIONS: dict[str, Callable[..., Any]] = {
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
_METHODS: dict[type, frozenset[str]] = {
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
_METHODS[frozenset] = _METHODS[set]
_MATH = _words(
    "acos asin atan atan2 ceil copysign cos degrees dist exp fabs floor fmod fsum gcd hypot inf "
    "isclose isfinite isinf isnan isqrt log log10 log1p log2 modf nan pi e tau radians sin sqrt "
    "tan trunc"
)


_NODES = (
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
        if not isinstance(part, _NODES):
            raise NotPure(f"{type(part).__name__} is not a pure expression")
        if isinstance(part, ast.Call):
            functions.add(id(part.func))
            _refuse_impure_call(part, names, local, math_names, calls)
            if isinstance(part.func, ast.Name) and part.func.id == "isinstance":
                types_allowed |= {id(inner) for arg in part.args[1:] for inner in ast.walk(arg)}
        elif isinstance(part, ast.Compare):
            types_allowed |= {id(inner) for inner in (part.left, *part.comparators)}
        elif isinstance(part, ast.Attribute) and id(part) not in functions:
            if not (isinstance(part.value, ast.Name) and part.value.id in math_names):
                raise NotPure(f"the attribute {part.attr}")
            if part.attr not in _MATH:
                raise NotPure(f"math.{part.attr}")
        elif isinstance(part, ast.Name) and id(part) not in functions:
            known = part.id in names or part.id in local or part.id in math_names
            if not known and not (part.id in TYPES and id(part) in types_allowed):
                raise NotPure(f"the name {part.id} is not known")


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
        if function.id not in _FUNCTIONS or function.id in names or function.id in local:
            raise NotPure(f"a call of {function.id}")
    elif isinstance(function, ast.Attribute):
        of_math = isinstance(function.value, ast.Name) and function.value.id in math_names
        if not of_math and not any(function.attr in names for names in _METHODS.values()):
            raise NotPure(f"a call of the method {function.attr}")
    else:
        raise NotPure("a call of what is not a known function")


class Evaluator:
    """Evaluates expressions over `names`; names in `modules` stand for the `math` module.

    `on_call` is asked first about every call; what it returns, unless `NotImplemented`, is the
    call's value. Exceptions the expression itself raises (a TypeError, say) pass through.
    """

    def __init__(
        self,
        names: Mapping[str, Any],
        *,
        math_names: frozenset[str] = frozenset(),
        on_call: Callable[[ast.Call], Any] | None = None,
    ) -> None:
        self._scopes: list[dict[str, Any]] = [dict(names)]
        self._math_names = math_names
        self._on_call = on_call
        self._steps = 0

    def value(self, node: ast.expr) -> Any:
        self._steps += 1
        if self._steps > _STEPS:
            raise TooMuch("too many steps")
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise NotPure(f"{type(node).__name__} is not a pure expression")
        return method(node)

    # Leaves and displays

    def _constant(self, node: ast.Constant) -> Any:
        return node.value

    def _name(self, node: ast.Name) -> Any:
        for scope in reversed(self._scopes):
            if node.id in scope:
                return scope[node.id]
        if node.id in TYPES:
            return TYPES[node.id]
        raise NotPure(f"the name {node.id} is not known")

    def _list(self, node: ast.List) -> Any:
        return list(self._elements(node.elts))

    def _tuple(self, node: ast.Tuple) -> Any:
        return tuple(self._elements(node.elts))

    def _set(self, node: ast.Set) -> Any:
        return set(self._elements(node.elts))

    def _elements(self, nodes: list[ast.expr]) -> Iterator[Any]:
        for node in nodes:
            if isinstance(node, ast.Starred):
                yield from self._iterate(self.value(node.value))
            else:
                yield self.value(node)

    def _dict(self, node: ast.Dict) -> Any:
        made: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                made.update(self.value(value))
            else:
                made[self.value(key)] = self.value(value)
        return made

    # Operators

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        return _UNARY[type(node.op)](self.value(node.operand))

    def _binop(self, node: ast.BinOp) -> Any:
        function = _BINARY.get(type(node.op))
        if function is None:
            raise NotPure(f"the operator {type(node.op).__name__}")
        left, right = self.value(node.left), self.value(node.right)
        _refuse_large_result(type(node.op), left, right)
        return function(left, right)

    def _boolop(self, node: ast.BoolOp) -> Any:
        wanted = isinstance(node.op, ast.Or)
        for operand in node.values:
            value = self.value(operand)
            if bool(value) is wanted:
                break
        return value

    def _compare(self, node: ast.Compare) -> Any:
        left = self.value(node.left)
        outcome: Any = True
        for kind, operand in zip(node.ops, node.comparators, strict=True):
            right = self.value(operand)
            outcome = _COMPARE[type(kind)](left, right)
            if not outcome:
                break
            left = right
        return outcome

    def _ifexp(self, node: ast.IfExp) -> Any:
        return self.value(node.body if self.value(node.test) else node.orelse)

    def _subscript(self, node: ast.Subscript) -> Any:
        container = self.value(node.value)
        if type(container) not in (str, bytes, list, tuple, dict, range):
            raise TypeError(f"'{type(container).__name__}' object is not subscriptable")
        return container[self.value(node.slice)]

    def _slice(self, node: ast.Slice) -> Any:
        parts = (node.lower, node.upper, node.step)
        return slice(*(None if part is None else self.value(part) for part in parts))

    def _attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.value, ast.Name) and node.value.id in self._math_names:
            if node.attr in _MATH:
                return getattr(math, node.attr)
            raise NotPure(f"math.{node.attr}")
        raise NotPure(f"the attribute {node.attr}")

    # Comprehensions

    def _listcomp(self, node: ast.ListComp) -> Any:
        return list(self._comprehension(node.generators, [node.elt]))

    def _setcomp(self, node: ast.SetComp) -> Any:
        return set(self._comprehension(node.generators, [node.elt]))

    def _generatorexp(self, node: ast.GeneratorExp) -> Any:
        return iter(list(self._comprehension(node.generators, [node.elt])))

    def _dictcomp(self, node: ast.DictComp) -> Any:
        return dict(self._comprehension(node.generators, [node.key, node.value]))

    def _comprehension(
        self, generators: list[ast.comprehension], made: list[ast.expr]
    ) -> Iterator[Any]:
        if not generators:
            values = [self.value(node) for node in made]
            yield values[0] if len(values) == 1 else tuple(values)
            return
        first, *rest = generators
        if first.is_async:
            raise NotPure("an asynchronous comprehension")
        iterable = self.value(first.iter)
        scope: dict[str, Any] = {}
        self._scopes.append(scope)
        try:
            for item in self._iterate(iterable):
                bind(first.target, item, scope)
                if all(self.value(condition) for condition in first.ifs):
                    yield from self._comprehension(rest, made)
        finally:
            self._scopes.pop()

    def _iterate(self, values: Any) -> Iterator[Any]:
        for item in values:
            self._steps += 1
            if self._steps > _STEPS:
                raise TooMuch("too many steps")
            yield item

    # Calls

    def _call(self, node: ast.Call) -> Any:
        if self._on_call is not None:
            answer = self._on_call(node)
            if answer is not NotImplemented:
                return answer
        function, bounded = self._function(node.func)
        args = list(self._elements(node.args))
        kwargs: dict[str, Any] = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                kwargs.update(self.value(keyword.value))
            else:
                kwargs[keyword.arg] = self.value(keyword.value)
        if "key" in kwargs or any(
            isinstance(arg, type) for arg in args[: 1 if function is isinstance else None]
        ):
            raise NotPure("a callable as argument")
        for arg in args:
            if isinstance(arg, range) and len(arg) > _ITEMS and bounded:
                raise TooMuch("a range too long to walk")
        return function(*args, **kwargs)

    def _function(self, node: ast.expr) -> tuple[Callable[..., Any], bool]:
        if isinstance(node, ast.Name) and not any(node.id in scope for scope in self._scopes):
            if node.id in _FUNCTIONS:
                return _FUNCTIONS[node.id], node.id not in ("range", "len", "isinstance", "repr")
            raise NotPure(f"a call of {node.id}")
        if isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id in self._math_names:
                return self._attribute(node), True
            receiver = self.value(node.value)
            if node.attr in _METHODS.get(type(receiver), ()):
                return getattr(receiver, node.attr), True
            raise AttributeError(
                f"'{type(receiver).__name__}' object has no attribute '{node.attr}'"
            )
        raise NotPure("a call of what is not a known function")


def bind(target: ast.expr, value: Any, names: dict[str, Any]) -> None:
    """Binds `target` (a name, or a tuple of them) in `names`, as an assignment does."""
    if isinstance(target, ast.Name):
        names[target.id] = value
        return
    if isinstance(target, ast.Tuple | ast.List):
        if any(isinstance(element, ast.Starred) for element in target.elts):
            raise NotPure("a starred target")
        items = list(value)
        if len(items) != len(target.elts):
            raise ValueError(f"expected {len(target.elts)} values to unpack, got {len(items)}")
        for element, item in zip(target.elts, items, strict=True):
            bind(element, item, names)
        return
    raise NotPure(f"an assignment to {type(target).__name__}")


def _refuse_large_result(kind: type[ast.operator], left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        bits = 0
        if kind is ast.Pow and right > 0:
            bits = left.bit_length() * right
        elif kind is ast.LShift and right > 0:
            bits = left.bit_length() + right
        elif kind is ast.Mult:
            bits = left.bit_length() + right.bit_length()
        if bits > _BITS:
            raise TooMuch("an int too large")
    elif kind is ast.Mult:
        for sequence, count in ((left, right), (right, left)):
            if (
                isinstance(sequence, str | bytes | list | tuple)
                and isinstance(count, int)
                and len(sequence) * count > _ITEMS
            ):
                raise TooMuch("a sequence too long")
    elif kind is ast.Mod and isinstance(left, str | bytes):
        raise TooMuch("formatting by %")
