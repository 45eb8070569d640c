"""Doctest examples, turned into one batch of calls and judged on the trusted side.

An example passes where the standard library's own checker accepts what the interpreter would have
printed (options such as ELLIPSIS included). Two leniencies, because docstrings are written by hand:
where the wanted text is a literal, an answer of the same types and value passes whatever its
layout (`"a"` for `'a'`, a set in another order, the last digit of a float); and `>>> f(1) == 2`
with no wanted text wants True.
"""

from __future__ import annotations

import ast
import doctest
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synth.problem import Comparison
from verifiers.assert_plan import AssertPlan, Step, Trial, Unanswered
from verifiers.asserts import Builder
from verifiers.compare import equal
from verifiers.parsing import parse
from verifiers.pure_expressions import Failed
from verifiers.pure_language import NotPure
from verifiers.value_text import cut, error_text, text_of, without_addresses
from verifiers.verdict import Outcome, Status

if TYPE_CHECKING:
    from verifiers.sandbox import Call, CallResult

_TEXT = 400


@dataclass(frozen=True, slots=True)
class _Shown:
    """An example whose output is checked: `step` None where it only prepares."""

    example: doctest.Example
    step: Step
    printed: bool  # print(x) rather than x


@dataclass(frozen=True, slots=True)
class DoctestPlan:
    """The calls that some doctests make, in order, and how to judge their results."""

    plan: AssertPlan
    shown: tuple[_Shown, ...]
    comparison: Comparison

    @property
    def calls(self) -> tuple[Call, ...]:
        return self.plan.calls

    @property
    def checks(self) -> int:
        return len(self.shown)

    def judge(self, results: Sequence[CallResult], *, check: str = "doctest") -> list[Outcome]:
        """One outcome per example that shows something; `results` is one entry per call."""
        outcomes: list[Outcome] = []
        answers: dict[str, Any] = {}
        by_step = {id(shown.step): shown for shown in self.shown}
        for step in self.plan.steps:
            trial = Trial(step, self.plan, results, answers)
            answer = trial.answer()
            if step.target is not None:
                answers[step.target] = Failed(answer) if isinstance(answer, Exception) else answer
            else:
                outcomes.append(self._outcome(by_step[id(step)], trial, answer, results, check))
        return outcomes

    def _outcome(
        self,
        shown: _Shown,
        trial: Trial,
        answer: Any,
        results: Sequence[CallResult],
        check: str,
    ) -> Outcome:
        example = shown.example
        error, line, actual = "", 0, ""
        stdout = "".join(results[position].stdout for position in shown.step.calls.values())
        status: Status
        if isinstance(answer, Unanswered) and answer.result.status is not Status.ERROR:
            status = answer.result.status
            error, line = answer.result.error, answer.result.line
        elif isinstance(answer, Exception):
            error = answer.result.error if isinstance(answer, Unanswered) else error_text(answer)
            if example.exc_msg is not None and _same_error(example, error):
                status, error = Status.PASSED, ""
            else:
                status = Status.ERROR
                line = answer.result.line if isinstance(answer, Unanswered) else 0
        else:
            got = stdout + _display(answer, shown.printed)
            status = Status.PASSED if self._accepts(example, got, answer, shown) else Status.FAILED
            if status is Status.FAILED:
                actual = cut(got.rstrip("\n"), _TEXT) or text_of(answer, _TEXT)
        name = cut(f">>> {example.source.strip()}", 80)
        if status is Status.PASSED:
            return Outcome(check, name, status)
        return Outcome(
            check,
            name,
            status,
            input=cut(example.source.strip(), _TEXT),
            expected=cut((example.exc_msg or example.want).strip(), _TEXT),
            actual=actual,
            error=cut(without_addresses(error), _TEXT),
            line=line,
        )

    def _accepts(self, example: doctest.Example, got: str, answer: Any, shown: _Shown) -> bool:
        if example.exc_msg is not None:
            return False
        flags = sum(flag for flag, on in example.options.items() if on)
        if doctest.OutputChecker().check_output(example.want, got, flags):
            return True
        if not example.want:
            return answer is True
        if shown.printed and isinstance(answer, tuple) and len(answer) == 1:
            answer = answer[0]
            if isinstance(answer, str):
                return False  # printed without its quotes, so no literal
        try:
            wanted = ast.literal_eval(example.want.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            return False
        return equal(
            wanted,
            answer,
            absolute=self.comparison.absolute,
            relative=self.comparison.relative,
            types="exact",
        )


def plan(text: str, entry_point: str, comparison: Comparison) -> DoctestPlan:
    """The plan of the `>>>` examples in `text`.

    Raises:
        NotPure: an example does something that only running it can tell.
        SyntaxError: an example does not parse.
    """
    builder = Builder({entry_point: entry_point})
    shown: list[_Shown] = []
    try:
        examples = [
            example
            for docstring in _docstrings(text)
            for example in doctest.DocTestParser().get_examples(docstring)
        ]
    except ValueError as error:  # inconsistent indentation and the like
        raise SyntaxError(str(error)) from error
    for example in examples:
        if example.options.get(doctest.SKIP):
            continue
        body = parse(example.source).body
        for statement in body:
            if not isinstance(statement, ast.Expr):
                if example.want or example.exc_msg:
                    raise NotPure("a statement that shows something")
                if isinstance(statement, ast.Assert):
                    raise NotPure("an assertion inside a doctest")
                builder.statement(statement)
            elif len(body) != 1:
                raise NotPure("several statements in one example")
            else:
                node, printed = _printed(statement.value)
                step = builder.step(node, None, "", "")
                shown.append(_Shown(example, step, printed))
    if not shown:
        raise NotPure("no example found")
    return DoctestPlan(builder.plan(), tuple(shown), comparison)


def _docstrings(text: str) -> list[str]:
    """The docstrings of `text` where it is Python source, else the text itself."""
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return [text]
    kinds = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    found = [ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, kinds)]
    return [docstring for docstring in found if docstring]


def _printed(node: ast.expr) -> tuple[ast.expr, bool]:
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
        and not node.keywords
    ):
        return ast.copy_location(ast.Tuple(node.args, ast.Load()), node), True
    return node, False


def _display(answer: Any, printed: bool) -> str:
    """What the interpreter prints for the value."""
    if answer is None:
        return ""
    try:
        if printed:
            return " ".join(map(str, answer)) + "\n"
        return repr(answer) + "\n"
    except ValueError:  # an int too long to convert
        return text_of(answer, _TEXT) + "\n"


def _same_error(example: doctest.Example, error: str) -> bool:
    """Whether `error` ("Type: message") is the exception the example wants."""
    wanted = (example.exc_msg or "").strip()
    flags = sum(flag for flag, on in example.options.items() if on)
    wanted_type, _, wanted_message = wanted.partition(":")
    got_type, _, got_message = error.strip().partition(":")
    if wanted_type.rpartition(".")[2] != got_type.rpartition(".")[2]:
        return False
    if flags & doctest.IGNORE_EXCEPTION_DETAIL:
        return True
    return doctest.OutputChecker().check_output(
        wanted_message.strip() + "\n", got_message.strip() + "\n", flags
    )
