"""The model-free proposer as the engine sees it: a problem's examples in, drafts out."""

from __future__ import annotations

import ast
import asyncio
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from synth.node import Draft
from synth.probing import Prober
from synth.problem import Problem
from synth.program import Program

if TYPE_CHECKING:
    from synth.inductive import Task
    from synth.inductive.program import InductiveProgram
    from synth.inductive.seeds import Seed
    from synth.inductive.synthesis import Synthesis

# An enumerator reads examples, not prose. Of 94 HumanEval functions whose docstring examples it
# met with P >= 0.6, 18 were what the docstring asked for: such a program never ends a search.
UNREAD_PROSE = 0.5
# A model's program one edit away from the examples: the model did read the statement.
MENDED = 0.7
MOST_SEEDS = 200
_PROSE_WORDS = 6
_TURN = 0.25  # seconds
# What the seconds of a search are: those on the wall, which a user waits. Experiments on a busy
# machine set `time.thread_time`.
clock: Callable[[], float] = time.monotonic


def can_enumerate(problem: Problem) -> bool:
    """Whether `problem` is a Python function with examples of values, by position."""
    return (
        problem.language == "python"
        and problem.entry_point is not None
        and bool(problem.examples)
        and all(not example.kwargs and example.raises is None for example in problem.examples)
        and len({len(example.args) for example in problem.examples}) == 1
    )


async def enumerate_programs(
    problem: Problem,
    n: int,
    seconds: float,
    *,
    sources: Sequence[str] = (),
    prober: Prober | None = None,
) -> list[Draft]:
    """At most `n` programs that agree with every example, best first, with their confidence.

    `sources` are failed programs: their sub-expressions, evaluated by `prober` in the sandbox, are
    leaves of the search (HYSYNTH and its kin learn costs from samples as well; so does this).
    Runs in a thread, where only components of our own are evaluated; cancelling stops it.
    """
    seeds = await _seeds(problem, sources, prober) if sources and prober else []
    stop = threading.Event()
    try:
        return await asyncio.to_thread(_search, problem, n, seconds, stop, seeds, sources)
    finally:
        stop.set()


async def mend_program(
    problem: Problem, source: str, n: int, seconds: float, prober: Prober
) -> list[Draft]:
    """At most `n` programs one edit away from `source` that agree with every example.

    Each variant runs in the sandbox; variants are tried likely edits first, until `seconds` are
    over.
    """
    loop = asyncio.get_running_loop()
    stop = threading.Event()

    def evaluate(variants: Sequence[str]) -> list[list[Any]]:
        """In the thread: what each variant answers on the examples."""
        if stop.is_set():
            return [[] for _ in variants]
        work = _example_values(problem, variants, prober)
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    try:
        return await asyncio.to_thread(_mend, problem, source, n, seconds, stop, evaluate)
    finally:
        stop.set()


def _mend(
    problem: Problem,
    source: str,
    n: int,
    seconds: float,
    stop: threading.Event,
    evaluate: Callable[[Sequence[str]], list[list[Any]]],
) -> list[Draft]:
    from synth.inductive.repair import fill_holes
    from synth.inductive.values import BOTTOM

    end = time.monotonic() + seconds
    wrong = [BOTTOM] * len(problem.examples)

    def until_late(variants: Sequence[str]) -> list[list[Any]]:
        if stop.is_set() or time.monotonic() > end:
            return [wrong for _ in variants]
        return evaluate(variants)

    try:
        task = _task(problem)
    except (ValueError, TypeError) as error:
        return [Draft("", None, f"not for mending: {error}")]
    drafts: list[Draft] = []
    # A batch of variants takes a tenth of a second or two; the bound keeps the last short.
    for repair in fill_holes(source, task, until_late, most=int(400 * seconds) + 100):
        notes = {"hole": repair.hole, "filling": repair.filling}
        program = Program(repair.source, problem.entry_point)
        drafts.append(Draft(repair.source, program, "", notes, MENDED))
        if len(drafts) >= n or time.monotonic() > end or stop.is_set():
            break
    return drafts or [Draft("", None, "no single edit makes it agree with the examples")]


async def _example_values(
    problem: Problem, sources: Sequence[str], prober: Prober
) -> list[list[Any]]:
    from synth.inductive.values import BOTTOM

    assert problem.entry_point is not None
    calls = [(problem.entry_point, example.args) for example in problem.examples]
    rows = await asyncio.gather(*(prober.values(problem, item, calls) for item in sources))
    return [[value if passed else BOTTOM for passed, value in row] for row in rows]


async def _seeds(problem: Problem, sources: Sequence[str], prober: Prober) -> list[Seed]:
    """Sub-expressions of failed programs with their values on the examples; and the programs
    themselves, where they are right on some."""
    from synth.inductive.repair import near_miss_seed
    from synth.inductive.seeds import Seed, expressions_of
    from synth.inductive.values import BOTTOM

    try:
        task = _task(problem)
    except (ValueError, TypeError):
        return []
    parameters = ", ".join(task.parameters)
    texts = [text for source in sources for text in expressions_of(source, task.parameters)]
    texts = list(dict.fromkeys(texts))[:MOST_SEEDS]
    lines = ["import collections, functools, itertools, math, operator, re, string"]
    lines += [
        f"def _seed_{place}({parameters}):\n    return {text}" for place, text in enumerate(texts)
    ]
    rows = [example.args for example in problem.examples]
    calls = [(f"_seed_{place}", row) for place in range(len(texts)) for row in rows]
    answers = await prober.values(problem, "\n".join(lines), calls) if calls else []
    seeds = []
    for place, text in enumerate(texts):
        mine = answers[place * len(rows) : (place + 1) * len(rows)]
        values = tuple(value if passed else BOTTOM for passed, value in mine)
        seeds.append(Seed(text, values))
    outputs = await _example_values(problem, sources, prober)
    name = problem.entry_point or ""
    for place, (source, values_of) in enumerate(zip(sources, outputs, strict=True)):
        seed = near_miss_seed(source, name, values_of, task)
        if seed is not None:
            # Two near-misses in one program must not define the same name.
            own = partial(re.sub, rf"\b{name}_before\b", f"{name}_part{place + 1}")
            call, preamble = own(seed.expression), own(seed.preamble)
            seeds.append(replace(seed, expression=call, preamble=preamble))
    return seeds


