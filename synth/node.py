"""A node of the search as people and actions see it: the draft, the program, what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from search.tree import State
from synth.program import Program
from verifiers.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Draft:
    """What an action proposes: the raw answer and the program found in it.

    `program` None means no program could be read; `error` says why. `notes` is plain JSON data an
    action wants its successors to see (a plan, a reflection, log-probabilities).
    """

    text: str
    program: Program | None
    error: str = ""
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """`value` in [0, 1]; `behaviour` is the id of its class of look-alikes, -1 unknown;
    `duplicate_of` the first told node whose program does the same as text, None if new."""

    id: int
    parents: tuple[int, ...]
    action: str
    state: State = State.OPEN
    draft: Draft | None = None
    verdict: Verdict | None = None
    value: float = 0.0
    solved: bool = False
    behaviour: int = -1
    duplicate_of: int | None = None
    model: str | None = None
    tokens: int = 0
    error: str = ""

    @property
    def program(self) -> Program | None:
        return self.draft.program if self.draft else None
