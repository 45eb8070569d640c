"""A problem's evidence, read once: which calls to make, and which tests have to run as they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synth.problem import Problem, TestCode
from verifiers import asserts, doctests, examples, pytest_file
from verifiers.assert_plan import AssertPlan
from verifiers.compare import Types
from verifiers.doctests import DoctestPlan
from verifiers.pure_language import NotPure
from verifiers.verdict import Outcome, Status

if TYPE_CHECKING:
    from verifiers.sandbox import Call, CallResult

CHECKS = ("example", "assert", "doctest", "stdio", "property", "reference", "pytest")
_KIND = {"asserts": "assert", "check": "assert", "doctest": "doctest", "pytest": "pytest"}


@dataclass(frozen=True, slots=True)
class Prepared:
    """`calls` of all examples and plans, in order; `judged` are tests only running can tell of;
    `broken` are outcomes of tests that do not parse: no program can pass them."""

    problem: Problem
    calls: tuple[Call, ...]
    examples: int
    plans: tuple[tuple[TestCode, AssertPlan | DoctestPlan], ...]
    judged: tuple[TestCode, ...]
    files: tuple[TestCode, ...]
    broken: tuple[Outcome, ...]
    types: Types

    def judge(self, results: Sequence[CallResult]) -> tuple[list[Outcome], list[TestCode]]:
        """Outcomes for the results of `calls`, and the tests too laborious to judge here."""
        outcomes: list[Outcome] = []
        if self.examples:
            outcomes += examples.judge(self.problem, results[: self.examples], types=self.types)
        left: list[TestCode] = []
        start = self.examples
        for test, plan in self.plans:
            end = start + len(plan.calls)
            try:
                outcomes += plan.judge(results[start:end], check=_KIND[test.kind])
            except NotPure as reason:
                if test.kind != "pytest":
                    left.append(test)
                else:  # it would run beside the program, which must not choose that by its answers
                    error = f"an answer cannot be judged apart from the program: {reason}"
                    name = test.name or "pytest file"
                    outcomes.append(Outcome(_KIND[test.kind], name, Status.FAILED, error=error))
            start = end
        return outcomes, left


def prepare(problem: Problem, checks: Collection[str], *, types: Types = "python") -> Prepared:
    """Reads the tests of the kinds in `checks` (see `CHECKS`)."""
    calls: list[Call] = examples.calls(problem) if "example" in checks else []
    count = len(calls)
    plans: list[tuple[TestCode, AssertPlan | DoctestPlan]] = []
    judged: list[TestCode] = []
    files: list[TestCode] = []
    broken: list[Outcome] = []
    for test in problem.tests:
        check = _KIND[test.kind]
        if check not in checks:
            continue
        try:
            plan: AssertPlan | DoctestPlan
            if test.kind == "pytest":
                plan = pytest_file.plan(test, problem.entry_point or "")
            elif test.kind == "doctest":
                plan = doctests.plan(test.source, problem.entry_point or "", problem.comparison)
            else:
                plan = asserts.plan(test, problem.entry_point or "")
        except NotPure:
            (files if test.kind == "pytest" else judged).append(test)
        except (SyntaxError, ValueError, RecursionError) as error:
            message = f"the test itself does not parse: {type(error).__name__}: {error}"
            broken.append(Outcome(check, test.name or test.kind, Status.ERROR, error=message))
        else:
            plans.append((test, plan))
            calls += plan.calls
    return Prepared(
        problem,
        tuple(calls),
        count,
        tuple(plans),
        tuple(judged),
        tuple(files),
        tuple(broken),
        types,
    )
