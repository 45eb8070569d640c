"""What stands on the trusted side for a value that does not travel as itself.

Written out rather than as dataclasses: that module brings `inspect` and all its kin, a megabyte
that the zygote would hold and every child pay for.
"""

from __future__ import annotations

from typing import Any


class _StandIn:
    """Equal when of the same class with the same fields."""

    __slots__ = ()
    __match_args__: tuple[str, ...] = ()

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__match_args__)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({fields})"


class Opaque(_StandIn):
    """A value that cannot travel: what it was, and its repr cut to size."""

    __slots__ = ("text", "type_name")
    __match_args__ = ("type_name", "text")

    def __init__(self, type_name: str, text: str) -> None:
        self.type_name, self.text = type_name, text

    def __repr__(self) -> str:
        return self.text  # as the value's own: doctests go by what would be printed


class Iterated(_StandIn):
    """What an iterator yielded; `complete` is False when it had more than the sender takes."""

    __slots__ = ("complete", "items", "type_name")
    __match_args__ = ("type_name", "items", "complete")

    def __init__(self, type_name: str, items: tuple[Any, ...], complete: bool = True) -> None:
        self.type_name, self.items, self.complete = type_name, items, complete


class Record(_StandIn):
    """A dataclass instance: its class's name and its fields."""

    __slots__ = ("fields", "type_name")
    __match_args__ = ("type_name", "fields")

    def __init__(self, type_name: str, fields: tuple[tuple[str, Any], ...]) -> None:
        self.type_name, self.fields = type_name, fields

    def __repr__(self) -> str:
        return f"{self.type_name}({', '.join(f'{name}={value!r}' for name, value in self.fields)})"
