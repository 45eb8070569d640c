"""How many executions does `--dedup` save inside the engine, at what loss?

    python experiments/dedup/in_engine.py
    python experiments/dedup/in_engine.py --really 8     # some problems, really run

The whole of synth runs: best-of-n asks a model that gives CodeT's recorded samples in random order,
the standard verifier judges them, the prober probes them. Only the sandbox is a record: it answers
from what every program was once seen to do, and counts calls. A problem's examples are its recorded
inputs with what the reference solution returns there. Nothing stops at the first verified program.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "selection"))

from ask import right_outputs
from record import DATA, LIMITS, Recorded, recorded

from synth.budget import Budget
from synth.call_memory import CallMemory
from synth.context import Context
from synth.engine import Engine, begin
from synth.fold import Fold
from synth.models.chat import Choice, Completion, Request, Usage, conversation
from synth.node import Draft, Node
from synth.probing import SandboxProber
from synth.problem import Example, Limits, Problem
from synth.problem_json import problem_to_json
from synth.program import Program
from synth.recipes import make_recipe
from verifiers.sandbox import Call, CallResult, Execution, Sandbox
from verifiers.verdict import Cost, Status
from verifiers.verify import StandardVerifier

LEAST_CHECKS = 32  # fewer, and probes would be mutants, of which nothing was recorded


@dataclass(slots=True)
class RecordedSandbox:
    """Answers calls from the record: an output's hash stands for the output."""

    recorded: Recorded
    calls: int = 0
    _rows: dict[str, int] = field(init=False)
    _inputs: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        name = self.recorded.entry_point
        self._rows = {
            Program(source, name).key: row for row, source in enumerate(self.recorded.sources)
        }
        self._inputs = {text: number for number, text in enumerate(self.recorded.inputs)}

    async def run(
        self, program: Program, calls: Sequence[Call], limits: Limits, **options: Any
    ) -> Execution:
        self.calls += len(calls)
        row = self._rows[program.key]
        return Execution(tuple(self._result(row, call) for call in calls), Cost())

    def _result(self, row: int, call: Call) -> CallResult:
        number = self._inputs[repr(tuple(call.args))]
        output = int(self.recorded.outputs[row, number])
        if self.recorded.failed[row, number]:
            return CallResult(Status.ERROR, error=f"E{output}: recorded", error_type=f"E{output}")
        return CallResult(Status.PASSED, output)


@dataclass(slots=True)
class CountedSandbox:
    """A real sandbox, its calls and their seconds counted."""

    sandbox: Sandbox
    calls: int = 0
    processes: int = 0
    seconds: float = 0.0

    async def run(
        self, program: Program, calls: Sequence[Call], limits: Limits, **options: Any
    ) -> Execution:
        self.calls += len(calls)
        self.processes += 1
        execution = await self.sandbox.run(program, calls, limits, **options)
        self.seconds += execution.cost.cpu_seconds
        return execution


@dataclass(slots=True)
class RecordedSamples:
    """A model that gives these texts, one after another."""

    texts: Sequence[str]
    name: str = "codegen-16b"
    native_n: bool = True
    _given: int = 0

    async def complete(self, request: Request) -> Completion:
        texts = self.texts[self._given : self._given + request.n]
        self._given += request.n
        choices = tuple(map(Choice, texts))
        return Completion(choices, Usage(1, len(choices), 0, 1), self.name)

    async def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class AsWritten:
    """Drafts whose answers are programs, to the letter: the record knows programs by their text."""

    calls: int = 1

    async def __call__(self, ctx: Context) -> list[Draft]:
        completion = await ctx.complete(conversation(("user", "")))
        return [
            Draft(choice.text, Program(choice.text, ctx.problem.entry_point))
            for choice in completion.choices
        ]


def problem_of(r: Recorded, right: Sequence[int | None]) -> Problem:
    examples = tuple(
        Example(ast.literal_eval(text), output)
        for text, output in zip(r.inputs, right, strict=True)
        if output is not None
    )
    return Problem(r.task, "", entry_point=r.entry_point, examples=examples)


async def search(
    problem: Problem, r: Recorded, order: np.ndarray, options: dict[str, Any], sandbox: Any
) -> Fold:
    """The finished search over all samples; `sandbox` counts the calls it made."""
    shared: Any = CallMemory(sandbox) if options.get("dedup") else sandbox
    model = RecordedSamples([r.sources[r.samples[sample]] for sample in order])
    given = {"n": len(order), "rounds": 0, "first": 0, **options}
    recipe = replace(
        make_recipe("best-of-n", given), actions={"draft": AsWritten()}, stop_when_solved=False
    )
    _, fold = begin(
        problem,
        recipe,
        {model.name: model},
        run="recorded",
        version="",
        problem_data=problem_to_json(problem),
        budget=Budget(),
    )
    engine = Engine(
        fold, {model.name: model}, StandardVerifier(shared), prober=SandboxProber(shared)
    )
    await engine.run(fold.start())
    return fold


@dataclass(slots=True)
class Tally:
    calls: float = 0.0
    verified: int = 0
    solved: int = 0
    searches: int = 0
    borrowed: int = 0
    wrong: int = 0
    seconds: float = 0.0

    def add(self, fold: Fold, calls: int, r: Recorded, truth: dict[str, bool]) -> None:
        own = set(fold._verdicts)
        nodes = [node for node in fold.nodes[1:] if node.program is not None]
        right = {
            Program(s, r.entry_point).key for s, c in zip(r.sources, r.correct, strict=True) if c
        }
        keys = {program.key for program in own}
        self.calls += calls
        self.verified += len(keys)
        self.solved += bool(keys & right)
        self.searches += 1
        lent = [node for node in nodes if node.program not in own]
        self.borrowed += len(lent)
        self.wrong += sum(node.verified != truth[key_of(node)] for node in lent)


