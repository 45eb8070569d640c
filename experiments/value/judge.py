"""How well does a small model judge programs it did not write?

    python experiments/value/judge.py [--problems 12] [--model llama:qwen2.5-coder-0.5b]

Programs of CodeT's recording, as many right as wrong ones where there are; the judge sees problem,
program and what the visible checks showed, as in a search (`synth.value_judge`). Its answers are
kept in build/value, so a second run asks nothing.
"""

from __future__ import annotations

import argparse
import asyncio

from pools import CACHE, Pool, pools

from search.keyed_random import stream
from synth.context import Context, Effect, ModelCall
from synth.models.chat import ChatModel, Completion, Sampling
from synth.models.recorded import Recorded
from synth.models.registry import open_model
from synth.node import Draft, Node
from synth.value_judge import grades
from verifiers.value import Evidence, value_of
from verifiers.value.reliability import auc, calibration_error

EACH = 2  # right and wrong programs of a problem


def chosen(source: list[Pool], count: int) -> list[tuple[Pool, list[int]]]:
    """Problems that have programs of both kinds, and which of them."""
    found = []
    for pool in source:
        draw = stream(0, "judge", pool.problem.id)
        kinds = [
            [i for i, right in enumerate(pool.right) if right is kind] for kind in (True, False)
        ]
        if all(kinds):
            places = [i for kind in kinds for i in draw.sample(kind, min(EACH, len(kind)))]
            found.append((pool, places))
    stream(0, "judge").shuffle(found)
    return found[:count]


async def graded(pool: Pool, places: list[int], model: ChatModel) -> list[float | None]:
    """The judge's grades, by the engine's own questions."""
    nodes = []
    for number, place in enumerate(places, 1):
        item = pool.evidence[place]
        nodes.append(
            Node(number, (0,), "draft", draft=Draft("", item.program), verdict=item.verdict)
        )
    context = Context(pool.problem, 0, "draft", 1, 0, 0, model.name, Sampling())
    asking = grades(context, nodes)
    answers = None
    while True:
        try:
            effects = asking.send(answers)
        except StopIteration as stop:
            found: list[float | None] = stop.value
            return found
        answers = await asyncio.gather(*(answer(effect, model) for effect in effects))


async def answer(effect: Effect, model: ChatModel) -> Completion:
    assert isinstance(effect, ModelCall)
    return await model.complete(effect.request)


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--problems", type=int, default=12)
    parser.add_argument("--model", default="llama:qwen2.5-coder-0.5b")
    options = parser.parse_args()
    model = Recorded(str(CACHE / "judgements.jsonl"), open_model(options.model))
    evidence: list[tuple[Pool, Evidence]] = []
    labels, said = [], []
    for pool, places in chosen(pools("codet"), options.problems):
        for place, grade in zip(places, await graded(pool, places, model), strict=True):
            item = pool.evidence[place]
            evidence.append(
                (pool, Evidence(item.program, item.verdict, outputs=item.outputs, judged=grade))
            )
            labels.append(pool.right[place])
            said.append(grade)
    await model.close()
    print(f"{len(labels)} programs, {sum(labels)} right, {sum(g is None for g in said)} ungraded\n")
    print("| value | AUC | ECE |\n|---|---|---|")
    for name in ("judge", "hybrid", "passed", "graded", "static"):
        values = [value_of(name).score(pool.problem, [item])[0] for pool, item in evidence]
        print(f"| {name} | {auc(values, labels):.3f} | {calibration_error(values, labels):.3f} |")


if __name__ == "__main__":
    asyncio.run(main())
