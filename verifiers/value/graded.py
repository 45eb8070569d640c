"""Graded distance: the share of checks passed, and for a wrong answer how wrong it is.

Two programs that pass nothing are not alike when one is off by one and the other returns None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from synth.problem import Problem
from verifiers.value.closeness import NEAREST, closeness
from verifiers.value.evidence import Evidence
from verifiers.value.shown_values import Unreadable, read_value
from verifiers.value_text import CUT
from verifiers.verdict import Outcome, Status, Verdict


@dataclass(frozen=True, slots=True)
class Graded:
    """The mean over gating checks of 1 for a pass and `near` times the closeness for a wrong
    answer. An exception, a time-out or a crash is 0: it gave no answer.

    `near` below 1 keeps a passed check worth more than any near-miss.
    """

    near: float = 0.5
    needs: frozenset[str] = frozenset()

    def score(self, problem: Problem, evidence: Sequence[Evidence]) -> list[float]:
        return [graded_score(item.verdict, self.near) for item in evidence]


def graded_score(verdict: Verdict | None, near: float) -> float:
    """The value of one verdict; 0 without a check."""
    gating = verdict.gating if verdict else ()
    if not gating:
        return 0.0
    return sum(1.0 if o.passed else near * outcome_closeness(o) for o in gating) / len(gating)


def outcome_closeness(outcome: Outcome) -> float:
    """How near the answer of one check came, in [0, 1], 1 only for a pass.

    A verifier that had the values when they did not fit the outcome's text left the number in
    `details["closeness"]`; else the values are read back from the text.
    """
    if outcome.passed:
        return 1.0
    if outcome.status is not Status.FAILED:
        return 0.0
    known = outcome.details.get("closeness")
    if isinstance(known, int | float):
        return min(NEAREST, max(0.0, float(known)))
    if not outcome.expected or not outcome.actual:
        return 0.0
    if outcome.check == "stdio":
        return _words(outcome.expected, outcome.actual)
    if outcome.expected.startswith("raises "):
        return 0.0
    try:
        expected = read_value(outcome.expected)
    except Unreadable:
        cut = CUT in outcome.expected  # else it is an assertion, which is no value
        return _letters(outcome.expected, outcome.actual) if cut else 0.0
    try:
        actual = read_value(outcome.actual)
    except Unreadable:
        return 0.0  # an object, or an answer far too long: not what was asked for
    return min(NEAREST, closeness(expected, actual))


def _words(expected: str, actual: str) -> float:
    """Printed text: the better of words and characters in common, in order."""
    words: float = Levenshtein.normalized_similarity(expected.split(), actual.split())
    return min(NEAREST, max(words, _letters(expected.strip(), actual.strip())))


def _letters(expected: str, actual: str) -> float:
    near: float = Levenshtein.normalized_similarity(expected, actual)
    return min(NEAREST, near)