def _task(problem: Problem, weights: Mapping[str, int] | None = None) -> Task:
    from synth.inductive import make_task

    parameters, types, result = _signature(problem)
    assert problem.entry_point is not None
    return make_task(
        [(example.args, example.expected) for example in problem.examples],
        name=problem.entry_point,
        parameters=parameters,
        types=types,
        result=result,
        weights=weights,
    )


def _search(
    problem: Problem,
    n: int,
    seconds: float,
    stop: threading.Event,
    seeds: Sequence[Seed] = (),
    sources: Sequence[str] = (),
) -> list[Draft]:
    from synth.inductive import answer as judged
    from synth.inductive.synthesis import Synthesis

    try:
        searches = [Synthesis(_task(problem), clock=clock)]
        if sources:
            # What a weak model wrote can mislead: half of the time goes to the search without it.
            guided = _task(problem, _weights(problem, sources))
            searches.insert(0, Synthesis(guided, seeds=seeds, clock=clock))
        _take_turns(searches, seconds, stop)
        check = min(1.0, seconds / 2)
        answers = [judged(search, most=n, check_seconds=check) for search in searches]
    except (ValueError, TypeError) as error:
        # Values or annotations outside its types: nothing to propose, and it says why.
        return [Draft("", None, f"not for enumeration: {error}")]
    answers.sort(key=lambda found: -found.best.probability if found.best else 1.0)
    answer = answers[0]
    if not answer.programs:
        return [Draft("", None, answer.advice())]
    distinct: dict[str, InductiveProgram] = {}
    for found in (found for each in answers for found in each.programs):
        distinct.setdefault(found.source, found)
    programs = list(distinct.values())[:n]
    prose = len(problem.statement.split()) >= _PROSE_WORDS
    advice = answer.advice() + ("; the statement was not read" if prose else "")
    drafts = []
    for place, found in enumerate(programs):
        notes = {"cost": found.cost, "advice": advice if place == 0 else ""}
        if place == 0 and answer.question is not None:
            notes["question"] = repr(answer.question.arguments)
        source = _annotated(found.source, problem)
        if problem.starter.strip():
            source = f"{problem.starter.rstrip()}\n\n\n{source}"
        program = Program(source, problem.entry_point)
        chance = min(found.probability, UNREAD_PROSE) if prose else found.probability
        drafts.append(Draft(source, program, "", notes, round(chance, 4)))
    return drafts


def _take_turns(searches: Sequence[Synthesis], seconds: float, stop: threading.Event) -> None:
    """Run searches side by side for `seconds` in all, until one has found what it will find."""
    from synth.inductive.synthesis import Limits

    turn = seconds if len(searches) == 1 else _TURN
    limits = Limits(seconds=turn, patience=max(0.3, seconds / 4 / len(searches)))
    end = clock() + seconds
    left = list(searches)
    while left and clock() < end and not stop.is_set():
        for search in list(left):
            for _ in search.run(limits, should_stop=stop.is_set):
                pass
            if search.stopped != "seconds":
                if search.found:
                    return
                left.remove(search)


def _weights(problem: Problem, sources: Sequence[str]) -> dict[str, int] | None:
    if not sources:
        return None
    from synth.inductive.library import library, universe
    from synth.inductive.weights import learn_weights

    task = _task(problem)
    return learn_weights(list(sources), library(universe(task.types, task.result)))


def _annotated(source: str, problem: Problem) -> str:
    """The function under the problem's own signature, annotations and all."""
    signature = (problem.signature or "").strip().removesuffix(":")
    own = f"def {problem.entry_point}("
    head = next(line for line in source.splitlines() if line.startswith(own))
    if _signature(problem)[0] is None:
        return source
    return source.replace(head, f"{signature}:", 1)


def _signature(
    problem: Problem,
) -> tuple[list[str] | None, list[str | None] | None, str | None]:
    """Parameter names, annotations and result annotation as text, where the signature has them."""
    if not problem.signature:
        return None, None, None
    head = problem.signature.strip().removesuffix(":")
    try:
        function = ast.parse(f"{head}: ...").body[-1]
    except SyntaxError:
        return None, None, None
    if not isinstance(function, ast.FunctionDef):
        return None, None, None
    arguments = [*function.args.posonlyargs, *function.args.args]
    if len(arguments) != len(problem.examples[0].args) or function.args.vararg:
        return None, None, None
    types = [_text(argument.annotation) for argument in arguments]
    return [argument.arg for argument in arguments], types, _text(function.returns)


def _text(annotation: ast.expr | None) -> str | None:
    """An annotation as text, without the quotes of one written as text (`"bits64"`)."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value
    return ast.unparse(annotation) if annotation else None
