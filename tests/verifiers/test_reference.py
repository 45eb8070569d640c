from __future__ import annotations

import pytest

from synth.errors import ProblemError
from synth.problem import Example, Limits, Problem
from synth.program import Program
from verifiers.annotated_inputs import annotated_inputs
from verifiers.reference import counterexample
from verifiers.sandbox import Sandbox
from verifiers.shrinking import simpler, size
from verifiers.verdict import Outcome, Status
from verifiers.verify import StandardVerifier

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def outcome(sandbox: Sandbox, reference: str, source: str, **fields: object) -> Outcome:
    given: dict = {"examples": (Example(([3, 1, 2, 1],), [1, 1, 2, 3]),), **fields}
    limits = Limits(seconds=given.pop("seconds", 0.5))
    problem = Problem("p", "?", entry_point="f", reference=reference, limits=limits, **given)
    verifier = StandardVerifier(sandbox, checks=["reference"], mutants=60)
    (verdict,) = await verifier.verify(problem, [Program(source, "f")])
    (found,) = verdict.outcomes
    return found


SORT = "def f(x):\n    return sorted(x)\n"


async def test_a_program_that_answers_as_the_reference_passes(sandbox: Sandbox) -> None:
    found = await outcome(sandbox, SORT, "def f(x):\n    return sorted(list(x))\n")
    assert found.passed
    assert "inputs" in found.name


async def test_a_difference_on_a_mutated_input_is_found_and_made_small(sandbox: Sandbox) -> None:
    wrong = "def f(x):\n    return sorted(x) if len(x) < 5 else x\n"
    found = await outcome(sandbox, SORT, wrong)
    assert found.status is Status.FAILED
    assert len(found.input) <= len("f([0, 0, 0, 1, 0])")
    assert found.details["differ"] >= 1


@pytest.mark.parametrize(
    "trap",
    ["if 3141 in x:\n        return []", "if len(x) and max(x) > 27182:\n        return x[:1]"],
)
async def test_a_branch_on_a_constant_of_the_programs_is_reached(
    sandbox: Sandbox, trap: str
) -> None:
    found = await outcome(sandbox, SORT, f"def f(x):\n    {trap}\n    return sorted(x)\n")
    assert found.status is Status.FAILED
    assert "3141" in found.input or "27183" in found.input


async def test_a_reference_that_contradicts_an_example_is_the_problems_mistake(
    sandbox: Sandbox,
) -> None:
    with pytest.raises(ProblemError, match=r"answers \[3, 1, 2, 1\] to f\(.*example 1 expects"):
        await outcome(sandbox, "def f(x):\n    return x\n", SORT)


async def test_an_input_that_was_not_tried_after_time_outs_is_not_blamed(sandbox: Sandbox) -> None:
    source = "def f(x):\n    while len(x) > 2: pass\n    return sorted(x)\n"
    examples = (Example(([3, 1, 2],), [1, 2, 3]), Example(([5, 4, 9],), [4, 5, 9]))
    found = await outcome(
        sandbox, SORT, source, examples=(*examples, Example(([],), [])), seconds=0.2
    )
    assert found.status is Status.TIMEOUT
    assert found.input.count(",") >= 2, found.input


async def test_inputs_the_reference_refuses_are_no_tests(sandbox: Sandbox) -> None:
    reference = "def f(x):\n    assert len(x) == len(set(x)) or len(x) == 4\n    return sorted(x)\n"
    assert (await outcome(sandbox, reference, SORT)).passed


async def test_inputs_too_slow_for_the_reference_cost_few_others(sandbox: Sandbox) -> None:
    reference = "def f(x):\n    while len(x) == 3:\n        pass\n    return sorted(x)\n"
    found = await outcome(sandbox, reference, SORT, seconds=0.1)
    assert found.passed
    assert int(found.name.split()[-2]) > 10


async def test_a_reference_that_works_in_place_is_followed_in_place(sandbox: Sandbox) -> None:
    reference = "def f(x):\n    x.sort()\n"
    assert (await outcome(sandbox, reference, "def f(x):\n    x[:] = sorted(x)\n")).passed
    assert not (await outcome(sandbox, reference, "def f(x):\n    sorted(x)\n")).passed


