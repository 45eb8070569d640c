from __future__ import annotations

import pytest

from synth.problem import Problem
from synth.program import Program
from verifiers.generated_tests import GeneratedTest, GeneratedTestVerifier, parse_tests, passes
from verifiers.sandbox import Sandbox
from verifiers.verdict import Status

TEXT = """
assert f(1) == 2
assert f(1)==2
assert f(2) == 4, "message"

def test_more():
    assert f(3) == 6
    assert g(3) == 6
assert f(f(1)) == 4
"""


def test_assertions_about_the_function_are_taken_apart_and_weighed() -> None:
    assert parse_tests(TEXT, "f") == [
        GeneratedTest("assert f(1) == 2", 2.0),
        GeneratedTest("assert f(2) == 4", 1.0),
        GeneratedTest("assert f(3) == 6", 1.0),
    ]


def test_the_problems_own_assertions_are_left_out() -> None:
    made = parse_tests(TEXT, "f", among=["assert f( 1 ) == 2"])
    assert "assert f(1) == 2" not in [test.source for test in made]


def test_a_text_cut_off_in_the_middle_keeps_its_whole_lines() -> None:
    text = "assert f(1) == 2\n    assert f(2) == 4\nassert f(3) == (6"
    assert [test.source for test in parse_tests(text, "f")] == [
        "assert f(1) == 2",
        "assert f(2) == 4",
    ]


@pytest.mark.asyncio(loop_scope="session")
async def test_generated_tests_vote_and_never_gate(sandbox: Sandbox) -> None:
    tests = [
        GeneratedTest("assert f(1) == 2", 3.0),
        GeneratedTest("assert f(2) == 5"),
        GeneratedTest("import random\nassert f(random.random()) >= 0"),
        GeneratedTest("assert f(0) == unknown"),
    ]
    verifier = GeneratedTestVerifier(sandbox, tests)
    programs = [
        Program("def f(x):\n    return 2 * x\n", "f"),
        Program("def f(x):\n    return -5\n", "f"),
        Program("def f(x) return", "f"),
    ]
    verdicts = await verifier.verify(Problem("p", "?", entry_point="f"), programs)
    assert passes(verdicts) == [
        [True, False, True, False],
        [False, False, False, False],
        [False, False, False, False],
    ]
    for verdict in verdicts:
        assert not verdict.passed  # votes alone verify nothing
        assert verdict.gating == ()
        assert [o.details["weight"] for o in verdict.outcomes] == [3.0, 1.0, 1.0, 1.0]
    assert verdicts[0].outcomes[1].status is Status.FAILED
