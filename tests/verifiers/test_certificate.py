from __future__ import annotations

import pytest

from synth.errors import UsageError
from synth.problem import Example, Problem
from synth.program import Program
from verifiers.certificate import differences, make_certificate, read_certificate
from verifiers.verdict import Outcome, Status, Verdict

PROBLEM = Problem("p", "?", entry_point="f", examples=(Example((1,), 2),))
PROGRAM = Program("def f(x):\n    return 2 * x\n", "f")
PASSED = Verdict((Outcome("example", "example 1", Status.PASSED),))


def test_a_certificate_reads_back_equal_and_repeats_byte_for_byte() -> None:
    made = make_certificate(PROBLEM, PROGRAM, PASSED, {"seed": 0, "checks": ("example",)})
    again = make_certificate(PROBLEM, PROGRAM, PASSED, {"seed": 0, "checks": ("example",)})
    assert made.to_json() == again.to_json()
    assert read_certificate(made.to_json()) == made
    assert differences(read_certificate(made.to_json()), again) == []
    assert made.passed


@pytest.mark.parametrize(
    ("problem", "program", "verdict", "word"),
    [
        (Problem("p", "?", entry_point="f"), PROGRAM, PASSED, "problem"),
        (PROBLEM, Program("def f(x):\n    return x + x\n", "f"), PASSED, "program"),
        (PROBLEM, PROGRAM, Verdict((Outcome("example", "example 1", Status.FAILED),)), "failed"),
        (PROBLEM, PROGRAM, Verdict(()), "outcomes"),
    ],
)
def test_what_differs_is_named(
    problem: Problem, program: Program, verdict: Verdict, word: str
) -> None:
    claimed = make_certificate(PROBLEM, PROGRAM, PASSED)
    found = make_certificate(problem, program, verdict)
    assert any(word in line for line in differences(claimed, found))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99}', "null"])
def test_what_is_no_certificate_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match="not a certificate"):
        read_certificate(text)


def test_another_format_is_refused() -> None:
    text = (
        make_certificate(PROBLEM, PROGRAM, PASSED).to_json().replace('"format": 1', '"format": 9')
    )
    with pytest.raises(UsageError, match="format 9"):
        read_certificate(text)
