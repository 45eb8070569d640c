"""Test code run in the sandbox: behind a proxy, or beside the program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synth.problem import Limits
from synth.program import Program
from verifiers.verdict import Status, Trust

ROOT = Path(__file__).resolve().parents[3]
LIMITS = Limits(seconds=0.5)


CHECK = """
def check(candidate):
    for i in range(3):
        assert candidate(i) == i + 1
    assert candidate(7) == 9, "seven"
    xs = [1, 2]
    assert candidate(xs) is None
    assert xs == [2, 1]
    try:
        candidate("x")
    except TypeError:
        caught = True
    assert caught
"""


@pytest.mark.parametrize("mode", ["judge", "run_together"])
def test_each_assert_is_judged_by_itself(mode: str, runner: Any) -> None:
    source = "def f(x):\n    if type(x) is list: return x.reverse()\n    return x + 1"
    judgement = runner.wait(
        getattr(runner.sandbox, mode)(CHECK, Program(source, "f"), LIMITS, kind="check")
    )
    assert [(check.line, check.passed) for check in judgement.checks] == [
        (4, True),
        (5, False),
        (7, True),
        (8, True),
        (13, True),
    ]
    assert judgement.checks[1].error == "AssertionError: seven"
    assert judgement.trust is (Trust.ISOLATED if mode == "judge" else Trust.SHARED)


def test_the_judge_says_when_a_value_could_not_travel(runner: Any) -> None:
    tests = "assert f(lambda x: x)(1) == 1"
    source = "def f(g): return g"
    judged = runner.wait(runner.sandbox.judge(tests, Program(source, "f"), LIMITS, kind="asserts"))
    assert not judged.passed
    assert judged.needs_live
    together = runner.sandbox.run_together(tests, Program(source, "f"), LIMITS, kind="asserts")
    assert runner.wait(together).passed


def test_tests_that_do_not_parse_or_end_are_called_broken(runner: Any) -> None:
    for tests in ("assert f(", "while True: pass\nassert f(1)"):
        ask = runner.sandbox.judge(
            tests, Program("def f(x): return x", "f"), LIMITS, kind="asserts"
        )
        judgement = runner.wait(ask)
        assert judgement.broken
        assert not judgement.passed


DOCTEST = """
>>> f(1)
2
>>> f(2)
4
>>> f("a")
Traceback (most recent call last):
    ...
TypeError: can only concatenate str (not "int") to str
"""


def test_doctest_examples_are_judged_one_by_one(runner: Any) -> None:
    ask = runner.sandbox.judge(
        DOCTEST, Program("def f(x): return x + 1", "f"), LIMITS, kind="doctest"
    )
    assert [check.passed for check in runner.wait(ask).checks] == [True, False, True]


PYTEST = """
import pytest
from solution import f

@pytest.fixture
def two():
    return 2

@pytest.mark.parametrize("x", [1, 2])
def test_next(x):
    assert f(x) == x + 1

class TestMore:
    def test_fixture(self, two, tmp_path):
        (tmp_path / "x").write_text("x")
        assert f(two) == 4
"""


@pytest.mark.parametrize(
    ("source", "passed"),
    [
        ("def f(x): return x + 1", [True, True, False]),
        ("import os\nos._exit(0)", [False, False]),
        ("import sys\nsys.exit(0)", [False, False]),
        ("import pytest\npytest.skip('forged', allow_module_level=True)", [False, False]),
        ("def f(", [False, False]),
    ],
)
def test_a_pytest_file_runs_and_leaving_early_does_not_pass(
    source: str, passed: list[bool], runner: Any
) -> None:
    ask = runner.sandbox.run_together(PYTEST, Program(source, "f"), Limits(), kind="pytest")
    judgement = runner.wait(ask)
    assert [check.passed for check in judgement.checks] == passed


LAST = """
import pytest
from solution import f

@pytest.mark.parametrize("x", [1, 2, 3])
def test_f(x):
    assert f(x) == x
"""


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("while True: pass", Status.TIMEOUT),
        ("import os; os._exit(0)", Status.CRASHED),
        ("import pytest; pytest.exit('enough', returncode=0)", Status.CRASHED),
    ],
)
def test_a_run_that_ends_amid_the_parameters_of_its_last_test_does_not_pass(
    ending: str, status: Status, runner: Any
) -> None:
    program = Program(f"def f(x):\n    if x == 2:\n        {ending}\n    return x", "f")
    judgement = runner.wait(runner.sandbox.run_together(LAST, program, LIMITS, kind="pytest"))
    first, second = judgement.checks
    assert first.passed
    assert second.status is status
    assert second.name == "test_f (1 of 3 were run)"
    assert second.place == (3 if status is Status.TIMEOUT else 0)


def test_a_run_that_ends_in_the_second_round_of_a_loop_does_not_pass(runner: Any) -> None:
    tests = "for x in (1, 2):\n    assert f(x) == x"
    program = Program("import os\ndef f(x): return x if x == 1 else os._exit(0)", "f")
    judgement = runner.wait(runner.sandbox.run_together(tests, program, LIMITS, kind="asserts"))
    assert [check.status for check in judgement.checks] == [Status.PASSED, Status.CRASHED]
