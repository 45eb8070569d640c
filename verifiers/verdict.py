"""Typed evidence about one program: outcomes of single checks, and the verdict over them.

Data only: what makes the outcomes is one file per kind of evidence beside this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How one check ended. Only the trusted side assigns it, from what it saw from outside."""

    PASSED = "passed"
    FAILED = "failed"  # ran, and the answer is wrong
    ERROR = "error"  # raised, does not parse, or answered what cannot be decoded
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT = "output"  # more output than allowed
    CRASHED = "crashed"  # died by a signal, or left without answering
    FORBIDDEN = "forbidden"  # a system call or an import that is not allowed


class Trust(StrEnum):
    """Where the comparison was made: what a forged pass would have to break."""

    ISOLATED = "isolated"  # expected values never entered the candidate's process
    SHARED = "shared"  # test and candidate ran in one sandboxed process (live objects)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One check of one program.

    `check` is the kind of evidence (`example`, `assert`, `doctest`, `stdio`, `pytest`,
    `property`, `reference`, `static`); `name` says which one, for people. `input`, `expected`,
    `actual` are rendered and cut to size, and empty where the check passed. `error` is `Type:
    message`, `line` the candidate's line it came from (1-based, 0 unknown). `gates` is False for
    evidence that only votes.
    """

    check: str
    name: str
    status: Status
    input: str = ""
    expected: str = ""
    actual: str = ""
    error: str = ""
    line: int = 0
    gates: bool = True
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return self.status is Status.PASSED


@dataclass(frozen=True, slots=True)
class Cost:
    """What running the checks took: CPU and wall seconds, peak memory in bytes, executions.

    Measured, so never part of what a replay compares. `instructions` (`verifiers.work`)
    repeats exactly, and is None where not counted.
    """

    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    memory_bytes: int = 0
    executions: int = 0
    instructions: int | None = None

    def __add__(self, other: Cost) -> Cost:
        counts = [c for c in (self.instructions, other.instructions) if c is not None]
        return Cost(
            self.cpu_seconds + other.cpu_seconds,
            self.wall_seconds + other.wall_seconds,
            max(self.memory_bytes, other.memory_bytes),
            self.executions + other.executions,
            sum(counts) if counts else None,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that is known of whether a program is right, and how good it is.

    `score` in [0, 1] is the share of gating checks passed, 0 without any.
    """

    outcomes: tuple[Outcome, ...]
    trust: Trust = Trust.ISOLATED
    cost: Cost = field(default_factory=Cost)

    @property
    def gating(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.gates)

    @property
    def passed(self) -> bool:
        """Every gating check passed, and there was at least one."""
        gating = self.gating
        return bool(gating) and all(outcome.passed for outcome in gating)

    @property
    def score(self) -> float:
        gating = self.gating
        return sum(outcome.passed for outcome in gating) / len(gating) if gating else 0.0

    def feedback(self, limit: int = 2500) -> str:
        """What to tell a model about this verdict, in at most `limit` characters."""
        from verifiers.feedback import render

        return render(self, limit)

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` gives an equal verdict back."""
        return {
            "outcomes": [asdict(outcome) for outcome in self.outcomes],
            "trust": self.trust.value,
            "cost": asdict(self.cost),
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Verdict:
        outcomes = tuple(
            Outcome(**{**row, "status": Status(row["status"])}) for row in data["outcomes"]
        )
        return Verdict(outcomes, Trust(data["trust"]), Cost(**data["cost"]))


def merge(verdicts: list[Verdict]) -> Verdict:
    """One verdict over the evidence of several; the weakest trust counts."""
    shared = any(verdict.trust is Trust.SHARED for verdict in verdicts)
    return Verdict(
        tuple(outcome for verdict in verdicts for outcome in verdict.outcomes),
        Trust.SHARED if shared else Trust.ISOLATED,
        sum((verdict.cost for verdict in verdicts), Cost()),
    )
