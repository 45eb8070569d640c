"""How much a program does, counted and not timed: the same number on every run.

The unit is one instruction of the interpreter, and one item gone through by a built-in (`sorted` n
log n, `x in list` its length, a slice or a sum of strings what it makes, an integer 30 bits). Time
has 8 % noise on a quiet machine and more on a busy one; hardware counters are missing on many, and
machine-level emulators want `/proc`, which the sandbox does not give. Counting instructions alone
is blind to code in C: a quadratic `in` would count as one.

The number is the same as far as the program does the same: one that goes through a set of objects
hashed by their address, asks the clock, or starts threads, varies by what that changes. Other
languages than Python are not counted.

It is a model: built-ins of other libraries (numpy) count as one instruction, and constants are not
those of a processor. So it ranks right programs, and proves nothing; `verifiers.cost.contest`
compares times. The count comes from the program's own process: one that tampers with it can lie
about its speed, never about being right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from synth.problem import Limits
from synth.program import Program
from verifiers.verdict import Cost, Status

if TYPE_CHECKING:
    from verifiers.sandbox import Call, Sandbox

_SLOWER = 60.0  # how many times longer a program may take while it is counted
_LONGEST = 60.0
_NO_COUNT = 1 << 53  # years of work: not counted but claimed, and no float or JSON takes any int


async def work_of_calls(
    sandbox: Sandbox, program: Program, calls: Sequence[Call], limits: Limits
) -> tuple[int | None, Cost]:
    """The work of all the calls of one function together; None where it could not be counted (a
    call failed, or took too long while it was counted; calls of several functions)."""
    names = {call.function for call in calls}
    if len(names) != 1 or program.language != "python":
        return None, Cost()
    asked = [(call.args, dict(call.kwargs)) for call in calls]
    return await _counted(
        sandbox, "work_of_calls", (program.source, names.pop(), asked), program, len(asked), limits
    )


async def work_of_inputs(
    sandbox: Sandbox, program: Program, inputs: Sequence[str], limits: Limits
) -> tuple[int | None, Cost]:
    """The work of a whole program on all the inputs together; None as for `work_of_calls`."""
    if not inputs or program.language != "python":
        return None, Cost()
    asked = (program.source, list(inputs))
    return await _counted(sandbox, "work_of_inputs", asked, program, len(inputs), limits)


async def _counted(
    sandbox: Sandbox,
    function: str,
    arguments: tuple[object, ...],
    program: Program,
    count: int,
    limits: Limits,
) -> tuple[int | None, Cost]:
    from verifiers.sandbox import Call
    from verifiers.sandbox.profile import for_source

    execution = await sandbox.run(
        Program(_runner(), function),
        [Call(function, arguments)],
        replace(
            limits, seconds=min(_LONGEST, _SLOWER * limits.seconds), imports=None, output_kb=65_536
        ),
        profile=for_source(program.source, spawn=limits.spawn),
    )
    (result,) = execution.results
    counts = result.value
    if (
        result.status is not Status.PASSED
        or not isinstance(counts, list)
        or len(counts) != count
        or not all(type(item) is int and 0 < item < _NO_COUNT for item in counts)
    ):
        return None, execution.cost
    return sum(counts), execution.cost


@lru_cache(maxsize=1)
def _runner() -> str:
    return Path(__file__).with_name("work_runner.py").read_text(encoding="utf-8")
