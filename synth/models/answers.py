"""OpenAI-style completion chunks, folded into choices and honest usage.

Both the embedded llama.cpp and servers over HTTP speak these chunks; what they get wrong about
usage is put right here, in one place:

* llama.cpp reports each of `n` choices in a usage chunk of its own when it streams, and only the
  first choice when it does not;
* some servers report nothing, or fewer tokens than they sent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from synth.models.chat import Choice, Finish, Usage

_FINISHES: dict[str, Finish] = {
    "stop": "stop",
    "eos": "stop",
    "tool_calls": "stop",
    "function_call": "stop",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "refused",
    "abort": "cancelled",
    "cancelled": "cancelled",
}


class ServerReportedError(Exception):
    """An error object inside an answer that began well. `code` is an HTTP status, or 0."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class _Draft:
    """One choice under way."""

    text: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    pieces: int = 0
    finish: Finish | None = None


@dataclass(slots=True)
class Answers:
    """Folds chunks (or one whole response) of one request; `feed` in order, then read off."""

    stop: Sequence[str] = ()
    model: str = ""
    _drafts: dict[int, _Draft] = field(default_factory=dict)
    _usages: list[Mapping[str, Any]] = field(default_factory=list)

    def feed(self, chunk: Mapping[str, Any]) -> None:
        """Takes a chunk or a whole response; raises `ServerReportedError` for an error object."""
        if error := chunk.get("error"):
            raise _server_error(error)
        self.model = self.model or str(chunk.get("model") or "")
        if usage := chunk.get("usage"):
            self._usages.append(usage)
        for row in chunk.get("choices") or ():
            draft = self._drafts.setdefault(int(row.get("index") or 0), _Draft())
            part = row.get("delta") or row.get("message") or {}
            text = part.get("content") or ""
            if text:
                draft.text.append(text)
                draft.pieces += 1
            for token in (row.get("logprobs") or {}).get("content") or ():
                draft.tokens.append(str(token["token"]))
                draft.logprobs.append(float(token["logprob"]))
            if reason := row.get("finish_reason"):
                draft.finish = _FINISHES.get(str(reason), "stop")

    @property
    def started(self) -> bool:
        return bool(self._drafts)

    @property
    def unfinished(self) -> int:
        """Choices that began and did not end: the stream was cut."""
        return sum(draft.finish is None for draft in self._drafts.values())

    def finished(self) -> tuple[Choice, ...]:
        """The choices that ended, in the server's order."""
        return tuple(
            _cut(draft, draft.finish, self.stop)
            for _, draft in sorted(self._drafts.items())
            if draft.finish is not None
        )

    def usage(self, prompt_characters: int) -> tuple[Usage, tuple[str, ...]]:
        """What the request cost, and remarks where the server's count is missing or too low."""
        seen = self._seen_tokens()
        if not self._usages:
            if not self._drafts:
                return Usage(calls=1), ()
            # Four characters a token is the usual rule of thumb for code and English.
            prompt = math.ceil(prompt_characters / 4)
            return Usage(prompt, seen, calls=1), ("usage estimated: the server gave none",)
        notes = []
        prompt = max(_number(usage, "prompt_tokens") for usage in self._usages)
        per_choice = len(self._usages) > 1 and len(self._usages) == len(self._drafts)
        counts = [_number(usage, "completion_tokens") for usage in self._usages]
        completion = sum(counts) if per_choice else counts[-1]
        if completion < seen:
            notes.append(f"usage corrected: the server counted {completion} of {seen} tokens")
            completion = seen
        if prompt == 0 and prompt_characters:
            prompt = math.ceil(prompt_characters / 4)
            notes.append("prompt tokens estimated: the server counted none")
        # The siblings of one request find the prompt cached by the first: only the first's share
        # was there before.
        cached = min(_cached(usage) for usage in self._usages)
        dollars = sum(float(usage.get("cost") or 0.0) for usage in self._usages)
        return Usage(prompt, completion, min(cached, prompt), 1, 0, dollars), tuple(notes)

    def _seen_tokens(self) -> int:
        """A lower bound of the tokens sent: log-probabilities are one a token, pieces at least
        one; of a response in one piece, a token is reckoned to hold at most eight characters."""
        total = 0
        for draft in self._drafts.values():
            characters = sum(map(len, draft.text))
            total += max(len(draft.logprobs), draft.pieces, math.ceil(characters / 8))
        return total


def _cut(draft: _Draft, finish: Finish, stop: Sequence[str]) -> Choice:
    """The choice up to its first stop sequence, for servers that do not stop by themselves."""
    text, tokens, logprobs = "".join(draft.text), draft.tokens, draft.logprobs
    places = [place for place in (text.find(word) for word in stop if word) if place >= 0]
    if places:
        text, finish = text[: min(places)], "stop"
        length, kept = 0, 0
        while kept < len(tokens) and length < len(text):
            length += len(tokens[kept])
            kept += 1
        tokens, logprobs = tokens[:kept], logprobs[:kept]
    return Choice(text, finish, tuple(tokens), tuple(logprobs))


def _number(usage: Mapping[str, Any], name: str) -> int:
    value = usage.get(name)
    return int(value) if isinstance(value, int | float) and value > 0 else 0


def _cached(usage: Mapping[str, Any]) -> int:
    details = usage.get("prompt_tokens_details")
    return _number(details, "cached_tokens") if isinstance(details, Mapping) else 0


def _server_error(error: object) -> ServerReportedError:
    if isinstance(error, Mapping):
        code = error.get("code")
        message = str(error.get("message") or error)
        return ServerReportedError(message, int(code) if isinstance(code, int) else 0)
    return ServerReportedError(str(error), 0)
