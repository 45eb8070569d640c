"""Reading assertions without running them, and judging a program's answers to them."""

from __future__ import annotations

import pytest

from synth.problem import Limits, TestCode
from synth.program import Program
from verifiers.asserts import plan
from verifiers.pure_language import NotPure, TooMuch
from verifiers.sandbox import Call, Sandbox
from verifiers.verdict import Outcome, Status

pytestmark = pytest.mark.asyncio(loop_scope="session")

IDENTITY = "def f(x):\n    return x\n"


def calls_of(source: str, kind: str = "asserts") -> list[Call]:
    return list(plan(TestCode(kind, source), "f").calls)


async def outcomes(
    sandbox: Sandbox, source: str, program: str = IDENTITY, kind: str = "asserts"
) -> list[Outcome]:
    made = plan(TestCode(kind, source), "f")
    execution = await sandbox.run(Program(program, "f"), made.calls, Limits())
    return made.judge(execution.results)


async def test_literal_assertions_become_calls_in_order() -> None:
    source = "assert f(1, 'a') == 2\nassert f([1, 2], key=(3,)) is None"
    assert calls_of(source) == [Call("f", (1, "a")), Call("f", ([1, 2],), {"key": (3,)})]


async def test_arguments_are_computed_from_constants() -> None:
    source = "base = [1, 2]\nassert f(base + [3 * 19], 'ab' + 'c', -2 ** 2) == 1"
    assert calls_of(source) == [Call("f", ([1, 2, 57], "abc", -4))]


async def test_loops_over_known_values_are_unrolled() -> None:
    source = "for x, y in [(1, 2), (3, 4)]:\n    assert f(x) == y"
    assert calls_of(source) == [Call("f", (1,)), Call("f", (3,))]


async def test_a_check_function_calls_by_its_parameter_and_by_name() -> None:
    source = "META = {'a': 1}\ndef check(candidate):\n    assert candidate(1) == f(2)\n    print\n"
    assert calls_of(source, "check") == [Call("f", (1,)), Call("f", (2,))]


@pytest.mark.parametrize(
    "source",
    [
        "import random\nassert f(random.random()) == 1",
        "assert f(g(1)) == 1",
        "assert f(f(1)) == 1",
        "x = [1]\nf(x)\nassert x == [1]",
        "x = [1]\nassert f(x) == x",
        "x = [1]\ny = (x, 2)\nassert f(y) == 1\nassert f(x) == 1",
        "try:\n    f(1)\nexcept ValueError:\n    pass\nassert f(2) == 2",
        "assert all(f(x) for x in range(3))",
        "assert f(int) == 1",
        "assert f(lambda x: x) == 1",
        "assert sorted(f(1), key=len) == []",
        "assert f(1).real == 1",
        "if f(1):\n    assert f(2)",
        "while True:\n    assert f(1)",
        "for i in range(10 ** 6):\n    assert f(i)",
        "assert map(f, [1, 2])",
        "x = 1",
        "a, b = f(1)\nassert a == b",
        "with open('x') as y:\n    assert f(y)",
        "assert f([[0] * 100_000] * 100_000) == 1",
        "assert f(float('1e999').hex()) and exec('1')",
    ],
)
async def test_what_only_running_can_tell_is_refused(source: str) -> None:
    with pytest.raises(NotPure):
        plan(TestCode("asserts", source), "f")


@pytest.mark.parametrize(
    "source",
    [
        "assert f(1) == 1",
        "assert 1 == f(1)",
        "assert f(True)",
        "assert not f(0)",
        "assert f(None) is None",
        "assert f(1) in (1, 2)",
        "assert abs(f(0.3) - 0.1 - 0.2) < 1e-6",
        "import math\nassert math.isclose(f(0.3), 0.1 + 0.2)",
        "import math as m\nassert m.isclose(f(0.3), 0.1 + 0.2)",
        "assert set(f([1, 2, 2])) == set([2, 1])",
        "assert sorted(f({3, 1})) == [1, 3]",
        "assert int(f(3.7)) == 3",
        "assert f(1) == 1.0 == True",
        "assert f((1, 2)) == (1, 2) and f([1]) != (1,)",
        "assert f(2) or f(1)[0]",
        "x = f(5)\nassert x == 5\nassert isinstance(x, int)",
        "x = f([1, 2])\nassert x[0] == 1 and len(x) == 2\nx = 3\nassert f(x) == x",
        "assert [y * 2 for y in f([1, 2])] == [2, 4]",
        "assert f({'a': 1}).get('a') == 1",
    ],
)
async def test_true_assertions_pass(sandbox: Sandbox, source: str) -> None:
    found = await outcomes(sandbox, source)
    assert found
    assert all(outcome.passed for outcome in found), found


