"""The one plug point of this room: something that judges programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from synth.problem import Problem
from synth.program import Program
from verifiers.verdict import Verdict


class Verifier(Protocol):
    """Judges programs against a problem, one verdict each, in order.

    A failing, crashing or malformed program is a verdict, never an exception.
    """

    async def verify(self, problem: Problem, programs: Sequence[Program]) -> list[Verdict]: ...
