"""Assertions waiting for the program's answers, and how each ends once the answers are there.

Made by `verifiers.asserts.plan`. Everything here runs on the trusted side, over plain values.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from verifiers.examples import closeness_of_cut
from verifiers.live_values import revived
from verifiers.pure_bounds import refuse_large_answer
from verifiers.pure_expressions import Evaluator, Failed
from verifiers.pure_language import NotPure
from verifiers.value_text import call_text, cut, error_text, text_of, without_addresses
from verifiers.verdict import Outcome, Status

if TYPE_CHECKING:
    from verifiers.sandbox import Call, CallResult

_TEXT = 400


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a plan: a check, or a binding of `target` that later steps read.

    `calls` maps the call nodes inside it (by `id`; the tree is kept alive by `node`) to positions
    in the plan's list of calls; `names` are the values known before the program runs.
    """

    node: ast.expr
    names: Mapping[str, Any]
    calls: Mapping[int, int]
    target: str | None
    text: str
    message: str = ""
    reads: frozenset[str] = frozenset()  # every name in the expression
    raises: str = ""  # the exception the call must raise, and a pattern for its message
    match: str = ""


@dataclass(frozen=True, slots=True)
class AssertPlan:
    """The calls that some test code makes, in order, and how to judge their results."""

    calls: tuple[Call, ...]
    steps: tuple[Step, ...]
    math_names: frozenset[str]

    @property
    def checks(self) -> int:
        """How many assertions there are."""
        return sum(step.target is None for step in self.steps)

    def judge(self, results: Sequence[CallResult], *, check: str = "assert") -> list[Outcome]:
        """One outcome per assertion; `results` has one entry for each of `calls`."""
        outcomes: list[Outcome] = []
        answers: dict[str, Any] = {}  # what a name was bound to: a value, or why there is none
        for step in self.steps:
            trial = Trial(step, self, results, answers)
            if step.target is None:
                outcomes.append(trial.outcome(check))
            else:
                answer = trial.answer()
                answers[step.target] = Failed(answer) if isinstance(answer, Exception) else answer
        return outcomes


class Unanswered(Exception):
    """A call the expression needs did not return."""

    def __init__(self, position: int, result: CallResult) -> None:
        super().__init__(result.error)
        self.position, self.result = position, result


