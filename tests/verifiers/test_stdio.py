from __future__ import annotations

from dataclasses import replace

import pytest

from synth.problem import Case, Comparison, Limits, Problem
from synth.program import Program
from verifiers.sandbox import Sandbox
from verifiers.stdio import same_output
from verifiers.verdict import Status
from verifiers.verify import StandardVerifier


@pytest.mark.parametrize(
    ("expected", "actual", "mode", "same"),
    [
        ("1 2\n", "1\n2", "tokens", True),
        ("1 2", "1 2 3", "tokens", False),
        ("1 2 3", "1 2", "tokens", False),
        ("yes", "YES", "tokens", False),
        ("", "\n \n", "tokens", True),
        ("0.5", "0.5000000000001", "tokens", True),
        ("0.5", "0.6", "tokens", False),
        ("0.5", ".5", "tokens", True),
        ("10", "10.0", "tokens", False),
        ("1e3", "1000", "tokens", True),
        ("0.5", "nan", "tokens", False),
        ("nan", "nan", "tokens", True),
        ("1.0", "1_0", "tokens", False),
        ("1.0", "\u0661.\u0660", "tokens", False),
        ("1e9999", "2e9999", "tokens", False),
        ("a b\nc\n", "a b  \nc\n\n", "lines", True),
        ("a b\nc", "a  b\nc", "lines", False),
        ("a\nb", "a", "lines", False),
        ("a\nb", "a\u2028b", "lines", False),
        ("a\nb", "a\fb", "lines", False),
        ("a\r\nb", "a\nb\r\n", "lines", True),
        ("a\n", "a\n", "exact", True),
        ("a\n", "a", "exact", False),
    ],
)
def test_output_is_compared_by_mode(expected: str, actual: str, mode: str, same: bool) -> None:
    reason = same_output(expected, actual, Comparison(stdout=mode))
    assert (reason is None) is same


def test_the_reason_names_the_first_difference() -> None:
    assert same_output("1 2 3", "1 5 3", Comparison()) == "token 2: expected '2', got '5'"
    assert same_output("a\nb", "a\nc", Comparison(stdout="lines")) == (
        "line 2: expected 'b', got 'c'"
    )
    assert same_output("a\nb\n", "a\nb", Comparison(stdout="exact")) == (
        "the line break at the end is missing"
    )


def problem(**comparison: object) -> Problem:
    cases = (Case("1 2\n", "3\n"), Case("10 -4\n", "6\n"))
    return Problem(
        "sum",
        "Add.",
        cases=cases,
        comparison=Comparison(**comparison),
        limits=Limits(seconds=0.5),
    )


ADD = "print(sum(map(int, input().split())))"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_program_is_judged_by_what_it_prints(sandbox: Sandbox) -> None:
    programs = [
        Program(ADD),
        Program("print(3)"),
        Program("print(1 / 0)"),
        Program("while True: pass"),
        Program("while True: print('x' * 1000)"),
        Program("import os\nos._exit(0)"),
    ]
    verdicts = await StandardVerifier(sandbox).verify(problem(), programs)
    assert [[o.status for o in verdict.outcomes] for verdict in verdicts] == [
        [Status.PASSED, Status.PASSED],
        [Status.PASSED, Status.FAILED],
        [Status.ERROR, Status.ERROR],
        [Status.TIMEOUT, Status.TIMEOUT],
        [Status.OUTPUT, Status.OUTPUT],
        [Status.FAILED, Status.FAILED],
    ]
    assert verdicts[1].outcomes[1].expected == "6\n"
    assert verdicts[1].outcomes[1].actual == "3\n"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_special_judge_decides_instead_of_the_text(sandbox: Sandbox) -> None:
    checker = (
        "def check(stdin, expected, actual):\n"
        "    a, b = map(int, stdin.split())\n"
        "    return abs(int(actual)) == a + b\n"
    )
    programs = [Program(ADD), Program(ADD.replace("print(", "print(-")), Program("print('x')")]
    verdicts = await StandardVerifier(sandbox).verify(problem(checker=checker), programs)
    assert [verdict.passed for verdict in verdicts] == [True, True, False]
    assert "special judge" in verdicts[2].outcomes[0].error


@pytest.mark.asyncio(loop_scope="session")
async def test_a_checker_that_answers_anything_but_true_does_not_pass(sandbox: Sandbox) -> None:
    checker = "def check(stdin, expected, actual):\n    return 1\n"
    (verdict,) = await StandardVerifier(sandbox).verify(problem(checker=checker), [Program(ADD)])
    assert not verdict.passed
    assert "answered 1, which is neither True nor False" in verdict.feedback()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_special_judge_says_why_and_its_answer_is_shown_as_one_of_many(
    sandbox: Sandbox,
) -> None:
    checker = (
        "def check(stdin, expected, actual):\n"
        "    assert int(actual) > 0, f'{actual.strip()} is not positive'\n    return True\n"
    )
    zero = [Program("print(0)")]
    (verdict,) = await StandardVerifier(sandbox).verify(problem(checker=checker), zero)
    text = verdict.feedback()
    assert "wrong answer; the special judge says: 0 is not positive" in text
    assert "one right answer: 3" in text


@pytest.mark.asyncio(loop_scope="session")
async def test_an_endless_program_is_not_run_on_every_input(sandbox: Sandbox) -> None:
    slow = replace(problem(), cases=tuple(Case(f"{i} 0\n", f"{i}\n") for i in range(40)))
    loop = Program("x = input()\nwhile x != '39 0': pass\nprint(39)")
    (verdict,) = await StandardVerifier(sandbox).verify(slow, [loop])
    assert [o.status for o in verdict.outcomes] == [Status.TIMEOUT] * 40
    assert verdict.cost.executions == 4
    assert "36 were not tried after that" in verdict.feedback()
