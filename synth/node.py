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
    action wants its successors to see (a plan, a reflection, log-probabilities). `confidence` is
    the chance, in [0, 1], that the program is right beyond the checks, where its maker knows one:
    a program made to fit the examples proves little by fitting them.
    """

    text: str
    program: Program | None
    error: str = ""
    notes: Mapping[str, Any] = field(default_factory=dict)
    confidence: float | None = None

    def to_json(self) -> dict[str, Any]:
        program = self.program
        return {
            "text": self.text,
            "program": None
            if program is None
            else [program.source, program.entry_point, program.language],
            "error": self.error,
            "notes": dict(self.notes),
            "confidence": self.confidence,
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Draft:
        program = None if data["program"] is None else Program(*data["program"])
        return Draft(data["text"], program, data["error"], data["notes"], data["confidence"])


@dataclass(frozen=True, slots=True)
class Node:
    """`value` in [0, 1]; `solved` says that it is verified and conclusive (see `Draft.confidence`);
    `behaviour` is the id of its class of look-alikes, -1 unknown;
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

    @property
    def verified(self) -> bool:
        """Every check of the problem passed."""
        return self.verdict is not None and self.verdict.passed
