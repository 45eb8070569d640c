from __future__ import annotations

import pytest

from synth.problem import Comparison, Limits
from synth.program import Program
from verifiers.doctests import plan
from verifiers.pure_language import NotPure
from verifiers.sandbox import Sandbox
from verifiers.verdict import Outcome, Status

pytestmark = pytest.mark.asyncio(loop_scope="session")

PROGRAM = """
def f(x):
    if x == "raise":
        raise ValueError("bad value: 3")
    if x == "print":
        print("hello")
        return None
    return x
"""


async def outcomes(sandbox: Sandbox, text: str) -> list[Outcome]:
    made = plan(text, "f", Comparison())
    execution = await sandbox.run(Program(PROGRAM, "f"), made.calls, Limits())
    return made.judge(execution.results)


@pytest.mark.parametrize(
    "text",
    [
        ">>> f(1)\n1",
        ">>> f('a')\n'a'",
        ">>> f('a')\n\"a\"",
        ">>> f({3, 1, 2})\n{3, 1, 2}",
        ">>> f({'b': 1, 'a': 2})\n{'a': 2, 'b': 1}",
        ">>> f(0.1 + 0.2)\n0.3",
        ">>> f([1,2])\n[1,2]",
        ">>> x = f(3)\n>>> x + 1\n4",
        ">>> f(None)",
        ">>> f('print')\nhello",
        ">>> print(f('a'))\na",
        ">>> print(f('a'), f(2))\na 2",
        ">>> f('raise')\nTraceback (most recent call last):\n    ...\nValueError: bad value: 3",
        ">>> f('raise')  # doctest: +IGNORE_EXCEPTION_DETAIL\n"
        "Traceback (most recent call last):\nValueError: other",
        ">>> f(list(range(20)))  # doctest: +ELLIPSIS\n[0, 1, ..., 19]",
        ">>> f([1, 2])  # doctest: +NORMALIZE_WHITESPACE\n[1,\n 2]",
        ">>> f(1) == 1",
        ">>> f(1) == 1\nTrue",
        ">>> f(1)  # doctest: +SKIP\n2\n>>> f(2)\n2",
        'def f(x):\n    """Doc.\n\n    >>> f(1)\n    1\n    """\n',
    ],
)
async def test_examples_that_hold_pass(sandbox: Sandbox, text: str) -> None:
    found = await outcomes(sandbox, text)
    assert found
    assert all(outcome.passed for outcome in found), found


@pytest.mark.parametrize(
    "text",
    [
        ">>> f(1)\n2",
        ">>> f(1)\nTrue",
        ">>> f(1)\n1.0",
        ">>> f((1,))\n[1]",
        ">>> f(1)\n'1'",
        ">>> f(1)",
        ">>> f(None)\n1",
        ">>> f(1) == 2",
        ">>> f(1)\nTraceback (most recent call last):\nValueError: bad",
        ">>> f('raise')\n1",
        ">>> f('raise')\nTraceback (most recent call last):\nTypeError: bad value: 3",
        ">>> f('raise')\nTraceback (most recent call last):\nValueError: other",
        ">>> print(f('a'))\n'a'",
    ],
)
async def test_examples_that_do_not_hold_fail(sandbox: Sandbox, text: str) -> None:
    assert not any(outcome.passed for outcome in await outcomes(sandbox, text))


async def test_a_failure_shows_what_would_have_been_printed(sandbox: Sandbox) -> None:
    (outcome,) = await outcomes(sandbox, ">>> f('a')\n'b'")
    assert outcome.status is Status.FAILED
    assert (outcome.input, outcome.expected, outcome.actual) == ("f('a')", "'b'", "'a'")


@pytest.mark.parametrize(
    "text",
    [
        ">>> x = [1]\n>>> f(x)\n[1]\n>>> x\n[1]",
        ">>> for i in range(2): f(i)\n0\n1",
        ">>> import random\n>>> f(random.random())\n1",
        "no example here",
    ],
)
async def test_what_only_running_can_tell_is_refused(text: str) -> None:
    with pytest.raises(NotPure):
        plan(text, "f", Comparison())


async def test_an_example_that_does_not_parse_is_a_syntax_error() -> None:
    with pytest.raises(SyntaxError):
        plan(">>> f(\n1", "f", Comparison())


async def test_objects_are_shown_as_the_program_would_show_them(sandbox: Sandbox) -> None:
    program = (
        "from collections import deque\n"
        "from dataclasses import dataclass\n"
        "@dataclass\nclass Point:\n    x: int\n    y: str\n"
        "class Range:\n    def __repr__(self): return 'R[1..2]'\n"
        "def f(x):\n"
        "    return {1: Point(1, 'a'), 2: deque([1]), 3: [Range()], 4: Point(2, 'a')}[x]\n"
    )
    text = (
        ">>> f(1)\nPoint(x=1, y='a')\n\n>>> f(2)\ndeque([1])\n\n>>> f(3)\n[R[1..2]]\n\n"
        ">>> f(4)\nPoint(x=1, y='a')\n"
    )
    made = plan(text, "f", Comparison())
    execution = await sandbox.run(Program(program, "f"), made.calls, Limits())
    assert [outcome.passed for outcome in made.judge(execution.results)] == [
        True,
        True,
        True,
        False,
    ]