def key_of(node: Node) -> str:
    assert node.program is not None
    return node.program.key


def truths(r: Recorded, right: Sequence[int | None]) -> dict[str, bool]:
    """Of every program key whether it passes every example."""
    places = [i for i, output in enumerate(right) if output is not None]
    wanted = np.array([right[i] for i in places], np.uint32)
    passes = ((r.outputs[:, places] == wanted) & ~r.failed[:, places]).all(axis=1)
    return {Program(s, r.entry_point).key: bool(p) for s, p in zip(r.sources, passes, strict=True)}


SETTINGS: dict[str, dict[str, Any]] = {
    "no dedup": {"siblings": 4, "in_flight": 4},
    "dedup, one program at a time": {"siblings": 1, "in_flight": 1, "dedup": True},
    "dedup, 4 requests of 4 in flight": {"siblings": 4, "in_flight": 4, "dedup": True},
    "dedup, 4 requests of 1 in flight": {"siblings": 1, "in_flight": 4, "dedup": True},
    "dedup, requests of 20": {"siblings": 20, "in_flight": 1, "dedup": True},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--orders", type=int, default=3)
    parser.add_argument("--setting", default="", help="only settings whose name holds this")
    parser.add_argument("--really", type=int, default=0, metavar="N", help="really run N problems")
    options = parser.parse_args()
    everything = [r for r in recorded() if r.outputs.shape[1] > 0]
    rights = asyncio.run(right_outputs(everything))
    pairs = [
        (r, right)
        for r, right in zip(everything, rights, strict=True)
        if sum(output is not None for output in right) >= LEAST_CHECKS
    ]
    if options.really:
        asyncio.run(really([r for r, _ in pairs[:: max(1, len(pairs) // options.really)]]))
        return
    problems = [problem_of(r, right) for r, right in pairs]
    checks = [len(problem.examples) for problem in problems]
    ceiling = np.mean([r.correct[r.samples].any() for r, _ in pairs])
    print(
        f"{len(pairs)} problems of {len(everything)} (at least {LEAST_CHECKS} inputs on which the "
        f"reference returns; {np.mean(checks):.0f} examples on average), "
        f"{options.orders} orders, right program among the samples: {ceiling:.2%}\n"
    )
    print(
        "| setting | executions avoided | programs verified | solved | lost, points | "
        "verdicts lent | of these wrong | CPU ms a program |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name, setting in SETTINGS.items():
        if options.setting not in name:
            continue
        tally, most = Tally(), 0
        for (r, right), problem in zip(pairs, problems, strict=True):
            truth = truths(r, right)
            for seed in range(options.orders):
                order = np.random.default_rng(seed).permutation(len(r.samples))
                began = time.process_time()
                sandbox = RecordedSandbox(r)
                fold = asyncio.run(search(problem, r, order, setting, sandbox))
                tally.seconds += time.process_time() - began
                tally.add(fold, sandbox.calls, r, truth)
                most += len(order) * len(problem.examples)
        solved = tally.solved / tally.searches
        wrong = tally.wrong / tally.borrowed if tally.borrowed else 0.0
        print(
            f"| {name} | {1 - tally.calls / most:.1%} | {tally.verified / tally.searches:.1f} | "
            f"{solved:.2%} | {100 * (ceiling - solved):.2f} | "
            f"{tally.borrowed / tally.searches:.1f} | {wrong:.2%} | "
            f"{1000 * tally.seconds / tally.searches / 100:.1f} |",
            flush=True,
        )


async def really(chosen: Sequence[Recorded]) -> None:
    """The same in a real sandbox, on a few problems: seconds of CPU that programs took there."""
    names = ["no dedup", "dedup, 4 requests of 4 in flight"]
    totals = {name: [0.0, 0.0, 0.0, 0.0] for name in names}
    async with Sandbox() as inner:
        for r in chosen:
            problem = await real_problem(inner, r)
            order = np.random.default_rng(0).permutation(len(r.samples))
            for name in names:
                sandbox = CountedSandbox(inner)
                fold = await search(problem, r, order, SETTINGS[name], sandbox)
                found = [sandbox.calls, sandbox.processes, sandbox.seconds, fold.verified]
                totals[name] = [a + b for a, b in zip(totals[name], found, strict=True)]
    print(f"{len(chosen)} problems, really run\n")
    print("| setting | calls | processes | CPU seconds in the sandbox | solved |")
    print("|---|---|---|---|---|")
    for name, (calls, processes, seconds, solved) in totals.items():
        print(f"| {name} | {calls:.0f} | {processes:.0f} | {seconds:.1f} | {solved:.0f} |")


async def real_problem(sandbox: Sandbox, r: Recorded) -> Problem:
    """The problem with the reference's own outputs as examples."""
    with (DATA / "humaneval" / "HumanEval.jsonl").open() as lines:
        row = next(row for row in map(json.loads, lines) if row["task_id"] == r.task)
    program = Program(row["prompt"] + row["canonical_solution"], r.entry_point)
    inputs = [ast.literal_eval(text) for text in r.inputs]
    ran = await sandbox.run(program, [Call(r.entry_point, i) for i in inputs], LIMITS)
    examples = tuple(
        Example(arguments, result.value)
        for arguments, result in zip(inputs, ran.results, strict=True)
        if result.status is Status.PASSED
    )
    return Problem(r.task, "", entry_point=r.entry_point, examples=examples, limits=LIMITS)


if __name__ == "__main__":
    main()
