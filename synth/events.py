"""Everything that happens in a run. A run's state is a fold over these.

Facts came from outside (a model's answer, a verdict, an interrupt) and are logged before they are
used. Decisions follow from facts and are logged so that a replay can be checked against them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from synth.errors import RunLogError


@dataclass(frozen=True, slots=True)
class Started:
    """The first event: all that the run is a function of, apart from later facts.

    `models` has a row each: `name`, `native_n` (whether one request can bring n choices).
    """

    type: ClassVar[str] = "started"
    run: str
    version: str
    created: str
    problem: Mapping[str, Any]
    recipe: Mapping[str, Any]
    models: tuple[Mapping[str, Any], ...]
    prices: Mapping[str, Any]
    budget: Mapping[str, Any]
    seed: int
    width: int
    order: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A fact: what effect `step` of `expansion` brought, `at` seconds into the run.

    `kind` says which: `completion`, `verdicts`, `drafts`, `behaviours`, `votes`, `error` (no
    answer for good) or `refused` (this conversation alone: too long, or filtered).
    """

    type: ClassVar[str] = "answered"
    expansion: int
    step: int
    kind: str
    result: Any
    at: float


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A fact: someone or something outside ended the search (`interrupt`, `seconds`, ...)."""

    type: ClassVar[str] = "interrupted"
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Resumed:
    """A fact: the run was taken up again, after a crash or with a larger budget."""

    type: ClassVar[str] = "resumed"
    created: str
    budget: Mapping[str, Any]
    at: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision: expansion number `expansion` will make `nodes`."""

    type: ClassVar[str] = "asked"
    expansion: int
    parents: tuple[int, ...]
    action: str
    n: int
    draw: int
    model: str | None
    nodes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A decision: what the strategy was told of an expansion; a row a node."""

    type: ClassVar[str] = "told"
    expansion: int
    nodes: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """A decision: why the search ended, and its ranking, best node first; `report` is what the
    selector says of it. The last event, unless the run is resumed."""

    type: ClassVar[str] = "finished"
    reason: str
    ranking: tuple[int, ...]
    verified: bool
    usage: Mapping[str, Any]
    report: Mapping[str, Any]


Event = Started | Answered | Interrupted | Resumed | Asked | Told | Finished
FACTS = (Answered, Interrupted, Resumed)
_BY_TYPE: dict[str, type[Event]] = {
    kind.type: kind for kind in (Started, Answered, Interrupted, Resumed, Asked, Told, Finished)
}


def encode(event: Event) -> bytes:
    """One line of JSON, ASCII, fields in order: the same event is always the same bytes."""
    row = {"type": event.type} | {item.name: getattr(event, item.name) for item in fields(event)}
    return json.dumps(row, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Event:
    """The event of a line; RunLogError when it is not one."""
    try:
        row = json.loads(line)
        kind = _BY_TYPE[row.pop("type")]
        for item in fields(kind):
            if isinstance(row[item.name], list) and str(item.type).startswith("tuple"):
                row[item.name] = tuple(row[item.name])
        return kind(**row)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunLogError(f"not an event: {line[:80]!r} ({type(error).__name__})") from error
