"""The k best of a list: by value, or sampled without replacement by Gumbel perturbation."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence


def top_k(scores: Sequence[float], k: int) -> list[int]:
    """Indices of the k highest scores, best first; the earlier of two equals comes first."""
    return sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:k]


def gumbel(random: random.Random) -> float:
    """One draw of the standard Gumbel distribution."""
    # random() is in [0, 1); 1 - random() is never 0, and log(1) = 0 is the largest draw.
    uniform = 1.0 - random.random()
    return -math.log(max(-math.log(uniform), 1e-300))


def gumbel_top_k(logits: Sequence[float], k: int, random: random.Random) -> list[int]:
    """k indices sampled without replacement with probabilities softmax(logits), in that order.

    Kool, van Hoof and Welling, "Stochastic Beams and Where to Find Them" (2019), section 2.3.
    """
    return top_k([logit + gumbel(random) for logit in logits], k)


def softmax(scores: Sequence[float], temperature: float) -> list[float]:
    """Probabilities proportional to exp(score / temperature); temperature > 0."""
    if not scores:
        return []
    highest = max(scores)
    weights = [math.exp((score - highest) / temperature) for score in scores]
    total = sum(weights)
    return [weight / total for weight in weights]
