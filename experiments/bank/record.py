"""Records the bank: 32 drafts a problem, and chains of three repairs of programs that failed.

    python experiments/bank/record.py [--problems 100] [--model llama:qwen2.5-coder-0.5b]

Writes `bank.jsonl` beside this file, a problem's samples at a time, and the answers of problems
under way: stop it when you like and start it again, it goes on where it was. Hours of it may run
while other work goes on. Then

    python experiments/bank/record.py --pack

writes what there is as `bank.jsonl.gz`, which `--model bank:FILE` answers from.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import sys
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from problems import Task, guides, tasks  # noqa: E402

from search.keyed_random import derive  # noqa: E402
from search.tree import State  # noqa: E402
from synth.actions.describe import describe  # noqa: E402
from synth.actions.draft import read  # noqa: E402
from synth.actions.repair import repair_messages  # noqa: E402
from synth.context import Context  # noqa: E402
from synth.models.bank import prompt_key  # noqa: E402
from synth.models.chat import (  # noqa: E402
    ChatModel,
    Choice,
    Completion,
    Message,
    Request,
    Sampling,
    Usage,
    conversation,
)
from synth.models.registry import open_model  # noqa: E402
from synth.node import Draft, Node  # noqa: E402
from synth.program import Program  # noqa: E402
from verifiers.sandbox import Sandbox  # noqa: E402
from verifiers.verdict import Verdict  # noqa: E402
from verifiers.verify import StandardVerifier  # noqa: E402

SAMPLING = Sampling(temperature=0.8, top_p=0.95, max_tokens=256)
DRAFTS, CHAINS, DEPTH = 32, 2, 3
SLOTS = 48  # decoded at a time: the more, the less a token costs
AT_ONCE = 16  # choices of one request; a share of its prompt tokens is booked to each


class Recorder:
    """One problem: `rows` are its samples so far, `index` their place."""

    def __init__(self, task: Task, model: ChatModel, verifier: StandardVerifier) -> None:
        self.task, self.model, self.verifier = task, model, verifier
        self.rows: list[dict[str, Any]] = []
        self.verdicts: dict[str, asyncio.Task[tuple[Verdict, bool]]] = {}

    async def record(self) -> list[dict[str, Any]]:
        messages = conversation(("user", describe(self.task.guide)))
        batches = await asyncio.gather(
            *(self.drawn(messages, AT_ONCE, place) for place in range(0, DRAFTS, AT_ONCE))
        )
        nodes: list[Node] = []
        for batch in batches:
            nodes += await self.sampled(batch, (), None, len(nodes))
        failed: dict[str, Node] = {}
        for node in nodes:
            if not node.verified:
                assert node.draft is not None
                failed.setdefault(node.program.key if node.program else node.draft.text, node)
        chains = list(failed.values())[:CHAINS]
        await asyncio.gather(*map(self.chain, chains, count(len(nodes), DEPTH)))
        return sorted(self.rows, key=lambda row: row["index"])

    async def chain(self, node: Node, first: int) -> None:
        """Repairs of repairs; their places are kept for them, whichever chain is faster."""
        ancestors: tuple[Node, ...] = ()
        for place in range(first, first + DEPTH):
            if node.verified:
                return
            context = Context(
                self.task.guide, 0, "repair", 1, 0, 0, self.model.name, SAMPLING, node, ancestors
            )
            answer = await self.drawn(repair_messages(context, 2500), 1, place)
            (child,) = await self.sampled(answer, ancestors, node, place)
            ancestors, node = (*ancestors, node), child

    async def drawn(self, messages: Sequence[Message], n: int, place: int) -> Completion:
        """What the model says; `place` tells a problem's requests apart, for their seeds."""
        seed = derive(0, "bank", self.task.guide.id, place) % 2**31
        return await self.model.complete(Request(tuple(messages), n, SAMPLING, seed, logprobs=True))

    async def sampled(
        self, completion: Completion, ancestors: tuple[Node, ...], parent: Node | None, first: int
    ) -> list[Node]:
        """The answers judged and put down, as samples from number `first` on."""
        parent_index = None if parent is None else parent.id
        drafts = []
        for choice in completion.choices:
            drafts += read(self.context(), Completion((choice,), Usage()))
        verdicts = await asyncio.gather(*map(self.judged, drafts))
        nodes = []
        answers = zip(completion.choices, drafts, verdicts, strict=True)
        for index, (choice, draft, (guide, hidden)) in enumerate(answers, first):
            depth = 0 if parent is None else len(ancestors) + 1
            self.rows.append({
                "problem": self.task.guide.id, "index": index, "parent": parent_index,
                "depth": depth, **answer(choice, draft), "hidden": hidden,
                "prompt_tokens": completion.usage.prompt_tokens // len(completion.choices),
                "guide": summary(guide),
            })  # fmt: skip
            parents = () if parent is None else (parent.id,)
            nodes.append(Node(index, parents, "draft", State.OPEN, draft, guide))
        return nodes

    def context(self) -> Context:
        return Context(self.task.guide, 0, "draft", 1, 0, 0, self.model.name, SAMPLING)

    async def judged(self, draft: Draft) -> tuple[Verdict | None, bool]:
        if draft.program is None:
            return None, False
        key = draft.program.source
        if key not in self.verdicts:
            self.verdicts[key] = asyncio.create_task(self.verified(draft.program))
        return await self.verdicts[key]

    async def verified(self, program: Program) -> tuple[Verdict, bool]:
        (guide,) = await self.verifier.verify(self.task.guide, [program])
        (grade,) = await self.verifier.verify(self.task.grade, [program])
        return guide, grade.passed


