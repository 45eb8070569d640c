"""Differential testing: the program answers as a slow but right implementation does.

Inputs are those of the given tests, mutated by type (EvalPlus, Liu et al. 2023), or else made from
the signature's annotations. An input on which the reference raises or gives up is not a valid one
and is dropped. A difference found is made small before it is shown.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from synth.errors import ProblemError
from synth.problem import Example, Problem
from synth.program import Program
from verifiers.annotated_inputs import annotated_inputs
from verifiers.compare import equal
from verifiers.examples import judge_one
from verifiers.live_values import revived
from verifiers.mutation import mutants, with_constants
from verifiers.prepared import Prepared, prepare
from verifiers.shrinking import simpler, size
from verifiers.source_constants import constants_of
from verifiers.symbolic_inputs import symbolic_inputs
from verifiers.value_text import cut, text_of
from verifiers.verdict import Cost, Outcome, Status, Verdict

if TYPE_CHECKING:
    from verifiers.sandbox import Call, CallResult, Sandbox

_SLOWER = 5  # how many times longer than a program the reference may take
_ROUNDS = 12  # of shrinking
_CHUNK = 25
_SLOW_CHUNKS = 2
_PLANTED = 8  # inputs for each constant of a program that the reference has not


async def counterexample(
    sandbox: Sandbox,
    problem: Problem,
    program: Program,
    other: Program,
    *,
    mutants: int = 200,
    symbolic: float = 0.0,
    seed: int = 0,
) -> Outcome | None:
    """A small input on which `program` does not answer as `other` does, or None where none was
    found. The outcome's `expected` is the other's answer.

    `symbolic` CPU seconds go to solving for one where mutation finds none (`symbolic_inputs`).
    With a right program as `other` this refutes (REFUTE, Sinha et al. 2025); with another candidate
    it finds the input that tells the two apart.
    """
    asked = replace(problem, reference=other.source, starter="")
    kinds = ("example", "assert", "doctest", "pytest")  # where inputs to start from can be read
    prepared = prepare(asked, kinds)
    reference = Reference(
        sandbox, prepared, mutants=mutants, symbolic=symbolic, seed=seed, trusted=False
    )
    (outcome,) = (await reference.compare(program)).outcomes or (None,)
    return outcome if outcome is not None and not outcome.passed else None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the reference says to one input; `changed` are the arguments it left behind, where it
    works in place and returns None."""

    arguments: tuple[Any, ...]
    value: Any
    changed: tuple[Any, ...] | None


