"""Enumerate: programs from the examples alone, by the model-free proposer."""

from __future__ import annotations

from dataclasses import dataclass

from synth.context import Context
from synth.enumeration import can_enumerate
from synth.node import Draft
from synth.problem import Problem


@dataclass(frozen=True, slots=True)
class EnumerateAction:
    """At most `ctx.n` programs that agree with every example, found within `seconds`."""

    seconds: float = 1.0
    calls: int = 0

    def applies(self, problem: Problem) -> bool:
        return can_enumerate(problem)

    async def __call__(self, ctx: Context) -> list[Draft]:
        return await ctx.enumerate(ctx.n, self.seconds)
