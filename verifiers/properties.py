"""Properties that hold for all inputs, tried with Hypothesis.

Inputs are generated, and a counterexample is shrunk, in a sealed process of the tests' own; the
program is a proxy there. Draws are seeded, so a verdict repeats.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synth.problem import Problem, Property
from synth.program import Program
from verifiers.annotated_inputs import annotated_inputs
from verifiers.assert_rewriting import rewritten, sides
from verifiers.mutation import with_constants
from verifiers.parsing import UNPARSABLE, parse
from verifiers.shrinking import size
from verifiers.source_constants import constants_of
from verifiers.symbolic_inputs import symbolic_inputs
from verifiers.value_text import call_text, cut, text_of, without_addresses
from verifiers.verdict import Outcome, Status, Verdict, merge

if TYPE_CHECKING:
    from verifiers.sandbox import Sandbox

_DEFINED = re.compile(r"^def[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
_TEXT = 400
_SEEDS = 20
_PLANTED = 8  # inputs for each constant
_NAME = re.compile(r"[A-Za-z_]\w*")
_TYPES = """int float str bool bytes list tuple dict set frozenset None
List Tuple Dict Set FrozenSet Optional Union"""
_TYPE_NAMES = frozenset(_TYPES.split())
_BROKEN = "the property itself does not run"
_HOLDS = "def holds(*args):\n    return None\n"
# Of the numbers Hypothesis is told to draw, too (`property_runner`).
_EVERYDAY = """
def _everyday(value):
    if type(value) is bool or value is None:
        return True
    if isinstance(value, int):
        return -1000 <= value <= 1000
    if isinstance(value, float):
        return -1e6 <= value <= 1e6
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(map(_everyday, value))
    if isinstance(value, dict):
        return all(map(_everyday, value)) and all(map(_everyday, value.values()))
    return True