class Reference:
    """A problem's reference and what it answers, computed once and shared by all programs.

    One that is not `trusted` may contradict the problem's examples.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        prepared: Prepared,
        *,
        mutants: int,
        seed: int,
        symbolic: float = 0.0,
        trusted: bool = True,
    ) -> None:
        self._sandbox, self._prepared, self._trusted = sandbox, prepared, trusted
        self._mutants, self._seed, self._symbolic = mutants, seed, symbolic
        problem = prepared.problem
        self._problem: Problem = problem
        source = f"{problem.starter.rstrip()}\n\n{problem.reference}"
        self._program = Program(source, problem.entry_point)
        self._limits = replace(
            problem.limits, seconds=_SLOWER * problem.limits.seconds, imports=None
        )
        self._own_constants = constants_of(source)
        self._lock = asyncio.Lock()
        self._known: list[_Answer] | None = None
        self._in_place = False  # it returns None and has changed an argument at least once

    async def compare(self, program: Program) -> Verdict:
        """One outcome: the program agrees on every input, or the smallest found where it does not.

        Raises:
            ProblemError: the reference fails on every input there is, or contradicts an example.
        """
        answers = await self._answers()
        if not answers:
            return Verdict(())
        answers = [*answers, *await self._around_constants(program, answers)]
        failed, cost = await self._differing(program, answers)
        note = ""
        if not failed and self._symbolic > 0:
            solved, note, searching = await self._solved(program, answers)
            failed, repeating = await self._differing(program, solved)
            answers, cost = [*answers, *solved], cost + searching + repeating
        if not failed:
            name = f"agrees with the reference on {len(answers)} inputs"
            said = {"symbolic": note} if note else {}
            return Verdict((Outcome("reference", name, Status.PASSED, details=said),), cost=cost)
        answer, outcome = min(failed, key=lambda pair: size(pair[0].arguments))
        if outcome.status in (Status.FAILED, Status.ERROR):  # a time-out is dear to repeat
            outcome, shrinking = await self._shrunk(program, answer, outcome)
            cost = cost + shrinking
        details = {"inputs": len(answers), "differ": len(failed)}
        return Verdict((replace(outcome, details=details),), cost=cost)

    async def _differing(
        self, program: Program, answers: list[_Answer]
    ) -> tuple[list[tuple[_Answer, Outcome]], Cost]:
        """Those of the inputs on which the program does not answer as the reference did."""
        if not answers:
            return [], Cost()
        execution = await self._sandbox.run(
            program, [self._call(a.arguments) for a in answers], self._problem.limits
        )
        failed = [
            (answer, outcome)
            for answer, result in zip(answers, execution.results, strict=True)
            if result.made and not (outcome := self._judge(answer, result)).passed
        ]
        return failed, execution.cost

    async def _solved(
        self, program: Program, answers: list[_Answer]
    ) -> tuple[list[_Answer], str, Cost]:
        """The reference's answers to inputs that symbolic execution proposes, or why none."""
        proposals = await symbolic_inputs(
            self._sandbox,
            self._program,
            program,
            [answer.arguments for answer in answers],
            self._limits,
            seconds=self._symbolic,
        )
        solved, _ = await self._ask(list(proposals.inputs))
        return solved, proposals.why_none, proposals.cost

    async def _answers(self) -> list[_Answer]:
        async with self._lock:
            if self._known is None:
                inputs = self._inputs()
                known, errors = await self._ask(inputs)
                if inputs and not known:
                    raise ProblemError(
                        f"the reference fails on all of {len(errors)} inputs tried; the first "
                        f"error is {errors[0]!r}; run it by hand on one example",
                        field="reference",
                    )
                if self._trusted:
                    self._refuse_contradiction(known)
                self._in_place = any(answer.changed is not None for answer in known)
                self._known = known
            return self._known

    def _refuse_contradiction(self, answers: list[_Answer]) -> None:
        """No program passes both the examples and a reference that answers them otherwise."""
        from verifiers.sandbox import CallResult

        problem = self._problem
        by_input = {text_of(answer.arguments, 10_000): answer for answer in answers}
        for number, example in enumerate(problem.examples, start=1):
            answer = by_input.get(text_of(example.args, 10_000))
            if answer is None or answer.changed is not None or example.kwargs:
                continue
            said = CallResult(Status.PASSED, answer.value)
            name = problem.entry_point or ""
            outcome = judge_one(name, example, said, problem.comparison, name="")
            if not outcome.passed:
                raise ProblemError(
                    f"answers {text_of(answer.value, 80)} to {cut(outcome.input, 120)}, where "
                    f"example {number} expects {cut(outcome.expected, 80)}; one of the "
                    "two is wrong",
                    field="reference",
                )

    async def _around_constants(self, program: Program, answers: list[_Answer]) -> list[_Answer]:
        """Inputs at and beside the constants of the program's source: where its branches are."""
        constants = [c for c in constants_of(program.source) if c not in self._own_constants]
        inputs = with_constants(
            [answer.arguments for answer in answers[:50]],
            constants,
            count=min(_PLANTED * len(constants), self._mutants),
            seed=self._seed,
        )
        return (await self._ask(inputs))[0]

    def _inputs(self) -> list[tuple[Any, ...]]:
        problem = self._problem
        given = [call.args for call in self._prepared.calls if not call.kwargs]
        given += [example.args for example in problem.examples if not example.kwargs]
        if not given and problem.signature:
            return annotated_inputs(
                problem.signature, problem.entry_point or "", count=self._mutants, seed=self._seed
            )
        return given + mutants(given, count=self._mutants, seed=self._seed)

    async def _ask(self, inputs: list[tuple[Any, ...]]) -> tuple[list[_Answer], list[str]]:
        """The reference's answers to those inputs it can answer, and why it could not others."""
        answers: list[_Answer] = []
        errors: list[str] = []
        slow = 0
        # A process lost to slow inputs takes what follows with it: not all of them at once, then.
        for start in range(0, len(inputs), _CHUNK):
            chunk = inputs[start : start + _CHUNK]
            calls = [self._call(arguments) for arguments in chunk]
            execution = await self._sandbox.run(self._program, calls, self._limits)
            for arguments, result in zip(chunk, execution.results, strict=True):
                answer, error = _read(arguments, result)
                if answer is not None:
                    answers.append(answer)
                elif result.made:
                    errors.append(error)
            slow += any(result.status is Status.TIMEOUT for result in execution.results)
            if slow == _SLOW_CHUNKS or (slow and not answers):
                break
        return answers, errors

    def _call(self, arguments: tuple[Any, ...]) -> Call:
        from verifiers.sandbox import Call

        return Call(self._problem.entry_point or "", arguments)

    def _judge(self, answer: _Answer, result: CallResult) -> Outcome:
        expected: Any = answer.value
        if self._in_place and expected is None and result.status is Status.PASSED:
            # Also where it left the arguments as they were: so must the program.
            expected = answer.arguments if answer.changed is None else answer.changed
            left = answer.arguments if result.args is None else result.args
            result = replace(result, value=left)
        return judge_one(
            self._problem.entry_point or "",
            Example(answer.arguments, expected),
            result,
            self._problem.comparison,
            name="agrees with the reference",
            check="reference",
            types=self._prepared.types,
        )

    async def _shrunk(
        self, program: Program, answer: _Answer, outcome: Outcome
    ) -> tuple[Outcome, Cost]:
        """The smallest failure that simple steps from this one lead to, of the same status."""
        cost = Cost()
        for _ in range(_ROUNDS):
            candidates, _ = await self._ask(simpler(answer.arguments))
            if not candidates:
                break
            execution = await self._sandbox.run(
                program, [self._call(c.arguments) for c in candidates], self._problem.limits
            )
            cost = cost + execution.cost
            for candidate, result in zip(candidates, execution.results, strict=True):
                smaller = self._judge(candidate, result)
                if smaller.status is outcome.status:
                    answer, outcome = candidate, smaller
                    break
            else:
                break
        return outcome, cost


def _read(arguments: tuple[Any, ...], result: CallResult) -> tuple[_Answer | None, str]:
    """The reference's answer, or why it is of no use."""
    if result.status is not Status.PASSED:
        return None, result.error or str(result.status)
    value = revived(result.value)
    if not equal(value, value):
        return None, f"it answers with {text_of(value, 80)}, which cannot be compared"
    return _Answer(arguments, value, result.args if value is None else None), ""
