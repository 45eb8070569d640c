"""Tests that have to run, and that a program cannot talk itself past."""

from __future__ import annotations

import pytest

from synth.problem import Problem, TestCode
from synth.program import Program
from verifiers.assert_rewriting import rewritten, sides
from verifiers.sandbox import Sandbox
from verifiers.verdict import Status, Trust, Verdict
from verifiers.verify import StandardVerifier

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def verdict(
    sandbox: Sandbox,
    source: str,
    program: str,
    *,
    kind: str = "asserts",
    starter: str = "",
    signature: str | None = None,
) -> Verdict:
    tests = (TestCode(kind, source),)
    problem = Problem("p", "?", "f", signature, starter, tests=tests)
    (found,) = await StandardVerifier(sandbox).verify(problem, [Program(program, "f")])
    return found


LOOP = """
import random
def check(candidate):
    for i in range(20):
        x = random.randint(0, 100)
        assert candidate(x) == helper(x)
    assert candidate(-1) == -2
"""
HELPER = "def helper(x):\n    return 2 * x\n"


async def test_loops_and_random_inputs_run_isolated(sandbox: Sandbox) -> None:
    program = HELPER + "def f(x):\n    return x + x\n"
    found = await verdict(sandbox, LOOP, program, kind="check", starter=HELPER)
    assert found.passed, found
    assert found.trust is Trust.ISOLATED
    assert [o.name for o in found.outcomes] == [
        "assert candidate(x) == helper(x)",
        "assert candidate(-1) == -2",
    ]


async def test_a_helper_that_the_program_redefines_is_not_the_one_that_judges(
    sandbox: Sandbox,
) -> None:
    program = "def helper(x):\n    return -2 if x < 0 else 0\ndef f(x):\n    return helper(x)\n"
    found = await verdict(sandbox, LOOP, program, kind="check", starter=HELPER)
    assert not found.passed


async def test_a_failed_assertion_shows_its_sides(sandbox: Sandbox) -> None:
    source = "for x in sorted({2, 1}, key=abs):\n    assert f(x) == x * 10\n"
    found = await verdict(sandbox, source, "def f(x):\n    return 10\n")
    (outcome,) = found.outcomes
    assert outcome.status is Status.FAILED
    assert (outcome.expected, outcome.actual) == ("20", "10")
    assert outcome.name == "assert f(x) == x * 10"


async def test_an_import_the_tests_forgot_is_given_to_them(sandbox: Sandbox) -> None:
    source = "assert f((1, 2)) == sys.getsizeof((1, 2))"
    program = "import sys\ndef f(x):\n    return sys.getsizeof(x)\n"
    assert (await verdict(sandbox, source, program)).passed


async def test_arguments_changed_in_place_come_back(sandbox: Sandbox) -> None:
    source = "x = [3, 1, 2]\nf(x)\nassert x == [1, 2, 3]\n"
    assert (await verdict(sandbox, source, "def f(x):\n    x.sort()\n")).passed
    assert not (await verdict(sandbox, source, "def f(x):\n    return sorted(x)\n")).passed


async def test_exceptions_are_caught_as_the_tests_mean_it(sandbox: Sandbox) -> None:
    source = (
        "def raises():\n    try:\n        f(-1)\n    except ValueError:\n        return True\n"
        "assert raises()\nassert f(1) == 1\n"
    )
    program = "def f(x):\n    if x < 0:\n        raise ValueError('no')\n    return x\n"
    assert (await verdict(sandbox, source, program)).passed
    assert not (await verdict(sandbox, source, program.replace("Value", "Key"))).passed


async def test_tests_that_use_the_programs_class_run_beside_it_and_say_so(
    sandbox: Sandbox,
) -> None:
    program = "class P:\n    def __init__(self, x): self.x = x\ndef f(p):\n    return p.x\n"
    found = await verdict(sandbox, "assert f(P(3)) == 3", program)
    assert found.passed
    assert found.trust is Trust.SHARED


async def test_a_callable_argument_runs_beside_the_program(sandbox: Sandbox) -> None:
    program = "def f(g, x):\n    return g(x)\n"
    found = await verdict(sandbox, "assert f(lambda x: x + 1, 2) == 3", program)
    assert found.passed
    assert found.trust is Trust.SHARED


