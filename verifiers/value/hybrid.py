"""Tests and a judge: what ran and what a model thinks of it, as one number.

SWE-Search (Antoniades et al. 2024, section 3.3) values a state by a model that is shown the test
results; CodeTree (Li et al. 2024, section 3.2) adds a critic's mark to the pass rate. Here the two
numbers are blended openly, so that either can be read off a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synth.problem import Problem
from verifiers.value.evidence import Evidence
from verifiers.value.graded import graded_score


@dataclass(frozen=True, slots=True)
class Hybrid:
    """`weight` times the judge's grade, the rest graded tests; tests alone where there is no
    grade. Where every check passed the judge says how far that can be trusted."""

    weight: float = 0.3
    near: float = 0.5
    needs: frozenset[str] = frozenset(("judged",))

    def score(self, problem: Problem, evidence: Sequence[Evidence]) -> list[float]:
        return [self._of(item) for item in evidence]

    def _of(self, item: Evidence) -> float:
        tests = graded_score(item.verdict, self.near)
        if item.judged is None:
            return tests
        return (1.0 - self.weight) * tests + self.weight * item.judged
