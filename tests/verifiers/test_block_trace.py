from __future__ import annotations

import pytest

from synth.problem import Example, Limits, Problem, TestCode
from synth.program import Program
from verifiers.block_trace import render_trace
from verifiers.sandbox import Sandbox, Step, Trace
from verifiers.verdict import Verdict
from verifiers.verify import StandardVerifier

pytestmark = pytest.mark.asyncio(loop_scope="session")

SOURCE = """
def f(x):
    total = 0
    for item in x:
        if item > 100:
            total = -1
        total += item * item
    return total
"""


async def verdict(sandbox: Sandbox, source: str, *examples: Example) -> Verdict:
    problem = Problem("p", "?", entry_point="f", examples=examples, limits=Limits(seconds=0.5))
    verifier = StandardVerifier(sandbox, trace=True)
    (found,) = await verifier.verify(problem, [Program(source, "f")])
    return found


async def test_the_smallest_failing_call_is_traced_by_blocks(sandbox: Sandbox) -> None:
    found = await verdict(sandbox, SOURCE, Example(([1, 2, 3],), 6), Example(([2],), 2))
    traced = [outcome for outcome in found.outcomes if outcome.details]
    assert [outcome.name for outcome in traced] == ["example 2"]
    assert "total=4" in traced[0].details["trace"]
    assert "lines that did not: 6" in traced[0].details["coverage"]
    text = found.feedback()
    assert "trace:" in text
    assert "total=4" in text
    assert "return=4" in text


async def test_a_frame_that_an_exception_leaves_has_raised_it(sandbox: Sandbox) -> None:
    source = (
        "def g(x):\n    return x[3]\ndef f(x):\n    for y in (i for i in x):\n        pass\n"
        "    try:\n        g(x)\n    except IndexError:\n        pass\n    return g({})\n"
    )
    found = await verdict(sandbox, source, Example(([],), 1))
    trace = found.outcomes[0].details["trace"].splitlines()
    assert trace[-2:] == ["g, line 2: x={}, raised=KeyError", "f, line 10: raised=KeyError"]
    assert trace[-3] == "g, line 2: x=[], raised=IndexError > 7-8 > 9"


async def test_a_call_not_tried_after_time_outs_is_not_the_one_traced(sandbox: Sandbox) -> None:
    source = "def f(x):\n    while x: pass\n    return x\n"
    examples = (Example((10,), 1), Example((11,), 1), Example((0,), 1))
    found = await verdict(sandbox, source, *examples)
    assert [bool(outcome.details) for outcome in found.outcomes] == [True, False, False]


async def test_what_only_the_reference_refutes_is_traced(sandbox: Sandbox) -> None:
    problem = Problem(
        "p",
        "?",
        entry_point="f",
        examples=(Example(([1, 2],), 3),),
        reference="def f(x):\n    return sum(x)\n",
    )
    source = "def f(x):\n    if len(x) > 2:\n        return 0\n    return sum(x)\n"
    verifier = StandardVerifier(sandbox, trace=True)
    (found,) = await verifier.verify(problem, [Program(source, "f")])
    example, reference = found.outcomes
    assert example.passed
    assert "f, line 3: return=0" in reference.details["trace"]
    assert reference.details["differ"] >= 1


async def test_a_program_that_passes_is_not_traced(sandbox: Sandbox) -> None:
    found = await verdict(sandbox, SOURCE, Example(([2],), 4))
    assert found.passed
    assert not found.outcomes[0].details
    assert found.cost.executions == 1


async def test_a_call_that_does_not_end_shows_where_it_went_round(sandbox: Sandbox) -> None:
    source = "def f(x):\n    while x:\n        x = x + 1\n    return x\n"
    found = await verdict(sandbox, source, Example((1,), 1))
    assert "x=" in found.outcomes[0].details["trace"]


async def test_assertions_are_traced_too_and_the_same_way_every_time(sandbox: Sandbox) -> None:
    problem = Problem("p", "?", entry_point="f", tests=(TestCode("asserts", "assert f([3]) == 3"),))
    source = (
        "def f(x):\n    def g(y):\n        return {y, 'a', 'b'}\n    z = g\n    return len(z(1))\n"
    )
    texts = set()
    for _ in range(2):
        verifier = StandardVerifier(sandbox, trace=True)
        (found,) = await verifier.verify(problem, [Program(source + "\n# ", "f")])
        texts.add(found.feedback())
        assert found.passed
    for _ in range(2):
        verifier = StandardVerifier(sandbox, trace=True)
        wrong = Program(source.replace("len(z(1))", "z"), "f")
        (found,) = await verifier.verify(problem, [wrong])
        texts.add(found.feedback())
        assert " at 0x" not in found.feedback()
    assert len(texts) == 2


async def test_blocks_that_change_nothing_show_only_the_way_taken() -> None:
    steps = (Step("f", 2, 3, {"x": "1"}), Step("f", 4, 4, {}), Step("f", 6, 7, {}))
    text = render_trace(Trace((*steps, Step("f", 8, 8, {"return": "1"})), frozenset()))
    assert text == "f, lines 2-3: x=1 > 4 > 6-7\nf, line 8: return=1"


async def test_a_long_trace_keeps_its_beginning_and_its_end() -> None:
    steps = tuple(Step("f", n, n, {"x": str(n)}) for n in range(1, 200))
    text = render_trace(Trace(steps, frozenset()), 300)
    assert len(text) <= 300
    assert text.startswith("f, line 1: x=1\n")
    assert text.endswith("f, line 199: x=199")
    assert "left out" in text
