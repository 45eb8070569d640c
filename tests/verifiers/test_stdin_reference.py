from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.errors import ProblemError
from synth.problem import Case, Comparison, Limits, Problem
from synth.program import Program
from verifiers.sandbox import Sandbox
from verifiers.stdin_mutation import counted, stdin_mutants
from verifiers.verdict import Outcome, Status
from verifiers.verify import StandardVerifier

in_session = pytest.mark.asyncio(loop_scope="session")
LARGEST = "n = int(input())\nprint(max(map(int, input().split())))\n"
CASES = (Case("3\n1 5 2\n", "5\n"), Case("4\n7 7 1 3\n", "7\n"))


async def outcome(sandbox: Sandbox, source: str, **fields: object) -> Outcome:
    given: dict = {"reference": LARGEST, "cases": CASES, "limits": Limits(seconds=1.0), **fields}
    verifier = StandardVerifier(sandbox, checks=["reference"], mutants=25)
    (verdict,) = await verifier.verify(Problem("p", "?", **given), [Program(source)])
    (found,) = verdict.outcomes
    return found


@in_session
async def test_a_program_that_prints_the_same_passes(sandbox: Sandbox) -> None:
    source = "input()\nx = sorted(map(int, input().split()))\nprint(x[-1])\n"
    found = await outcome(sandbox, source)
    assert found.passed
    assert int(found.name.split()[-2]) > 20


@in_session
async def test_a_program_right_on_the_cases_only_is_caught(sandbox: Sandbox) -> None:
    source = "input()\nx = list(map(int, input().split()))\nprint(max(x[:-1]))\n"
    found = await outcome(sandbox, source)
    assert found.status is Status.FAILED
    assert found.check == "reference"
    first, second = found.input.splitlines()
    assert int(first) == len(second.split())
    assert found.expected.strip() == str(max(map(int, second.split())))
    assert found.details["differ"] >= 1


@in_session
async def test_inputs_the_reference_refuses_are_no_tests(sandbox: Sandbox) -> None:
    picky = "assert input() == '3'\nprint(max(map(int, input().split())))\n"
    fails_elsewhere = "assert input() == '3'\nprint(max(map(int, input().split())))\n"
    found = await outcome(sandbox, fails_elsewhere, reference=picky, cases=CASES[:1])
    assert found.passed


@in_session
async def test_a_special_judge_decides_here_too(sandbox: Sandbox) -> None:
    comparison = Comparison(checker="def check(i, e, a):\n    return int(a) >= int(e)\n")
    source = "input()\nprint(max(map(int, input().split())) + 1)\n"
    assert (await outcome(sandbox, source, comparison=comparison)).passed


@in_session
async def test_a_reference_that_fails_on_the_cases_is_the_problems_mistake(
    sandbox: Sandbox,
) -> None:
    with pytest.raises(ProblemError, match="fails on all of 2 cases"):
        await outcome(sandbox, LARGEST, reference="print(1 / 0)\n")


@in_session
async def test_a_reference_that_contradicts_a_case_is_the_problems_mistake(
    sandbox: Sandbox,
) -> None:
    with pytest.raises(ProblemError, match=r"contradicts case 1 \(token 1: expected '5', got '1'"):
        await outcome(sandbox, LARGEST, reference=LARGEST.replace("max", "min"))


def test_an_item_less_or_more_is_counted() -> None:
    made = stdin_mutants(["3\n1 5 2\n"], count=60, seed=1)
    assert len(made) == 60
    assert len({text.split()[0] for text in made}) > 2
    for text in made:
        first, second = text.splitlines()
        assert int(first) == len(second.split())
        assert min(map(int, second.split())) >= 1


def test_lines_that_are_counted_stay_counted() -> None:
    for text in stdin_mutants(["2\nab 1\nba 2\n"], count=40, seed=0):
        first, *rest = text.splitlines()
        assert int(first) == len(rest)
        assert all(set(line.split()[0]) <= set("ab") for line in rest)


def test_what_counts_what_is_seen() -> None:
    assert counted([["3"], ["1", "2", "3"]]) == [(0, 1)]
    assert counted([["2", "9"], ["1", "2"], ["x"]]) == [(0, 1)]
    assert counted([["5"], ["1", "2"]]) == []


@given(st.lists(st.text("ab1 -\n", max_size=30), max_size=4), st.integers(0, 5))
def test_mutants_are_new_and_repeat_for_a_seed(seeds: list[str], seed: int) -> None:
    made = stdin_mutants(seeds, count=10, seed=seed)
    assert made == stdin_mutants(seeds, count=10, seed=seed)
    assert len(set(made)) == len(made)
    assert not set(made) & set(seeds)
