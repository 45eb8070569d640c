"""Run every recorded sample once, in the sandbox, and keep what it did.

For each problem of the CodeT recording: what each distinct program returns on probe inputs (those
of the generated tests, of the docstring, some made from annotations where these are few, and
mutants of them all), which generated tests it passes, and whether it passes the hidden test. The
last is a label for reporting and for training problems; no selector ever sees it for the problem it
selects on.
"""

from __future__ import annotations

import ast
import asyncio
import doctest
import gzip
import json
import os
import pickle
import textwrap
import time
from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.behaviour import output_hash
from synth.problem import Limits
from synth.program import Program
from verifiers.annotated_inputs import annotated_inputs
from verifiers.mutation import mutants
from verifiers.sandbox import Call, CallResult, Sandbox
from verifiers.verdict import Status

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("SYNTH_DATA", ROOT / ".." / "shared" / "data"))
RECORDED = DATA / "replay" / "codet_codegen16b_humaneval_even.jsonl.gz"
CACHE = ROOT / "build" / "recorded_behaviour"
# A third of a second of CPU a call: what runs longer on such inputs is an endless loop.
LIMITS = Limits(seconds=0.3, memory_mb=256)
MOST_TESTS, MOST_TEST_INPUTS, MUTANTS, FEW_INPUTS = 200, 64, 32, 16
STOPS = ("\ndef ", "\nclass ", "\nif __name__", "\nprint(", "\n#")


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """One problem. Matrices have a row for each distinct program (by `Program.key`).

    `samples[s]` is the program of sample s, `texts` counts different texts; `outputs` (programs,
    inputs) are hashes; `passes` is (programs, tests), `test_counts` how often each generated test
    was sampled, `test_input[t]` the input of test t or -1; `input_kind[i]` 0 test, 1 docstring,
    2 mutant, 3 made from annotations; `visible` whether the docstring's examples pass; `cpu`
    seconds a program.
    """

    task: str
    entry_point: str
    prompt: str
    sources: tuple[str, ...]
    texts: int
    samples: NDArray[np.int64]
    outputs: NDArray[np.uint32]
    passes: NDArray[np.bool_]
    tests: tuple[str, ...]
    test_counts: NDArray[np.float64]
    test_input: NDArray[np.int64]
    input_kind: NDArray[np.int64]
    inputs: tuple[str, ...]
    failed: NDArray[np.bool_]
    visible: NDArray[np.bool_]
    correct: NDArray[np.bool_]
    cpu: NDArray[np.float64]


def recorded(*, limit: int | None = None, run: bool = True) -> list[Recorded]:
    """All problems, each run once and then read from build/; without `run` only those there are."""
    with gzip.open(RECORDED, "rt") as lines:
        rows = [json.loads(line) for line in lines][:limit]
    missing = [row for row in rows if not _place(row).exists()]
    if missing and run:
        CACHE.mkdir(parents=True, exist_ok=True)
        asyncio.run(_record(missing))
    places = [_place(row) for row in rows if _place(row).exists()]
    return [Recorded(**pickle.loads(place.read_bytes())) for place in places]


def _place(row: dict[str, Any]) -> Path:
    return CACHE / (row["task_id"].replace("/", "_") + ".pickle")


async def _record(rows: list[dict[str, Any]]) -> None:
    started = time.monotonic()
    async with Sandbox() as sandbox:
        for row in rows:
            r = await _problem(sandbox, row)
            _place(row).write_bytes(pickle.dumps({f.name: getattr(r, f.name) for f in fields(r)}))
            print(
                f"{r.task}: {len(r.sources)} programs, {r.outputs.shape[1]} inputs, "
                f"{len(r.tests)} tests, {r.correct[r.samples].mean():.0%} right, "
                f"{time.monotonic() - started:.0f} s",
                flush=True,
            )


