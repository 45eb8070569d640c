"""k-medoids: choose k objects so that the summed distance of all objects to the nearest is least.

`fasterpam` is the one to use. `fastpam1` makes the same swaps as the original `pam`, k times
faster; `pam` is there to compare with. `clara` and `clarans` sample, `silhouette` chooses k.

Source: Schubert & Rousseeuw, "Fast and Eager k-Medoids Clustering", Information Systems 2021.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from search.kmedoids_input import (
    checked_distances,
    checked_k,
    checked_max_iter,
    checked_start,
    checked_weights,
    explain_entries,
    without_infinity,
)

Array: TypeAlias = NDArray[Any]
Seed: TypeAlias = int | np.random.Generator | None
Init: TypeAlias = Literal["random", "build", "lab"]

_LIST_LENGTH = 4  # nearest medoids kept an object; 3 and 6 are slower at k >= 100
_MANY_MEDOIDS, _MANY_OBJECTS = 64, 3000  # from here remembering beats reading the rows again
_REMEMBERED_SHARE = 16


@dataclass(frozen=True, slots=True, eq=False)
class KMedoidsResult:
    """A clustering: `medoids[m]` is the object at the centre of the objects with label m.

    `loss` is the weighted sum of distances to the nearest medoid, `n_iter` the passes over the
    candidates, `n_swap` the swaps made. `labels` has shape (n,), `medoids` (k,), both int64.
    """

    loss: float
    labels: NDArray[np.int64]
    medoids: NDArray[np.int64]
    n_iter: int
    n_swap: int


def fasterpam(
    distances: ArrayLike,
    medoids: int | ArrayLike,
    *,
    max_iter: int = 100,
    weights: ArrayLike | None = None,
    seed: Seed = None,
    init: Init = "random",
    shuffle: bool = False,
) -> KMedoidsResult:
    """Cluster with FasterPAM: swap as soon as it helps, until no single swap does.

    Args:
        distances: (n, n), symmetric, zero diagonal; float32/64, uint8/16, int32/64. Either memory
            order. +inf marks pairs that cannot be compared.
        medoids: k, or the start medoids as distinct indices.
        max_iter: passes over the candidates; usually 2 to 5 are needed. 0 scores the start.
        weights: how often each object counts, (n,). A duplicate object and a weight are the same.
        seed: for a random or LAB start and for `shuffle`; None draws a fresh one for those.
        init: how k start medoids are chosen; ignored where indices are given.
        shuffle: visit the candidates in random instead of index order.

    Raises:
        ValueError: for anything else, saying what was found and what to do.
    """
    rng = np.random.default_rng(seed)

    def search(d: Array, w: Array | None, start: Array) -> tuple[float, int, int, bool]:
        n, k = d.shape[0], start.size
        return eager(d, w, start, rng.permutation(n) if shuffle else np.arange(n), max_iter, n - k)

    return _cluster(distances, medoids, weights, rng, init, max_iter, search)


def fastpam1(
    distances: ArrayLike,
    medoids: int | ArrayLike,
    *,
    max_iter: int = 100,
    weights: ArrayLike | None = None,
    seed: Seed = None,
    init: Init = "random",
) -> KMedoidsResult:
    """Cluster with FastPAM1: each pass makes the best swap there is, the swaps PAM would make.

    Ties go to the first candidate and the lowest slot. Arguments as for `fasterpam`; n_iter is
    n_swap + 1 unless max_iter ends it.
    """
    from search.kmedoids_kernels import steepest_search

    def search(d: Array, w: Array | None, start: Array) -> tuple[float, int, int, bool]:
        state = assigned(d, start)
        if state is None:
            return 0.0, 0, 0, False
        return steepest_search(d, w, start, *state, max_iter)  # type: ignore[no-any-return]

    return _cluster(
        distances, medoids, weights, np.random.default_rng(seed), init, max_iter, search
    )


def pam(
    distances: ArrayLike,
    medoids: int | ArrayLike,
    *,
    max_iter: int = 100,
    weights: ArrayLike | None = None,
    seed: Seed = None,
    init: Init = "build",
) -> KMedoidsResult:
    """Cluster with the original PAM (BUILD, then SWAP): for comparison, O(k n^2) a pass.

    Kaufman & Rousseeuw, "Clustering by means of medoids", 1987. Arguments as for `fasterpam`.
    """
    from search.kmedoids_kernels import original_search

    def search(d: Array, w: Array | None, start: Array) -> tuple[float, int, int, bool]:
        if entries_are_unusual(d):
            return 0.0, 0, 0, False
        return (*original_search(d, w, start, max_iter), True)

    return _cluster(
        distances, medoids, weights, np.random.default_rng(seed), init, max_iter, search
    )


Search: TypeAlias = Callable[[Array, "Array | None", Array], tuple[float, int, int, bool]]


def _cluster(
    distances: ArrayLike,
    medoids: int | ArrayLike,
    weights: ArrayLike | None,
    rng: np.random.Generator,
    init: Init,
    max_iter: int,
    search: Search,
) -> KMedoidsResult:
    checked_max_iter(max_iter)
    d = checked_distances(distances)
    w = checked_weights(weights, d.shape[0])
    return cluster_checked(d, medoids, w, rng, init, max_iter, search)


def cluster_checked(
    d: Array,
    medoids: int | ArrayLike,
    w: Array | None,
    rng: np.random.Generator,
    init: Init,
    max_iter: int,
    search: Search,
) -> KMedoidsResult:
    """Choose the start, search, and label the objects; the matrix and weights are checked already.

    `search` changes the start in place and returns loss, passes, swaps, and False if it met an
    entry that is not a finite number of at least 0: then the matrix is explained or repaired.
    """
    from search.kmedoids_starts import start_medoids

    n = d.shape[0]
    k = checked_k(medoids, n)
    penalty = np.inf
    if k is None:
        start = checked_start(medoids, n)
    else:
        if init != "random" and entries_are_unusual(d):
            d, penalty = _repaired(d)
        start = start_medoids(d, k, w, rng, init)
    chosen = start.copy()
    if chosen.size == 1:
        search = _single if max_iter > 0 else _unchanged
    loss, passes, swaps, valid = search(d, w, chosen)
    if not valid:
        d, penalty = _repaired(d)
        chosen = start.copy()
        loss, passes, swaps, _ = search(d, w, chosen)
    labels, nearest = nearest_medoids(d, chosen)
    if penalty < np.inf and np.any(nearest[slice(None) if w is None else w > 0] >= penalty):
        loss = np.inf
    return KMedoidsResult(float(loss), labels, chosen, int(passes), int(swaps))


def _repaired(d: Array) -> tuple[Array, float]:
    explain_entries(d)
    return without_infinity(d)


def entries_are_unusual(d: Array) -> bool:
    """Whether any entry is negative, NaN or infinite (one pass over the matrix)."""
    if d.dtype.kind == "f":
        return not bool(np.isfinite(d).all()) or bool((d < 0).any())
    return d.dtype.kind == "i" and bool((d < 0).any())


def _single(d: Array, w: Array | None, start: Array) -> tuple[float, int, int, bool]:
    """One medoid has no second to fall back on: look at every object's sum."""
    from search.kmedoids_kernels import best_single

    if entries_are_unusual(d):
        return 0.0, 0, 0, False
    loss, medoid = best_single(d, w)
    swapped = int(medoid != start[0])
    start[0] = medoid
    return loss, 1, swapped, True


