"""Given: programs from elsewhere (an earlier run, another system, a person) enter the tree."""

from __future__ import annotations

from dataclasses import dataclass

from synth.context import Context
from synth.node import Draft
from synth.program import Program


@dataclass(frozen=True, slots=True)
class GivenAction:
    """The sources as they are, in order."""

    sources: tuple[str, ...]
    calls: int = 0

    async def __call__(self, ctx: Context) -> list[Draft]:
        problem = ctx.problem
        return [
            Draft(source, Program(source, problem.entry_point, problem.language))
            for source in self.sources
        ]
