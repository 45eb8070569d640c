"""What is asked: names, types and examples, with everything frozen and checked once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synth.inductive.component import Component
from synth.inductive.value_types import FLOAT, Type, infer
from synth.inductive.values import coerce, freeze


@dataclass(frozen=True, slots=True)
class Task:
    """Examples of a function, in frozen form, and what its programs may be made of.

    `inputs[e]` are the arguments of example ``e`` and `outputs[e]` its result; `unlabeled` are
    further argument tuples without a result.  `only` replaces the component library.
    `everyday` adds the constants that everyone uses to the given ones, mines more, and lets
    covers and conditionals invent literals; `branches` allows conditionals.
    """

    name: str
    parameters: tuple[str, ...]
    types: tuple[Type, ...]
    result: Type
    inputs: tuple[tuple[Any, ...], ...]
    outputs: tuple[Any, ...]
    unlabeled: tuple[tuple[Any, ...], ...] = ()
    constants: tuple[Any, ...] = ()
    add: tuple[Component, ...] = ()
    exclude: frozenset[str] = frozenset()
    only: tuple[Component, ...] | None = None
    weights: Mapping[str, int] | None = None
    everyday: bool = True
    branches: bool = True
    functions: Mapping[str, Callable[..., Any]] | None = None

    def with_examples(self, places: Sequence[int]) -> Task:
        """The same task with some of the examples only."""
        from dataclasses import replace

        return replace(
            self,
            inputs=tuple(self.inputs[place] for place in places),
            outputs=tuple(self.outputs[place] for place in places),
        )

    def right(self, place: int, value: Any) -> bool:
        """Whether a frozen value is the output of an example (floats: to nine digits)."""
        return same(value, self.outputs[place], self.result)


def same(value: Any, wanted: Any, kind: Type) -> bool:
    """Equality of frozen values, with floats compared to a relative 1e-9."""
    if kind == FLOAT and isinstance(value, float | int) and isinstance(wanted, float | int):
        return abs(value - wanted) <= 1e-9 * max(1.0, abs(wanted))
    return type(value) is type(wanted) and bool(value == wanted)


def make_task(
    examples: Sequence[tuple[Sequence[Any], Any]],
    *,
    name: str = "f",
    parameters: Sequence[str] | None = None,
    types: Sequence[Any] | None = None,
    result: Any = None,
    inputs: Sequence[Sequence[Any]] = (),
    constants: Sequence[Any] = (),
    add: Sequence[Component] = (),
    exclude: Collection[str] = (),
    only: Sequence[Component] | None = None,
    weights: Mapping[str, int] | None = None,
    everyday: bool = True,
    branches: bool = True,
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> Task:
    """Check examples, infer the types that are not declared, and freeze the values.

    Raises `ValueError` when there are no examples, when two contradict each other, or when the
    numbers of arguments differ; `TypeError` when values have no common type.
    """
    if not examples:
        raise ValueError("no examples were given; give at least one (arguments, output) pair")
    arity = len(examples[0][0])
    for arguments in (*(pair[0] for pair in examples), *inputs):
        if len(arguments) != arity:
            raise ValueError(
                f"examples take {arity} and {len(arguments)} arguments; give all the same number"
            )
    if parameters is None:
        parameters = [f"arg{place + 1}" for place in range(arity)] if arity != 1 else ["arg"]
    if len(parameters) != arity:
        raise ValueError(f"{len(parameters)} parameter names for {arity} arguments")
    declared = list(types) if types is not None else [None] * arity
    rows = [tuple(pair[0]) for pair in examples] + [tuple(row) for row in inputs]
    kinds = []
    for place in range(arity):
        try:
            kinds.append(infer([row[place] for row in rows], declared[place]))
        except TypeError as error:
            raise TypeError(f"argument {parameters[place]!r}: {error}") from error
    outputs = [pair[1] for pair in examples]
    try:
        output_kind = infer(outputs, result)
    except TypeError as error:
        raise TypeError(f"output: {error}") from error

    def frozen_row(row: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(coerce(freeze(value), kind) for value, kind in zip(row, kinds, strict=True))

    table: dict[tuple[Any, ...], Any] = {}
    for arguments, output in examples:
        key, value = frozen_row(arguments), coerce(freeze(output), output_kind)
        if key in table and table[key] != value:
            raise ValueError(
                f"examples contradict each other: {name}{tuple(arguments)!r} is both "
                f"{table[key]!r} and {output!r}; remove one"
            )
        table[key] = value
    return Task(
        name=name,
        parameters=tuple(parameters),
        types=tuple(kinds),
        result=output_kind,
        inputs=tuple(frozen_row(arguments) for arguments, _ in examples),
        outputs=tuple(coerce(freeze(output), output_kind) for _, output in examples),
        unlabeled=tuple(dict.fromkeys(map(frozen_row, inputs))),
        constants=tuple(constants),
        add=tuple(add),
        exclude=frozenset(exclude),
        only=None if only is None else tuple(only),
        weights=weights,
        everyday=everyday,
        branches=branches,
        functions=functions,
    )
