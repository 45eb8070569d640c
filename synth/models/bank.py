"""A bank of recorded samples as a model: search without running the model again.

`Recorded` answers only the very requests it saw. A bank holds, for each of its problems, many
drafts and chains of repairs, and answers whatever a strategy may ask: each choice is drawn, with
replacement, from what the model was seen to answer there. So strategies, deduplication, selection
and value models are compared on one distribution, for nothing.

The file is JSON lines, plain or gzipped: a header, `{"bank": 1, "model": NAME, "prompts": {PROBLEM:
KEY, ...}, ...}`, where KEY says how the problem is put to a model (`prompt_key`), then one
line a sample, the fields of `Sample`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from search.keyed_random import stream
from synth.errors import ModelError
from synth.models.chat import Choice, Completion, Finish, Message, Request, Usage
from synth.program import Program


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer. `index` counts the samples of a problem; `parent` is the sample that a repair was
    asked for, `depth` 0 for drafts. `source` is the program in `text`, None without one. `guide` is
    what the visible checks said (`passed`, `total`, `score`, `status` of the first that failed,
    `solved`), `hidden` whether it passed those that grade. `logprobs` has a number a token (natural
    log), `lengths` how many characters each token has (empty where that is not known)."""

    problem: str
    index: int
    parent: int | None
    depth: int
    text: str
    finish: Finish
    source: str | None
    prompt_tokens: int
    completion_tokens: int
    logprobs: tuple[float, ...]
    lengths: tuple[int, ...]
    guide: Mapping[str, Any]
    hidden: bool

    @property
    def key(self) -> str:
        """The same for programs that are alike as text; of the answer where it holds none (as a
        repair quotes it)."""
        return _key(self.text[:4000] if self.source is None else self.source)

    @property
    def tokens(self) -> tuple[str, ...]:
        ends = [0]
        for length in self.lengths:
            ends.append(ends[-1] + length)
        return tuple(self.text[a:b] for a, b in pairwise(ends))


@dataclass(frozen=True, slots=True)
class Bank:
    """`samples` of each problem, in order of their index; `prompts` its `prompt_key`."""

    model: str
    prompts: Mapping[str, str]
    samples: Mapping[str, tuple[Sample, ...]]

    def drafts(self, problem: str) -> tuple[Sample, ...]:
        return tuple(sample for sample in self.samples[problem] if sample.depth == 0)


def prompt_key(description: str) -> str:
    """What a bank knows a problem by: the first message of every conversation about it."""
    return hashlib.sha256(description.encode()).hexdigest()[:16]


def read_bank(path: str | Path) -> Bank:
    """The bank in a file; ModelError says what is wrong with it, and in which line."""
    path = Path(path)
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()
    except FileNotFoundError:
        raise ModelError(f"no bank at {path}") from None
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    header: dict[str, Any] = {}
    samples: dict[str, list[Sample]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        try:
            row = json.loads(line)
            if number == 1:
                header = row
                if row["bank"] != 1:
                    raise ValueError(f"format {row['bank']}")
                samples = {problem: [] for problem in row["prompts"]}
                continue
            for name in ("logprobs", "lengths"):
                row[name] = tuple(row[name])
            samples[row["problem"]].append(Sample(**row))
        except (ValueError, KeyError, TypeError) as error:
            what = "the header of a bank" if number == 1 else "a sample of a bank"
            raise ModelError(f"{path}:{number}: not {what} ({error!r})") from error
    if not header:
        raise ModelError(f"{path} is empty, not a bank")
    ordered = {name: tuple(sorted(rows, key=lambda s: s.index)) for name, rows in samples.items()}
    return Bank(header["model"], header["prompts"], ordered)


class BankModel:
    """Answers from a bank; a request's seed decides which answers, so the same asks the same.

    A repair of a program is drawn from the recorded repairs of that program; where there are none,
    from those of programs on which the visible checks said the same, then from all repairs of the
    problem, then from its drafts. `usage` is what the recorded answers cost. Raises `ModelError`
    for a problem that the bank does not hold.
    """

    native_n = True

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._problems = {key: name for name, key in bank.prompts.items()}
        self._children: dict[str, dict[tuple[Any, ...], list[Sample]]] = {}
        for name, samples in bank.samples.items():
            pools = self._children.setdefault(name, {})
            for sample in samples:
                if sample.parent is None:
                    continue
                parent = samples[sample.parent]
                for pool in (("program", parent.key), ("outcome", *_outcome(parent)), ("any",)):
                    pools.setdefault(pool, []).append(sample)

    @property
    def name(self) -> str:
        return f"bank:{self._bank.model}"

    async def complete(self, request: Request) -> Completion:
        pool = self._pool(request.messages)
        chosen = [
            pool[stream(request.seed, "bank", index).randrange(len(pool))]
            for index in range(request.n)
        ]
        choices = tuple(
            Choice(
                sample.text,
                sample.finish,
                sample.tokens if request.logprobs else (),
                sample.logprobs if request.logprobs else (),
            )
            for sample in chosen
        )
        drawn = sum(sample.completion_tokens for sample in chosen)
        return Completion(choices, Usage(chosen[0].prompt_tokens, drawn, 0, 1), self.name)

    async def close(self) -> None:
        pass

    def _pool(self, messages: Sequence[Message]) -> Sequence[Sample]:
        name = self._problems.get(prompt_key(messages[0].content)) if messages else None
        if name is None or not self._bank.samples[name]:
            raise ModelError(
                f"{self.name} holds nothing about this problem; it holds {len(self._problems)} "
                f"problems, such as {', '.join(list(self._bank.prompts)[:3])}, as they were put to "
                "the model then"
            )
        drafts = self._bank.drafts(name)
        if len(messages) == 1:
            return drafts
        pools = self._children[name]
        key = _key(_code(messages[1].content))
        alike = next((s for s in self._bank.samples[name] if s.key == key), None)
        outcome = ("outcome", *_outcome(alike)) if alike is not None else ("any",)
        for pool in (("program", key), outcome, ("any",)):
            if pool in pools:
                return pools[pool]
        return drafts


def _outcome(sample: Sample) -> tuple[Any, ...]:
    guide = sample.guide
    return guide["passed"], guide["total"], guide["status"]


def _key(source: str) -> str:
    return Program(source.strip()).key


def _code(message: str) -> str:
    """The program that a repair is asked for, out of the conversation."""
    lines = message.splitlines()
    if lines and lines[0].startswith("```") and lines[-1] == "```":
        return "\n".join(lines[1:-1])
    return message
