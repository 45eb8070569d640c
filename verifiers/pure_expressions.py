"""Evaluates the pure part of Python's expressions by walking the syntax tree, never by `eval`.

Most assertions are arithmetic, comparisons and a few builtins around calls of the program under
test. Evaluated here, on the trusted side, their expected values never enter the candidate's
process, and the calls of a whole test file go to it in one batch. What is not in the small language
of `verifiers.pure_language` raises `NotPure`; such a test runs in a process of its own instead.

Work is bounded, because values come from a candidate: steps, sizes of ints and of sequences.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from verifiers.pure_bounds import (
    ITEMS,
    hashed,
    refuse_large_call,
    refuse_large_result,
    uncrowded,
)
from verifiers.pure_language import (
    BINARY,
    COMPARE,
    FUNCTIONS,
    MATH,
    METHODS,
    TYPES,
    UNARY,
    NotPure,
    TooMuch,
)

_STEPS = 300_000


@dataclass(frozen=True, slots=True)
class Failed:
    """In the place of a name's value: what went wrong when it was bound; reading it raises."""

    error: Exception


class Evaluator:
    """Evaluates expressions over `names`; names in `math_names` stand for the `math` module.

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
                value = scope[node.id]
                if isinstance(value, Failed):
                    raise value.error
                return value
        if node.id in TYPES:
            return TYPES[node.id]
        raise NotPure(f"the name {node.id} is not known")

    def _list(self, node: ast.List) -> Any:
        return list(self._elements(node.elts))

    def _tuple(self, node: ast.Tuple) -> Any:
        return tuple(self._elements(node.elts))

    def _set(self, node: ast.Set) -> Any:
        return set(uncrowded(list(self._elements(node.elts))))

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
                other = self.value(value)
                if type(other) is not dict:
                    raise TypeError(f"'{type(other).__name__}' object is not a mapping")
                made.update(other)
            else:
                made[self.value(key)] = self.value(value)
        return made

    # Operators

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        return UNARY[type(node.op)](self.value(node.operand))

    def _binop(self, node: ast.BinOp) -> Any:
        function = BINARY.get(type(node.op))
        if function is None:
            raise NotPure(f"the operator {type(node.op).__name__}")
        left, right = self.value(node.left), self.value(node.right)
        refuse_large_result(type(node.op), left, right)
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
            if isinstance(kind, ast.In | ast.NotIn):
                self._walk(right)
            outcome = COMPARE[type(kind)](left, right)
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
            if node.attr in MATH:
                return getattr(math, node.attr)
            raise NotPure(f"math.{node.attr}")
        raise NotPure(f"the attribute {node.attr}")

    # Comprehensions

    def _listcomp(self, node: ast.ListComp) -> Any:
        return list(self._comprehension(node.generators, [node.elt]))

    def _setcomp(self, node: ast.SetComp) -> Any:
        return set(uncrowded(list(self._comprehension(node.generators, [node.elt]))))

    def _generatorexp(self, node: ast.GeneratorExp) -> Any:
        return iter(list(self._comprehension(node.generators, [node.elt])))

    def _dictcomp(self, node: ast.DictComp) -> Any:
        pairs = list(self._comprehension(node.generators, [node.key, node.value]))
        uncrowded([key for key, _ in pairs])
        return dict(pairs)

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

    def _walk(self, sequence: Any) -> None:
        """Counts the steps of a search through `sequence`, which go at the speed of C."""
        if type(sequence) in (list, tuple, str, bytes):
            self._steps += len(sequence) // 20
            if self._steps > _STEPS:
                raise TooMuch("too many steps")

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
            if isinstance(arg, range) and len(arg) > ITEMS and bounded:
                raise TooMuch("a range too long to walk")
        refuse_large_call(function, args)
        return function(*hashed(function, args), **kwargs)

    def _function(self, node: ast.expr) -> tuple[Callable[..., Any], bool]:
        if isinstance(node, ast.Name) and not any(node.id in scope for scope in self._scopes):
            if node.id in FUNCTIONS:
                return FUNCTIONS[node.id], node.id not in ("range", "len", "isinstance", "repr")
            raise NotPure(f"a call of {node.id}")
        if isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id in self._math_names:
                return self._attribute(node), True
            receiver = self.value(node.value)
            self._walk(receiver)
            if node.attr in METHODS.get(type(receiver), ()):
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
