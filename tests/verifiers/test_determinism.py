"""A verdict's texts are the same in every run, whatever the interpreter's hash seed: prompts are
made of them, and a replay wants the same prompts."""

from __future__ import annotations

import os
import subprocess
import sys

SCRIPT = """
import asyncio, json
from synth.problem import Example, Limits, Problem, Property, TestCode
from synth.program import Program
from verifiers.sandbox import Sandbox
from verifiers.verify import StandardVerifier

problem = Problem(
    "p", "?", entry_point="f",
    examples=(Example(({"b", "a", "c"},), {"x", "y", "z"}), Example(({1, 2.5},), frozenset({"q"}))),
    tests=(
        TestCode("asserts", "assert set(f({'k', 'l', 'm'})) == {'u', 'v', 'w'}"),
        TestCode("asserts", "import random\\nassert f({random.random()}) == {'u', 'v', 'w'}"),
    ),
    properties=(Property("def p(f, x: set[str]):\\n    assert f(x) == {'one', 'two'}\\n"),),
    reference=(
        "def f(x):\\n    known = {frozenset('abc'): set('xyz'), frozenset((1, 2.5)): {'q'}}\\n"
        "    return known.get(frozenset(x), {str(i) * 2 for i in x})\\n"
    ),
)
programs = [
    Program("def f(x):\\n    return {i: f for i in x}\\n", "f"),
    Program("def f(x):\\n    return {str(i) for i in x}\\n", "f"),
]

async def main():
    async with Sandbox(workers=2) as sandbox:
        verifier = StandardVerifier(sandbox, trace=True, draws=5, mutants=5)
        for verdict in await verifier.verify(problem, programs):
            print(json.dumps(verdict.to_json()["outcomes"]))
            print(json.dumps(verdict.feedback()))

asyncio.run(main())
"""


def test_outcomes_and_feedback_do_not_depend_on_the_hash_seed() -> None:
    said = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]
    assert said[0].count("\n") == 4