def answer(choice: Choice, draft: Draft) -> dict[str, Any]:
    # The texts of the tokens joined are the answer, so their lengths tell them.
    exact = "".join(choice.tokens) == choice.text
    return {
        "text": choice.text,
        "finish": choice.finish,
        "source": draft.program.source if draft.program else None,
        "completion_tokens": len(choice.logprobs),
        "logprobs": [round(value, 3) for value in choice.logprobs],
        "lengths": [len(text) for text in choice.tokens] if exact else [],
    }


def summary(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {"passed": 0, "total": 0, "score": 0.0, "status": "no code", "solved": False}
    failing = next((o for o in verdict.gating if not o.passed), None)
    return {
        "passed": sum(outcome.passed for outcome in verdict.gating),
        "total": len(verdict.gating),
        "score": round(verdict.score, 4),
        "status": failing.status.value if failing else "passed",
        "solved": verdict.passed,
    }


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=100)
    parser.add_argument("--model", default="llama:qwen2.5-coder-0.5b")
    parser.add_argument("--out", type=Path, default=HERE / "bank.jsonl")
    parser.add_argument("--threads", type=int, help="1 does best beside other work")
    parser.add_argument("--slots", type=int, default=SLOTS, help="sequences decoded at a time")
    parser.add_argument("--name", help="of the model in the packed bank, for one given by its path")
    parser.add_argument("--pack", action="store_true")
    options = parser.parse_args()
    if options.pack:
        pack(options.out, options.name or options.model)
        return
    packed = options.out.with_suffix(".jsonl.gz")
    if packed.exists() and not options.out.exists():  # begun elsewhere
        lines = gzip.decompress(packed.read_bytes()).decode().splitlines(keepends=True)
        append(options.out, "".join(lines[1:]))
    held = {json.loads(line)["problem"] for line in whole_lines(options.out)}
    print(f"{len(held)} problems held")
    lock = asyncio.Lock()
    began, done = time.monotonic(), 0
    model = open_model(
        options.model, slots=options.slots, context=1536, threads=options.threads,
        record=str(options.out.with_suffix(".answers.jsonl")),
    )  # fmt: skip
    async with Sandbox() as sandbox:
        verifier = StandardVerifier(sandbox)

        async def one(task: Task) -> None:
            nonlocal done
            samples = await Recorder(task, model, verifier).record()
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in samples)
            async with lock:
                append(options.out, lines)
            done += 1
            right = sum(row["hidden"] for row in samples if not row["depth"])
            print(f"{task.guide.id}: {len(samples)} samples, {right} of {DRAFTS} drafts right, "
                  f"{(time.monotonic() - began) / done:.0f} s a problem", flush=True)  # fmt: skip

        # Several at a time: the chains of one leave slots free that the drafts of others use.
        at_once = max(1, options.slots // 12)
        running: set[asyncio.Task[None]] = set()
        taken = len(held)
        async for task in tasks(sandbox):
            if task.guide.id in held:
                continue
            if taken >= options.problems:
                break
            taken += 1
            running.add(asyncio.create_task(one(task)))
            if len(running) == at_once:
                ended, running = await asyncio.wait(running, return_when="FIRST_COMPLETED")
                for item in ended:
                    item.result()
        await asyncio.gather(*running)
    await model.close()


def append(path: Path, lines: str) -> None:
    with open(path, "a") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def pack(path: Path, model: str) -> None:
    """The compact file: a header that says how each problem was put to the model, the samples."""
    rows = [json.loads(line) for line in whole_lines(path)]
    held = {row["problem"] for row in rows}
    prompts = {p.id: prompt_key(describe(p)) for _, _, p in guides() if p.id in held}
    header = {
        "bank": 1, "model": model, "prompts": prompts, "drafts": DRAFTS, "chains": CHAINS,
        "depth": DEPTH, "temperature": SAMPLING.temperature, "top_p": SAMPLING.top_p,
        "max_tokens": SAMPLING.max_tokens,
    }  # fmt: skip
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in (header, *rows)]
    # Without a time in it, the same samples make the same file.
    packed = gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0)
    out = path.with_suffix(".jsonl.gz")
    out.write_bytes(packed)
    print(f"{out}: {len(rows)} samples of {len(held)} problems, {len(packed) / 1e6:.1f} MB")


def whole_lines(path: Path) -> list[str]:
    """The lines of the bank; a problem torn by a crash is dropped from the file."""
    if not path.exists():
        return []
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        path.write_bytes(whole)
    return whole.decode().splitlines()


if __name__ == "__main__":
    asyncio.run(main())
