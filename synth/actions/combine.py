"""Combine and mend: the enumerator builds on what the model got nearly right.

Sub-expressions of failed programs become leaves of the enumeration, whose costs are learned from
them (Barke et al., "HYSYNTH" (2024), learn a grammar's weights from samples); a near-miss is mended
by one edit.
"""

from __future__ import annotations

from dataclasses import dataclass

from synth.context import Context
from synth.enumeration import can_enumerate
from synth.node import Draft
from synth.problem import Problem


@dataclass(frozen=True, slots=True)
class CombineAction:
    """At most `ctx.n` programs that agree with every example, from the parts of at most `sources`
    failed programs, found within `seconds`."""

    seconds: float = 2.0
    sources: int = 16
    calls: int = 0
    probes: bool = True
    failed: bool = True

    def applies(self, problem: Problem) -> bool:
        return can_enumerate(problem)

    async def __call__(self, ctx: Context) -> list[Draft]:
        sources = [node.program.source for node in ctx.failed[: self.sources] if node.program]
        return await ctx.enumerate(ctx.n, self.seconds, sources) if sources else []


@dataclass(frozen=True, slots=True)
class MendAction:
    """At most `ctx.n` programs one edit away from `ctx.node` that agree with every example."""

    seconds: float = 1.0
    calls: int = 0
    probes: bool = True

    def applies(self, problem: Problem) -> bool:
        return can_enumerate(problem)

    async def __call__(self, ctx: Context) -> list[Draft]:
        if ctx.node is None or ctx.node.program is None or ctx.node.verified:
            return []
        return await ctx.mend(ctx.node.program.source, ctx.n, self.seconds)
