"""How far to trust a prior on a problem unlike those seen: it is flattened by novelty.

Chowdhury et al., "Retrieval-Guided Reinforcement Learning for Boolean Circuit Minimization"
(ABC-RL, 2024), section 3.2: alpha = sigmoid((distance to the nearest solved problem - threshold)
/ T), and PUCT's prior pi becomes pi^(1 - alpha): U = Q + c pi^(1 - alpha) sqrt(N) / (1 + n).
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def novelty(distance: float, *, threshold: float = 0.007, temperature: float = 0.01) -> float:
    """alpha in (0, 1): near 0 the prior is kept, near 1 it is ignored.

    `distance` from this problem to the nearest solved one, in the same measure as `threshold`.
    The published threshold, for cosine distance of its circuit embeddings, is 0.007; measure your
    own: the distance at which a retrieved solution stops helping.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, got {temperature}")
    exponent = (threshold - distance) / temperature
    return 1.0 / (1.0 + math.exp(min(exponent, 700.0)))


def flatten(priors: Sequence[float], alpha: float) -> list[float]:
    """pi^(1 - alpha), scaled to sum to what `priors` summed to."""
    if alpha == 0:
        return list(priors)
    powered = [prior ** (1.0 - alpha) for prior in priors]
    total = sum(powered)
    return [power * sum(priors) / total for power in powered] if total else list(priors)
