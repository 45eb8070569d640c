"""Questions tell apart programs that the examples leave standing."""

from __future__ import annotations

import pytest

from synth.cli.asking import read_answer
from synth.errors import UsageError
from synth.interactive import DontKnow, Enough, Question, solve_interactively
from synth.problem import Example, Problem
from synth.run_log import list_runs
from tests.synth.test_selection import ABSOLUTE, Bodies, problem


def knowing(asked: list[Question]):
    async def ask(question: Question):
        asked.append(question)
        return Example(question.arguments, abs(question.arguments[0]))

    return ask


OPTIONS = {"n": 6, "rounds": 0, "first": 0, "siblings": 2, "enumerate": 0}


async def test_the_right_program_is_found_though_most_are_wrong(tmp_path):
    bodies = [*ABSOLUTE[3:], "return x + 0", "return x * 1", "return abs(x)"]
    asked: list[Question] = []
    settled = await solve_interactively(
        problem(), knowing(asked), model=Bodies(bodies), options=OPTIONS, runs=tmp_path
    )
    assert settled.solution.verified
    assert "abs(x)" in settled.solution.program
    assert 1 <= settled.questions == len(asked) <= 3
    first = asked[0]
    assert len({repr(value) for value, _ in first.outputs}) > 1
    assert sum(share for _, share in first.outputs) == pytest.approx(1)


async def test_when_no_program_stands_the_search_goes_on_with_the_answer(tmp_path):
    asked: list[Question] = []
    model = Bodies(["return x", "return 9 - 2 * x"] * 3)
    model._bodies += ["return abs(x)"] * 6
    settled = await solve_interactively(
        problem(), knowing(asked), model=model, options=OPTIONS, runs=tmp_path
    )
    assert settled.solution.verified
    assert "abs(x)" in settled.solution.program
    assert settled.examples
    assert len(list_runs(tmp_path)) >= 2


async def test_not_knowing_asks_another_input_and_enough_ends_it(tmp_path):
    seen: list[Question] = []

    async def ask(question: Question):
        seen.append(question)
        return DontKnow() if len(seen) == 1 else Enough()

    settled = await solve_interactively(
        problem(), ask, model=Bodies(ABSOLUTE), options=OPTIONS, runs=tmp_path
    )
    assert settled.examples == ()
    assert seen[0].arguments != seen[1].arguments


async def test_a_problem_without_a_function_is_refused():
    with pytest.raises(UsageError, match="function and one example"):
        await solve_interactively(Problem("p", "Print."), knowing([]))


QUESTION = Question("f", (2,), ((4, 0.6), (ValueError("ValueError: no"), 0.4)))


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("a", Example((2,), 4)),
        ("b", Example((2,), raises="ValueError")),
        ("[1, 2]", Example((2,), [1, 2])),
        ("f(3) == 9", Example((3,), 9)),
    ],
)
def test_a_letter_a_value_or_an_example_is_understood(line, answer):
    assert read_answer(f"{line}\n", QUESTION) == answer


def test_nothing_ends_and_a_question_mark_passes():
    assert isinstance(read_answer("\n", QUESTION), Enough)
    assert isinstance(read_answer("?\n", QUESTION), DontKnow)
    assert "neither" in read_answer("what\n", QUESTION)


async def test_programs_weigh_as_often_as_they_were_drawn(tmp_path):
    """Three texts stand; the one drawn four times has the larger share."""
    asked: list[Question] = []
    bodies = ["return abs(x)", "return abs(x)", "return abs(x)", "return abs(x)", "return x"]
    await solve_interactively(
        problem(),
        knowing(asked),
        model=Bodies(bodies),
        options=OPTIONS | {"n": 5, "siblings": 5},
        runs=tmp_path,
    )
    assert [share for _, share in asked[0].outputs] == pytest.approx([0.8, 0.2])


async def test_a_corrected_example_holds_from_then_on(tmp_path):
    """An answer to another input than was asked for is an example like any other."""

    async def ask(question: Question):
        return Example((-7,), 7) if len(given) == 0 and not given.append(1) else Enough()

    given: list[int] = []
    settled = await solve_interactively(
        problem(), ask, model=Bodies(["return x", "return x + 0", "return abs(x)"]),
        options=OPTIONS | {"n": 3}, runs=tmp_path,
    )  # fmt: skip
    assert settled.examples == (Example((-7,), 7),)
    assert settled.solution.verified
    assert "abs(x)" in settled.solution.program
