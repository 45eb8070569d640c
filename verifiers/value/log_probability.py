"""Log-probability: how likely the model found the program it wrote.

As a geometric mean of token probabilities, which length does not lower; as the least likely token,
which a mean over a long program hides; as the least likely line; or normalised by a power of the
length in between (Wu et al. 2016, arXiv:1609.08144, equation 14).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from synth.problem import Problem
from verifiers.value.evidence import Evidence

Of = Literal["mean", "minimum", "line", "normalised"]


@dataclass(frozen=True, slots=True)
class LogProbability:
    """exp of the chosen log-probability; 0 where none was recorded.

    `alpha`, for "normalised", is the power of the number of tokens the total is divided by: 1 is
    the mean, 0 the plain total. These are ranks in the clothes of probabilities: right programs
    are not right with this probability, though the likelier ones are right more often.
    """

    of: Of = "mean"
    alpha: float = 0.5
    needs: frozenset[str] = frozenset(("logprobs",))

    def score(self, problem: Problem, evidence: Sequence[Evidence]) -> list[float]:
        return [self._of(item) for item in evidence]

    def _of(self, item: Evidence) -> float:
        values = item.logprobs or item.answer_logprobs
        if not values:
            return 0.0
        if self.of == "minimum":
            return _probability(min(values))
        if self.of == "line" and item.line_logprobs:
            return _probability(min(item.line_logprobs))
        alpha = self.alpha if self.of == "normalised" else 1.0
        return _probability(math.fsum(values) / len(values) ** alpha)


def _probability(log: float) -> float:
    return math.exp(min(0.0, log))
