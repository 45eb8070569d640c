"""One call for every rule of selection, by name: candidates best first, one of each behaviour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from search.selection.combination import Combination, trained
from search.selection.credibility import credible_tests_passed
from search.selection.dual_agreement import bayesian_agreement, dual_agreement
from search.selection.evidence import Evidence
from search.selection.page_rank import page_rank
from search.selection.votes import agreement, majority, share_of_tests

Rule: TypeAlias = Callable[[Evidence], NDArray[np.float64]]

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "majority": majority,
        "agreement": agreement,
        "tests": share_of_tests,
        "dual-agreement": dual_agreement,
        "bayesian-agreement": bayesian_agreement,
        "page-rank": page_rank,
        "credible-tests": credible_tests_passed,
    }
)
"""The rules that give a score without having been trained; "learned" is the combination."""

LEARNED = "learned"


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """`programs[i]`, one of each behaviour, best first, with its `scores[i]` under the rule.

    `probability[i]` that the program is right is None for rules that do not say. `preference` and
    `none` are what `tournament` needs: together 1 for "learned", and for other rules the scores'
    shares with nothing left for none. `abstain`: the best is less likely right than was asked.
    """

    programs: tuple[int, ...]
    scores: NDArray[np.float64]
    probability: NDArray[np.float64] | None
    preference: NDArray[np.float64]
    none: float
    abstain: bool
    combination: Combination | None = None

    def chance(self, preference: float) -> float:
        """How likely a first program of this preference is right; the preference itself for rules
        that do not say."""
        if self.combination is None:
            return preference
        return self.combination.chance(preference)


def rank(evidence: Evidence, *, rule: str = LEARNED, at_least: float = 0.0) -> Ranking:
    """Rank the candidates by a rule: "learned" or a key of `RULES`.

    `at_least` is the probability below which "learned" abstains; other rules never do. Of programs
    of equal behaviour the least complex is named; equal scores go to the heavier behaviour.
    """
    if rule == LEARNED:
        combination = trained(with_tests=bool(evidence.passes.any()))
        choice = combination.choose(evidence, at_least=at_least)
        return Ranking(
            choice.programs,
            choice.preference,
            choice.probability,
            choice.preference,
            choice.none,
            choice.abstain,
            combination,
        )
    if rule not in RULES:
        raise ValueError(f"there is no rule {rule!r}; choose one of {', '.join((LEARNED, *RULES))}")
    found = evidence.classes()
    score = RULES[rule](evidence)
    shown = [min(members, key=lambda p: float(evidence.complexity[p])) for members in found.members]
    # Classes come heaviest first, so a stable sort settles ties by weight.
    order = np.argsort(-score[shown], kind="stable")
    programs = tuple(shown[c] for c in order)
    scores = score[list(programs)]
    shares = scores - min(0.0, float(scores.min()))
    total = shares.sum()
    preference = shares / total if total > 0 else np.full(len(shares), 1.0 / len(shares))
    return Ranking(programs, scores, None, preference, 0.0, False)
