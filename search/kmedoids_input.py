"""Check what a caller hands to k-medoids, and say in one line what to do about it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]

DTYPES = ("float32", "float64", "uint8", "uint16", "int32", "int64")
_FULLY_CHECKED = 512  # up to here symmetry is checked in full, above on pairs drawn at random
_PAIRS_CHECKED = 1024


def checked_distances(distances: ArrayLike) -> Array:
    """A square, symmetric, row-contiguous matrix with a zero diagonal, copied only if it must be.

    Entries are not looked at here (that costs a pass over the matrix): the kernels check each row
    they read, see `explain_entries`. Raises ValueError.
    """
    d = np.asarray(distances)
    if d.ndim != 2 or d.shape[0] != d.shape[1]:
        raise ValueError(
            f"distances have shape {d.shape}; give a square matrix of all pairwise distances "
            "(for data points, compute it first or use KMedoids(metric='euclidean'))"
        )
    if d.shape[0] == 0:
        raise ValueError("distances are empty; there is nothing to cluster")
    if d.dtype.name not in DTYPES:
        raise ValueError(
            f"distances have dtype {d.dtype}; cast them to one of {', '.join(DTYPES)} "
            "(float32 is the usual choice)"
        )
    if d.flags.f_contiguous and not d.flags.c_contiguous:
        d = d.T
    elif not d.flags.c_contiguous:
        d = np.ascontiguousarray(d)
    if np.any(np.diagonal(d) != 0):
        raise ValueError(
            "the diagonal of distances is not zero; an object is at distance 0 from itself "
            "(np.fill_diagonal(distances, 0), or 1 - similarity if these are similarities)"
        )
    _check_symmetry(d)
    return d


def _check_symmetry(d: Array) -> None:
    n = d.shape[0]
    if n <= _FULLY_CHECKED:
        here, there = d, d.T
    else:
        pairs = np.random.default_rng(0).integers(n, size=(2, _PAIRS_CHECKED))
        here, there = d[pairs[0], pairs[1]], d[pairs[1], pairs[0]]
    if np.array_equal(here, there, equal_nan=d.dtype.kind == "f"):
        return
    a, b = here.astype(np.float64), there.astype(np.float64)
    finite = np.isfinite(a) & np.isfinite(b)
    # Distances computed through dot products differ by rounding; a directed measure by far more.
    slack = 1e-3 if d.dtype == np.float32 else 1e-6
    scale = float(np.mean(np.abs(a[finite]))) if finite.any() else 0.0
    apart = np.abs(np.where(finite, a - b, 0.0)) > slack * scale
    if np.any(apart | ((a != b) & ~finite & ~(np.isnan(a) & np.isnan(b)))):
        raise ValueError("distances are not symmetric; symmetrise them, for example (d + d.T) / 2")


def explain_entries(d: Array) -> None:
    """Raise ValueError if an entry is NaN or negative."""
    if np.isnan(d).any():
        raise ValueError(
            "distances hold NaN; drop those objects or give +inf where two can't be compared"
        )
    if (d < 0).any():
        raise ValueError("distances hold negative numbers; shift or clip them to be at least 0")


def without_infinity(d: Array) -> tuple[Array, float]:
    """A copy in which +inf became a finite penalty, and the penalty.

    +inf says that two objects cannot be compared. The penalty outweighs all finite distances
    together, so leaving one object fewer uncovered is always better, and no inf - inf arises.
    """
    finite = d[np.isfinite(d)]
    largest = float(finite.max()) if finite.size else 0.0
    penalty = 2.0 * d.shape[0] * (largest + 1.0)
    dtype = d.dtype if penalty < np.finfo(d.dtype).max / 4 else np.dtype(np.float64)
    return np.where(np.isinf(d), penalty, d).astype(dtype), float(np.asarray(penalty, dtype))


def checked_weights(weights: ArrayLike | None, n: int) -> Array | None:
    """One finite weight of at least 0 for each object, as float64; None for all ones."""
    if weights is None:
        return None
    w = np.ascontiguousarray(weights, dtype=np.float64)
    if w.shape != (n,):
        raise ValueError(f"weights have shape {w.shape}; give one for each of the {n} objects")
    if not np.isfinite(w).all() or (w < 0).any():
        raise ValueError("weights must be finite and at least 0; drop objects that must not count")
    return w


def checked_k(medoids: object, n: int) -> int | None:
    """k if `medoids` is a number of medoids, None if it should be start indices."""
    if isinstance(medoids, (bool, np.bool_, float, np.floating)):
        raise ValueError(f"medoids is {medoids!r}; give k as an int, or the start indices")
    if not isinstance(medoids, (int, np.integer)):
        return None
    if not 1 <= medoids <= n:
        raise ValueError(f"k is {medoids}; choose it between 1 and the number of objects, {n}")
    return int(medoids)


def checked_start(medoids: ArrayLike, n: int) -> Array:
    """Distinct start indices in range, as a fresh int64 array."""
    start = np.asarray(medoids)
    if start.ndim != 1 or start.size == 0 or start.dtype.kind not in "iu":
        raise ValueError(
            f"start medoids have shape {start.shape} and dtype {start.dtype}; "
            "give k as an int, or a one-dimensional sequence of object indices"
        )
    start = start.astype(np.int64)
    if start.min() < 0 or start.max() >= n:
        raise ValueError(
            f"start medoids run from {start.min()} to {start.max()}; indices must lie in 0..{n - 1}"
        )
    if np.unique(start).size != start.size:
        raise ValueError("start medoids name an object twice; drop the repeats")
    return start


def checked_max_iter(max_iter: int) -> int:
    """A number of passes of at least 0."""
    if isinstance(max_iter, bool) or not isinstance(max_iter, (int, np.integer)) or max_iter < 0:
        raise ValueError(f"max_iter is {max_iter!r}; give a whole number of at least 0")
    return int(max_iter)