async def _problem(sandbox: Sandbox, row: dict[str, Any]) -> Recorded:
    name, prompt = row["entry_point"], row["prompt"]
    bodies = [_cut(body) for body in row["solutions"]]
    by_key: dict[str, str] = {}  # texts of one key (layout, local names aside) run once
    for body in bodies:
        by_key.setdefault(Program(prompt + body, name).key, body)
    distinct = list(by_key.values())
    number = {key: i for i, key in enumerate(by_key)}
    tests = generated_tests(row["tests"], name)
    shown = [source for source, _ in docstring_tests(prompt, name)]
    inputs, kinds, test_input = _inputs(tests, prompt, name)
    checks = "".join(
        f"\ndef _generated_{i}():\n    {source}\n" for i, (source, _) in enumerate(tests)
    )
    checks += "".join(f"\ndef _visible_{i}():\n    {s}\n" for i, s in enumerate(shown))
    hidden = row["hidden_test"] + f"\ndef _hidden():\n    check({name})\n"
    calls = [Call(name, arguments) for arguments in inputs]
    judged = [Call(f"_generated_{i}") for i in range(len(tests))]
    judged += [Call(f"_visible_{i}") for i in range(len(shown))]

    async def one(body: str) -> tuple[list[CallResult], list[CallResult], bool, float]:
        source = prompt + body
        ran = await sandbox.run(Program(source, name), calls, LIMITS)
        voted = await sandbox.run(Program(source + "\n" + checks, name), judged, LIMITS)
        graded = await sandbox.run(
            Program(source + "\n" + hidden, name), [Call("_hidden")], Limits(seconds=1.0)
        )
        passed = graded.results[0].status is Status.PASSED
        seconds = sum(result.cpu_seconds for result in ran.results)
        return list(ran.results), list(voted.results), passed, seconds

    done = await asyncio.gather(*(one(body) for body in distinct))
    failed = np.array([[r.status is not Status.PASSED for r in ran] for ran, *_ in done])
    voted = np.array([[v.status is Status.PASSED for v in votes] for _, votes, *_ in done])
    voted = voted.reshape(len(distinct), len(judged))
    return Recorded(
        task=row["task_id"],
        entry_point=name,
        prompt=prompt,
        sources=tuple(prompt + body for body in distinct),
        texts=len(set(bodies)),
        samples=np.array([number[Program(prompt + body, name).key] for body in bodies]),
        outputs=np.array([[hash_of(r) for r in ran] for ran, *_ in done], np.uint32),
        passes=voted[:, : len(tests)],
        tests=tuple(source for source, _ in tests),
        test_counts=np.array([count for _, count in tests], np.float64),
        test_input=np.array(test_input, np.int64),
        input_kind=np.array(kinds, np.int64),
        inputs=tuple(repr(arguments) for arguments in inputs),
        failed=failed,
        visible=np.asarray(voted[:, len(tests) :].all(axis=1)),
        correct=np.array([passed for *_, passed, _ in done]),
        cpu=np.array([seconds for *_, seconds in done]),
    )


def hash_of(result: CallResult) -> int:
    """The output hash of a call; what failed counts by its kind."""
    if result.status is Status.PASSED:
        return output_hash(result.value)
    return output_hash(failure=result.error_type or result.status.name)


def _cut(body: str) -> str:
    for stop in STOPS:
        body = body.split(stop)[0]
    return body.rstrip() + "\n"


def generated_tests(texts: list[str], name: str) -> list[tuple[str, float]]:
    """Distinct assertions about `name` in continuations of "assert", most frequent first."""
    counts: Counter[str] = Counter()
    for text in texts:
        for piece in ("assert " + text.strip()).split("\nassert"):
            line = "assert " + piece.removeprefix("assert").strip()
            node = _assertion(line)
            if node is not None and _calls(node, name):
                counts[ast.unparse(ast.Assert(node.test))] += 1
    return [(source, float(count)) for source, count in counts.most_common(MOST_TESTS)]


def _assertion(text: str) -> ast.Assert | None:
    for candidate in (text, text.splitlines()[0]):
        try:
            body = ast.parse(textwrap.dedent(candidate)).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if body and isinstance(body[0], ast.Assert):
            return body[0]
    return None


def _calls(node: ast.AST, name: str) -> list[ast.Call]:
    return [
        inner
        for inner in ast.walk(node)
        if isinstance(inner, ast.Call)
        and isinstance(inner.func, ast.Name)
        and inner.func.id == name
    ]


def docstring_tests(prompt: str, name: str) -> list[tuple[str, tuple[Any, ...]]]:
    """The prompt's own `>>>` examples as assertions with their arguments: the given tests."""
    found = []
    for example in doctest.DocTestParser().get_examples(textwrap.dedent(prompt)):
        arguments = _literal_arguments(f"assert {example.source.strip()}", name)
        try:
            want = ast.literal_eval(example.want.strip())
        except (SyntaxError, ValueError):
            continue
        if arguments is not None:
            found.append((f"assert {example.source.strip()} == {want!r}", arguments))
    return found


def _literal_arguments(source: str, name: str) -> tuple[Any, ...] | None:
    node = _assertion(source)
    calls = _calls(node, name) if node is not None else []
    if len(calls) != 1 or calls[0].keywords:
        return None
    try:
        return tuple(ast.literal_eval(argument) for argument in calls[0].args)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _inputs(
    tests: list[tuple[str, float]], prompt: str, name: str
) -> tuple[list[tuple[Any, ...]], list[int], list[int]]:
    places: dict[str, int] = {}
    inputs: list[tuple[Any, ...]] = []
    kinds: list[int] = []

    def place(arguments: tuple[Any, ...] | None, kind: int, most: int) -> int:
        if arguments is None:
            return -1
        key = repr(arguments)
        if key not in places:
            if len(key) > 2000 or kinds.count(kind) >= most:
                return -1
            places[key] = len(inputs)
            inputs.append(arguments)
            kinds.append(kind)
        return places[key]

    for _, arguments in docstring_tests(prompt, name):
        place(arguments, 1, 100)
    test_input = [
        place(_literal_arguments(source, name), 0, MOST_TEST_INPUTS) for source, _ in tests
    ]
    if len(inputs) < FEW_INPUTS:
        for arguments in annotated_inputs(prompt, name, count=FEW_INPUTS, seed=0):
            place(arguments, 3, FEW_INPUTS)
    for arguments in mutants(inputs, count=MUTANTS, seed=0):
        place(arguments, 2, MUTANTS)
    return inputs, kinds, test_input


if __name__ == "__main__":
    problems = recorded()
    right = [r.correct[r.samples].mean() for r in problems]
    print(f"{len(problems)} problems, random program right {np.mean(right):.1%}")
