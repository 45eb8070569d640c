"""How Python values are held while enumerating: immutable and hashable, lists as tuples.

Observational equivalence hashes whole columns of outputs, so every value is frozen on the way in
and thawed, guided by its type, on the way out.
"""

from __future__ import annotations

import math
from typing import Any, Final

from synth.inductive.value_types import Type


class _Bottom:
    """The outcome of an expression that raised; it equals only itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "BOTTOM"


BOTTOM: Final = _Bottom()


class FrozenDict(dict[Any, Any]):
    """A dict that hashes by its items; enumeration never mutates one."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


def freeze(value: Any) -> Any:
    """The hashable form of a Python value: lists and tuples become tuples, floats are rounded."""
    if isinstance(value, list | tuple):
        return tuple(map(freeze, value))
    if isinstance(value, dict):
        return FrozenDict({freeze(key): freeze(item) for key, item in value.items()})
    if isinstance(value, set | frozenset):
        return frozenset(map(freeze, value))
    if isinstance(value, float):
        return round_float(value)
    return value


def round_float(value: float) -> float:
    """Rounded to 10 decimals, so that the order of additions does not tell programs apart."""
    return round(value, 10) if math.isfinite(value) and abs(value) < 1e15 else value


def thaw(value: Any, kind: Type) -> Any:
    """A fresh Python value of a type from its frozen form."""
    if kind.name == "list":
        return [thaw(item, kind.arguments[0]) for item in value]
    if kind.name == "tuple":
        return tuple(map(thaw, value, kind.arguments))
    if kind.name == "dict":
        key, item = kind.arguments
        return {thaw(k, key): thaw(v, item) for k, v in value.items()}
    if kind.name == "set":
        return {thaw(item, kind.arguments[0]) for item in value}
    if kind.name == "optional":
        return None if value is None else thaw(value, kind.arguments[0])
    return value


def coerce(value: Any, kind: Type) -> Any:
    """A frozen value read as a type: an int in a float column becomes a float."""
    if value is None or value is BOTTOM:
        return value
    if kind.name == "float":
        return round_float(float(value))
    if kind.name == "int" and isinstance(value, bool):
        return int(value)
    if kind.name == "list":
        return tuple(coerce(item, kind.arguments[0]) for item in value)
    if kind.name == "tuple":
        return tuple(map(coerce, value, kind.arguments))
    if kind.name == "dict":
        key, item = kind.arguments
        return FrozenDict({coerce(k, key): coerce(v, item) for k, v in value.items()})
    if kind.name == "set":
        return frozenset(coerce(item, kind.arguments[0]) for item in value)
    if kind.name == "optional":
        return coerce(value, kind.arguments[0])
    return value


def size(value: Any) -> int:
    """How large a value is, in characters, elements and bits: grows are cut by it."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, tuple | frozenset):
        return 1 + sum(map(size, value))
    if isinstance(value, dict):
        return 1 + sum(size(key) + size(item) for key, item in value.items())
    return 1