@dataclass(frozen=True, slots=True)
class Trial:
    """One step, evaluated with the program's answers."""

    step: Step
    plan: AssertPlan
    results: Sequence[CallResult]
    answers: Mapping[str, Any]

    def answer(self) -> Any:
        """The value of the step's expression, or the exception that stands in its way."""
        try:
            return self._value(self.step.node)
        except NotPure:
            raise
        except Exception as error:
            return error

    def outcome(self, check: str) -> Outcome:
        """How the assertion ended.

        Raises:
            NotPure: it cannot be judged here after all (it would take too long, say).
        """
        name = cut(self.step.text, 80)
        value = self.answer()
        if self.step.raises:
            return self._raising(value, check)
        if isinstance(value, Unanswered):
            failed = value.result
            return Outcome(
                check,
                name,
                failed.status,
                input=self._call_text(value.position),
                expected=self._expected(),
                error=cut(without_addresses(failed.error), _TEXT),
                line=failed.line,
            )
        if not isinstance(value, Exception) and value:
            return Outcome(check, name, Status.PASSED)
        # An assertion that itself raises (`abs(None - 1)`) got an answer of the wrong kind.
        error = error_text(value) if isinstance(value, Exception) else ""
        return Outcome(
            check,
            name,
            Status.FAILED,
            input=self._input(),
            expected=self._expected(),
            actual=self._actual(),
            error=cut(without_addresses(error or self.step.message), _TEXT),
            details=self._closeness(),
        )

    def _raising(self, value: Any, check: str) -> Outcome:
        """Whether the call raised what it should."""
        result = value.result if isinstance(value, Unanswered) else None
        status, actual, error, line = Status.FAILED, "", "", 0
        if result is None:
            actual = text_of(value, _TEXT)
        elif result.status is not Status.ERROR:
            status, error, line = result.status, result.error, result.line
        elif self.step.raises not in (result.error_type, *result.error_bases):
            status, error, line = Status.ERROR, result.error, result.line
        elif re.search(self.step.match, result.error.partition(": ")[2][:2000]) is None:
            actual = result.error
        else:
            status = Status.PASSED
        wanted = f"raises {self.step.raises}"
        if self.step.match:
            wanted += f" with a message matching {self.step.match!r}"
        return Outcome(
            check,
            cut(self.step.text, 80),
            status,
            input=self._input(),
            expected=wanted,
            actual=cut(actual, _TEXT),
            error=cut(without_addresses(error), _TEXT),
            line=line,
        )

    def _value(self, node: ast.expr) -> Any:
        names = self.step.names
        if self.answers:
            bound = {name: self.answers[name] for name in self.step.reads if self._is_answer(name)}
            names = {**names, **bound}
        return Evaluator(names, math_names=self.plan.math_names, on_call=self._on_call).value(node)

    def _on_call(self, node: ast.Call) -> Any:
        position = self.step.calls.get(id(node))
        if position is None:
            return NotImplemented
        result = self.results[position]
        if result.status is not Status.PASSED:
            raise Unanswered(position, result)
        value = revived(result.value)
        refuse_large_answer(value)
        return value

    def _input(self) -> str:
        return cut("; ".join(map(self._call_text, self._positions())), _TEXT)

    def _positions(self) -> list[int]:
        bindings: dict[str, Step] = {}
        for step in self.plan.steps:
            if step is self.step:
                break
            if step.target is not None:
                bindings[step.target] = step
        earlier = [
            position
            for name, step in bindings.items()
            if name in self.step.reads and self._is_answer(name)
            for position in step.calls.values()
        ]
        return earlier + list(self.step.calls.values())

    def _is_answer(self, name: str) -> bool:
        return name in self.answers and name not in self.step.names

    def _call_text(self, position: int) -> str:
        call = self.plan.calls[position]
        return call_text(call.function, call.args, call.kwargs, _TEXT)

    def _expected(self) -> str:
        """The side of `==` that the program has no part in, or else the assertion itself."""
        sides = self._sides()
        if sides is not None:
            return text_of(self._shown(sides[0]), _TEXT)
        test = self.step.node
        if id(test) in self.step.calls:
            return "a true value"
        if (
            isinstance(test, ast.UnaryOp)
            and isinstance(test.op, ast.Not)
            and id(test.operand) in self.step.calls
        ):
            return "a false value"
        return self.step.text.removeprefix("assert ")

    def _actual(self) -> str:
        sides = self._sides()
        if sides is not None:
            value = self._shown(sides[1])
            if not isinstance(value, Exception):
                return text_of(value, _TEXT)
        answers = [self.results[position] for position in self._positions()]
        return cut("; ".join(text_of(a.value, _TEXT) for a in answers), _TEXT)

    def _closeness(self) -> dict[str, Any]:
        """How near a wrong answer came, where it cannot be told from the texts."""
        sides = self._sides()
        if sides is None:
            return {}
        expected, actual = map(self._shown, sides)
        return closeness_of_cut(expected, actual, text_of(expected, _TEXT), text_of(actual, _TEXT))

    def _sides(self) -> tuple[ast.expr, ast.expr] | None:
        """(expected, actual) of an assertion `a == b` (or `a is b`), None for others."""
        test = self.step.node
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            return None
        if not isinstance(test.ops[0], ast.Eq | ast.Is):
            return None
        left, right = test.left, test.comparators[0]
        if not self._asks(right):
            return right, left
        return (left, right) if not self._asks(left) else None

    def _asks(self, node: ast.expr) -> bool:
        return any(
            id(inner) in self.step.calls
            or (isinstance(inner, ast.Name) and self._is_answer(inner.id))
            for inner in ast.walk(node)
        )

    def _shown(self, node: ast.expr) -> Any:
        try:
            return self._value(node)
        except Exception as error:
            return error
