from __future__ import annotations

import pytest

from synth.problem import Limits
from synth.program import Program
from verifiers.cost import contest, program_size
from verifiers.sandbox import Call, Sandbox, compiled


def test_size_ignores_layout_names_comments_and_annotations() -> None:
    first = Program("def f(x):\n    return x + 1\n")
    second = Program(
        'def f(number: int) -> int:\n    """Doc."""\n    # comment\n    return (number  +  1)\n'
    )
    assert program_size(first) == program_size(second)
    assert program_size(Program("def f(x):\n    return x + 1 + 1\n")) > program_size(first)
    assert program_size(Program("def f(:")) == 6
    assert program_size(Program("int main() { }", language="cpp")) == 11


@pytest.mark.asyncio(loop_scope="session")
async def test_the_faster_program_wins_the_contest(sandbox: Sandbox) -> None:
    slow = Program("def f(n):\n    return sum(i for i in range(n))\n", "f")
    fast = Program("def f(n):\n    return n * (n - 1) // 2\n", "f")
    calls = [Call("f", (1_000_000,))]
    found = await contest(sandbox, slow, fast, calls, Limits(), rounds=3)
    assert found.ratio is not None
    assert found.ratio > 2
    assert found.rounds == 3


@pytest.mark.asyncio(loop_scope="session")
async def test_whole_programs_of_two_languages_can_compete(sandbox: Sandbox) -> None:
    if compiled.tool_chain("c") is None:
        pytest.skip("no C compiler")
    slow = Program("n = int(input())\nprint(sum(i % 7 for i in range(n)))\n")
    fast = Program(
        '#include <stdio.h>\nint main(void) { long n, s = 0; scanf("%ld", &n);'
        ' while (n--) s += n % 7; printf("%ld", s); }',
        language="c",
    )
    found = await contest(sandbox, slow, fast, ["1000000"], Limits(), rounds=3)
    assert found.ratio is not None
    assert found.ratio > 2


@pytest.mark.asyncio(loop_scope="session")
async def test_a_program_that_fails_has_no_ratio(sandbox: Sandbox) -> None:
    right = Program("def f(n):\n    return n\n", "f")
    wrong = Program("def f(n):\n    return 1 / 0\n", "f")
    found = await contest(sandbox, right, wrong, [Call("f", (1,))], Limits())
    assert found.ratio is None
