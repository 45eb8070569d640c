from __future__ import annotations

from typing import TYPE_CHECKING

from synth.problem import Problem, TestCode
from synth.program import Program
from verifiers.verdict import Outcome, Status, Verdict

if TYPE_CHECKING:
    from verifiers.sandbox import Sandbox


async def run(sandbox: Sandbox, problem: Problem, test: TestCode, program: Program) -> Verdict:
    return Verdict((Outcome("pytest", test.name, Status.ERROR, error="not yet"),))
