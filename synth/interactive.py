"""Ask the user: one input at a time, the one whose right output rules out most.

ConAIR (Dhole et al.): of the programs that still stand, the input on which they disagree most is
shown; the answer becomes an example, which is a hard constraint like any other; the search goes on
when no program is left. Wrong programs that the given examples cannot tell from right ones are
found this way with about four answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from synth.api import solve_async
from synth.errors import UsageError
from synth.fold import Fold
from synth.probe_plan import probe_inputs
from synth.probing import SandboxProber
from synth.problem import Example, Problem
from synth.program import Program
from synth.solution import Solution

_ALIKE = 10_000  # characters by which outputs are told apart


@dataclass(frozen=True, slots=True)
class Question:
    """What should the function return for `arguments`?

    `outputs` are what programs that still stand return, each with its share of them, likeliest
    first: a value, or an `Exception` holding the failure's text.
    """

    function: str
    arguments: tuple[Any, ...]
    outputs: tuple[tuple[Any, float], ...]

    @property
    def call(self) -> str:
        return f"{self.function}({', '.join(map(repr, self.arguments))})"


class DontKnow:
    """The answer of a user who does not know: the next best input is asked."""


class Enough:
    """The answer of a user who wants no more questions."""


Answer = Example | DontKnow | Enough
Ask = Callable[[Question], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Settled:
    """The solution, the examples the user gave, and how many questions were asked."""

    solution: Solution
    examples: tuple[Example, ...]
    questions: int


async def solve_interactively(
    problem: Problem | str | Path, ask: Ask, *, most: int = 6, **options: Any
) -> Settled:
    """Solve, and ask at most `most` questions to tell apart the programs that stand.

    `options` are those of `solve_async`. An answered question is an Example, with the output that
    is right, or with other arguments altogether: whatever it says must then hold.
    """
    if isinstance(problem, str | Path):
        from synth.problem_file import read_problem

        problem = read_problem(Path(problem))
    if problem.entry_point is None or not probe_inputs(problem):
        raise UsageError("questions are about calls: the problem needs a function and one example")
    async with AsyncExitStack() as stack:
        from verifiers.sandbox import Sandbox
        from verifiers.verify import StandardVerifier

        sandbox = await stack.enter_async_context(Sandbox())
        options.setdefault("verifier", StandardVerifier(sandbox))
        handle: list[Any] = options.setdefault("handle", [])
        table = _Table(sandbox)
        drawn: Counter[str] = Counter()  # how often each program was, which says how likely it is
        first = {"select": "majority", **dict(options.pop("options", None) or {})}
        solution = await solve_async(problem, options=first, **options)
        given: list[Example] = []
        asked = 0
        unknown: list[tuple[Any, ...]] = []
        while asked < most and solution.verified and solution.program is not None:
            programs = [
                Program(source, problem.entry_point, problem.language)
                for source in (solution.program, *solution.others)
            ]
            drawn |= _drawn(handle[-1].fold)
            weights = [max(1, drawn[program.key]) for program in programs]
            question = await table.question(problem, programs, unknown, weights)
            if question is None:
                break
            answer = await ask(question)
            if isinstance(answer, Enough):
                break
            asked += 1
            if isinstance(answer, DontKnow):
                unknown.append(question.arguments)
                continue
            given.append(answer)
            problem = replace(problem, examples=(*problem.examples, answer))
            again = {**first, "candidates": [program.source for program in programs]}
            kept = await _standing(options["verifier"], problem, programs)
            if kept:
                # Programs still stand: nothing new is drawn, the model is not asked.
                again = {"candidates": _as_drawn(kept, drawn), "select": "majority"}
                solution = await solve_async(
                    problem, recipe="given", options=again, **_without_model(options)
                )
            else:
                solution = await solve_async(problem, options=again, **options)
        return Settled(solution, tuple(given), asked)


def _drawn(fold: Fold) -> Counter[str]:
    return Counter(node.program.key for node in fold.nodes if node.program is not None)


def _as_drawn(programs: Sequence[Program], drawn: Counter[str]) -> list[str]:
    """The sources, each as often as it was drawn: the majority is one of samples."""
    return [p.source for p in programs for _ in range(max(1, drawn[p.key]))]


async def _standing(verifier: Any, problem: Problem, programs: Sequence[Program]) -> list[Program]:
    verdicts = await verifier.verify(problem, programs)
    return [p for p, verdict in zip(programs, verdicts, strict=True) if verdict.passed]


def _without_model(options: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in options.items() if k not in ("recipe", "model")} | {"model": "none"}


class _Table:
    """Finds the input on which programs disagree most, and what they return there."""

    def __init__(self, sandbox: Any) -> None:
        self._sandbox, self._prober = sandbox, SandboxProber(sandbox)

    async def question(
        self,
        problem: Problem,
        programs: Sequence[Program],
        unknown: Sequence[tuple[Any, ...]],
        weights: Sequence[int],
    ) -> Question | None:
        from search.selection import Evidence, rank
        from search.selection.distinguishing import best_question

        if len(programs) < 2:
            return None
        behaviours = await self._prober.probe(problem, programs)
        inputs = probe_inputs(problem)
        said = [*unknown, *(example.args for example in problem.examples)]
        asked = [place for place, arguments in enumerate(inputs) if arguments in said]
        outputs = [behaviour.outputs for behaviour in behaviours]
        failed = [behaviour.failed for behaviour in behaviours]
        ranking = rank(Evidence.of(outputs, failed=failed, weights=weights), rule="learned")
        chance = dict.fromkeys(range(len(programs)), 0.0)
        chance.update(zip(ranking.programs, map(float, ranking.preference), strict=True))
        total = sum(chance.values())
        place = best_question(
            outputs,
            [chance[program] / total for program in range(len(programs))],
            asked=asked,
            failed=failed,
        )
        if place is None:
            return None
        answers = await self._outputs(problem, programs, inputs[place], weights)
        assert problem.entry_point is not None
        return Question(problem.entry_point, inputs[place], answers)

    async def _outputs(
        self,
        problem: Problem,
        programs: Sequence[Program],
        arguments: tuple[Any, ...],
        weights: Sequence[int],
    ) -> tuple[tuple[Any, float], ...]:
        from verifiers.sandbox import Call
        from verifiers.value_text import text_of
        from verifiers.verdict import Status

        assert problem.entry_point is not None
        call = Call(problem.entry_point, arguments)
        counts: dict[str, tuple[Any, float]] = {}
        for program, weight in zip(programs, weights, strict=True):
            (result,) = (await self._sandbox.run(program, [call], problem.limits)).results
            passed = result.status is Status.PASSED
            value = result.value if passed else RuntimeError(result.error or result.status.value)
            text = text_of(value, _ALIKE) if passed else repr(value)
            share = counts.get(text, (value, 0.0))[1] + weight / sum(weights)
            counts[text] = (value, share)
        return tuple(sorted(counts.values(), key=lambda item: -item[1]))
