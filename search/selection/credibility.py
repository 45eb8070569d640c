"""Weigh each generated test by how credible it is, judged by the programs, and these by the tests.

A two-coin model in the manner of Dawid & Skene (1979): program p is right with probability r_p;
test t is passed by right programs with probability a_t and by wrong ones with b_t. Expectation
maximisation finds all three. A test that every program passes, or none, says nothing; one that the
likely-right pass and the others fail says much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.behaviour import classes
from search.selection.dual_agreement import dual_agreement
from search.selection.evidence import Evidence


@dataclass(frozen=True, slots=True, eq=False)
class Credibility:
    """`right` (programs,): probability of being right; `discrimination` (tests,): a_t - b_t."""

    right: NDArray[np.float64]
    discrimination: NDArray[np.float64]


def credibility(
    evidence: Evidence, *, rounds: int = 50, strength: float = 2.0, effective_tests: float = 10.0
) -> Credibility:
    """Fit the two-coin model; starts from CodeT's dual agreement.

    Generated tests repeat each other, so together they count as at most `effective_tests`
    independent ones; `strength` pseudo-counts pull each a_t towards 0.9 and b_t towards the share
    of all programs that pass.
    """
    found = classes(evidence.passes.astype(np.uint32), weights=evidence.weights)
    passes, counts = found.outputs.astype(np.float64), found.counts
    tests = passes.shape[1]
    if tests == 0 or counts.sum() == 0 or evidence.test_weights.sum() == 0:
        return Credibility(np.full(len(evidence), 0.5), np.zeros(tests))
    share = evidence.test_weights / evidence.test_weights.sum()
    weight = share * min(effective_tests, float(evidence.test_weights.sum()))
    first = np.array([members[0] for members in found.members])
    start = dual_agreement(evidence)[first]
    right = np.clip(start / max(float(start.max()), 1e-12), 0.02, 0.98)
    overall = counts @ passes / counts.sum()
    likely, unlikely = overall, overall
    for _ in range(rounds):
        good, bad = counts * right, counts * (1 - right)
        likely = (good @ passes + strength * 0.9) / (good.sum() + strength)
        unlikely = (bad @ passes + strength * overall) / (bad.sum() + strength)
        likely, unlikely = np.clip(likely, 0.01, 0.99), np.clip(unlikely, 0.01, 0.99)
        prior = (good.sum() + 1.0) / (counts.sum() + 2.0)
        odds = np.log(prior / (1 - prior)) + passes @ (weight * np.log(likely / unlikely))
        odds = odds + (1 - passes) @ (weight * np.log((1 - likely) / (1 - unlikely)))
        updated = 1.0 / (1.0 + np.exp(-np.clip(odds, -30, 30)))
        if np.abs(updated - right).max() < 1e-9:
            break
        right = updated
    return Credibility(right[found.of_program], likely - unlikely)


def credible_tests_passed(evidence: Evidence) -> NDArray[np.float64]:
    """The two-coin model's probability that each program is right, (programs,)."""
    return credibility(evidence).right
