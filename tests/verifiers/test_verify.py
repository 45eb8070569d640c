"""The standard verifier as a whole, over the real sandbox."""

from __future__ import annotations

import asyncio

import pytest

from synth.errors import UsageError
from synth.problem import Case, Comparison, Example, Limits, Problem, Property, TestCode
from synth.program import Program
from verifiers.sandbox import Sandbox
from verifiers.verdict import Status, Trust, Verdict
from verifiers.verify import StandardVerifier

pytestmark = pytest.mark.asyncio(loop_scope="session")


def double(**fields: object) -> Problem:
    given: dict = {
        "entry_point": "f",
        "examples": (Example((1,), 2), Example((0,), 0), Example((-3,), -6)),
        **fields,
    }
    return Problem("double", "Twice x.", **given)


RIGHT = Program("def f(x):\n    return 2 * x\n", "f")
WRONG = Program("def f(x):\n    return x * x\n", "f")


async def one(sandbox: Sandbox, problem: Problem, source: str, **options: object) -> Verdict:
    (verdict,) = await StandardVerifier(sandbox, **options).verify(problem, [Program(source, "f")])
    return verdict


async def test_every_kind_of_evidence_is_in_one_verdict_cheapest_first(sandbox: Sandbox) -> None:
    problem = double(
        tests=(
            TestCode("doctest", ">>> f(2)\n4"),
            TestCode("pytest", "from solution import f\ndef test_a():\n    assert f(4) == 8\n"),
            TestCode("asserts", "assert f(3) == 6"),
            TestCode("check", "import random\ndef check(c):\n    assert c(random.random()) >= 0\n"),
        ),
        properties=(Property("def grows(f, x: int):\n    assert abs(f(x)) >= abs(x)\n"),),
        reference="def f(x):\n    return x + x\n",
    )
    (verdict,) = await StandardVerifier(sandbox, draws=20).verify(problem, [RIGHT])
    assert verdict.passed, verdict
    assert [outcome.check for outcome in verdict.outcomes] == [
        *["example"] * 3,
        *["doctest", "pytest", "assert", "assert", "property", "reference"],
    ]
    assert verdict.trust is Trust.ISOLATED
    assert verdict.cost.cpu_seconds > 0


async def test_verdicts_come_in_the_order_of_the_programs(sandbox: Sandbox) -> None:
    programs = [RIGHT, WRONG, RIGHT, Program("def f(x): return x +", "f"), WRONG]
    verdicts = await StandardVerifier(sandbox).verify(double(), programs)
    assert [verdict.passed for verdict in verdicts] == [True, False, True, False, False]
    assert verdicts[1].score == pytest.approx(1 / 3)


async def test_equal_programs_run_once_and_verdicts_are_kept(sandbox: Sandbox) -> None:
    verifier, problem = StandardVerifier(sandbox), double()
    first, second = await verifier.verify(problem, [RIGHT, RIGHT])
    assert first is second
    assert (await verifier.verify(problem, [RIGHT]))[0] is first
    other = double(limits=Limits(seconds=1.0))
    assert (await verifier.verify(other, [RIGHT]))[0] is not first


async def test_a_verdict_that_depends_on_the_load_is_not_kept(sandbox: Sandbox) -> None:
    verifier = StandardVerifier(sandbox)
    problem = double(limits=Limits(seconds=0.2))
    slow = Program("def f(x):\n    while True: pass\n", "f")
    (first,) = await verifier.verify(problem, [slow])
    (again,) = await verifier.verify(problem, [slow])
    assert first.outcomes[0].status is Status.TIMEOUT
    assert again is not first


async def test_cancelling_one_caller_leaves_the_others_their_verdict(sandbox: Sandbox) -> None:
    verifier, problem = StandardVerifier(sandbox), double()
    program = Program("import time\ntime.sleep(0.3)\ndef f(x):\n    return 2 * x\n", "f")
    first = asyncio.create_task(verifier.verify(problem, [program]))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(verifier.verify(problem, [program]))
    await asyncio.sleep(0.05)
    first.cancel()
    (verdict,) = await second
    assert verdict.passed
    with pytest.raises(asyncio.CancelledError):
        await first


