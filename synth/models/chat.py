"""What every model speaks: a request of messages in, choices and honest usage out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

Role = Literal["system", "user", "assistant"]
Finish = Literal["stop", "length", "cancelled", "refused"]


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How text is drawn. `temperature` 0 is greedy; `max_tokens` bounds each choice."""

    temperature: float = 0.8
    top_p: float = 0.95
    max_tokens: int = 1024
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """`n` choices for one conversation.

    `seed` keys the draw: the same request to the same model may be answered from a record. A
    last message of the assistant's is to be continued (completion-style servers).
    """

    messages: tuple[Message, ...]
    n: int = 1
    sampling: Sampling = field(default_factory=Sampling)
    seed: int = 0
    logprobs: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "messages": [[message.role, message.content] for message in self.messages],
            "n": self.n,
            "temperature": self.sampling.temperature,
            "top_p": self.sampling.top_p,
            "max_tokens": self.sampling.max_tokens,
            "stop": list(self.sampling.stop),
            "seed": self.seed,
            "logprobs": self.logprobs,
        }

    def hash(self, model: str) -> str:
        """What a record knows this request by: everything that matters to the answer."""
        text = json.dumps([model, self.to_json()], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Usage:
    """What was spent. `calls` counts requests a server answered (an emulated `n` costs several),
    `retries` those that failed first. `cached_tokens` is the part of `prompt_tokens` a server
    says it did not evaluate again."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    calls: int = 0
    retries: int = 0
    dollars: float = 0.0

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.calls + other.calls,
            self.retries + other.retries,
            self.dollars + other.dollars,
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer. `finish` "length" means it was cut. `logprobs` has one entry a token of the
    answer (natural log), where asked for and offered; `tokens` are their texts."""

    text: str
    finish: Finish = "stop"
    tokens: tuple[str, ...] = ()
    logprobs: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """At most `n` choices (fewer, or none, when a server gave up on some) and what they cost.

    `notes` are short remarks on what was not plain sailing, for logs and people: retried faults,
    an emulated `n`, usage that the server misreported or left out and we estimated.
    """

    choices: tuple[Choice, ...]
    usage: Usage
    model: str = ""
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        choices = []
        for choice in self.choices:
            row: dict[str, Any] = {"text": choice.text, "finish": choice.finish}
            if choice.logprobs:
                row |= {"tokens": list(choice.tokens), "logprobs": list(choice.logprobs)}
            choices.append(row)
        usage = {name: getattr(self.usage, name) for name in Usage.__dataclass_fields__}
        data: dict[str, Any] = {"choices": choices, "usage": usage, "model": self.model}
        if self.notes:
            data["notes"] = list(self.notes)
        return data

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Completion:
        choices = tuple(
            Choice(
                row["text"],
                row["finish"],
                tuple(row.get("tokens", ())),
                tuple(row.get("logprobs", ())),
            )
            for row in data["choices"]
        )
        notes = tuple(data.get("notes", ()))
        return Completion(choices, Usage(**data["usage"]), data["model"], notes)


@runtime_checkable
class ChatModel(Protocol):
    """Who completes text.

    `name` is what logs, records and budgets know it by (`llama:qwen2.5-coder-0.5b`,
    `openai:gpt-x`). `complete` retries what is worth retrying and raises `ModelError` for what is
    not; cancelling its task frees the server.
    """

    @property
    def name(self) -> str: ...

    async def complete(self, request: Request) -> Completion: ...

    async def close(self) -> None: ...


def conversation(*pairs: tuple[Role, str]) -> tuple[Message, ...]:
    """Messages from (role, content) pairs."""
    return tuple(Message(role, content) for role, content in pairs)


def prompt_characters(messages: Sequence[Message]) -> int:
    return sum(len(message.content) for message in messages)
