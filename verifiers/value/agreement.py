"""Agreement: how much of what a program answers the run's other programs answer too.

Wrong programs are wrong in different ways; right ones agree. This is the expected share of probe
inputs on which a program drawn from the others answers the same (MBR-exec, Shi et al. 2022, with a
soft loss). With no probes the checks' own answers are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from synth.problem import Problem
from verifiers.value.evidence import Evidence, Outputs
from verifiers.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Agreement:
    """Compared are the batch and each candidate's `peers`; with nobody to compare with it is
    `alone`. Where a program failed it agrees with nobody."""

    alone: float = 0.5
    needs: frozenset[str] = frozenset(("outputs",))

    def score(self, problem: Problem, evidence: Sequence[Evidence]) -> list[float]:
        found = agreements(evidence)
        return [self.alone if share is None else share for share in found]


def agreements(evidence: Sequence[Evidence]) -> list[float | None]:
    """The share of each candidate, None for one with nobody to compare with."""
    rows = [item.outputs or answers(item.verdict) for item in evidence]
    shares: list[float | None] = []
    for place, (item, row) in enumerate(zip(evidence, rows, strict=True)):
        batch = (other for i, other in enumerate(rows) if i != place)
        others = [other for other in (*item.peers, *batch) if row and len(other) == len(row)]
        shares.append(_share(row, item.failed, others) if others else None)
    return shares


def _share(row: Outputs, failed: Sequence[bool], others: Sequence[Outputs]) -> float:
    agreed = 0
    for place, answer in enumerate(row):
        if not (failed and failed[place]):
            agreed += sum(other[place] == answer for other in others)
    return agreed / (len(row) * len(others))


def answers(verdict: Verdict | None) -> Outputs:
    """What a program answered to its checks, as a hash each: equal where two passed, or gave the
    same wrong answer. Empty where a static check ended it before it was run."""
    gating = verdict.gating if verdict else ()
    if any(outcome.check == "static" for outcome in gating):
        return ()
    return tuple(_hash(outcome) for outcome in gating)


def _hash(outcome: Outcome) -> int:
    said = "" if outcome.passed else f"{outcome.actual}\0{outcome.error}"
    digest = blake2b(f"{outcome.status.value}\0{said}".encode(errors="replace"), digest_size=4)
    return int.from_bytes(digest.digest(), "big")