"""


async def check_properties(
    sandbox: Sandbox,
    problem: Problem,
    program: Program,
    *,
    draws: int,
    seed: int,
    symbolic: float = 0.0,
) -> Verdict:
    """One outcome for each of the problem's properties, tried on `draws` inputs."""
    return merge(
        [
            await check_property(
                sandbox, problem, item, program, draws=draws, seed=seed, symbolic=symbolic
            )
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
    symbolic: float = 0.0,
) -> Verdict:
    """Tries to refute one property; the smallest input that does is the outcome's.

    Where no drawn input does, some with the constants of the program's source are tried, and then
    `symbolic` CPU seconds spent on solving for one.
    """
    drawn = await _tried(sandbox, problem, item, program, draws, seed, ())
    planted = _around_constants(item, program, seed) if drawn.passed else []
    if planted:
        verdict = await _tried(sandbox, problem, item, program, 1, seed, planted)
        if not _is_no_answer(verdict):
            return replace(verdict, cost=drawn.cost + verdict.cost)
        drawn = replace(drawn, cost=drawn.cost + verdict.cost)
    if not (symbolic > 0 and drawn.passed and item.source.strip()):
        return drawn
    annotations = _annotations(item)
    if annotations is None:
        return drawn
    proposals = await symbolic_inputs(
        sandbox,
        Program(_HOLDS, "holds"),
        Program(_asserting(problem, item, program), "holds"),
        (),
        problem.limits,
        seconds=symbolic,
        annotations=annotations,
    )
    verdict = drawn
    if proposals.inputs:  # Hypothesis tries them as its explicit examples: nothing is believed
        verdict = await _tried(sandbox, problem, item, program, 1, seed, proposals.inputs)
        if _is_no_answer(verdict):
            verdict = drawn
    return replace(verdict, cost=drawn.cost + verdict.cost + proposals.cost)


async def _tried(
    sandbox: Sandbox,
    problem: Problem,
    item: Property,
    program: Program,
    draws: int,
    seed: int,
    also: Sequence[tuple[Any, ...]],
) -> Verdict:
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
        f"found = run_property({source!r}, {name!r}, functions, {entry_point!r}, {draws}, {seed}, "
        f"{also!r})\n"
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
        asserted = made.texts.get(report["line"] - source.count("\n") + made.source.count("\n"), "")
    except (ValueError, KeyError, TypeError):
        return _broken(name, check.error)
    if status == "broken":
        return _broken(name, why)
    shown = sides(why)
    expected, actual = shown or (asserted.removeprefix("assert "), "")
    last = judgement.last  # of the calls on the smallest input, which is tried once more at the end
    if not shown and status == "failed" and last is not None and last[1].status is Status.PASSED:
        call, result = last
        actual = f"{call_text(call.function, call.args, call.kwargs, _TEXT // 2)} returned "
        actual += text_of(result.value, _TEXT // 2)
    told = shown is not None or why == "AssertionError: "
    line = next((r.line for _, r in judgement.calls if r.status is Status(status)), 0)
    outcome = Outcome(
        "property",
        name,
        Status(status),
        input=cut(drawn, _TEXT),
        expected=cut(expected, _TEXT),
        actual=cut(actual, _TEXT),
        error="" if told else cut(without_addresses(why.removeprefix("AssertionError: ")), _TEXT),
        line=line if status != "failed" else 0,
    )
    return Verdict((outcome,), cost=judgement.cost)


def _is_no_answer(verdict: Verdict) -> bool:
    """Whether given inputs refute nothing: a property that assumes them away may seem broken."""
    return verdict.passed or verdict.outcomes[0].error.startswith(_BROKEN)


def _around_constants(item: Property, program: Program, seed: int) -> list[tuple[Any, ...]]:
    """Inputs with constants of the program's that drawing will hardly meet, the smallest first."""
    known = constants_of(item.source)
    constants = [c for c in constants_of(program.source) if c not in known and _is_peculiar(c)]
    annotations = _annotations(item) if constants else None
    if annotations is None:
        return []
    parameters = ", ".join(f"x{place}: {text}" for place, text in enumerate(annotations))
    seeds = annotated_inputs(f"def p({parameters}):", "p", count=_SEEDS, seed=seed)
    count = _PLANTED * len(constants)
    return sorted(with_constants(seeds, constants, count=count, seed=seed), key=size)


def _is_peculiar(value: Any) -> bool:
    """Whether a value is of those that are drawn, and rare among them."""
    if isinstance(value, int | float):
        return 2 < abs(value) < (1_000 if isinstance(value, int) else 1e6)
    return isinstance(value, str) and len(value) > 1


def _annotations(item: Property) -> list[str] | None:
    """What a property's own parameters are annotated with, where a solver can make all of it."""
    try:
        functions = [n for n in parse(item.source).body if isinstance(n, ast.FunctionDef)]
    except UNPARSABLE:
        return None
    named = [n for n in functions if n.name == item.name] or functions[-1:]
    if not named or named[0].decorator_list:
        return None
    own = named[0].args.args[1:]
    texts = [ast.unparse(argument.annotation) for argument in own if argument.annotation]
    plain = all(_TYPE_NAMES.issuperset(_NAME.findall(text)) for text in texts)
    return texts if texts and plain and len(texts) == len(own) else None


def _asserting(problem: Problem, item: Property, program: Program) -> str:
    """The program with a function `holds`, which raises where the property does not hold."""
    entry_point = program.entry_point or problem.entry_point or ""
    source = f"{problem.starter.rstrip()}\n{item.source}"
    defined = _DEFINED.findall(item.source)
    name = item.name if item.name in defined else (defined or [""])[-1]
    return (
        f"{program.source}\n\n{_EVERYDAY}\n"
        f"_property = {{'__name__': 'tests', {entry_point!r}: {entry_point}}}\n"
        f"exec(compile({source!r}, 'property.py', 'exec', dont_inherit=True), _property)\n"
        f"def holds(*args):\n"
        f"    if all(map(_everyday, args)):\n"
        f"        _property[{name!r}]({entry_point}, *args)\n"
    )


def _first_parameter(source: str, name: str) -> str:
    found = re.search(rf"^def[ \t]+{re.escape(name)}\s*\(\s*(\w+)", source, re.MULTILINE)
    return found[1] if found else ""


def _broken(name: str, why: str) -> Verdict:
    error = cut(f"{_BROKEN}: {why}", _TEXT)
    return Verdict((Outcome("property", name, Status.ERROR, error=error),))
