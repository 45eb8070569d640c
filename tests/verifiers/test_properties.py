from __future__ import annotations

import os

import pytest

from synth.problem import Limits, Problem, Property
from synth.program import Program
from verifiers.sandbox import Sandbox
from verifiers.verdict import Outcome, Status, Trust, Verdict
from verifiers.verify import StandardVerifier

pytestmark = pytest.mark.asyncio(loop_scope="session")

SORTS = "def sorts(f, x: list[int]):\n    assert f(list(x)) == sorted(x)\n"


async def outcome(sandbox: Sandbox, source: str, program: str, *, starter: str = "") -> Outcome:
    problem = Problem(
        "p",
        "?",
        entry_point="f",
        properties=(Property(source),),
        starter=starter,
        limits=Limits(seconds=0.5),
    )
    verifier = StandardVerifier(sandbox, draws=60)
    (verdict,) = await verifier.verify(problem, [Program(program, "f")])
    assert verdict.trust is Trust.ISOLATED
    (found,) = verdict.outcomes
    assert found.gates
    return found


async def test_a_right_program_keeps_the_property(sandbox: Sandbox) -> None:
    found = await outcome(sandbox, SORTS, "def f(x):\n    return sorted(x)\n")
    assert found.passed
    assert found.name == "sorts holds on 60 inputs"


async def test_a_counterexample_is_shrunk_and_shown_with_both_sides(sandbox: Sandbox) -> None:
    found = await outcome(sandbox, SORTS, "def f(x):\n    return sorted(set(x))\n")
    assert found.status is Status.FAILED
    assert found.input == "x=[0, 0]"
    assert (found.expected, found.actual) == ("[0, 0]", "[0]")


async def test_a_counterexample_says_what_was_asserted_and_what_the_program_answered(
    sandbox: Sandbox,
) -> None:
    source = (
        "from typing import List\ndef ascends(f, x: List[int]):\n    y = f(x)\n"
        "    assert all(a <= b for a, b in zip(y, y[1:])), 'it descends'\n"
    )
    found = await outcome(
        sandbox, source, "def f(x):\n    return x\n", starter="import math\n# of 2 lines"
    )
    assert found.input == "x=[0, -1]"
    assert found.expected == "all((a <= b for a, b in zip(y, y[1:])))"
    assert found.actual == "f([0, -1]) returned [0, -1]"
    text = Verdict((found,)).feedback()
    assert "wrong answer; it descends" in text
    assert "property: ascends" in text


async def test_an_undefined_name_in_the_program_is_the_programs_mistake(sandbox: Sandbox) -> None:
    found = await outcome(sandbox, SORTS, "def f(x):\n    return sort(x)\n")
    assert found.status is Status.ERROR
    assert found.error == "NameError: name 'sort' is not defined"
    assert found.line == 2


async def test_an_exception_of_the_program_refutes_with_its_line(sandbox: Sandbox) -> None:
    found = await outcome(sandbox, SORTS, "def f(x):\n    x[0]\n    return sorted(x)\n")
    assert found.status is Status.ERROR
    assert found.input == "x=[]"
    assert found.error.startswith("IndexError")
    assert found.line == 2


@pytest.mark.parametrize("trap", ["if 617 in x:", "if x and max(x) == 618:"])
async def test_a_branch_on_a_constant_of_the_programs_is_reached(
    sandbox: Sandbox, trap: str
) -> None:
    program = f"def f(x):\n    {trap}\n        return []\n    return sorted(x)\n"
    found = await outcome(sandbox, SORTS, program)
    assert found.status is Status.FAILED
    assert "617" in found.input or "618" in found.input
    assert len(found.input) < 20
    assert found.actual == "[]"


async def test_constants_that_a_property_assumes_away_refute_nothing(sandbox: Sandbox) -> None:
    source = (
        "from hypothesis import assume\ndef p(f, x: int):\n    assume(x % 2 == 0 and x < 600)\n"
        "    assert f(x) == x\n"
    )
    program = "def f(x):\n    return 0 if x == 617 else x\n"
    assert (await outcome(sandbox, source, program)).passed


async def test_a_program_that_hangs_refutes(sandbox: Sandbox) -> None:
    program = "def f(x):\n    while len(x) > 2:\n        pass\n    return sorted(x)\n"
    found = await outcome(sandbox, SORTS, program)
    assert found.status is Status.TIMEOUT
    assert found.input.startswith("x=[")


@pytest.mark.parametrize(
    "source",
    [
        "from typing import Annotated\n"
        "def p(f, x: Annotated[int, st.integers(0, 9)]):\n    assert 0 <= f(x) <= 9\n",
        "def p(f, x: st.integers(0, 9)):\n    assert 0 <= f(x) <= 9\n",
        "from hypothesis import given, strategies\n"
        "@given(strategies.integers(0, 9))\ndef p(f, x):\n    assert 0 <= f(x) <= 9\n",
        "from hypothesis import assume\n"
        "def p(f, x: int):\n    assume(0 <= x <= 9)\n    assert 0 <= f(x) <= 9\n",
        "def p(f, x: float, y: str, z: dict[str, bool]):\n    assert f(z) == helper(z)\n",
    ],
)
async def test_inputs_are_what_annotations_and_strategies_say(
    sandbox: Sandbox, source: str
) -> None:
    helper = "def helper(x):\n    return x\n"
    found = await outcome(sandbox, source, helper + "def f(x):\n    return x\n", starter=helper)
    assert found.passed, found
    if "9" in source:
        assert not (await outcome(sandbox, source, "def f(x):\n    return x + 1\n")).passed


@pytest.mark.parametrize(
    "source",
    [
        "def p(f, x):\n    assert f(x)\n",
        "def p(f):\n    assert f(1)\n",
        "def p(f, x: Unknown):\n    assert f(x)\n",
        "x = 1\n",
        "def p(f, x: int:\n",
        "def p(f, x: int):\n    assert unknown(f(x))\n",
        "from hypothesis import assume\ndef p(f, x: int):\n    assume(False)\n",
    ],
)
async def test_a_property_that_cannot_run_is_nobodys_pass(sandbox: Sandbox, source: str) -> None:
    found = await outcome(sandbox, source, "def f(x):\n    return True\n")
    assert found.status is Status.ERROR
    assert "the property itself does not run" in found.error


async def test_the_same_seed_gives_the_same_outcome(sandbox: Sandbox) -> None:
    program = "def f(x):\n    return sorted(x, key=abs)\n"
    first = await outcome(sandbox, SORTS, program)
    assert first == await outcome(sandbox, SORTS, program)
    assert not first.passed


async def test_a_program_cannot_forge_a_property(sandbox: Sandbox) -> None:
    program = (
        "class Sly(list):\n    def __eq__(self, other): return True\n"
        "def f(x):\n    return Sly([7])\n"
    )
    assert not (await outcome(sandbox, SORTS, program)).passed


async def test_hypothesis_leaves_nothing_on_the_host() -> None:
    before = os.listdir("/")  # where the sealed processes start; others may have left things there
    async with Sandbox(workers=1) as fresh:
        await outcome(fresh, SORTS, "def f(x):\n    return sorted(x)\n")
    assert set(os.listdir("/")) <= {*before}
