"""Values as text for people and prompts: like `repr`, but bounded, and the same in every run.

`repr` is unfit for both: a set prints in hash order, which changes from run to run; an int of over
4,300 digits raises; and a value of a megabyte prints a megabyte.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{4,16}\b")
CUT = "..."  # stands in the text of a value that does not fit
_DEPTH = 40


def text_of(value: Any, limit: int = 400) -> str:
    """`value` as Python source where it fits in `limit` characters, else cut in its middle."""
    # A container prints at most what fits, so the work is bounded by the limit, not by the value.
    return cut(_text(value, 2 * limit, 0), limit)


def call_text(function: str, args: tuple[Any, ...], kwargs: Any = None, limit: int = 400) -> str:
    """`function(args...)` as it would be written."""
    parts = [_text(arg, 2 * limit, 0) for arg in args]
    parts += [f"{name}={_text(value, 2 * limit, 0)}" for name, value in (kwargs or {}).items()]
    room = max(limit - len(function) - 2, 8)
    return f"{function}({cut(', '.join(parts), room)})"


def error_text(error: BaseException) -> str:
    """`Type: message` of an exception whose message may hold a value of a candidate's choice:
    `KeyError(10**5000)` has none, since it would print the key."""
    try:
        message = str(error)
    except ValueError:
        message = "<no message>"
    return f"{type(error).__name__}: {message}"


def cut(text: str, limit: int) -> str:
    """`text` in at most `limit` characters: two thirds of its head, then the end of its tail."""
    if len(text) <= limit:
        return text
    mark = f"{CUT}<{len(text)} characters>{CUT}"
    room = limit - len(mark)
    if room < 8:
        return text[: max(limit - len(CUT), 0)] + CUT[: max(limit, 0)]
    tail = room // 3
    return text[: room - tail] + mark + text[len(text) - tail :]


def printable(text: str) -> str:
    """The text with what a terminal would obey, or nobody see, written as escapes: `\\x1b[2J`, lone
    surrogates, marks that turn the direction of writing. Lines and tabs stay."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in "\n\t " else c.encode("unicode_escape").decode() for c in text
    )


def without_addresses(text: str) -> str:
    """`<f at 0x7f3c>` as `<f>`: where an object lies differs from run to run."""
    return _ADDRESS.sub("", text) if " at 0x" in text else text


def _text(value: Any, budget: int, depth: int) -> str:
    kind = type(value)
    if kind is int:
        return _int_text(value)
    if kind is str or kind is bytes:
        return _string_text(value, budget)
    if kind in (bool, float, complex, type(None), type(Ellipsis)):
        return repr(value)
    if kind is range:
        return _range_text(value)
    if depth >= _DEPTH:
        return CUT
    if kind is list:
        return "[" + _items(value, budget, depth) + "]"
    if kind is tuple:
        inner = _items(value, budget, depth)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if kind is set or kind is frozenset:
        inner = "{" + _elements(value, budget, depth) + "}" if value else ""
        if kind is set:
            return inner or "set()"
        return f"frozenset({inner})"
    if kind is dict:
        return "{" + _entries(value, budget, depth) + "}"
    if kind.__name__ == "Record":
        return f"{value.type_name}({_fields(value.fields, budget, depth)})"
    if kind.__name__ == "Iterated":
        return f"<{value.type_name} of [{_items(value.items, budget, depth)}]>"
    if kind is Fraction:  # of two ints, and as long as they are
        return f"Fraction({_int_text(value.numerator)}, {_int_text(value.denominator)})"
    if kind in (bytearray, Decimal):
        return cut(repr(value), max(budget, 8))
    text = getattr(value, "text", None)  # what the sandbox could not decode says its own repr
    return without_addresses(text) if isinstance(text, str) and text else f"<{kind.__name__}>"


def _items(values: Any, budget: int, depth: int) -> str:
    parts: list[str] = []
    used = 0
    for value in values:
        if used > budget:
            parts.append(f"{CUT}<{len(values)} items>")
            break
        parts.append(_text(value, budget - used, depth + 1))
        used += len(parts[-1]) + 2
    return ", ".join(parts)


def _entries(values: dict[Any, Any], budget: int, depth: int) -> str:
    parts: list[str] = []
    used = 0
    for key, value in values.items():
        if used > budget:
            parts.append(f"{CUT}<{len(values)} entries>")
            break
        key_text = _text(key, budget - used, depth + 1)
        parts.append(f"{key_text}: {_text(value, budget - used, depth + 1)}")
        used += len(parts[-1]) + 2
    return ", ".join(parts)


def _fields(fields: Any, budget: int, depth: int) -> str:
    return ", ".join(f"{name}={_text(item, budget, depth + 1)}" for name, item in fields)


def _elements(values: Any, budget: int, depth: int) -> str:
    """A set's elements in an order that does not depend on hashes."""
    kinds = {type(item) for item in values}
    if kinds <= {int, bool} or kinds == {str} or kinds == {bytes}:
        return _items(sorted(values), budget, depth)
    if kinds <= {int, bool, float} and all(item == item for item in values):
        return _items(sorted(values), budget, depth)
    # Sets order partially and nan not at all: their text is the only order left. It is made once:
    # a second time for the order would double the work with each level of sets within sets.
    pairs = sorted((type(item).__name__, _text(item, budget, depth + 1)) for item in values)
    parts: list[str] = []
    used = 0
    for _, text in pairs:
        if used > budget:
            parts.append(f"{CUT}<{len(pairs)} items>")
            break
        parts.append(text)
        used += len(text) + 2
    return ", ".join(parts)


def _range_text(value: range) -> str:
    parts = [value.start, value.stop, value.step]
    return f"range({', '.join(map(_int_text, parts if value.step != 1 else parts[:2]))})"


def _int_text(value: int) -> str:
    if value.bit_length() <= 8_000:  # below the interpreter's limit on conversions
        return repr(value)
    return f"<int of {value.bit_length()} bits, low digits {value % 10**9:09d}>"


def _string_text(value: str | bytes, budget: int) -> str:
    if len(value) <= budget:
        return repr(value)
    head, tail = budget * 2 // 3, budget // 3
    return f"{value[:head]!r}{CUT}<{len(value)} characters>{CUT}{value[-tail:]!r}"