def _unchanged(d: Array, w: Array | None, start: Array) -> tuple[float, int, int, bool]:
    if entries_are_unusual(d):
        return 0.0, 0, 0, False
    row = d[start[0]].astype(np.float64)
    return float(row.sum() if w is None else w @ row), 0, 0, True


def assigned(d: Array, medoids: Array) -> tuple[Any, ...] | None:
    """The kernels' state for these medoids, k >= 2 (see kmedoids_state); None for invalid rows."""
    from search.kmedoids_state import assign

    n, length = d.shape[0], min(_LIST_LENGTH, medoids.size)
    top = d.dtype.type(np.inf if d.dtype.kind == "f" else np.iinfo(d.dtype).max)
    state = (
        np.empty(n, np.int32),  # slot
        np.empty(n, np.uint32),  # near
        np.empty(n, np.uint32),  # second
        np.empty(n, d.dtype),  # dn
        np.empty(n, d.dtype),  # ds
        np.empty((n, length), np.int32),  # ids
        np.empty((n, length), d.dtype),  # dist
        np.empty(n, np.int32),  # count
        np.empty(n, d.dtype),  # bound
        top,
    )
    return state if assign(d, medoids, *state) else None


def eager(
    d: Array, w: Array | None, start: Array, order: Array, max_iter: int, patience: int
) -> tuple[float, int, int, bool]:
    """FasterPAM's loop from `start`, changed in place: loss, passes, swaps, entries were valid."""
    from search.kmedoids_kernels import eager_search

    n, k = d.shape[0], start.size
    state = assigned(d, start)
    if state is None:
        return 0.0, 0, 0, False
    remember = k >= _MANY_MEDOIDS and n >= _MANY_OBJECTS and d.itemsize >= 4
    remember = remember and max_iter > 1 and patience == n - k
    room = n + 8 + (n * n // _REMEMBERED_SHARE if remember else 0)
    who, far = np.empty(room, np.uint32), np.empty(room, d.dtype)
    return eager_search(d, w, order, start, *state, max_iter, patience, who, far)  # type: ignore[no-any-return]


def nearest_medoids(d: Array, medoids: Array) -> tuple[NDArray[np.int64], Array]:
    """Each object's label (the lowest on ties, a medoid's own) and distance to its medoid."""
    rows = d[medoids]
    labels = np.argmin(rows, axis=0).astype(np.int64)
    labels[medoids] = np.arange(medoids.size)
    return labels, rows[labels, np.arange(d.shape[0])]


_ELSEWHERE = {
    "KMedoids": "search.kmedoids_estimator",
    "fastclara": "search.clara",
    "fasterclara": "search.clara",
    "fastclarans": "search.clara",
    "fasterclarans": "search.clara",
    "silhouette": "search.silhouette",
    "medoid_silhouette": "search.silhouette",
    "fastermsc": "search.silhouette",
    "dynmsc": "search.silhouette",
}


def __getattr__(name: str) -> Any:
    """The rest of the family, offered here and imported where it is written."""
    if name not in _ELSEWHERE:
        raise AttributeError(f"module 'search.kmedoids' has no attribute {name!r}")
    return getattr(import_module(_ELSEWHERE[name]), name)
