"""The model-free proposer as the engine sees it: a problem's examples in, drafts out."""

from __future__ import annotations

import ast
import asyncio
import threading

from synth.node import Draft
from synth.problem import Problem
from synth.program import Program

# An enumerator reads examples, not prose. Of 94 HumanEval functions whose docstring examples it
# met with P >= 0.6, 18 were what the docstring asked for: such a program never ends a search.
UNREAD_PROSE = 0.5
_PROSE_WORDS = 6


def can_enumerate(problem: Problem) -> bool:
    """Whether `problem` is a Python function with examples of values, by position."""
    return (
        problem.language == "python"
        and problem.entry_point is not None
        and bool(problem.examples)
        and all(not example.kwargs and example.raises is None for example in problem.examples)
        and len({len(example.args) for example in problem.examples}) == 1
    )


async def enumerate_programs(problem: Problem, n: int, seconds: float) -> list[Draft]:
    """At most `n` programs that agree with every example, best first, with their confidence.

    Runs in a thread (only components of our own are evaluated); cancelling stops it.
    """
    stop = threading.Event()
    try:
        return await asyncio.to_thread(_search, problem, n, seconds, stop)
    finally:
        stop.set()


def _search(problem: Problem, n: int, seconds: float, stop: threading.Event) -> list[Draft]:
    from synth.inductive import synthesize
    from synth.inductive.synthesis import Limits

    parameters, types, result = _signature(problem)
    limits = Limits(seconds=seconds, patience=max(0.3, seconds / 4))
    check = min(1.0, seconds / 2)
    examples = [(example.args, example.expected) for example in problem.examples]
    assert problem.entry_point is not None
    try:
        answer = synthesize(
            examples,
            name=problem.entry_point,
            parameters=parameters,
            types=types,
            result=result,
            limits=limits,
            most=n,
            check_seconds=check,
            should_stop=stop.is_set,
        )
    except (ValueError, TypeError) as error:
        # Values or annotations outside its types: nothing to propose, and it says why.
        return [Draft("", None, f"not for enumeration: {error}")]
    if not answer.programs:
        return [Draft("", None, answer.advice())]
    prose = len(problem.statement.split()) >= _PROSE_WORDS
    advice = answer.advice() + ("; the statement was not read" if prose else "")
    drafts = []
    for place, found in enumerate(answer.programs):
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


def _annotated(source: str, problem: Problem) -> str:
    """The function under the problem's own signature, annotations and all."""
    signature = (problem.signature or "").strip().removesuffix(":")
    head = next(line for line in source.splitlines() if line.startswith("def "))
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
    types = [ast.unparse(a.annotation) if a.annotation else None for a in arguments]
    result = ast.unparse(function.returns) if function.returns else None
    return [a.arg for a in arguments], types, result
