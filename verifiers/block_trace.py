"""How a failing call ran, as text for a prompt: the variables after each block, the lines covered.

LDB (Zhong et al. 2024) repairs programs by showing a model the values of variables after every
block of straight-line code. The recording is the sandbox's; this file chooses the call, the
smallest that fails, and cuts the record to what a prompt can hold: its beginning and its end.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from synth.problem import Limits
from synth.program import Program
from verifiers.feedback import untried
from verifiers.parsing import UNPARSABLE, parse
from verifiers.value_text import call_text, cut, without_addresses
from verifiers.verdict import Verdict

if TYPE_CHECKING:
    from verifiers.sandbox import Call, Sandbox, Step, Trace

_TEXT = 400
_SHOWN = 900
_LINE = 160


async def with_trace(
    sandbox: Sandbox, program: Program, calls: Sequence[Call], limits: Limits, verdict: Verdict
) -> Verdict:
    """The verdict, with a trace and the coverage in the details of its smallest failing call.

    Unchanged where nothing failed, or no failure is of one call alone.
    """
    from verifiers.sandbox import TraceRequest

    by_text = {
        call_text(call.function, call.args, call.kwargs, _TEXT): call for call in reversed(calls)
    }
    failed = [
        (len(outcome.input), outcome.input, place, call)
        for place, outcome in enumerate(verdict.outcomes)
        if outcome.gates
        and not outcome.passed
        and not untried(outcome)
        and (call := by_text.get(outcome.input) or _written(outcome.input, program)) is not None
    ]
    if not failed:
        return verdict
    _, _, place, call = min(failed, key=lambda row: row[:3])
    chosen = verdict.outcomes[place]
    traced = TraceRequest(steps=60, width=80)
    execution = await sandbox.run(program, [call], limits, trace=traced)
    trace = execution.results[0].trace
    if trace is None or not trace.steps:
        return replace(verdict, cost=verdict.cost + execution.cost)
    details = {
        **chosen.details,
        "trace": render_trace(trace),
        "coverage": render_coverage(program.source, trace),
    }
    outcomes = tuple(
        replace(outcome, details=details) if outcome is chosen else outcome
        for outcome in verdict.outcomes
    )
    return replace(verdict, outcomes=outcomes, cost=verdict.cost + execution.cost)


def _written(text: str, program: Program) -> Call | None:
    """The call that an outcome's input is the text of, where that is whole: those of a reference
    and of tests that have to run are nowhere else."""
    from verifiers.sandbox import Call

    try:
        node = ast.parse(text, mode="eval").body
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != program.entry_point:
            return None
        arguments = tuple(map(ast.literal_eval, node.args))
        named = {item.arg or "": ast.literal_eval(item.value) for item in node.keywords}
    except (*UNPARSABLE, TypeError):
        return None
    return None if "" in named else Call(program.entry_point, arguments, named)


def render_trace(trace: Trace, limit: int = _SHOWN) -> str:
    """One line a block: its lines, the variables it changed, and after `>` the lines of the blocks
    that changed none and ran next. The middle is left out first."""
    lines: list[str] = []
    for step in trace.steps:
        if step.variables or not lines:
            lines.append(_block(step))
        else:  # nothing new to see there: only the way taken
            joined = f"{lines[-1]} > {_place(step)}"
            if len(joined) <= _LINE:
                lines[-1] = joined
    kept = list(lines)
    dropped = 0
    length = sum(map(len, kept)) + len(kept) + 40
    while len(kept) > 2 and length > limit:
        length -= len(kept.pop(len(kept) // 2)) + 1
        dropped += 1
    if dropped or trace.truncated:
        count = "more blocks" if trace.truncated else f"{dropped} blocks"
        kept.insert((len(kept) + 1) // 2, f"... {count} left out ...")
    return cut("\n".join(kept), limit)


def _place(step: Step) -> str:
    if step.last_line == step.first_line:
        return str(step.first_line)
    return f"{step.first_line}-{step.last_line}"


def _block(step: Step) -> str:
    values = ", ".join(f"{name}={text}" for name, text in step.variables.items())
    name = "lines" if step.last_line != step.first_line else "line"
    return cut(f"{step.function}, {name} {_place(step)}: {without_addresses(values)}", _LINE)


def render_coverage(source: str, trace: Trace) -> str:
    """Which lines of code of the functions that ran were reached, and which never."""
    missed: set[int] = set()
    try:
        tree = parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = ast.Module([], [])
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = {n.lineno for n in ast.walk(node) if isinstance(n, ast.stmt)} - {node.lineno}
            if ast.get_docstring(node) is not None:
                inside.discard(node.body[0].lineno)
            if inside & trace.lines:
                missed |= inside - trace.lines
    text = f"lines that ran: {_ranges(sorted(trace.lines))}"
    if missed:
        text += f"; lines that did not: {_ranges(sorted(missed))}"
    return cut(text, _SHOWN)  # a forged trace may have run every other line of a million


def _ranges(numbers: Iterable[int]) -> str:
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in spans)
