"""Self-certainty: how sure the model is of its answer, with no verifier at all.

Where the distribution at each token is known: its mean KL divergence from the uniform one (Kang et
al. 2025, "Scalable best-of-N selection for large language models via self-certainty"). Where only
the drawn tokens' log-probabilities are: their average over the whole answer, the self-reward of
"Self-improvement in language models: the sharpening mechanism" (Huang et al. 2024), divided by the
length. `measure` says which of the two a candidate was scored by. Unlike `LogProbability` it looks
at all the model said, reasoning included.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from synth.problem import Problem
from verifiers.value.evidence import Evidence

Measure = Literal["divergence", "log-probability", "nothing"]
VOCABULARY = 150_000  # tokens, as most current models have


@dataclass(frozen=True, slots=True)
class SelfCertainty:
    """`vocabulary` is how many tokens the model chooses among: what is left of the probability is
    spread over those that a distribution does not name."""

    vocabulary: int = VOCABULARY
    needs: frozenset[str] = frozenset(("logprobs",))

    def score(self, problem: Problem, evidence: Sequence[Evidence]) -> list[float]:
        return [self._of(item) for item in evidence]

    def _of(self, item: Evidence) -> float:
        measure = measure_of(item)
        if measure == "nothing":
            return 0.0
        if measure == "log-probability":
            values = item.answer_logprobs or item.logprobs
            return math.exp(min(0.0, math.fsum(values) / len(values)))
        rows = [uniform_divergence(row, self.vocabulary) for row in item.distributions]
        mean = math.fsum(rows) / len(rows)
        return mean / (1.0 + mean)


def measure_of(item: Evidence) -> Measure:
    """By which evidence a candidate is scored."""
    if item.distributions:
        return "divergence"
    return "log-probability" if item.answer_logprobs or item.logprobs else "nothing"


def uniform_divergence(named: Sequence[float], vocabulary: int) -> float:
    """KL(uniform || p) in nats, of a distribution whose likeliest tokens have the log-probabilities
    `named` and whose other tokens share the rest evenly. 0 is uniform; surer is larger."""
    others = vocabulary - len(named)
    if others < 0 or not named:
        raise ValueError(f"{len(named)} tokens named of a vocabulary of {vocabulary}")
    total = math.fsum(named)
    if others:
        # A rest of exactly 0 is a rounding of the server's: no token is impossible.
        rest = max(1.0 - math.fsum(map(math.exp, named)), 1e-9)
        total += others * math.log(rest / others)
    return max(0.0, -math.log(vocabulary) - total / vocabulary)
