"""Does the model-free proposer help a small model, at the same budget of completions?

    python experiments/hybrid/run.py record.jsonl [--sets lists strings humaneval mbpp] [--limit N]
    python experiments/hybrid/run.py record.jsonl --replay
    python experiments/hybrid/table.py record.results.jsonl

Every arm gets a problem's statement and visible examples; its answer is graded on tests that no
arm saw. The k-th time that a conversation is opened for a problem its draws are the same in every
arm, so arms are paired and a completion is paid for once. Answers of the model are kept in
`record.jsonl`, results beside it; a run that was cut off goes on where it stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from search.keyed_random import derive
from synth import Budget, enumeration, open_model, solve_async
from synth.api import standard_verifier
from synth.models.chat import ChatModel, Completion, Request
from synth.models.recorded import Recorded
from synth.problem import Example, Problem
from synth.problem_file import read_problems
from synth.program import Program

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "inductive"))
from data import Pairs, data_folder, list_functions, string_problems

_SEARCH = {"n": 6, "siblings": 5, "rounds": 1, "width": 2, "max_tokens": 320, "in_flight": 1}
_FILES = {
    "strings": "crossbeam_new_strings.jsonl",
    "humaneval": "humaneval/HumanEval.jsonl",
    "mbpp": "mbpp/lpw_visible_minus_holdout.jsonl",
}
ARMS: dict[str, tuple[str, dict[str, Any]]] = {
    "model": ("best-of-n", {**_SEARCH, "enumerate": 0}),
    "enumerator": ("enumerate", {"seconds": 4.0}),
    "enumerator, then model": ("best-of-n", {**_SEARCH, "enumerate": 1}),
    "hybrid without prelude": ("hybrid", {**_SEARCH, "enumerate": 0}),
    "hybrid": ("hybrid", {**_SEARCH, "enumerate": 1}),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A problem as the search sees it, and as it is graded."""

    set: str
    visible: Problem
    graded: Problem


class CommonDraws:
    """A model whose k-th answer to a conversation is the same in every arm of a problem."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self._asked: Counter[tuple[Any, ...]] = Counter()

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def native_n(self) -> bool:
        return bool(getattr(self._model, "native_n", True))

    async def complete(self, request: Request) -> Completion:
        key = (request.messages, request.n, request.sampling)
        turn = self._asked[key]
        self._asked[key] += 1
        return await self._model.complete(replace(request, seed=derive(0, turn) % 2**31))

    async def close(self) -> None:
        """The model outlives an arm."""


def questions(name: str, every: int) -> Iterator[Question]:
    """A systematic sample: nothing of how hard a problem is decides whether it is asked."""
    if name == "lists":
        for place, (label, pairs) in enumerate(list_functions()):
            if place % every == 1 % every:
                yield _from_examples("lists", label, pairs[:6], pairs[6:])
    elif name == "strings":
        given = string_problems(_FILES[name])
        for place, (label, shown, held) in enumerate(given):
            if place % every == 1 % every:
                yield _from_examples("strings", label, shown, held)
    else:
        path = data_folder() / _FILES[name]
        graded = read_problems(path, visible="tests")
        for place, problem in enumerate(read_problems(path)):
            if place % every == 1 % every and problem.examples:
                yield Question(name, problem, graded[place])


def _from_examples(kind: str, label: str, shown: Pairs, held: Pairs) -> Question:
    """No word of what is wanted: the examples are the statement."""
    arity = len(shown[0][0])
    names = ", ".join("x" if arity == 1 else f"x{place + 1}" for place in range(arity))

    def made(pairs: Pairs) -> Problem:
        examples = tuple(Example(tuple(given), output) for given, output in pairs)
        return Problem(label, "", entry_point="f", signature=f"def f({names}):", examples=examples)

    return Question(kind, made(shown), made(held))


async def main() -> None:
    # On a busy machine a second on the wall is anything: the enumerator gets seconds of CPU.
    enumeration.clock = time.thread_time
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("record", type=Path)
    parser.add_argument("--sets", nargs="*", default=["lists", "strings", "humaneval", "mbpp"])
    parser.add_argument("--arms", nargs="*", default=list(ARMS), choices=list(ARMS))
    parser.add_argument("--model", default="llama:qwen2.5-coder-0.5b")
    parser.add_argument("--every", type=int, default=0, help="every K-th (default: 3 2 8 30)")
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--replay", action="store_true", help="ask no model")
    options = parser.parse_args()
    results = options.record.with_suffix(".results.jsonl")
    held = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
    done = {(row["arm"], row["set"], row["id"]) for row in map(json.loads, held)}
    base = None if options.replay else open_model(options.model)
    usual = {"lists": 3, "strings": 2, "humaneval": 8, "mbpp": 30}
    async with standard_verifier() as verifier:
        for name in options.sets:
            for question in list(questions(name, options.every or usual[name]))[: options.limit]:
                for arm in options.arms:
                    if (arm, question.set, question.visible.id) in done:
                        continue
                    # A record counts what it was asked: a fresh one for every arm.
                    model = Recorded(options.record, base, name=options.model)
                    row = await _answer(arm, question, model, verifier)
                    with results.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(row) + "\n")
                    print(row, flush=True)
    if base is not None:
        await base.close()


async def _answer(arm: str, question: Question, model: ChatModel, verifier: Any) -> dict[str, Any]:
    recipe, options = ARMS[arm]
    began = time.perf_counter()
    solution = await solve_async(
        question.visible,
        model="none" if recipe == "enumerate" else CommonDraws(model),
        recipe=recipe,
        options=options,
        budget=Budget(programs=64),
        workers=1,
        verifier=verifier,
        runs=False,
    )
    right = False
    if solution.program is not None:
        program = Program(solution.program, question.graded.entry_point)
        (verdict,) = await verifier.verify(question.graded, [program])
        right = verdict.passed
    return {
        "arm": arm,
        "set": question.set,
        "id": question.visible.id,
        "right": right,
        "verified": solution.verified,
        "action": solution.node.action if solution.node else "",
        "calls": solution.usage["calls"],
        "programs": solution.usage["programs"],
        "tokens": solution.usage["tokens"],
        "seconds": round(time.perf_counter() - began, 1),
    }


if __name__ == "__main__":
    asyncio.run(main())
