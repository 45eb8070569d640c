"""Which inputs programs of a problem are probed with, and which of them first.

Probes are the inputs of the problem's own checks (examples, asserts, doctests; standard input of
whole programs) and type-aware mutations of them (EvalPlus, Liu et al. 2023, section 3): the same
for every program of a run, and for every run. Of mutations nobody knows the right outputs: they
tell programs apart, they do not judge them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from synth.problem import Problem

PROBES = 48  # 64 tell 95 % of wrongly paired programs apart, 16 two thirds; each costs 0.02 ms
FIRST = 16  # asked of every program: of 8 and 24 neither saves as much at so small a loss
_GIVEN = 256  # inputs taken from the checks at most
_MUTANTS = 24  # at least: programs that pass every check differ nowhere else

Input = tuple[Any, ...] | str
"""Arguments of a call, or what a whole program reads."""


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """`inputs` of all probes. Of these `asked` tell look-alikes apart, `first` being asked of every
    program: where there are enough checks, `asked` are inputs of checks alone, so that probing is a
    part of verifying. `check_of[i]` is the number of the example (or case) whose input `i` is;
    nothing where `first` are the inputs of all checks there are, and judging by them saves nothing.
    """

    inputs: tuple[Input, ...]
    asked: tuple[int, ...]
    first: tuple[int, ...]
    check_of: Mapping[int, int]

    @property
    def probed_checks(self) -> tuple[int, ...]:
        """The numbers of the examples (or cases) whose inputs are among `first`."""
        return tuple(self.check_of[number] for number in self.first if number in self.check_of)


NO_PROBES = ProbePlan((), (), (), {})


def probe_plan(problem: Problem) -> ProbePlan:
    """The plan for a problem; without any inputs where its checks show none."""
    if problem.entry_point is None:
        return _cases_plan(problem)
    if problem.language != "python":
        return NO_PROBES
    from verifiers.mutation import mutants

    given, check_of = _given(problem)
    made = mutants(given, count=max(PROBES - len(given), _MUTANTS), seed=0)
    inputs = (*given, *made)
    if len(given) >= 2 * FIRST:
        asked = tuple(range(len(given)))
        return ProbePlan(inputs, asked, _spread(len(given)), check_of)
    asked = tuple(range(min(PROBES, len(inputs))))
    few = len(problem.examples) <= sum(number < FIRST for number in check_of)
    if few and not (problem.tests or problem.properties or problem.reference):
        check_of = {}
    return ProbePlan(inputs, asked, asked[:FIRST], check_of)


def probe_inputs(problem: Problem) -> list[tuple[Any, ...]]:
    """The argument tuples that programs are probed with, those of checks first; none for whole
    programs. The same at every call."""
    return [item for item in probe_plan(problem).inputs if not isinstance(item, str)]


def narrowed(problem: Problem, checks: Sequence[int]) -> Problem:
    """The problem with the examples (or cases) of these numbers and no other check."""
    bare = replace(problem, examples=(), cases=(), tests=(), properties=(), reference=None)
    if problem.entry_point is None:
        return replace(bare, cases=tuple(problem.cases[number] for number in checks))
    return replace(bare, examples=tuple(problem.examples[number] for number in checks))


def _cases_plan(problem: Problem) -> ProbePlan:
    """Standard input: the cases', where there are enough. Mutating text makes little sense."""
    if len(problem.cases) < 2 * FIRST:
        return NO_PROBES
    inputs = tuple(case.stdin for case in problem.cases[:_GIVEN])
    asked = tuple(range(len(inputs)))
    return ProbePlan(inputs, asked, _spread(len(inputs)), dict(zip(asked, asked, strict=True)))


def _given(problem: Problem) -> tuple[list[tuple[Any, ...]], dict[int, int]]:
    """Arguments of the checks' calls, each once, and which example each is of."""
    places: dict[str, int] = {}
    given: list[tuple[Any, ...]] = []
    check_of: dict[int, int] = {}

    def place(arguments: tuple[Any, ...]) -> int:
        key = repr(arguments)
        if key not in places and len(given) < _GIVEN:
            places[key] = len(given)
            given.append(arguments)
        return places.get(key, -1)

    for number, example in enumerate(problem.examples):
        if not example.kwargs and (where := place(tuple(example.args))) >= 0:
            check_of.setdefault(where, number)
    for arguments in _tested(problem):
        place(arguments)
    return given, check_of


@lru_cache(maxsize=64)
def _calls_of_tests(entry_point: str, tests: Any, comparison: Any) -> list[tuple[Any, ...]]:
    from verifiers.prepared import prepare

    problem = Problem("tests", "", entry_point=entry_point, tests=tests, comparison=comparison)
    calls = prepare(problem, ("assert", "doctest")).calls
    return [tuple(c.args) for c in calls if c.function == entry_point and not c.kwargs]


def _tested(problem: Problem) -> list[tuple[Any, ...]]:
    if not problem.tests or problem.entry_point is None:
        return []
    return _calls_of_tests(problem.entry_point, problem.tests, problem.comparison)


def _spread(count: int) -> tuple[int, ...]:
    """`FIRST` of `count` numbers at even distances: checks are often written in groups."""
    return tuple(place * count // FIRST for place in range(FIRST))
