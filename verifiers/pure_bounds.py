"""How much an expression over a candidate's answers may take, refused before it is taken.

An answer comes from a program that may want the driver's time or memory rather than to be right.
What a test's author can have meant is far below these bounds; `TooMuch` sends the test to a process
of its own, which has limits.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from verifiers.pure_language import TooMuch

ITEMS = 200_000
_CHARACTERS = 10_000_000
_BITS = 1_000_000
# Division, gcd, isqrt and conversion to Decimal are quadratic: at 4 million bits, what fits an
# answer, they took 10 to over 70 s; at this, below half a second.
_ANSWER_BITS = 250_000
_SIZED = frozenset((str, bytes, list, tuple, set, frozenset, dict))


def refuse_large_result(kind: type[ast.operator], left: Any, right: Any) -> None:
    """Refuses an operation whose result, or the way to it, would be too large."""
    if isinstance(left, Fraction) or isinstance(right, Fraction):
        times = abs(right) if kind is ast.Pow and isinstance(right, int) else 1
        if (_bits(left) + _bits(right)) * times > _ANSWER_BITS:
            raise TooMuch("a fraction too long")
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
                and len(sequence) * count > ITEMS
            ):
                raise TooMuch("a sequence too long")
    elif kind is ast.Add and isinstance(left, str | bytes | list | tuple):
        limit = _CHARACTERS if isinstance(left, str | bytes) else ITEMS
        if isinstance(right, str | bytes | list | tuple) and len(left) + len(right) > limit:
            raise TooMuch("a sequence too long")
    elif kind is ast.Mod and isinstance(left, str | bytes):
        raise TooMuch("formatting by %")


def refuse_large_call(function: Callable[..., Any], args: list[Any]) -> None:
    """Refuses what would print, join or allocate more than can be meant: a list of one list many
    times over is small until somebody writes it out."""
    if function in (str, repr) and args and is_heavy(args[0]):
        raise TooMuch("a value too large to print")
    if function is bytes and args and isinstance(args[0], int) and args[0] > ITEMS:
        raise TooMuch("bytes too long")
    if function is sum and args and _are_long_fractions(args[0]):
        raise TooMuch("a fraction too long")
    if getattr(function, "__name__", "") == "join" and args and isinstance(args[0], list | tuple):
        between = len(getattr(function, "__self__", ""))
        total = sum(len(part) + between for part in args[0] if isinstance(part, str | bytes))
        if total > _CHARACTERS:
            raise TooMuch("a text too long")


def is_heavy(value: Any, limit: int = ITEMS) -> bool:
    """Whether `value`, with shared parts counted each time, has more than `limit` elements. Takes
    time in proportion to the limit at most."""
    room = [limit]

    def exceeds(value: Any) -> bool:
        if isinstance(value, str | bytes):
            room[0] -= len(value) // 100
        elif isinstance(value, list | tuple | set | frozenset | dict):
            room[0] -= len(value)
            if room[0] < 0:
                return True
            parts = [*value, *value.values()] if isinstance(value, dict) else value
            return any(exceeds(part) for part in parts if type(part) in _SIZED)
        return room[0] < 0

    return exceeds(value)


def refuse_large_answer(value: Any) -> None:
    """Refuses an int so long that arithmetic with it takes seconds, wherever it is in `value`."""
    kind = type(value)
    if kind is int:
        if value.bit_length() > _ANSWER_BITS:
            raise TooMuch("an int too large")
    elif kind in (list, tuple, set, frozenset):
        for item in value:
            refuse_large_answer(item)
    elif kind is dict:
        for key, item in value.items():
            refuse_large_answer(key)
            refuse_large_answer(item)


def hashed(function: Callable[..., Any], args: list[Any]) -> list[Any]:
    """The arguments of a call that may put what is in them into a set or a dict, once it is known
    that this takes time in proportion to their size: iterators are read for it."""
    own = getattr(function, "__self__", None)
    if function is dict:
        read = [list(arg) if not isinstance(arg, dict) else arg for arg in args]
        for arg in read:
            if isinstance(arg, list):
                uncrowded([pair[0] for pair in arg if isinstance(pair, list | tuple) and pair])
        return read
    if function in (set, frozenset) or type(own) in (set, frozenset):
        read = [list(arg) if isinstance(arg, Iterator) else arg for arg in args]
        for arg in read:
            if isinstance(arg, list | tuple):
                uncrowded(arg)
        return read
    return args


def uncrowded(keys: Any) -> Any:
    """The keys, unless so many of them have one hash that a set of them would take minutes."""
    from verifiers.sandbox.encoding import is_crowded

    if is_crowded(keys):
        raise TooMuch("too many keys with the same hash")
    return keys


def _bits(value: Any) -> int:
    if isinstance(value, Fraction):
        return value.numerator.bit_length() + value.denominator.bit_length()
    return value.bit_length() if isinstance(value, int) else 0


def _are_long_fractions(values: Any) -> bool:
    """Whether the common denominator would take long to find."""
    if type(values) not in (list, tuple, set, frozenset):
        return False
    some = any(isinstance(item, Fraction) for item in values)
    return some and sum(map(_bits, values)) > _ANSWER_BITS
