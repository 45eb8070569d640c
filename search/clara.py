"""k-medoids on samples: FastCLARA, FasterCLARA, FastCLARANS and FasterCLARANS.

CLARA clusters small samples and assigns the rest, so it needs only O(sample^2 + nk) distances and
accepts a function in place of the matrix. CLARANS walks at random and stops early.

Source: Schubert & Rousseeuw 2021, section 3.6; Kaufman & Rousseeuw 1990 (CLARA); Ng & Han 2002.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from search.kmedoids import (
    Array,
    KMedoidsResult,
    Seed,
    assigned,
    cluster_checked,
    eager,
    fasterpam,
    fastpam1,
)
from search.kmedoids_input import (
    checked_distances,
    checked_k,
    checked_max_iter,
    checked_start,
    checked_weights,
)

DistanceFunction: TypeAlias = Callable[[Array, Array], ArrayLike]
"""`f(rows, columns)`: the distances between two lists of object indices, as a matrix."""


def fastclara(
    distances: ArrayLike | DistanceFunction,
    medoids: int | ArrayLike,
    *,
    n: int | None = None,
    n_samples: int = 5,
    sample_size: int | None = None,
    max_iter: int = 100,
    weights: ArrayLike | None = None,
    seed: Seed = None,
) -> KMedoidsResult:
    """Run FastPAM1 on samples, assign all objects, and keep the best medoids.

    Args:
        distances: as for `fasterpam`, or a function of two index arrays giving their distances.
        medoids: k, or start medoids, which then are part of the first sample.
        n: the number of objects; needed with a function, ignored with a matrix.
        n_samples: samples drawn; each after the first holds the best medoids so far.
        sample_size: objects a sample, 80 + 4k unless given (CLARA: 40 + 2k).
        max_iter, weights, seed: as for `fasterpam`. n_iter and n_swap add up over the samples.

    Raises:
        ValueError: as for `fasterpam`.
    """
    return _clara(fastpam1, distances, medoids, n, n_samples, sample_size, max_iter, weights, seed)


def fasterclara(
    distances: ArrayLike | DistanceFunction,
    medoids: int | ArrayLike,
    *,
    n: int | None = None,
    n_samples: int = 5,
    sample_size: int | None = None,
    max_iter: int = 100,
    weights: ArrayLike | None = None,
    seed: Seed = None,
) -> KMedoidsResult:
    """Run FasterPAM on samples; otherwise as `fastclara`."""
    return _clara(fasterpam, distances, medoids, n, n_samples, sample_size, max_iter, weights, seed)


def _clara(
    method: Callable[..., KMedoidsResult],
    distances: ArrayLike | DistanceFunction,
    medoids: int | ArrayLike,
    n: int | None,
    n_samples: int,
    sample_size: int | None,
    max_iter: int,
    weights: ArrayLike | None,
    seed: Seed,
) -> KMedoidsResult:
    checked_max_iter(max_iter)
    if n_samples < 1:
        raise ValueError(f"n_samples is {n_samples}; draw at least one sample")
    if callable(distances):
        if n is None or n < 1:
            raise ValueError(f"n is {n}; say how many objects the distance function knows")
        between = distances
    else:
        d = checked_distances(distances)
        n = d.shape[0]

        def between(rows: Array, columns: Array) -> Array:
            block: Array = d[np.ix_(rows, columns)]
            return block

    w = checked_weights(weights, n)
    k = checked_k(medoids, n)
    best_start = None if k is not None else checked_start(medoids, n)
    k = best_start.size if best_start is not None else int(k or 0)
    size = min(n, 80 + 4 * k if sample_size is None else sample_size)
    if size < k:
        raise ValueError(f"sample_size is {size}; a sample must hold at least k = {k} objects")
    rng = np.random.default_rng(seed)
    best: KMedoidsResult | None = None
    kept, passes, swaps = best_start, 0, 0
    for _ in range(n_samples):
        sample = _sample(n, size, kept, rng)
        inside = _block(between, sample, sample)
        start = np.arange(k) if kept is not None and best is None else k
        found = method(
            inside, start, max_iter=max_iter, weights=None if w is None else w[sample], seed=rng
        )
        passes, swaps = passes + found.n_iter, swaps + found.n_swap
        result = _assign_all(between, sample[found.medoids], n, w)
        if best is None or result.loss < best.loss:
            best, kept = result, result.medoids
        if size == n:
            break
    assert best is not None
    return replace(best, n_iter=passes, n_swap=swaps)


def _sample(n: int, size: int, kept: Array | None, rng: np.random.Generator) -> NDArray[np.int64]:
    if kept is None:
        return rng.choice(n, size=size, replace=False)
    others = np.setdiff1d(np.arange(n), kept, assume_unique=True)
    return np.concatenate([kept, rng.choice(others, size=size - kept.size, replace=False)])


def _block(between: Callable[[Array, Array], Any], rows: Array, columns: Array) -> Array:
    block: Array = np.asarray(between(rows, columns))
    if block.shape != (rows.size, columns.size):
        raise ValueError(
            f"the distance function gave shape {block.shape} for {rows.size} rows and "
            f"{columns.size} columns; give the distance of every row to every column"
        )
    return block


def _assign_all(
    between: Callable[[Array, Array], Any], medoids: Array, n: int, w: Array | None
) -> KMedoidsResult:
    rows = _block(between, medoids, np.arange(n))
    if np.isnan(rows).any() or (rows < 0).any():
        raise ValueError("distances hold NaN or negative numbers; clean them before clustering")
    labels = np.argmin(rows, axis=0).astype(np.int64)
    labels[medoids] = np.arange(medoids.size)
    nearest = rows[labels, np.arange(n)].astype(np.float64)
    if w is not None:
        nearest = np.where(w > 0, nearest, 0.0) * w
    return KMedoidsResult(float(nearest.sum()), labels, medoids, 0, 0)


def fastclarans(
    distances: ArrayLike,
    medoids: int | ArrayLike,
    *,
    n_local: int = 2,
    max_neighbor: float = 0.025,
    weights: ArrayLike | None = None,
    seed: Seed = None,
) -> KMedoidsResult:
    """Walk from random medoids, trying random candidates for all k slots at once.

    Args:
        distances, medoids, weights, seed: as for `fasterpam`.
        n_local: walks; the best is returned. Start medoids, if given, begin the first.
        max_neighbor: a walk ends after this share of the n - k candidates, tried in a row, did not
            help. 0.025 is twice the rate of CLARANS, which counts k times as many pairs.

    n_iter counts candidates tried over all walks.
    """
    from search.kmedoids_kernels import random_descent

    def walk(
        d: Array, w: Array | None, start: Array, patience: int, rng: np.random.Generator
    ) -> tuple[float, int, int]:
        state = assigned(d, start)
        if state is None:
            raise _Unusual
        walk_seed = rng.integers(2**63)
        return random_descent(d, w, start, *state, patience, walk_seed)  # type: ignore[no-any-return]

    return _clarans(walk, distances, medoids, n_local, max_neighbor, weights, seed)


def fasterclarans(
    distances: ArrayLike,
    medoids: int | ArrayLike,
    *,
    n_local: int = 2,
    max_neighbor: float = 0.025,
    weights: ArrayLike | None = None,
    seed: Seed = None,
) -> KMedoidsResult:
    """As `fastclarans`, going round one random order of the candidates as FasterPAM does.

    Without fresh draws after a swap no candidate is tried twice before all others were. With
    max_neighbor = 1 this is FasterPAM in random order.
    """

    def walk(
        d: Array, w: Array | None, start: Array, patience: int, rng: np.random.Generator
    ) -> tuple[float, int, int]:
        loss, passes, swaps, valid = eager(
            d, w, start, rng.permutation(d.shape[0]), 2**31, patience
        )
        if not valid:
            raise _Unusual
        return loss, passes, swaps

    return _clarans(walk, distances, medoids, n_local, max_neighbor, weights, seed)


class _Unusual(Exception):
    """The walk met a NaN, negative or infinite entry."""


def _clarans(
    walk: Callable[[Array, Array | None, Array, int, np.random.Generator], tuple[float, int, int]],
    distances: ArrayLike,
    medoids: int | ArrayLike,
    n_local: int,
    max_neighbor: float,
    weights: ArrayLike | None,
    seed: Seed,
) -> KMedoidsResult:
    if n_local < 1:
        raise ValueError(f"n_local is {n_local}; make at least one walk")
    if not 0 < max_neighbor <= 1:
        raise ValueError(f"max_neighbor is {max_neighbor}; give a share in (0, 1], such as 0.025")
    d = checked_distances(distances)
    w = checked_weights(weights, d.shape[0])
    rng = np.random.default_rng(seed)

    def search(d: Array, w: Array | None, start: Array) -> tuple[float, int, int, bool]:
        n, k = d.shape[0], start.size
        patience = math.ceil(max_neighbor * (n - k))
        best, best_medoids, tried, swaps = np.inf, start.copy(), 0, 0
        for attempt in range(n_local):
            chosen = start.copy() if attempt == 0 else rng.choice(n, size=k, replace=False)
            try:
                loss, t, s = walk(d, w, chosen, patience, rng)
            except _Unusual:
                return 0.0, 0, 0, False
            tried, swaps = tried + t, swaps + s
            if loss < best:
                best, best_medoids = loss, chosen
        start[:] = best_medoids
        return best, tried, swaps, True

    return cluster_checked(d, medoids, w, rng, "random", 1, search)


__all__ = [
    "DistanceFunction",
    "fastclara",
    "fastclarans",
    "fasterclara",
    "fasterclarans",
]
