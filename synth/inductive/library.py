"""Which components, at which types, a task is searched with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product

from synth.inductive import list_components, number_components, string_components
from synth.inductive.bit_components import bit_components
from synth.inductive.component import Component
from synth.inductive.value_types import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    PATTERN,
    STR,
    Type,
    bit_width,
    list_of,
    tuple_of,
)  # fmt: skip

_GENERAL: tuple[Component, ...] = (
    *number_components.INTEGER,
    *number_components.BOOLEAN,
    *number_components.EQUALITY,
    *list_components.SLICING,
    *list_components.MEASURING,
    *list_components.ORDERING,
    *list_components.GROUPING,
    *list_components.INTEGERS,
    *list_components.TUPLES,
    *list_components.DICTS,
    *list_components.SETS,
    *string_components.CUTTING,
    *string_components.SHAPING,
    *string_components.MEASURING,
    *string_components.TESTING,
    *string_components.SPLITTING,
    *string_components.MATCHING,
    *number_components.TEXT,
    *number_components.FLOATING,
    *list_components.FLOATS,
)
# Polymorphic equality is for what has no equality of its own above.
_OWN_EQUALITY = {INT, STR, BOOL, PATTERN}


def component_names() -> list[str]:
    """The names of all components, for `exclude` and for weights."""
    names = {component.name: None for component in _GENERAL}
    names.update(dict.fromkeys(component.name for component in bit_components(64)))
    return list(names)


def universe(arguments: Sequence[Type], output: Type, extra: Iterable[Type] = ()) -> set[Type]:
    """The types that expressions of a task may have: its own, their parts, and near relatives."""
    kinds: set[Type] = {BOOL}
    for kind in (*arguments, output, *extra):
        kinds |= _parts(kind)
    if any(bit_width(kind) for kind in kinds):
        return kinds
    kinds.add(INT)
    if STR in kinds:
        kinds |= {list_of(STR), PATTERN}
    if any(kind.name in ("list", "str", "dict", "set") for kind in kinds):
        kinds.add(list_of(INT))
    for kind in list(kinds):
        if kind.name == "dict":
            key, item = kind.arguments
            kinds |= {list_of(key), list_of(item), tuple_of(key, item)}
            kinds.add(list_of(tuple_of(key, item)))
        elif kind.name == "set":
            kinds.add(list_of(kind.element))
        elif kind.is_list and kind.element in (INT, STR):
            kinds.add(list_of(kind))
    if list_of(INT) in kinds or list_of(STR) in kinds:
        kinds.add(list_of(BOOL))
    if FLOAT in kinds:
        kinds.add(list_of(FLOAT))
    return kinds


def _parts(kind: Type) -> set[Type]:
    if kind.name == "optional":
        return {NONE} | _parts(kind.arguments[0])
    return {kind}.union(*map(_parts, kind.arguments))


def library(
    kinds: Collection[Type],
    *,
    add: Iterable[Component] = (),
    exclude: Collection[str] = (),
    only: Sequence[Component] | None = None,
    weights: dict[str, int] | None = None,
    textual: bool = False,
) -> list[Component]:
    """Components at every combination of the given types that they fit.

    ``only`` replaces the library, ``add`` extends it, ``exclude`` removes by name, and
    ``weights`` overrides costs by name (`synth.inductive.weights`).  ``textual`` says that all
    arguments are text, where numbers are lengths and positions, rarely taken modulo anything.
    Cheap ones come first.
    """
    source: list[Component] = list(_GENERAL) if only is None else list(only)
    if only is None:
        widths = {width for width in map(bit_width, kinds) if width is not None}
        for width in sorted(widths):
            source.extend(bit_components(width))
    source.extend(add)
    found: list[Component] = []
    ordered = sorted(kinds, key=str)
    for component in source:
        if component.name in exclude:
            continue
        for instance in _instances(component, ordered):
            cost = component.cost
            if weights and component.name in weights:
                cost = max(1, weights[component.name])
            elif only is None:
                cost += _surcharge(instance, textual)
            found.append(replace(instance, cost=cost))
    found.sort(key=lambda component: component.cost)
    return found


# What counts and divides means little of lengths of text.
_NUMERIC = {
    "even", "odd", "divisible", "mod", "floordiv", "mul", "gcd", "prime", "square", "factorial",
    "pow", "digits", "length_of_digits", "digit_list", "product", "cumulate_product",
}  # fmt: skip
_ORDERED = {"max", "min", "max2", "min2"}


def _surcharge(component: Component, textual: bool) -> int:
    if textual and component.name in _NUMERIC:
        return 3
    # The alphabetically first word is seldom what a text is about.
    return 3 if component.name in _ORDERED and component.result == STR else 0


def _instances(component: Component, kinds: Sequence[Type]) -> Iterator[Component]:
    allowed = set(kinds)
    names = sorted(component.type_variables())
    for choice in product(kinds, repeat=len(names)):
        if component.name == "same" and choice[0] in _OWN_EQUALITY:
            continue
        if PATTERN in choice or NONE in choice or BOOL in choice:
            continue
        binding = dict(zip(names, choice, strict=True))
        if any(binding[name].name in ("list", "dict", "set") for name in component.hashable):
            continue
        instance = component.instance(binding)
        if instance.result in allowed and all(kind in allowed for kind in instance.arguments):
            yield instance
