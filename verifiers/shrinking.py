"""Simpler versions of an input, simplest first: how a counterexample is made small.

A counterexample of two items tells more than one of twenty (Claessen & Hughes 2000; Zeller &
Hildebrandt 2002). The steps here are deletions of halves and single items, and numbers closer to
zero; the caller keeps a step when the failure survives it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from verifiers.value_text import text_of

_SINGLE = 12  # single deletions tried from each end of a long sequence


def simpler(arguments: tuple[Any, ...], *, limit: int = 60) -> list[tuple[Any, ...]]:
    """Up to `limit` different argument tuples simpler than this one, boldest steps first.

    The number of arguments and their types stay as they are.
    """
    found: dict[str, tuple[Any, ...]] = {}
    own = text_of(arguments, 100_000)
    steps = [
        (*arguments[:place], smaller, *arguments[place + 1 :])
        for place, argument in enumerate(arguments)
        for smaller in _simpler(argument, 0)
    ]
    for step in sorted(steps, key=size):
        text = text_of(step, 100_000)
        if text != own:
            found.setdefault(text, step)
        if len(found) == limit:
            break
    return list(found.values())


def size(value: Any) -> tuple[int, str]:
    """An order by simplicity: shorter text first, then the text's own order, 1 before -1."""
    text = text_of(value, 100_000)
    return len(text), text


def _simpler(value: Any, depth: int) -> Iterator[Any]:
    kind = type(value)
    if depth > 6:
        return
    if kind is bool:
        if value:
            yield False
    elif kind is int:
        yield from _simpler_int(value)
    elif kind is float:
        yield from _simpler_float(value)
    elif kind is str or kind is bytes:
        yield from _shorter(value)
        if kind is str and value and set(value) != {"a"} and len(value) <= 20:
            yield "a" * len(value)
    elif kind is list or kind is tuple:
        # A short tuple is a record: its length is its type.
        if kind is list or len(value) > 4:
            yield from _shorter(value)
        for place, item in enumerate(value[:20]):
            for smaller in _simpler(item, depth + 1):
                yield value[:place] + kind([smaller]) + value[place + 1 :]
        for item in _repeated(value[:20]):  # all of them at once: a failure may need them equal
            for smaller in _simpler(item, depth + 1):
                yield kind([smaller if other == item else other for other in value])
    elif kind is set or kind is frozenset:
        for item in sorted(value, key=size)[:_SINGLE]:
            yield value - {item}
    elif kind is dict:
        for key in list(value)[:_SINGLE]:
            yield {other: item for other, item in value.items() if other != key}
        for key in list(value)[:_SINGLE]:
            for smaller in _simpler(value[key], depth + 1):
                yield {**value, key: smaller}


def _repeated(values: Any) -> list[Any]:
    leaves = [value for value in values if type(value) in (int, str)]
    return [value for place, value in enumerate(leaves) if leaves.index(value) < place]


def _shorter(value: Any) -> Iterator[Any]:
    length = len(value)
    if not length:
        return
    yield value[:0]
    if length > 2:
        yield value[: length // 2]
        yield value[length // 2 :]
    for place in sorted({*range(min(_SINGLE, length)), *range(max(0, length - _SINGLE), length)}):
        yield value[:place] + value[place + 1 :]


def _simpler_int(value: int) -> Iterator[int]:
    if value < 0:
        yield -value
    for smaller in (0, 1, 2, int(value / 2) if abs(value) < 2**53 else value // 2):
        if abs(smaller) < abs(value):
            yield smaller
    if abs(value) > 1:
        yield value - 1 if value > 0 else value + 1


def _simpler_float(value: float) -> Iterator[float]:
    if value != value or value in (float("inf"), float("-inf")):
        yield 0.0
        return
    for smaller in (0.0, 1.0, float(int(value)), value / 2):
        if abs(smaller) < abs(value):
            yield smaller
    if value < 0:
        yield -value
