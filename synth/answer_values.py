"""What an `Answered` fact holds, as the values that actions get: the other way of the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from synth.context import Behaviour, Refused
from synth.errors import RunLogError
from synth.models.chat import Completion
from synth.node import Draft
from verifiers.verdict import Verdict


def value_of(kind: str, result: Any) -> Any:
    """The value in a fact's `result`; RunLogError for a `kind` that this version does not know."""
    try:
        read = _READERS[kind]
    except KeyError:
        raise RunLogError(f"an answer of unknown kind {kind!r}") from None
    return read(result)


def _behaviours(rows: Any) -> list[Behaviour]:
    return [Behaviour(tuple(outputs), tuple(map(bool, failed))) for outputs, failed in rows]


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "completion": Completion.from_json,
    "drafts": lambda rows: [Draft.from_json(row) for row in rows],
    "behaviours": _behaviours,
    "texts": lambda rows: [[str(text) for text in row] for row in rows],
    "votes": lambda rows: [[bool(vote) for vote in row] for row in rows],
    "verdicts": lambda rows: [Verdict.from_json(row) for row in rows],
    "error": Refused,
    "refused": Refused,
}
