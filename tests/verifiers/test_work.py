from __future__ import annotations

import pytest

from synth.problem import Case, Example, Limits, Problem
from synth.program import Program
from verifiers.cost import objective_value
from verifiers.sandbox import Call, Sandbox
from verifiers.verify import StandardVerifier
from verifiers.work import work_of_calls, work_of_inputs

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def work(sandbox: Sandbox, source: str, *args: object) -> int | None:
    calls = [Call("f", args)]
    return (await work_of_calls(sandbox, Program(source, "f"), calls, Limits()))[0]


async def known(sandbox: Sandbox, source: str, *args: object) -> int:
    count = await work(sandbox, source, *args)
    assert count is not None
    return count


LOOPS = """
import re
class Node:
    def __init__(self, value): self.value = value
def f(words):
    seen, out = set(), []
    for word in words:
        match len(word):
            case 0: continue
            case size if size not in seen: seen.add(size)
        out += [word[::-1].upper()]
    node: Node = Node({w: w * 2 for w in out})
    return sorted(node.value, key=lambda w: (len(w), w)), [*map(str, range(9))], f"{len(out):>3}"
"""


async def test_a_count_repeats_exactly(sandbox: Sandbox) -> None:
    counts = {await work(sandbox, LOOPS, ["b", "", "abc", "de"] * 9) for _ in range(4)}
    assert len(counts) == 1
    assert counts != {None}


@pytest.mark.parametrize(
    ("source", "power"),
    [
        ("def f(x):\n    return [i for i in x if i in x]\n", 2),
        ("def f(x):\n    return [x.count(i) for i in x]\n", 2),
        ("def f(x):\n    return [sum(x[:i]) for i in x]\n", 2),
        ("def f(x):\n    t = ''\n    for i in x:\n        t += 'a'\n    return len(t)\n", 2),
        ("def f(x):\n    while x:\n        x.pop(0)\n", 2),
        ("def f(x):\n    while x:\n        x.pop()\n", 1),
        ("def f(x):\n    s = set(x)\n    return [i for i in x if i in s]\n", 1),
        ("def f(x):\n    return sum(x)\n", 1),
        ("def f(x):\n    return sum(map(abs, x))\n", 1),
        ("def f(x):\n    for i in x:\n        yield i\n", 1),
    ],
)
async def test_work_grows_with_the_input_as_the_algorithm_does(
    sandbox: Sandbox, source: str, power: int
) -> None:
    small = await known(sandbox, source, list(range(300)))
    large = await known(sandbox, source, list(range(1200)))
    growth = large / small
    assert 0.6 * 4**power < growth < 1.4 * 4**power


async def test_sorting_in_c_costs_more_than_a_pass_and_less_than_sorting_by_hand(
    sandbox: Sandbox,
) -> None:
    numbers = [(7919 * i) % 1009 for i in range(400)]
    by_hand = (
        "def f(x):\n    x = list(x)\n    for i in range(len(x)):\n"
        "        for j in range(i):\n            if x[i] < x[j]:\n"
        "                x[i], x[j] = x[j], x[i]\n    return x\n"
    )
    passing = await known(sandbox, "def f(x):\n    return max(x)\n", numbers)
    built_in = await known(sandbox, "def f(x):\n    return sorted(x)\n", numbers)
    assert passing < built_in < await known(sandbox, by_hand, numbers)


async def test_metering_changes_no_answer(sandbox: Sandbox) -> None:
    source = (
        "class A:\n    def g(self):\n        return 1\n"
        "class B(A):\n    def g(self):\n        return super().g() + len(locals())\n"
        "def deep(n):\n    return n and 1 + deep(n - 1)\n"
        "def f(x):\n    assert B().g() == 3 and deep(3000) == 3000\n"
        "    assert 2 not in x and not 1 not in x and x[0:1] == [1]\n"
        "    y = x\n    y += [5]\n    assert x == [1, 5], x\n    return x\n"
    )
    assert await work(sandbox, source, [1]) is not None


async def test_a_call_that_fails_or_never_ends_has_no_count(sandbox: Sandbox) -> None:
    assert await work(sandbox, "def f(x):\n    return 1 / x\n", 0) is None
    program = Program("def f():\n    while True:\n        pass\n", "f")
    count, cost = await work_of_calls(sandbox, program, [Call("f")], Limits(seconds=0.01))
    assert count is None
    assert cost.cpu_seconds > 0


async def test_whole_programs_are_counted_on_their_inputs(sandbox: Sandbox) -> None:
    program = Program("import sys\nprint(sum(map(int, sys.stdin.read().split())))\nsys.exit()\n")
    small, _ = await work_of_inputs(sandbox, program, ["1 2"], Limits())
    large, _ = await work_of_inputs(sandbox, program, ["1 2 " * 500], Limits())
    assert small is not None
    assert large is not None
    assert large > small + 1000


@pytest.mark.parametrize("kind", ["calls", "inputs"])
async def test_the_fastest_objective_hangs_on_work_and_not_on_time(
    sandbox: Sandbox, kind: str
) -> None:
    if kind == "calls":
        problem = Problem(
            "p",
            "?",
            entry_point="f",
            objective="fastest",
            examples=(Example((list(range(50)),), list(range(50))),),
        )
        head = "def f(x):\n    "
        sources = [
            f"{head}return [i for i in x if i in x]\n",
            f"{head}return [i for i in x if i in set(x)]\n",
            f"{head}return list(x)\n",
        ]
    else:
        problem = Problem("p", "?", objective="fastest", cases=(Case("30\n", "870\n"),))
        sources = [
            "n = int(input())\nprint(sum(1 for i in range(n) for j in range(n) if i != j))\n",
            "n = int(input())\nprint(sum(n - 1 for i in range(n)))\n",
            "n = int(input())\nprint(n * (n - 1))\n",
        ]
    verifier = StandardVerifier(sandbox, cached=0)
    programs = [Program(source, problem.entry_point) for source in sources]
    verdicts = await verifier.verify(problem, programs)
    again = await verifier.verify(problem, programs)
    assert all(verdict.passed for verdict in verdicts)
    values = [
        objective_value(problem, program, verdict)
        for program, verdict in zip(programs, verdicts, strict=True)
    ]
    assert values[2] == min(values)
    assert values[0] > values[2] * 2
    assert [v.cost.instructions for v in again] == [v.cost.instructions for v in verdicts]
    assert None not in [v.cost.instructions for v in verdicts]


@pytest.mark.parametrize("claim", ["10 ** 5000", "-(10 ** 5000)", "2 ** 60"])
async def test_a_claim_of_more_work_than_can_be_done_is_no_count(
    sandbox: Sandbox, claim: str
) -> None:
    source = f"def f(x):\n    if '__meter__' in globals():\n        __meter__.count = {claim}\n"
    problem = Problem("p", "?", "f", examples=(Example((1,), 2),), objective="fastest")
    program = Program(source + "    return 2\n", "f")
    (verdict,) = await StandardVerifier(sandbox).verify(problem, [program])
    assert verdict.passed
    assert verdict.cost.instructions is None
    assert objective_value(problem, program, verdict) > 0
