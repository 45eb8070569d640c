"""A building block of programs: a function on frozen values, its types, cost and Python text."""

from __future__ import annotations

import ast
import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from synth.inductive.value_types import UNKNOWN, Type, parse_annotation, substitute, variables_of
from synth.inductive.values import coerce, freeze, thaw

Vector = Callable[..., Any]


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """One operation that enumeration may use.

    `function` takes and returns frozen values (lists are tuples) and may raise: the outcome is
    then bottom.  `template` is a Python expression over ``_0``, ``_1``, ...  `vector`, where given,
    does the same on int64 arrays of equal shape; rows for which `vector_valid` is false are
    dropped.  `smt` is the SMT-LIB operator, for components read from a SyGuS grammar; type
    variables named in `hashable` cannot be lists, dicts or sets, which Python does not hash.
    """

    name: str
    arguments: tuple[Type, ...]
    result: Type
    function: Callable[..., Any]
    template: str
    cost: int = 2
    commutative: bool = False
    vector: Vector | None = None
    vector_valid: Vector | None = None
    imports: tuple[str, ...] = ()
    smt: str | None = None
    hashable: tuple[str, ...] = ()

    @property
    def arity(self) -> int:
        return len(self.arguments)

    def instance(self, binding: dict[str, Type]) -> Component:
        """This component at concrete types."""
        return replace(
            self,
            arguments=tuple(substitute(argument, binding) for argument in self.arguments),
            result=substitute(self.result, binding),
        )

    def type_variables(self) -> set[str]:
        return set().union(*(variables_of(a) for a in self.arguments), variables_of(self.result))


def component_from_callable(function: Callable[..., Any], *, cost: int = 3) -> Component:
    """A component that calls a user's annotated function by its name.

    Every parameter and the result need annotations made of str, int, bool, float, list, tuple,
    set and dict.  The function is called with ordinary Python values; it must not mutate them.
    Raises `TypeError` naming the first annotation that is missing or not understood.
    """
    name = getattr(function, "__name__", "")
    if not name.isidentifier():
        raise TypeError(f"a component needs a name that can be called; found {name!r}")
    try:
        hints = typing.get_type_hints(function)
    except NameError as error:
        raise TypeError(f"annotations of {name} cannot be resolved: {error}") from error
    parameters = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
    ]
    kinds: list[Type] = []
    for label in [parameter.name for parameter in parameters] + ["return"]:
        kind = parse_annotation(hints[label]) if label in hints else UNKNOWN
        if _has_unknown(kind):
            found = f"{hints[label]!r}" if label in hints else "none"
            raise TypeError(f"component {name}: annotate {label!r} with a full type; found {found}")
        kinds.append(kind)
    *arguments, result = kinds

    def call(*values: Any) -> Any:
        thawed = map(thaw, values, arguments)
        return coerce(freeze(function(*thawed)), result)

    holes = ", ".join(f"_{index}" for index in range(len(arguments)))
    return Component(name, tuple(arguments), result, call, f"{name}({holes})", cost)


def _has_unknown(kind: Type) -> bool:
    return kind == UNKNOWN or any(map(_has_unknown, kind.arguments))


def parse_template(template: str) -> ast.expr:
    return ast.parse(template, mode="eval").body
