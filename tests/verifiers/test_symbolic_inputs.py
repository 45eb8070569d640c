from __future__ import annotations

import pytest

from synth.problem import Example, Limits, Problem, Property
from synth.program import Program
from verifiers.reference import counterexample
from verifiers.sandbox import Sandbox
from verifiers.symbolic_inputs import annotations_of, is_available, symbolic_inputs
from verifiers.verdict import Status
from verifiers.verify import StandardVerifier

in_session = pytest.mark.asyncio(loop_scope="session")
needs_crosshair = pytest.mark.skipif(
    not is_available(), reason="CrossHair is not installed: pip install crosshair-tool"
)

ADD = "def f(x, y):\n    return x + y\n"
ADD_WRONG = "def f(x, y):\n    return x + y if 7 * x + 3 * y != 4242 else 0\n"
SORT = "def f(x):\n    return sorted(x)\n"
SORT_WRONG = "def f(x):\n    return x if len(x) == 3 and x[0] + 2 * x[1] == 77 else sorted(x)\n"


def asked(*examples: Example) -> Problem:
    return Problem("p", "?", entry_point="f", examples=examples, limits=Limits(seconds=1.0))


@in_session
@needs_crosshair
@pytest.mark.parametrize(
    ("right", "wrong", "example"),
    [
        (ADD, ADD_WRONG, Example((1, 2), 3)),
        (SORT, SORT_WRONG, Example(([3, 1, 2],), [1, 2, 3])),
    ],
)
async def test_an_equation_that_mutation_does_not_meet_is_solved(
    sandbox: Sandbox, right: str, wrong: str, example: Example
) -> None:
    problem, program, other = asked(example), Program(wrong, "f"), Program(right, "f")
    assert await counterexample(sandbox, problem, program, other) is None
    found = await counterexample(sandbox, problem, program, other, symbolic=6.0)
    assert found is not None
    assert found.status is Status.FAILED
    assert found.input
    assert found.expected != found.actual


@in_session
@needs_crosshair
async def test_inputs_the_right_program_refuses_are_not_proposed(sandbox: Sandbox) -> None:
    refusing = "def f(x, y):\n    assert x > 0\n    return x + y\n"
    lenient = "def f(x, y):\n    return x + y if x > 0 else 'lenient'\n"
    proposals = await symbolic_inputs(
        sandbox, Program(refusing, "f"), Program(lenient, "f"), [(1, 2)], Limits(), seconds=2.0
    )
    assert proposals.inputs == ()
    assert proposals.why_none == "no difference was found"
    assert proposals.cost.cpu_seconds > 0


@in_session
@needs_crosshair
async def test_the_verifier_refutes_with_it_and_says_when_it_found_nothing(
    sandbox: Sandbox,
) -> None:
    problem = Problem("p", "?", entry_point="f", examples=(Example((1, 2), 3),), reference=ADD)
    verifier = StandardVerifier(sandbox, checks=["reference"], symbolic=4.0)
    wrong, right = await verifier.verify(
        problem, [Program(ADD_WRONG, "f"), Program("def f(x, y):\n    return y + x\n", "f")]
    )
    assert not wrong.passed
    assert right.passed
    assert right.outcomes[0].details["symbolic"] == "no difference was found"


@in_session
@needs_crosshair
async def test_a_program_that_forges_proposals_wins_no_pass(sandbox: Sandbox) -> None:
    forging = (
        "import sys\n"
        "def f(x, y):\n"
        "    for name, module in list(sys.modules.items()):\n"
        "        if name.startswith('crosshair.diff'):\n"
        "            module.diff_behavior_with_signature = lambda *a: []\n"
        "    return 0 if 7 * x + 3 * y == 4242 else x + y\n"
    )
    problem = asked(Example((1, 2), 3), Example((606, 0), 606))
    found = await counterexample(
        sandbox, problem, Program(forging, "f"), Program(ADD, "f"), symbolic=2.0
    )
    assert found is not None  # what is judged are answers to calls, made apart from the search


@in_session
@needs_crosshair
async def test_a_property_is_refuted_by_an_input_that_is_hardly_ever_drawn(
    sandbox: Sandbox,
) -> None:
    commutes = Property("def commutes(f, x: int, y: int):\n    assert f(x, y) == f(y, x)\n")
    wrong = Program("def f(x, y):\n    return x + y if 7 * x + 3 * y != 2424 else 0\n", "f")
    right = Program("def f(x, y):\n    return x + y\n", "f")
    problem = Problem("p", "?", entry_point="f", properties=(commutes,))
    drawn = await StandardVerifier(sandbox).verify(problem, [wrong, right])
    assert [verdict.passed for verdict in drawn] == [True, True]
    solved = await StandardVerifier(sandbox, symbolic=5.0).verify(problem, [wrong, right])
    assert [verdict.passed for verdict in solved] == [False, True]
    outcome = solved[0].outcomes[0]
    assert outcome.status is Status.FAILED
    assert "x=" in outcome.input
    assert solved[0].cost.cpu_seconds > drawn[0].cost.cpu_seconds


@in_session
async def test_what_cannot_be_searched_says_why(sandbox: Sandbox) -> None:
    program = Program(ADD, "f")
    proposals = await symbolic_inputs(sandbox, program, program, [(object(), 1)], Limits())
    assert proposals.inputs == ()
    assert proposals.why_none


@pytest.mark.parametrize(
    ("seen", "annotations"),
    [
        ([(1, "a"), (2, "b")], ["int", "str"]),
        ([([1], {"a": [True]})], ["List[int]", "Dict[str, List[bool]]"]),
        ([((1, "x"),), ((2, "y"),)], ["Tuple[int, str]"]),
        ([((1,),), ((1, 2),)], ["Tuple[int, ...]"]),
        ([(None,), (3,)], ["Union[None, int]"]),
        ([(True,), (3,)], ["int"]),
        ([({1, 2},), (set(),)], ["Set[int]"]),
        ([([],)], ["List[int]"]),
        ([(1,), (1, 2)], None),
        ([(lambda: 0,)], None),
        ([], None),
    ],
)
def test_types_are_read_off_the_arguments_seen(
    seen: list[tuple[object, ...]], annotations: list[str] | None
) -> None:
    assert annotations_of(seen) == annotations


@in_session
@needs_crosshair
async def test_a_program_that_proposes_what_cannot_be_written_down_ends_no_run(
    sandbox: Sandbox,
) -> None:
    program = (
        "import importlib, sys\n"
        "from types import SimpleNamespace as Made\n"
        "def f(x):\n    return 2 * x\n"
        "if 'crosshair' in sys.modules:\n"
        "    made = Made(args={'a0': '0x' + 'f' * 9000}, result1=Made(error=None))\n"
        "    search = importlib.import_module('crosshair.diff_behavior')\n"
        "    search.diff_behavior_with_signature = lambda *args: [made]\n"
    )
    held = Property("def p(f, x: int):\n    assert f(x) == 2 * x\n")
    problem = Problem("p", "?", entry_point="f", properties=(held,))
    verifier = StandardVerifier(sandbox, symbolic=1.0, draws=5)
    (verdict,) = await verifier.verify(problem, [Program(program, "f")])
    assert verdict.passed