async def test_without_examples_the_annotations_say_what_to_try(sandbox: Sandbox) -> None:
    reference = "def f(n: int, s: str) -> str:\n    return s * n\n"
    fields = {"examples": (), "signature": "def f(n: int, s: str) -> str:"}
    assert (await outcome(sandbox, reference, reference, **fields)).passed
    wrong = "def f(n, s):\n    return s * abs(n)\n"
    found = await outcome(sandbox, reference, wrong, **fields)
    assert found.status is Status.FAILED
    assert found.input.startswith("f(-1, ")


async def test_a_reference_that_never_answers_is_the_problems_mistake(sandbox: Sandbox) -> None:
    with pytest.raises(ProblemError, match="reference"):
        await outcome(sandbox, "def f(x):\n    return 1 / 0\n", SORT)


async def test_two_programs_are_told_apart_by_a_small_input(sandbox: Sandbox) -> None:
    problem = Problem("p", "?", entry_point="f", examples=(Example(([3, 1, 2],), [1, 2, 3]),))
    program = Program("def f(x):\n    return sorted(set(x))\n", "f")
    found = await counterexample(sandbox, problem, program, Program(SORT, "f"))
    assert found is not None
    assert found.expected == "[0, 0]"
    assert found.actual == "[0]"
    same = Program("def f(x):\n    return sorted(x)[:]\n", "f")
    assert await counterexample(sandbox, problem, same, Program(SORT, "f")) is None


async def test_a_reference_whose_answers_cannot_be_compared_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ProblemError, match="cannot be compared"):
        await outcome(sandbox, "def f(x):\n    return object()\n", SORT)


async def test_annotations_make_inputs_of_their_types() -> None:
    signature = "def f(a: int, b: List[str], c: Optional[dict[str, float]] = None) -> bool:"
    made = annotated_inputs(signature, "f", count=30, seed=1)
    assert len(made) == 30
    assert made == annotated_inputs(signature, "f", count=30, seed=1)
    for number, words in made:
        assert type(number) is int
        assert all(type(word) is str for word in words)
    typed = "def f(a: tuple[int, ...], b: 'set[int]', c: int | None, d: Tuple[int, str]): ..."
    for a, b, c, d in annotated_inputs(typed, "f", count=10, seed=1):
        assert (type(a), type(b), type(d)) == (tuple, set, tuple)
        assert c is None or type(c) is int


@pytest.mark.parametrize(
    "signature",
    ["def f(x):", "def f(x: Node):", "def f(x: Callable):", "def f(*x: int):", "def f(x", "x"],
)
async def test_what_is_not_annotated_is_not_guessed(signature: str) -> None:
    assert annotated_inputs(signature, "f", count=5, seed=0) == []


async def test_simpler_inputs_are_simpler_of_the_same_types_and_come_first() -> None:
    start = ([5, -7, 9], "hello", {"a": 1}, (1, 2), 3.5, {4, 5}, True)
    steps = simpler(start)
    assert steps
    assert steps == sorted(steps, key=size)
    for step in steps:
        assert [type(value) for value in step] == [type(value) for value in start]
        assert step != start


async def test_shrinking_ends_at_something_nothing_is_simpler_than() -> None:
    value: tuple = ([5, [7, "abc"], -2], 100)
    for _ in range(200):
        steps = [step for step in simpler(value) if size(step) < size(value)]
        if not steps:
            break
        value = steps[0]
    assert value == ([], 0)


async def test_what_a_reference_in_place_leaves_alone_a_program_must_leave_alone(
    sandbox: Sandbox,
) -> None:
    reference = "def f(x):\n    x.sort()\n"
    careless = "def f(x):\n    if x == sorted(x): x.clear()\n    else: x.sort()\n"
    assert (await outcome(sandbox, reference, careless)).status is Status.FAILED
    scratch = "def f(x):\n    x.append(0)\n    return sorted(x[:-1])\n"  # its own affair
    assert (await outcome(sandbox, "def f(x):\n    return sorted(x)\n", scratch)).passed