async def test_a_program_cannot_choose_the_weaker_mode(sandbox: Sandbox) -> None:
    program = (
        "class Sly:\n    def __eq__(self, other): return True\n"
        "    def __bool__(self): return True\n"
        "def f(x):\n    return Sly()\n"
    )
    source = "import random\nfor i in range(3):\n    assert f(i) == i\n"
    found = await verdict(sandbox, source, program)
    assert not found.passed
    assert found.trust is Trust.ISOLATED


@pytest.mark.parametrize(
    "attack",
    [
        "def abs(x):\n    return 0\n",
        "abs = lambda x: 0\n",
        "import builtins\nbuiltins.abs = lambda x: 0\n",
        "class math:\n    fabs = staticmethod(lambda x: 0)\n",
        "def isinstance(x, y):\n    return True\n",
    ],
)
async def test_builtins_and_modules_of_the_tests_are_not_the_programs(
    sandbox: Sandbox, attack: str
) -> None:
    source = (
        "import random\nrandom.seed(1)\n"
        "assert abs(f(random.random()) - 0.5) < 0.1\n"
        "assert math.fabs(f(1) - 0.5) < 0.1\n"
        "assert isinstance(f(1), str)\n"
    )
    found = await verdict(sandbox, source, attack + "def f(x):\n    return 99\n")
    assert found.score == 0.0
    assert found.trust is Trust.ISOLATED


@pytest.mark.parametrize(
    "source",
    [
        "assert all(map(f, [1, 2]))\n",
        "assert f is not None\nfor a, b in zip(map(f, [1, 2]), [1, 4]):\n    assert a == b\n",
    ],
)
async def test_a_program_cannot_end_the_loops_of_the_tests(sandbox: Sandbox, source: str) -> None:
    assert not (await verdict(sandbox, source, "def f(x):\n    raise StopIteration\n")).passed
    assert (await verdict(sandbox, source, "def f(x):\n    return x * x\n")).passed


async def test_tests_that_wait_for_stop_iteration_get_it(sandbox: Sandbox) -> None:
    source = (
        "def stops():\n    try:\n        f([])\n    except StopIteration:\n        return True\n"
        "assert stops()\n"
    )
    assert (await verdict(sandbox, source, "def f(x):\n    return next(iter(x))\n")).passed


@pytest.mark.parametrize("form", ["f = lambda x: 99\n", "class f(int):\n    pass\n"])
async def test_a_program_cannot_choose_the_weaker_mode_by_what_its_entry_point_is(
    sandbox: Sandbox, form: str
) -> None:
    source = "import random\nassert f(random.random()) == 0.5\n"
    found = await verdict(sandbox, source, form, signature="def f(x: float) -> float:")
    assert not found.passed
    assert found.trust is Trust.ISOLATED


async def test_what_the_tests_forgot_to_import_is_not_what_the_program_defines(
    sandbox: Sandbox,
) -> None:
    source = "assert isclose(f(2), 4)\n"
    for define in ("def isclose(a, b):\n    return True\n", "isclose = lambda a, b: True\n"):
        wrong = await verdict(sandbox, source, define + "def f(x):\n    return 99\n")
        assert not wrong.passed
        assert wrong.trust is Trust.ISOLATED
        assert (await verdict(sandbox, source, define + "def f(x):\n    return 2 * x\n")).passed


@pytest.mark.parametrize(
    "attack",
    [
        "def abs(x):\n    return 0\n",
        "import builtins\nbuiltins.abs = lambda x: 0\n",
        "import builtins\nbuiltins.AssertionError = builtins.BaseException = KeyError\n",
    ],
)
async def test_the_builtins_of_tests_beside_the_program_are_not_its_own(
    sandbox: Sandbox, attack: str
) -> None:
    source = "assert abs(f(lambda x: x, 1) - 1) < 0.1\n"
    right = await verdict(sandbox, source, "def f(g, x):\n    return g(x)\n")
    assert (right.passed, right.trust) == (True, Trust.SHARED)
    assert not (await verdict(sandbox, source, attack + "def f(g, x):\n    return 9\n")).passed


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("while True: pass", Status.TIMEOUT),
        ("import os; os._exit(0)", Status.CRASHED),
        ("raise SystemExit", Status.ERROR),
        ("return [0] * 10**9", Status.MEMORY),
        ("raise KeyError(x)", Status.ERROR),
    ],
)
async def test_a_program_that_does_not_answer_fails_the_check(
    sandbox: Sandbox, body: str, status: Status
) -> None:
    source = "import random\nassert f(random.random()) == 1\n"
    found = await verdict(sandbox, source, f"def f(x):\n    {body}\n")
    assert [outcome.status for outcome in found.outcomes] == [status]


