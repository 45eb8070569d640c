from __future__ import annotations

from pathlib import Path

import pytest

from synth.problem import Problem, TestCode
from synth.program import Program
from verifiers.pure_language import NotPure
from verifiers.pytest_file import plan
from verifiers.sandbox import Sandbox
from verifiers.verdict import Status, Trust, Verdict
from verifiers.verify import StandardVerifier

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADD = """
def f(a, b=0):
    if a is None:
        raise ValueError('a is missing')
    return a + b
"""


async def verdict(sandbox: Sandbox, source: str, program: str = ADD) -> Verdict:
    problem = Problem("p", "?", entry_point="f", tests=(TestCode("pytest", source),))
    (found,) = await StandardVerifier(sandbox).verify(problem, [Program(program, "f")])
    return found


PLAIN = """
import math
import pytest
from pytest import approx
from solution import f

CASES = [(1, 2, 3), (2, 2, 4)]

def test_one():
    '''Doc.'''
    result = f(1)
    assert result == 1

@pytest.mark.parametrize("a, b, total", CASES)
def test_many(a, b, total):
    assert f(a, b) == total

@pytest.mark.parametrize("a", [1, 2])
@pytest.mark.parametrize("b", [3])
def test_product(a, b):
    assert f(a, b=b) == a + b

class TestF:
    def test_close(self):
        assert f(0.1, 0.2) == pytest.approx(0.3)
        assert [f(0.1, 0.2)] == approx([0.3])
        assert f(1, 0.5) == pytest.approx(1, abs=1)

    @pytest.mark.parametrize(("a", "b"), [(1, 2)])
    def test_in_class(self, a, b):
        for sign in (1, -1):
            assert f(sign * a, sign * b) == sign * 3

def test_raises():
    with pytest.raises(ValueError):
        f(None)
    with pytest.raises(ValueError, match="is miss"):
        f(None, 2)
    with pytest.raises(TypeError):
        f("a", 1)
"""


async def test_a_plain_file_is_judged_isolated(sandbox: Sandbox) -> None:
    found = await verdict(sandbox, PLAIN)
    assert found.passed, [o for o in found.outcomes if not o.passed]
    assert found.trust is Trust.ISOLATED
    assert len(found.outcomes) == 13
    assert {o.check for o in found.outcomes} == {"pytest"}


async def test_a_wrong_program_fails_where_it_is_wrong(sandbox: Sandbox) -> None:
    found = await verdict(sandbox, PLAIN, "def f(a, b=0):\n    return 1\n")
    assert not found.passed
    failed = [outcome for outcome in found.outcomes if not outcome.passed]
    assert failed[0].input == "f(1, 2)"
    assert failed[0].expected == "3"
    assert failed[-1].expected == "raises TypeError"
    assert failed[-1].actual == "1"


async def test_another_exception_is_not_the_one_that_should_be_raised(sandbox: Sandbox) -> None:
    source = "import pytest\ndef test_a():\n    with pytest.raises(KeyError):\n        f(None)\n"
    (outcome,) = (await verdict(sandbox, source)).outcomes
    assert outcome.status is Status.ERROR
    source = source.replace("KeyError", "ValueError, match='other'")
    (outcome,) = (await verdict(sandbox, source)).outcomes
    assert outcome.status is Status.FAILED
    assert "a is missing" in outcome.actual


@pytest.mark.parametrize(
    "source",
    [
        "def test_a(tmp_path):\n    assert f(1) == 1",
        "import pytest\n@pytest.fixture\ndef x(): return 1\ndef test_a(x):\n    assert f(x) == 1",
        "from solution import Stack\ndef test_a():\n    assert Stack() == Stack()",
        "import random\ndef test_a():\n    assert f(random.random()) == 1",
        "class TestA:\n    x = 1\n    def test_a(self):\n        assert f(self.x) == 1",
        "def helper():\n    return 1\ndef test_a():\n    assert f(helper()) == 1",
        "import pytest\n@pytest.mark.skip\ndef test_a():\n    assert f(1) == 1",
        "def test_a():\n    with open('x') as y:\n        assert f(y) == 1",
    ],
)
async def test_a_file_that_needs_pytest_is_left_to_it(source: str) -> None:
    with pytest.raises(NotPure):
        plan(TestCode("pytest", source), "f")


FULL = """
import pytest
from solution import Stack, f

@pytest.fixture
def stack():
    made = Stack()
    made.push(3)
    return made

def test_pop(stack):
    assert stack.pop() == 3

@pytest.mark.parametrize("x", [1, 2])
def test_f(stack, x):
    assert f(x) == x
"""
STACK = (
    "class Stack:\n    def __init__(self): self.items = []\n"
    "    def push(self, x): self.items.append(x)\n    def pop(self): return self.items.pop()\n"
    "def f(x):\n    return x\n"
)