@pytest.mark.parametrize(
    ("source", "expected", "actual"),
    [
        ("assert f(1) == 2", "2", "1"),
        ("assert [2] == f([1])", "[2]", "[1]"),
        ("assert f(0)", "a true value", "0"),
        ("assert not f(1)", "a false value", "1"),
        ("assert f(1) in (2, 3)", "f(1) in (2, 3)", "1"),
        ("assert set(f([1, 1])) == {2}", "{2}", "{1}"),
        ("assert abs(f(1.5) - 2) < 0.1", "abs(f(1.5) - 2) < 0.1", "1.5"),
        ("assert f(1) is None", "None", "1"),
        ("x = f(1)\nassert x == 2", "2", "1"),
    ],
)
async def test_a_failed_assertion_shows_both_sides(
    sandbox: Sandbox, source: str, expected: str, actual: str
) -> None:
    (outcome,) = await outcomes(sandbox, source)
    assert (outcome.status, outcome.expected, outcome.actual) == (Status.FAILED, expected, actual)
    assert outcome.input.startswith("f(")


async def test_an_exception_of_the_program_is_an_error_with_its_line(sandbox: Sandbox) -> None:
    (outcome,) = await outcomes(sandbox, "assert f(0) == 1", "def f(x):\n    return 1 // x\n")
    assert outcome.status is Status.ERROR
    assert outcome.error.startswith("ZeroDivisionError")
    assert outcome.line == 2
    assert outcome.expected == "1"


async def test_an_answer_of_the_wrong_kind_fails_the_assertion_that_trips_over_it(
    sandbox: Sandbox,
) -> None:
    (outcome,) = await outcomes(sandbox, "assert abs(f('a') - 1) < 2")
    assert outcome.status is Status.FAILED
    assert "TypeError" in outcome.error
    assert outcome.actual == "'a'"


async def test_one_failing_call_leaves_the_other_assertions_alone(sandbox: Sandbox) -> None:
    source = "assert f(1) == 1\nassert f(0) == 0\nassert f(2) == 2"
    found = await outcomes(sandbox, source, "def f(x):\n    1 // x\n    return x\n")
    assert [outcome.passed for outcome in found] == [True, False, True]


async def test_only_operands_that_are_reached_need_an_answer(sandbox: Sandbox) -> None:
    program = "def f(x):\n    1 // x\n    return x\n"
    assert (await outcomes(sandbox, "assert f(1) == 1 or f(0)", program))[0].passed
    assert not (await outcomes(sandbox, "assert f(1) == 1 and f(0)", program))[0].passed


async def test_fractions_decimals_and_generators_compare_as_python_has_them(
    sandbox: Sandbox,
) -> None:
    program = (
        "from fractions import Fraction\nfrom decimal import Decimal\n"
        "def f(x):\n"
        "    return {'f': Fraction(1, 2), 'd': Decimal('2'), 'g': (i for i in range(3))}[x]\n"
    )
    source = (
        "assert f('f') == 0.5\nassert f('d') == 2\nassert list(f('g')) == [0, 1, 2]\n"
        "assert f('g') != [0, 1, 2]\nassert round(float(f('f')), 1) == 0.5"
    )
    assert all(outcome.passed for outcome in await outcomes(sandbox, source, program))


async def test_a_program_cannot_answer_with_a_value_that_equals_everything(
    sandbox: Sandbox,
) -> None:
    program = (
        "class Sly(int):\n"
        "    def __eq__(self, other): return True\n"
        "    def __hash__(self): return 1\n"
        "class Bare:\n"
        "    def __eq__(self, other): return True\n"
        "def f(x):\n    return Sly(7) if x else Bare()\n"
    )
    found = await outcomes(sandbox, "assert f(1) == 8\nassert f(0) == 8", program)
    assert not any(outcome.passed for outcome in found)


@pytest.mark.parametrize("test", ["math.gcd(f(1), f(2))", "f(1) // f(2)", "[f(1)] == [f(2)]"])
async def test_arithmetic_with_ints_of_a_million_bits_is_not_done_here(
    sandbox: Sandbox, test: str
) -> None:
    program = "def f(x):\n    return 2 ** 2_000_000 - 1 if x == 1 else 3 ** 600_000\n"
    with pytest.raises(TooMuch):
        await outcomes(sandbox, f"import math\nassert {test} == 1", program)
