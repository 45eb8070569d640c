"""Hard budgets: reserve before, settle after.

A reservation is an upper bound, so what was admitted cannot overshoot; only a prompt longer than
estimated can, by a part of one call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from synth.errors import UsageError
from synth.models.chat import Usage


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may spend; None is no limit. `programs` counts candidates, verified or not;
    `seconds` is wall time, `tokens` prompt and completion together, over all models."""

    tokens: int | None = None
    calls: int | None = None
    programs: int | None = None
    seconds: float | None = None
    dollars: float | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            limit = getattr(self, item.name)
            if limit is not None and not limit >= 0:
                raise UsageError(f"budget.{item.name} must be 0 or more, got {limit!r}")

    def to_json(self) -> dict[str, Any]:
        return {item.name: getattr(self, item.name) for item in fields(self)}


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million prompt tokens and a million completion tokens."""

    prompt: float = 0.0
    completion: float = 0.0

    def dollars(self, prompt_tokens: float, completion_tokens: float) -> float:
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1e6


@dataclass(frozen=True, slots=True)
class Amount:
    """What an expansion may at most spend, or did spend."""

    tokens: int = 0
    calls: int = 0
    programs: int = 0
    dollars: float = 0.0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.tokens + other.tokens,
            self.calls + other.calls,
            self.programs + other.programs,
            self.dollars + other.dollars,
        )

    def __sub__(self, other: Amount) -> Amount:
        return Amount(
            self.tokens - other.tokens,
            self.calls - other.calls,
            self.programs - other.programs,
            self.dollars - other.dollars,
        )


@dataclass(slots=True)
class Ledger:
    """What was spent, and what open expansions may still spend.

    `settled` and `reserved` count whole expansions, so that admission depends on what was told
    and asked, never on which call of an open expansion happened to return first. `usage` counts
    every call at once, for people.
    """

    budget: Budget
    prices: Mapping[str, Price] = field(default_factory=dict)
    settled: Amount = field(default_factory=Amount)
    reserved: dict[int, Amount] = field(default_factory=dict)
    spent: dict[int, Amount] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)

    def left(self, name: str) -> float:
        """What is neither settled nor reserved of `name`; infinite without a limit."""
        limit = getattr(self.budget, name)
        if limit is None:
            return float("inf")
        taken = getattr(self.settled, name)
        for expansion, amount in self.reserved.items():
            taken += max(getattr(amount, name), getattr(self.spent[expansion], name))
        return float(limit - taken)

    def reserve(self, expansion: int, amount: Amount) -> None:
        self.reserved[expansion] = amount
        self.spent[expansion] = Amount()

    def charge(self, expansion: int, model: str, usage: Usage) -> Usage:
        """Count a call of `expansion`; returns its usage with dollars filled in."""
        price = self.prices.get(model)
        if price is not None:
            dollars = price.dollars(usage.prompt_tokens, usage.completion_tokens)
            usage += Usage(dollars=dollars - usage.dollars)
        self.usage += usage
        amount = Amount(usage.tokens, usage.calls, 0, usage.dollars)
        if expansion in self.spent:
            self.spent[expansion] += amount
        else:
            self.settled += amount
        return usage

    def settle(self, expansion: int, programs: int) -> Amount:
        """Close the reservation of `expansion`; returns what it spent."""
        spent = self.spent.pop(expansion) + Amount(programs=programs)
        del self.reserved[expansion]
        self.settled += spent
        return spent
