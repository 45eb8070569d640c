"""Where k-medoids starts: random, BUILD or LAB."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def start_medoids(
    d: Array, k: int, weights: Array | None, rng: np.random.Generator, init: str
) -> Array:
    """k distinct objects.

    "random" is best with a fast SWAP. "build" adds, k times, the object that lowers the loss most,
    O(k n^2) (Kaufman & Rousseeuw 1987). "lab" does so on a fresh sample of 10 + ceil(sqrt(n))
    objects a step, O(k n) (Schubert & Rousseeuw 2021, section 3.4).
    """
    n = d.shape[0]
    if init == "random":
        return rng.choice(n, size=k, replace=False).astype(np.int64)
    if init not in ("build", "lab"):
        raise ValueError(f"init is {init!r}; choose 'random', 'build' or 'lab'")
    from search.kmedoids_kernels import build_start, sampled_start

    if init == "build":
        return build_start(d, weights, k)  # type: ignore[no-any-return]
    size = min(n, 10 + math.ceil(math.sqrt(n)))
    samples = np.stack([rng.choice(n, size=size, replace=False) for _ in range(k)])
    return sampled_start(d, weights, samples.astype(np.int64))  # type: ignore[no-any-return]
