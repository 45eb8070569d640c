"""Tests a model wrote: votes on a program, never gates, since they are wrong as often as programs.

CodeT (Chen et al. 2023) selects by the agreement of programs and tests; for that the matrix of who
passes what is all that is needed. `parse_tests` takes a model's text apart into single assertions,
so that one bad line spoils one vote.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synth.problem import Problem, TestCode
from synth.program import Program
from verifiers.judged_tests import run_judged
from verifiers.parsing import parse
from verifiers.prepared import Prepared, prepare
from verifiers.static_checks import static_failure
from verifiers.value_text import cut
from verifiers.verdict import Outcome, Status, Verdict, merge

if TYPE_CHECKING:
    from verifiers.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class GeneratedTest:
    """One assertion and how much it counts (how often it was sampled, say)."""

    source: str
    weight: float = 1.0


def parse_tests(
    text: str, entry_point: str, *, most: int = 100, among: Sequence[str] = ()
) -> list[GeneratedTest]:
    """The assertions about `entry_point` in a model's text, each once, weighed by repetition.

    Lines that are no Python are skipped; assertions inside test functions are taken out of them
    where they stand alone. Those in `among` (the problem's own) are left out, and so are ones that
    compare the function with itself only.
    """
    known = {_normal(source) for source in among}
    counts: dict[str, int] = {}
    for node in _asserts(text):
        called = sum(
            isinstance(inner, ast.Call)
            and isinstance(inner.func, ast.Name)
            and inner.func.id == entry_point
            for inner in ast.walk(node.test)
        )
        source = f"assert {ast.unparse(node.test)}"
        if called == 1 and source not in known:
            counts[source] = counts.get(source, 0) + 1
    return [GeneratedTest(source, float(count)) for source, count in list(counts.items())[:most]]


def _asserts(text: str) -> list[ast.Assert]:
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        found: list[ast.Assert] = []
        for line in text.splitlines():
            if line.strip().startswith("assert "):
                try:
                    found += [n for n in parse(line.strip()).body if isinstance(n, ast.Assert)]
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    continue
        return found
    return [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]


def _normal(source: str) -> str:
    nodes = _asserts(source)
    return f"assert {ast.unparse(nodes[0].test)}" if nodes else source


class GeneratedTestVerifier:
    """Runs generated tests (the `Verifier` protocol): outcomes that vote, in the tests' order."""

    def __init__(self, sandbox: Sandbox, tests: Sequence[GeneratedTest]) -> None:
        self._sandbox, self._tests = sandbox, tuple(tests)

    async def verify(self, problem: Problem, programs: Sequence[Program]) -> list[Verdict]:
        """One verdict per program with one outcome per test; `details["weight"]` has its weight."""
        # Each test is a problem of its own: an expression that is too much, or that needs a process
        # of its own, must not take the others with it.
        parts = [
            prepare(
                replace(problem, examples=(), tests=(TestCode("asserts", test.source),)),
                ("assert",),
            )
            for test in self._tests
        ]
        return list(
            await asyncio.gather(*(self._verdict(problem, parts, item) for item in programs))
        )

    async def _verdict(self, problem: Problem, parts: list[Prepared], program: Program) -> Verdict:
        failure = static_failure(program, problem.limits)
        if failure is not None:
            lost = [replace(failure, check="assert", name=cut(t.source, 80)) for t in self._tests]
            return self._votes([Verdict((outcome,)) for outcome in lost])
        calls = [call for part in parts for call in part.calls]
        verdicts: list[Verdict] = []
        if calls:
            execution = await self._sandbox.run(program, calls, problem.limits)
            verdicts.append(Verdict((), cost=execution.cost))
            results = list(execution.results)
        else:
            results = []
        each: list[Verdict] = []
        for part in parts:
            mine, results = results[: len(part.calls)], results[len(part.calls) :]
            outcomes, left = part.judge(mine) if part.calls else ([], [])
            verdict = Verdict((*outcomes, *part.broken))
            for test in (*left, *part.judged):
                verdict = merge([verdict, await run_judged(self._sandbox, problem, test, program)])
            each.append(verdict)
        return merge([self._votes(each), *verdicts])

    def _votes(self, each: list[Verdict]) -> Verdict:
        outcomes: list[Outcome] = []
        for test, verdict in zip(self._tests, each, strict=True):
            first = next((o for o in verdict.outcomes if not o.passed), None)
            if first is None:
                status = Status.PASSED if verdict.outcomes else Status.ERROR
                first = Outcome("assert", cut(test.source, 80), status)
            details = {**first.details, "weight": test.weight}
            outcomes.append(replace(first, gates=False, details=details))
        return merge([Verdict(tuple(outcomes)), *(replace(v, outcomes=()) for v in each)])


def passes(verdicts: Sequence[Verdict]) -> list[list[bool]]:
    """The matrix program x test of what passed, over the voting assertions of each verdict."""
    return [
        [o.passed for o in verdict.outcomes if not o.gates and o.check == "assert"]
        for verdict in verdicts
    ]