@pytest.mark.parametrize(
    ("example", "source", "passed"),
    [
        (Example((1,), 1.0), "def f(x): return 1", True),
        (Example((1,), True), "def f(x): return 1", True),
        (Example((1,), [1, 2]), "def f(x): return (1, 2)", False),
        (Example((1,), 0.3), "def f(x): return 0.1 + 0.2", True),
        (Example((1,), float("nan")), "def f(x): return float('nan')", True),
        (Example((1,), {1, 2}), "def f(x): return {2, 1}", True),
        (Example((1,), kwargs={"y": 2}, expected=3), "def f(x, y): return x + y", True),
        (Example((1,), raises="ValueError"), "def f(x): raise ValueError('no')", True),
        (Example((1,), raises="LookupError"), "def f(x): raise KeyError(1)", True),
        (Example((1,), raises="ValueError"), "def f(x): raise KeyError(1)", False),
        (Example((1,), raises="ValueError"), "def f(x): return 1", False),
        (Example((1,), 1), "def f(x): raise ValueError('no')", False),
        (Example((1,), None), "def f(x): pass", True),
    ],
)
async def test_examples_compare_as_documented(
    sandbox: Sandbox, example: Example, source: str, passed: bool
) -> None:
    problem = Problem("p", "?", entry_point="f", examples=(example,))
    assert (await one(sandbox, problem, source)).passed is passed


async def test_exact_types_and_tolerance_are_options(sandbox: Sandbox) -> None:
    problem = Problem("p", "?", entry_point="f", examples=(Example((1,), 1),))
    assert not (await one(sandbox, problem, "def f(x): return True", types="exact")).passed
    loose = Problem(
        "p",
        "?",
        entry_point="f",
        examples=(Example((1,), 1.0),),
        comparison=Comparison(absolute=0.1),
    )
    assert (await one(sandbox, loose, "def f(x): return 1.05")).passed


async def test_the_source_alone_can_fail_a_program(sandbox: Sandbox) -> None:
    (outcome,) = (await one(sandbox, double(), "def f(x):\nreturn 1")).outcomes
    assert (outcome.check, outcome.status, outcome.line) == ("static", Status.ERROR, 2)
    problem = double(limits=Limits(imports=("math",)))
    (outcome,) = (await one(sandbox, problem, "import os\ndef f(x): return 2 * x")).outcomes
    assert outcome.status is Status.FORBIDDEN


async def test_fail_fast_stops_after_the_first_stage_that_fails(sandbox: Sandbox) -> None:
    problem = double(properties=(Property("def p(f, x: int):\n    assert f(x) == 2 * x\n"),))
    verdict = await one(sandbox, problem, WRONG.source, fail_fast=True)
    assert {outcome.check for outcome in verdict.outcomes} == {"example"}
    whole = await one(sandbox, problem, WRONG.source, draws=10)
    assert {outcome.check for outcome in whole.outcomes} == {"example", "property"}


async def test_a_random_subset_comes_first_and_the_rest_for_survivors(sandbox: Sandbox) -> None:
    problem = double(examples=tuple(Example((i,), 2 * i) for i in range(30)))
    failed = await one(sandbox, problem, "def f(x): return -1", fail_fast=True, first=5)
    assert len(failed.outcomes) == 5
    other = await one(sandbox, problem, "def f(x): return -2", fail_fast=True, first=5)
    assert [o.name for o in other.outcomes] != [o.name for o in failed.outcomes]
    survivor = await one(sandbox, problem, RIGHT.source, fail_fast=True, first=5)
    assert len(survivor.outcomes) == 30
    assert survivor.passed


async def test_what_failed_programs_before_comes_first(sandbox: Sandbox) -> None:
    examples = tuple(Example((i,), 2 * i) for i in range(40))
    problem = double(examples=examples)
    verifier = StandardVerifier(sandbox, fail_fast=True, first=2)
    wrong = [f"def f(x):\n    return 2 * x if x != 7 else {i}\n" for i in range(12)]
    counts = []
    for source in wrong:
        (verdict,) = await verifier.verify(problem, [Program(source, "f")])
        assert not verdict.passed
        counts.append(len(verdict.outcomes))
    assert counts[0] in (2, 40)
    assert counts[1:] == [2] * 11  # the seventh example is tried at once from then on


async def test_lint_votes_without_gating(sandbox: Sandbox) -> None:
    source = "def f(x):\n    if x > 100:\n        return undefined\n    return 2 * x\n"
    verdict = await one(sandbox, double(), source, lint=True)
    assert verdict.passed
    votes = [outcome for outcome in verdict.outcomes if not outcome.gates]
    assert [(vote.name, vote.status, vote.line) for vote in votes] == [
        ("ruff", Status.FAILED, 3),
        ("mypy", Status.PASSED, 0),  # it reads annotated functions only
    ]


