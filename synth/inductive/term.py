"""Terms: the expressions that enumeration builds, with their outputs on every row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from synth.inductive.component import Component
from synth.inductive.value_types import Type

Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """An argument of the program or the variable of a comprehension; identity tells them apart."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant, in frozen form."""

    value: Any
    type: Type


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """``second if first else third``, evaluated lazily."""


BRANCH = Branch()
BRANCH_COST = 4


@dataclass(frozen=True, slots=True, eq=False)
class Binder:
    """A construct that runs bodies once per element of its sources.

    The first ``sources`` arguments of its term are what is iterated (several: in step, as by
    `zip`), the others are bodies over `variables` and, when not None, `index`.  `kind` names the
    construct; see `synth.inductive.comprehension`.
    """

    kind: str
    variables: tuple[Variable, ...]
    index: Variable | None = None
    sources: int = 1


Head = Variable | Literal | Component | Branch | Binder


class Term:
    """An expression, its type and cost, and its column of outputs.

    `local` says whether it mentions a variable of the scope it was built in: what does not
    is a constant or belongs to an outer scope, and combining two such terms is wasted work.
    """

    __slots__ = ("arguments", "cost", "head", "local", "type", "values")

    def __init__(
        self,
        head: Head,
        arguments: tuple[Term, ...],
        kind: Type,
        cost: int,
        values: Values,
        local: bool = True,
    ) -> None:
        self.head = head
        self.arguments = arguments
        self.type = kind
        self.cost = cost
        self.values = values
        self.local = local

    def __repr__(self) -> str:
        return f"{describe(self)} : {self.type} ({self.cost})"


def describe(term: Term) -> str:
    """A terse picture of a term, for logs and debugging."""
    head = term.head
    if isinstance(head, Variable):
        return head.name
    if isinstance(head, Literal):
        return repr(head.value)
    label = (
        head.name
        if isinstance(head, Component)
        else head.kind
        if isinstance(head, Binder)
        else "if"
    )
    return f"{label}({', '.join(map(describe, term.arguments))})"


def subterms(term: Term) -> Iterator[Term]:
    """The term and every term below it, outermost first."""
    yield term
    for argument in term.arguments:
        yield from subterms(argument)


def mentions(term: Term, variable: Variable | None) -> bool:
    return any(part.head is variable for part in subterms(term))


def shape(term: Term) -> tuple[Any, ...]:
    """A hashable key equal for terms of equal structure."""
    return (term.head, *map(shape, term.arguments))


def literal(value: Any, kind: Type, cost: int, rows: int) -> Term:
    return Term(Literal(value, kind), (), kind, cost, (value,) * rows, local=False)


def branch(condition: Term, then: Term, other: Term, kind: Type) -> Term:
    """A conditional term; its outputs are read off the rows of its parts."""
    values = tuple(
        a if c else b for c, a, b in zip(condition.values, then.values, other.values, strict=True)
    )
    cost = condition.cost + then.cost + other.cost + BRANCH_COST
    return Term(BRANCH, (condition, then, other), kind, cost, values)


Environment = Mapping[Variable, Any]


def evaluate(term: Term, environment: Environment) -> Any:
    """The frozen output of a term on one input; raises what its components raise."""
    head = term.head
    if isinstance(head, Variable):
        return environment[head]
    if isinstance(head, Literal):
        return head.value
    if isinstance(head, Component):
        return head.function(*[evaluate(argument, environment) for argument in term.arguments])
    if isinstance(head, Branch):
        condition, then, other = term.arguments
        return evaluate(then if evaluate(condition, environment) else other, environment)
    from synth.inductive.comprehension import evaluate_binder

    return evaluate_binder(head, term.arguments, environment)