async def test_fixtures_and_classes_run_beside_the_program_and_say_so(sandbox: Sandbox) -> None:
    found = await verdict(sandbox, FULL, STACK)
    assert found.passed, found
    assert found.trust is Trust.SHARED
    assert [o.name for o in found.outcomes] == ["test_pop", "test_f[1]", "test_f[2]"]


@pytest.mark.parametrize(
    "attack",
    [
        "import os\nos._exit(0)\n",
        "raise SystemExit(0)\n",
        "import pytest\npytest.skip('x', allow_module_level=True)\n",
        "def __getattr__(name):\n    raise SystemExit(0)\n",
    ],
)
async def test_leaving_early_or_skipping_is_no_pass(sandbox: Sandbox, attack: str) -> None:
    for source in (FULL, PLAIN):
        assert not (await verdict(sandbox, source, attack)).passed


async def test_an_answer_too_large_to_judge_here_does_not_bring_the_program_to_the_tests(
    sandbox: Sandbox,
) -> None:
    source = "from solution import f\n\ndef test_f():\n    assert sorted(f(3)) == [1, 2, 3]\n"
    forging = (
        "import sys\n"
        "class Sly(list):\n    def __eq__(self, other): return True\n"
        "def f(x):\n"
        "    if 'pytest' not in sys.modules: return range(10**6)\n"
        "    import builtins\n    builtins.sorted = Sly\n    return []\n"
    )
    found = await verdict(sandbox, source, forging)
    assert not found.passed
    assert found.trust is Trust.ISOLATED
    assert (await verdict(sandbox, source, "def f(x):\n    return range(1, x + 1)\n")).passed


CLAMP = """
import pytest
from clamp import f

@pytest.fixture
def low():
    return 0

class TestF:
    def test_low(self, low):
        assert f(-1) == low

def test_high():
    assert f(9) == 3
"""


@pytest.mark.parametrize("tests", [CLAMP, CLAMP[CLAMP.index("def test_high") :]])
async def test_the_stubs_own_name_is_the_programs_wherever_synth_was_started(
    sandbox: Sandbox, tests: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "clamp.py").write_text("def f(x): ...\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    tests = tests if "import" in tests else f"from clamp import f\n{tests}"
    assert (await verdict(sandbox, tests, "def f(x): return max(0, min(x, 3))")).passed


async def test_a_failed_test_tells_its_statement_and_the_line_of_the_program(
    sandbox: Sandbox,
) -> None:
    program = "def f(x):\n    if x > 3:\n        return [][x]\n    return x\n"
    low, high = (await verdict(sandbox, CLAMP, program)).outcomes
    assert (low.name, low.status) == ("TestF::test_low", Status.FAILED)
    assert low.input == "assert f(-1) == low"
    assert (high.status, high.line, high.input) == (Status.ERROR, 3, "assert f(9) == 3")
    text = Verdict((low, high)).feedback()
    assert "raised IndexError: list index out of range at line 3" in text
    assert "  statement: assert f(-1) == low\n" in text + "\n"


UNITTEST = """
import unittest
from solution import f

class Cases(unittest.TestCase):
    def setUp(self):
        self.numbers = range(3)

    def test_all(self):
        for number in self.numbers:
            with self.subTest(number=number):
                self.assertEqual(f(number), number)
"""


async def test_a_subtest_that_fails_is_not_outvoted_by_its_test(sandbox: Sandbox) -> None:
    assert (await verdict(sandbox, UNITTEST, "def f(x): return x")).passed
    found = await verdict(sandbox, UNITTEST, "def f(x): return x if x != 1 else 9")
    assert not found.passed
    assert "9 != 1" in found.outcomes[0].error


SKIPPED = """
import pytest
from solution import f

@pytest.mark.skip(reason="slow")
def test_slow():
    assert f(10) == 11

class TestF:
    @pytest.mark.xfail
    def test_known(self):
        assert f(1) == 2

    def test_one(self):
        assert f(1) == 1
"""


async def test_what_the_tests_themselves_skip_says_nothing(sandbox: Sandbox) -> None:
    found = await verdict(sandbox, SKIPPED, "def f(x): return x")
    assert [outcome.name for outcome in found.outcomes] == ["TestF::test_one"]
    assert found.passed
    leaving = "import pytest\ndef f(x): pytest.skip('not now')"
    assert not (await verdict(sandbox, SKIPPED, leaving)).passed