async def test_the_subset_works_for_whole_programs_too(sandbox: Sandbox) -> None:
    cases = tuple(Case(f"{i}\n", f"{2 * i}\n") for i in range(12))
    problem = Problem("p", "?", cases=cases)
    verifier = StandardVerifier(sandbox, fail_fast=True, first=3)
    programs = [Program("print(-1)"), Program("print(2 * int(input()))")]
    failed, passed = await verifier.verify(problem, programs)
    assert len(failed.outcomes) == 3
    assert len(passed.outcomes) == 12
    assert passed.passed


async def test_only_the_checks_asked_for_run(sandbox: Sandbox) -> None:
    problem = double(tests=(TestCode("asserts", "assert f(1) == 3"),))
    assert (await one(sandbox, problem, RIGHT.source, checks=["example"])).passed
    assert not (await one(sandbox, problem, RIGHT.source)).passed


async def test_senseless_options_are_refused(sandbox: Sandbox) -> None:
    with pytest.raises(UsageError, match="unknown kind of check 'vibes'"):
        StandardVerifier(sandbox, checks=["vibes"])
    with pytest.raises(UsageError, match="fail_fast"):
        StandardVerifier(sandbox, first=3)


async def test_a_program_without_an_entry_point_has_the_problems(sandbox: Sandbox) -> None:
    tests = (
        TestCode("check", "import random\ndef check(c):\n    assert c(random.random()) > 0\n"),
    )
    (verdict,) = await StandardVerifier(sandbox).verify(
        double(tests=tests), [Program(RIGHT.source)]
    )
    assert verdict.passed


async def test_settings_make_a_verifier_that_checks_the_same(sandbox: Sandbox) -> None:
    verifier = StandardVerifier(sandbox, checks=["example"], fail_fast=True, first=2, seed=7)
    assert StandardVerifier(sandbox, **verifier.settings).settings == verifier.settings


async def test_a_problem_without_evidence_passes_nobody(sandbox: Sandbox) -> None:
    verdict = await one(sandbox, Problem("p", "?", entry_point="f"), RIGHT.source)
    assert verdict.outcomes == ()
    assert not verdict.passed


@pytest.mark.parametrize(
    "source",
    [
        "import os\ndef f(x):\n    os._exit(0)\n",
        "import sys\ndef f(x):\n    sys.exit(0)\n",
        "class Y(int):\n    def __eq__(self, o): return True\ndef f(x):\n    return Y(99)\n",
        "def f(x):\n    while True: pass\n",
        "import builtins\nbuiltins.abs = lambda x: 0\ndef f(x):\n    return 99\n",
        "def f(x):\n    import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)\n",
        "def f(x):\n    import gc\n    for o in gc.get_objects():\n"
        "        if isinstance(o, dict) and 'expected' in o: return o['expected']\n    return 99\n",
        "def f(x):\n    raise BaseException('x')\n",
        "raise SystemExit(0)\n",
    ],
)
async def test_no_attack_is_reported_as_passing(sandbox: Sandbox, source: str) -> None:
    problem = double(
        tests=(TestCode("asserts", "import random\nassert abs(f(random.random()) - 1) < 2"),),
        limits=Limits(seconds=0.5),
    )
    verdict = await one(sandbox, problem, source)
    assert not verdict.passed
    assert verdict.score == 0.0 or "abs" in source
    assert not any(o.passed for o in verdict.outcomes if o.check == "example")


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    v = ()\n    for _ in range(140):\n        v = frozenset([v])\n    return v",
        "def f(x):\n    return range(10**5000)",
        "def f(x):\n    return 10**5000",
    ],
)
async def test_an_answer_that_is_hard_to_show_is_a_wrong_answer(
    sandbox: Sandbox, source: str
) -> None:
    tests = (
        TestCode("asserts", "assert {1: 2}[f(1)] == 2"),
        TestCode("doctest", ">>> {2: 3}[f(1)]\n3\n"),
    )
    verdict = await one(sandbox, double(tests=tests), source)
    assert verdict.outcomes
    assert not any(outcome.passed for outcome in verdict.outcomes)
