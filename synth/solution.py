"""What a search returns: a program, the evidence for it, and what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synth.node import Node
from verifiers.verdict import Verdict

_NOUNS = {
    "example": "example",
    "assert": "assert",
    "doctest": "doctest",
    "stdio": "case",
    "pytest": "test",
    "property": "property",
    "reference": "comparison with the reference",
}


@dataclass(frozen=True, slots=True)
class Solution:
    """The best program found; `program` is None when no candidate was made at all.

    `verified` says that every check the problem came with passed. `reason` says why the search
    ended (`solved`, `exhausted`, `budget: tokens`, `interrupt`, ...). `usage` counts everything
    that was paid for; `seconds` is wall time. `others` are further programs of the same standing
    (verified or not), each different from all before, best first. `confidence` is the
    chance, in [0, 1], that the program is right beyond the checks, where its maker or the selector
    knows one, and `advice` what would make it surer.
    """

    program: str | None
    verified: bool
    verdict: Verdict | None
    node: Node | None
    reason: str
    usage: Mapping[str, Any]
    seconds: float
    run_id: str
    problem_id: str
    others: tuple[str, ...] = ()
    confidence: float | None = None
    advice: str = ""

    @property
    def evidence(self) -> str:
        """One line: how many checks of each kind passed."""
        return describe_evidence(self.verdict)

    def to_json(self) -> dict[str, Any]:
        return {
            "problem": self.problem_id,
            "verified": self.verified,
            "program": self.program,
            "evidence": self.evidence,
            "verdict": self.verdict.to_json() if self.verdict else None,
            "confidence": self.confidence,
            "advice": self.advice,
            "reason": self.reason,
            "usage": dict(self.usage),
            "seconds": round(self.seconds, 3),
            "run": self.run_id,
        }


def describe_evidence(verdict: Verdict | None) -> str:
    """`3 of 3 examples, 12 of 12 tests`; what is weaker than isolated comparison is said."""
    if verdict is None or not verdict.outcomes:
        return "nothing was checked"
    total: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for outcome in verdict.gating:
        total[outcome.check] += 1
        passed[outcome.check] += outcome.passed
    parts = []
    for check, count in total.items():
        noun = _NOUNS.get(check, check)
        if count != 1:
            noun = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
        parts.append(f"{passed[check]} of {count} {noun}")
    text = ", ".join(parts)
    return f"{text} (in one process with the tests)" if verdict.trust == "shared" else text
