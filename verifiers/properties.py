"""Properties that hold for all inputs, tried with Hypothesis.

Inputs are generated, and a counterexample is shrunk, in a sealed process of the tests' own; the
program is a proxy there. Draws are seeded, so a verdict repeats.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from synth.problem import Problem, Property
from synth.program import Program
from verifiers.assert_rewriting import rewritten, sides
from verifiers.value_text import cut, without_addresses
from verifiers.verdict import Outcome, Status, Verdict, merge

if TYPE_CHECKING:
    from verifiers.sandbox import Sandbox

_DEFINED = re.compile(r"^def[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
_TEXT = 400


async def check_properties(
    sandbox: Sandbox, problem: Problem, program: Program, *, draws: int, seed: int
) -> Verdict:
    """One outcome for each of the problem's properties, tried on `draws` inputs."""
    return merge(
        [
            await check_property(sandbox, problem, item, program, draws=draws, seed=seed)
            for item in problem.properties
        ]
    )


async def check_property(
    sandbox: Sandbox,
    problem: Problem,
    item: Property,
    program: Program,
    *,
    draws: int = 100,
    seed: int = 0,
) -> Verdict:
    """Tries to refute one property; the smallest input that does is the outcome's."""
    names = _DEFINED.findall(item.source)
    name = item.name or (names[-1] if names else "property")
    entry_point = program.entry_point or problem.entry_point or ""
    try:
        made = rewritten(item.source, {_first_parameter(item.source, name), entry_point})
    except (SyntaxError, ValueError, RecursionError) as error:
        return _broken(name, f"it does not parse: {error}")
    source = f"{problem.starter.rstrip()}\n{made.source}"
    tests = (
        "from verifiers.property_runner import run_property\n"
        f"functions = {{{entry_point!r}: candidate}}\n"
        f"found = run_property({source!r}, {name!r}, functions, {entry_point!r}, {draws}, {seed})\n"
        "assert not found, found\n"
    )
    judgement = await sandbox.judge(tests, program, problem.limits, kind="asserts")
    if judgement.broken:
        return _broken(name, judgement.broken)
    (check,) = judgement.checks
    if check.passed:
        held = f"{name} holds on {draws} inputs"
        return Verdict((Outcome("property", held, Status.PASSED),), cost=judgement.cost)
    try:
        report = json.loads(check.error.removeprefix("AssertionError: "))
        status, drawn, why = report["status"], report["input"], report["error"]
    except (ValueError, KeyError, TypeError):
        return _broken(name, check.error)
    if status == "broken":
        return _broken(name, why)
    shown = sides(why)
    line = next((r.line for _, r in judgement.calls if r.status is Status(status)), 0)
    outcome = Outcome(
        "property",
        name,
        Status(status),
        input=cut(drawn, _TEXT),
        expected=cut(shown[0] if shown else "", _TEXT),
        actual=cut(shown[1] if shown else "", _TEXT),
        error="" if shown else cut(without_addresses(why.removeprefix("AssertionError: ")), _TEXT),
        line=line if status != "failed" else 0,
    )
    return Verdict((outcome,), cost=judgement.cost)


def _first_parameter(source: str, name: str) -> str:
    found = re.search(rf"^def[ \t]+{re.escape(name)}\s*\(\s*(\w+)", source, re.MULTILINE)
    return found[1] if found else ""


def _broken(name: str, why: str) -> Verdict:
    error = cut(f"the property itself does not run: {why}", _TEXT)
    return Verdict((Outcome("property", name, Status.ERROR, error=error),))
