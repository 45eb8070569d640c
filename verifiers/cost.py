"""What a program costs: its size, CPU time and memory, for objectives other than being right.

CPU time is noisy (8 % under load, as measured on a two-core machine), so two programs are compared
by alternating runs and the median of their ratios; a single time is only ever a report. Work that
is counted (`verifiers.work`) repeats exactly: `Cost.instructions`.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from synth.problem import Limits, Problem
from synth.program import Program
from verifiers.parsing import parse
from verifiers.verdict import Status, Verdict

if TYPE_CHECKING:
    from verifiers.sandbox import Call, Execution, Sandbox

_PER_SECOND = 3e7  # units of work CPython 3.11 gets done in a second of CPU time, about


def program_size(program: Program) -> int:
    """The number of nodes of the syntax tree, docstrings and annotations aside: a length that
    layout and names do not change. Characters without whitespace for other languages."""
    if program.language != "python":
        return sum(not character.isspace() for character in program.source)
    try:
        tree = parse(program.source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return sum(not character.isspace() for character in program.source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
            arguments = node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            for argument in (*every, arguments.vararg, arguments.kwarg):
                if argument is not None:
                    argument.annotation = None
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                del node.body[0]
    kinds = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
    return sum(not isinstance(node, kinds) for node in ast.walk(tree))


@dataclass(frozen=True, slots=True)
class Contest:
    """How two programs compare on the same calls: `ratio` is the median of old over new CPU
    seconds, above 1 where the new one is faster; None where either did not finish every call."""

    ratio: float | None
    old_seconds: float
    new_seconds: float
    rounds: int


async def contest(
    sandbox: Sandbox,
    old: Program,
    new: Program,
    calls: Sequence[Call] | Sequence[str],
    limits: Limits,
    *,
    rounds: int = 5,
) -> Contest:
    """Runs both programs alternately `rounds` times on `calls`, each time in fresh processes.

    Texts instead of calls are standard inputs of whole programs, in whatever language.

    The order changes every round, so a machine that slows down slows both. The times hold the
    start of the process, about 2 ms, so calls should take well above that.
    """
    spent: dict[Program, list[float]] = {old: [], new: []}
    ratios: list[float] = []
    for number in range(rounds):
        seconds: dict[Program, float] = {}
        for program in (old, new) if number % 2 == 0 else (new, old):
            execution = await _run(sandbox, program, calls, limits)
            if any(result.status is not Status.PASSED for result in execution.results):
                return Contest(None, 0.0, 0.0, number)
            # The process's total as the kernel has it: what a call says of itself it could forge.
            seconds[program] = execution.cost.cpu_seconds
            spent[program].append(seconds[program])
        ratios.append(seconds[old] / seconds[new] if seconds[new] > 0 else 1.0)
    return Contest(median(ratios), median(spent[old]), median(spent[new]), rounds)


async def _run(
    sandbox: Sandbox, program: Program, calls: Sequence[Call] | Sequence[str], limits: Limits
) -> Execution:
    inputs = [call for call in calls if isinstance(call, str)]
    if inputs:
        return await sandbox.run_stdin(program, inputs, limits)
    return await sandbox.run(program, [c for c in calls if not isinstance(c, str)], limits)


def objective_value(problem: Problem, program: Program, verdict: Verdict) -> float:
    """What the problem's objective wants little of: work (`verifiers.work`), or CPU time in about
    the same unit where that was not counted; nodes; or nothing at all."""
    match problem.objective:
        case "fastest":
            counted = verdict.cost.instructions
            return _PER_SECOND * verdict.cost.cpu_seconds if counted is None else float(counted)
        case "smallest":
            return float(program_size(program))
        case _:
            return 0.0
