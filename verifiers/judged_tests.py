"""Tests only running can tell of: loops, random inputs, helper functions, exceptions caught."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synth.problem import Problem, TestCode
from synth.program import Program
from verifiers.verdict import Outcome, Status, Verdict

if TYPE_CHECKING:
    from verifiers.sandbox import Sandbox


async def run_judged(
    sandbox: Sandbox, problem: Problem, test: TestCode, program: Program
) -> Verdict:
    """Runs test code in a process of its own, with the program behind a proxy."""
    return Verdict((Outcome("assert", test.name, Status.ERROR, error="not yet"),))
