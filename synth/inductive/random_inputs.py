"""Random inputs like those of the examples: mutations of them, and fresh values of their types."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from synth.inductive.value_types import Type, bit_width
from synth.inductive.values import FrozenDict


def random_inputs(
    rows: Sequence[tuple[Any, ...]], kinds: Sequence[Type], count: int, *, seed: int = 0
) -> list[tuple[Any, ...]]:
    """Up to `count` distinct argument tuples in frozen form, deterministic in the seed.

    Half recombine and edit example values, so that they stay in the domain the examples
    suggest; the rest, from the second half on, stray further.
    """
    generator = random.Random(seed)
    found: dict[tuple[Any, ...], None] = {}
    for attempt in range(4 * count):
        if len(found) >= count:
            break
        edits = 1 + (attempt > count) + (attempt > 2 * count)
        row = []
        for place, kind in enumerate(kinds):
            value = generator.choice(rows)[place]
            for _ in range(generator.randint(0 if len(kinds) > 1 else 1, edits)):
                value = _mutate(value, kind, generator, rows, place)
            row.append(value)
        if tuple(row) not in rows:
            found[tuple(row)] = None
    return list(found)


def _atoms_of(rows: Sequence[tuple[Any, ...]], kind: Type) -> Iterator[Any]:
    wanted = {"int": int, "str": str, "float": float, "bool": bool}.get(kind.name)

    def walk(value: Any) -> Iterator[Any]:
        if wanted is not None and type(value) is wanted:
            yield value
        elif isinstance(value, tuple | frozenset):
            for item in value:
                yield from walk(item)
        elif isinstance(value, dict):
            for key, item in value.items():
                yield from walk(key)
                yield from walk(item)

    for row in rows:
        for value in row:
            yield from walk(value)


def _mutate(
    value: Any, kind: Type, generator: random.Random, rows: Sequence[tuple[Any, ...]], place: int
) -> Any:
    width = bit_width(kind)
    if width:
        return (value ^ (1 << generator.randrange(width))) & ((1 << width) - 1)
    if value is None:
        return None
    match kind.name:
        case "int":
            known = [item for item in _atoms_of(rows, kind) if isinstance(item, int)]
            return generator.choice(
                [value + generator.choice([-2, -1, 1, 2, 3]), generator.choice(known or [0]),
                 generator.randint(0, max(10, abs(value)))]
            )  # fmt: skip
        case "bool":
            return not value
        case "float":
            return round(value + generator.choice([-1.5, -1.0, -0.25, 0.5, 1.0]), 4)
        case "str":
            return _mutate_text(value, generator, rows, place)
        case "list":
            return _mutate_list(value, kind, generator, rows)
        case "tuple":
            if not value:
                return value
            at = generator.randrange(len(value))
            item = _mutate(value[at], kind.arguments[at], generator, rows, place)
            return (*value[:at], item, *value[at + 1 :])
        case "dict":
            if not value:
                return value
            chosen = generator.choice(list(value))
            if generator.random() < 0.4:
                return FrozenDict({k: v for k, v in value.items() if k != chosen})
            item = _mutate(value[chosen], kind.arguments[1], generator, rows, place)
            return FrozenDict({**value, chosen: item})
        case "set":
            return frozenset(list(value)[1:])
        case "optional":
            return _mutate(value, kind.arguments[0], generator, rows, place)
    return value


def _mutate_text(
    text: str, generator: random.Random, rows: Sequence[tuple[Any, ...]], place: int
) -> str:
    if not text:
        others = [row[place] for row in rows if isinstance(row[place], str) and row[place]]
        return generator.choice(others) if others else "a"
    at = generator.randrange(len(text))
    letters = "abcdefgxyz"
    swapped = text[at]
    if swapped.isdigit():
        swapped = generator.choice("0123456789")
    elif swapped.isupper():
        swapped = generator.choice(letters).upper()
    elif swapped.isalpha():
        swapped = generator.choice(letters)
    words = text.split(" ")
    options = [
        text[:at] + swapped + text[at + 1 :],
        text[:at] + swapped + text[at:],
        text[:at] + text[at + 1 :],
    ]
    if len(words) > 1:
        shuffled = words[:]
        generator.shuffle(shuffled)
        options += [" ".join(shuffled), " ".join([*words, generator.choice(words)])]
        options.append(" ".join(words[:-1]))
    other = generator.choice(rows)[place]
    if isinstance(other, str) and other:
        cut = generator.randrange(len(other))
        options.append(text[:at] + other[cut:])
    return generator.choice(options)


def _mutate_list(
    items: tuple[Any, ...], kind: Type, generator: random.Random, rows: Sequence[tuple[Any, ...]]
) -> tuple[Any, ...]:
    element = kind.arguments[0]
    if element.is_list and _rectangular(items):
        return _mutate_rectangle(items, generator, rows, element)
    pool = list(_atoms_of(rows, element)) or list(items) or [0]
    if not items:
        return (generator.choice(pool),) if not element.arguments else ()
    at = generator.randrange(len(items))
    choice = generator.randrange(5)
    if choice == 0:
        return items[:at] + items[at + 1 :]
    if choice == 1:
        shuffled = list(items)
        generator.shuffle(shuffled)
        return tuple(shuffled)
    if choice == 2:
        return (*items[:at], items[generator.randrange(len(items))], *items[at:])
    if choice == 3 and not element.arguments:
        return (*items[:at], generator.choice(pool), *items[at:])
    return (*items[:at], _mutate(items[at], element, generator, rows, 0), *items[at + 1 :])


def _rectangular(items: tuple[Any, ...]) -> bool:
    """Whether rows are equally long: a table or a picture, which stays one."""
    return len(items) > 1 and len(items[0]) > 1 and len({len(row) for row in items}) == 1


def _mutate_rectangle(
    items: tuple[Any, ...], generator: random.Random, rows: Sequence[tuple[Any, ...]], row: Type
) -> tuple[Any, ...]:
    choice = generator.randrange(6)
    if choice == 0:
        return items[::-1]
    if choice == 1:
        return tuple(line[::-1] for line in items)
    if choice == 2 and not row.element.arguments:
        return tuple(zip(*items, strict=True))
    at, width = generator.randrange(len(items)), len(items[0])
    if choice == 3 and len(items) > 2:
        return items[:at] + items[at + 1 :]
    pool = list(_atoms_of(rows, row.element)) or [items[0][0]]
    changed = list(items[at])
    changed[generator.randrange(width)] = generator.choice(pool)
    return (*items[:at], tuple(changed), *items[at + 1 :])
