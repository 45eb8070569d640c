"""Share of tests passed: what every published search uses, and what the others are measured by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synth.problem import Problem
from verifiers.value.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Passed:
    """The share of gating checks passed; 0 where nothing was checked."""

    needs: frozenset[str] = frozenset()

    def score(self, problem: Problem, evidence: Sequence[Evidence]) -> list[float]:
        return [item.verdict.score if item.verdict else 0.0 for item in evidence]
