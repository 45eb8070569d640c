"""How well a clustering fits, and how many clusters there should be.

`silhouette` judges labels, `medoid_silhouette` medoids. `fastermsc` optimises the latter directly,
and `dynmsc` does so for a range of k and returns the best.

Source: Rousseeuw 1987; Lenssen & Schubert, "Medoid Silhouette clustering with automatic cluster
number selection", Information Systems 2024.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from search.kmedoids import Array, Init, Seed, entries_are_unusual, nearest_medoids
from search.kmedoids_input import (
    checked_distances,
    checked_k,
    checked_max_iter,
    checked_start,
    checked_weights,
    explain_entries,
)
from search.kmedoids_starts import start_medoids


@dataclass(frozen=True, slots=True, eq=False)
class MedoidSilhouetteResult:
    """A clustering chosen by medoid silhouette: `silhouette` in [0, 1], 1 is best."""

    silhouette: float
    labels: NDArray[np.int64]
    medoids: NDArray[np.int64]
    n_iter: int
    n_swap: int


@dataclass(frozen=True, slots=True, eq=False)
class ClusterCountResult:
    """`best` is the clustering of the best k; `silhouettes[k]` the silhouette reached at each k."""

    best: MedoidSilhouetteResult
    silhouettes: Mapping[int, float]

    @property
    def k(self) -> int:
        """The chosen number of clusters."""
        return self.best.medoids.size


def silhouette(distances: ArrayLike, labels: ArrayLike) -> tuple[float, NDArray[np.float64]]:
    """The mean silhouette and that of every object, each in [-1, 1]; 0 for singletons. O(n^2).

    `labels` are integers of any values, at least two different ones.
    """
    from search.silhouette_kernels import silhouette_samples

    d = _finite_distances(distances)
    given = np.asarray(labels)
    if given.shape != (d.shape[0],):
        raise ValueError(
            f"labels have shape {given.shape}; give one for each of the {d.shape[0]} objects"
        )
    values, numbered = np.unique(given, return_inverse=True)
    if values.size < 2:
        raise ValueError("all labels are equal; a silhouette compares at least two clusters")
    samples: NDArray[np.float64] = silhouette_samples(d, numbered.astype(np.int64), values.size)
    return float(samples.mean()), samples


def medoid_silhouette(
    distances: ArrayLike, medoids: ArrayLike
) -> tuple[float, NDArray[np.float64]]:
    """The mean of 1 - dn / ds and its value for every object; 0 / 0 counts as 0. O(nk)."""
    d = _finite_distances(distances)
    chosen = _at_least_two(checked_start(medoids, d.shape[0]))
    nearest = np.partition(d[chosen].astype(np.float64), 1, axis=0)[:2]
    ratio = np.divide(nearest[0], nearest[1], out=np.zeros(d.shape[0]), where=nearest[1] > 0)
    return float(1.0 - ratio.mean()), 1.0 - ratio


def fastermsc(
    distances: ArrayLike,
    medoids: int | ArrayLike,
    *,
    max_iter: int = 100,
    weights: ArrayLike | None = None,
    seed: Seed = None,
    init: Init = "random",
) -> MedoidSilhouetteResult:
    """Choose k >= 2 medoids that maximise the average medoid silhouette, by eager swaps.

    Arguments as for `fasterpam`, but entries must be finite.
    """
    checked_max_iter(max_iter)
    d = _finite_distances(distances)
    w = checked_weights(weights, d.shape[0])
    k = checked_k(medoids, d.shape[0])
    if k is None:
        start = checked_start(medoids, d.shape[0])
    else:
        start = start_medoids(d, k, w, np.random.default_rng(seed), init)
    return _optimise(d, w, _at_least_two(start), max_iter)[0]


def dynmsc(
    distances: ArrayLike,
    *,
    k_min: int = 2,
    k_max: int,
    max_iter: int = 100,
    weights: ArrayLike | None = None,
    seed: Seed = None,
    init: Init = "random",
) -> ClusterCountResult:
    """Choose the number of clusters between k_min and k_max by medoid silhouette (DynMSC).

    Starts at k_max, optimises, removes the medoid without which the silhouette is highest, and so
    on down to k_min. Other arguments as for `fastermsc`.
    """
    checked_max_iter(max_iter)
    d = _finite_distances(distances)
    n = d.shape[0]
    if not 2 <= k_min <= k_max <= n:
        raise ValueError(
            f"k_min is {k_min} and k_max {k_max}; want 2 <= k_min <= k_max <= {n} objects"
        )
    w = checked_weights(weights, n)
    medoids = start_medoids(d, k_max, w, np.random.default_rng(seed), init)
    best: MedoidSilhouetteResult | None = None
    silhouettes: dict[int, float] = {}
    while True:
        found, removal = _optimise(d, w, medoids, max_iter)
        silhouettes[medoids.size] = found.silhouette
        if best is None or found.silhouette > best.silhouette:
            best = found
        if medoids.size == k_min:
            return ClusterCountResult(best, silhouettes)
        medoids = np.delete(found.medoids, int(np.argmax(removal)))


def _optimise(
    d: Array, w: Array | None, start: Array, max_iter: int
) -> tuple[MedoidSilhouetteResult, Array]:
    from search.silhouette_kernels import eager_silhouette

    n, k = d.shape[0], start.size
    chosen, removal = start.copy(), np.zeros(k)
    near, far = np.empty((n, 3), np.int64), np.empty((n, 3))
    total, passes, swaps = eager_silhouette(
        d, w, np.arange(n), chosen, near, far, removal, max_iter
    )
    count = float(n if w is None else w.sum())
    value = 1.0 - total / count if count > 0 else 0.0
    labels = nearest_medoids(d, chosen)[0]
    return MedoidSilhouetteResult(value, labels, chosen, int(passes), int(swaps)), removal


def _finite_distances(distances: ArrayLike) -> Array:
    d = checked_distances(distances)
    if entries_are_unusual(d):
        explain_entries(d)
        raise ValueError("distances hold +inf; a silhouette needs finite ones, cap them first")
    return d


def _at_least_two(medoids: Array) -> Array:
    if medoids.size < 2:
        raise ValueError("k is 1; a silhouette compares at least two clusters")
    return medoids
