"""Checks of a strategy's own fields, with messages that say what to write instead."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any


def at_least(strategy: object, **bounds: float) -> None:
    """Raise ValueError unless every named field is at least its bound."""
    for name, bound in bounds.items():
        value: Any = getattr(strategy, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= bound:
            raise ValueError(
                f"{type(strategy).__name__}: {name} must be at least {bound}, got {value!r}"
            )


def at_least_if_given(strategy: object, **bounds: float) -> None:
    """`at_least` for the named fields that are not None."""
    given = {name: bound for name, bound in bounds.items() if getattr(strategy, name) is not None}
    at_least(strategy, **given)


def within(strategy: object, low: float, high: float, *names: str) -> None:
    """Raise ValueError unless every named field lies in [low, high]."""
    for name in names:
        value: Any = getattr(strategy, name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{type(strategy).__name__}: {name} must be a number, got {value!r}")
        if not low <= value <= high:
            raise ValueError(
                f"{type(strategy).__name__}: {name} must be in [{low}, {high}], got {value}"
            )


def one_of(strategy: object, name: str, choices: Collection[str]) -> None:
    """Raise ValueError unless the field is one of `choices`."""
    value = getattr(strategy, name)
    if value not in choices:
        raise ValueError(
            f"{type(strategy).__name__}: {name} must be one of {', '.join(choices)}, got {value!r}"
        )