async def test_an_answer_that_lets_no_assertion_run_does_not_pass(sandbox: Sandbox) -> None:
    source = "for x in f(3):\n    assert x > 0\n"
    found = await verdict(sandbox, source, "def f(x):\n    return []\n")
    assert not found.passed
    assert "no assertion" in found.outcomes[0].error
    assert (await verdict(sandbox, source, "def f(x):\n    return [1, 2]\n")).passed


@pytest.mark.parametrize("source", ["", "import math\n", "def test():\n    assert f(1) == 2\n"])
async def test_tests_that_neither_assert_nor_call_verify_nothing(
    sandbox: Sandbox, source: str
) -> None:
    found = await verdict(sandbox, source, "def f(x):\n    return 3\n")
    assert not found.passed
    assert "no assertion" in found.outcomes[0].error


async def test_tests_whose_assertions_are_in_functions_are_one_check(sandbox: Sandbox) -> None:
    source = "def test():\n    assert f(1) == 2\ntest()\n"
    assert (await verdict(sandbox, source, "def f(x):\n    return x + 1\n")).passed
    assert not (await verdict(sandbox, source, "def f(x):\n    return x\n")).passed


async def test_doctests_with_state_run_isolated(sandbox: Sandbox) -> None:
    source = ">>> x = [2, 1]\n>>> f(x)\n>>> x\n[1, 2]\n"
    found = await verdict(sandbox, source, "def f(x):\n    x.sort()\n", kind="doctest")
    assert found.passed, found
    assert found.trust is Trust.ISOLATED


async def test_tests_that_do_not_parse_are_nobodys_pass(sandbox: Sandbox) -> None:
    found = await verdict(sandbox, "assert f(1 == ", "def f(x):\n    return 1\n")
    assert not found.passed
    assert "does not parse" in found.outcomes[0].error


async def test_rewriting_keeps_meaning_and_evaluates_once() -> None:
    made = rewritten("n = []\nassert len(n) == 0, 'kept'\nassert n.append(1) is f(1)\n", {"f"})
    seen: list[int] = []
    namespace = {"f": lambda x: seen.append(x)}
    exec(made.source, namespace)
    assert seen == [1]
    assert namespace["n"] == [1]
    assert list(made.texts.values()) == ["assert len(n) == 0", "assert n.append(1) is f(1)"]


async def test_sides_are_read_from_the_error_of_a_rewritten_assertion() -> None:
    made = rewritten("assert f(2) == {3, 1}\n", {"f"})
    with pytest.raises(AssertionError) as caught:
        exec(made.source, {"f": lambda x: [x]})
    assert sides(f"AssertionError: {caught.value}") == ("[1, 3]", "[2]")
    assert sides("AssertionError: something else") is None


async def test_a_failure_in_a_loop_shows_the_call_and_what_it_returned(sandbox: Sandbox) -> None:
    source = "import random\nfor word in ['a', 'ab', 'b']:\n    assert not f(word), word\n"
    (outcome,) = (await verdict(sandbox, source, "def f(s):\n    return len(s) - 1\n")).outcomes
    assert outcome.input == "f('ab')"
    assert (outcome.expected, outcome.actual) == ("a false value", "1")
    assert outcome.error == "ab"


async def test_a_time_out_in_a_loop_shows_the_call_that_hung(sandbox: Sandbox) -> None:
    source = "import random\nfor n in [1, 2, 3]:\n    assert f(n) == n\n"
    program = "def f(n):\n    while n == 2: pass\n    return n\n"
    (outcome,) = (await verdict(sandbox, source, program)).outcomes
    assert (outcome.status, outcome.input, outcome.line) == (Status.TIMEOUT, "f(2)", 2)


async def test_a_doctest_shows_the_lines_that_led_to_it(sandbox: Sandbox) -> None:
    source = ">>> x = [2, 1]\n>>> _ = f(x)\n>>> x\n[2, 1]\n"
    found = await verdict(sandbox, source, "def f(x):\n    x.sort()\n", kind="doctest")
    assert [o.name for o in found.outcomes] == [">>> x = [2, 1]", ">>> _ = f(x)", ">>> x"]
    last = found.outcomes[-1]
    assert last.input == "x = [2, 1]\n_ = f(x)\nx"
    assert (last.expected, last.actual, last.error) == ("[2, 1]", "[1, 2]", "")
