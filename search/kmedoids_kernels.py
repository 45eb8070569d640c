"""The compiled searches of k-medoids: PAM, FastPAM1, FasterPAM, FastCLARANS, BUILD and LAB.

Written from Schubert & Rousseeuw, "Fast and Eager k-Medoids Clustering" (Information Systems 2021),
over the state described in kmedoids_state. Every search changes `medoids` in place.
"""

# mypy: allow-untyped-defs
# numba infers the types of the kernels; annotations would only repeat the docstring above.

from __future__ import annotations

import numpy as np

from search.compiled import compiled
from search.kmedoids_state import (
    ONE,
    ZERO,
    accumulate,
    best_slot,
    collect,
    replace,
    row_is_invalid,
    total_loss,
)

# A swap must gain more than this fraction of the loss. Rounding makes swaps of exactly zero gain
# (any cluster of two) look like gains of 1e-17, and eager search would then never end.
TOLERANCE = 1e-12


@compiled
def widen(reach, ds, wide):
    """List the objects whose second medoid has moved out of the reach of the remembered lists."""
    found = 0
    for o in range(ds.shape[0]):
        if ds[o] > reach[o]:
            wide[found] = o
            found += 1
    return found


@compiled
def eager_search(
    d, weights, order, medoids, slot, near, second, dn, ds, ids, dist, count, bound, top, max_iter,
    patience, who, far,
):  # fmt: skip
    """FasterPAM's SWAP: visit candidates in `order`, swap whenever it helps, until none does.

    Returns loss, passes begun, swaps, and whether every row read was valid. Ends once `patience`
    candidates in a row were useless: with n - k of them the scan has come round to its last swap
    and the medoids are locally optimal, with fewer this is FasterCLARANS.

    `who` and `far` are scratch of n + 8 entries or more; in what is more, the objects found within
    reach of a candidate in the first pass are kept for the later passes.
    """
    n, k = d.shape[0], medoids.shape[0]
    removal, gain, touched = np.zeros(k), np.zeros((k, 4)), np.zeros(2 * n + 8, np.uint32)
    remembered = who.shape[0] - n - 8
    first, last = np.zeros(n, np.uint64), np.zeros(n, np.uint64)
    known = np.zeros(n, np.bool_)
    reach = bound.copy()
    wide = np.zeros(n, np.uint32)
    n_wide = 0
    used = ZERO
    loss = total_loss(weights, near, dn, ds, removal)
    cheapest = np.argmin(removal)
    idle, swaps, passes = 0, 0, 0
    while passes < max_iter and idle < patience:
        passes += 1
        for j in order:
            if slot[j] >= 0:
                continue
            if known[j]:
                start, end = first[j], last[j]
            else:
                if passes == 1 and row_is_invalid(d[j]):
                    return loss, passes, swaps, False
                start = used
                if used < np.uint64(remembered):
                    end = collect(d[j], reach, who, far, start)
                    first[j], last[j], known[j] = start, end, True
                    used = end
                else:
                    end = collect(d[j], ds, who, far, start)
            shared, hits = accumulate(
                who, far, start, end, weights, near, dn, ds, gain, touched, ZERO
            )
            if known[j] and n_wide > 0:
                end = used
                for i in range(n_wide):
                    o = wide[i]
                    x = d[o, j]  # symmetric: few rows, so they stay in the cache
                    if reach[o] <= x < ds[o]:
                        who[end] = o
                        far[end] = x
                        end += ONE
                more, hits = accumulate(
                    who, far, used, end, weights, near, dn, ds, gain, touched, hits
                )
                shared += more
            change, b = best_slot(removal, cheapest, gain, touched, hits)
            if shared + change < -TOLERANCE * loss:
                loss += replace(
                    d, j, b, weights, medoids, slot, near, second, dn, ds, ids, dist, count, bound,
                    top, removal,
                )  # fmt: skip
                cheapest = np.argmin(removal)
                swaps += 1
                idle = 0
                if remembered > 0:
                    n_wide = widen(reach, ds, wide)
            else:
                idle += 1
                if idle >= patience:
                    break
        loss = total_loss(weights, near, dn, ds, removal)
    return loss, passes, swaps, True


@compiled
def steepest_search(
    d, weights, medoids, slot, near, second, dn, ds, ids, dist, count, bound, top, max_iter
):
    """FastPAM1's SWAP: in every pass make the one swap that helps most. Returns as eager_search.

    The first of equally good candidates wins.
    """
    n, k = d.shape[0], medoids.shape[0]
    removal, gain, touched = np.zeros(k), np.zeros((k, 4)), np.zeros(n + 64, np.uint32)
    who, far = np.empty(n + 8, np.uint32), np.empty(n + 8, ds.dtype)
    swaps, passes = 0, 0
    loss = total_loss(weights, near, dn, ds, removal)
    while passes < max_iter:
        passes += 1
        cheapest = np.argmin(removal)
        best, candidate, b = 0.0, np.int64(-1), np.int64(-1)
        for j in range(n):
            if slot[j] >= 0:
                continue
            if passes == 1 and row_is_invalid(d[j]):
                return loss, passes, swaps, False
            end = collect(d[j], ds, who, far, ZERO)
            shared, hits = accumulate(
                who, far, ZERO, end, weights, near, dn, ds, gain, touched, ZERO
            )
            change, m = best_slot(removal, cheapest, gain, touched, hits)
            if shared + change < best:
                best, candidate, b = shared + change, np.int64(j), m
        if best >= -TOLERANCE * loss:
            break
        replace(
            d, candidate, b, weights, medoids, slot, near, second, dn, ds, ids, dist, count, bound,
            top, removal,
        )  # fmt: skip
        swaps += 1
        loss = total_loss(weights, near, dn, ds, removal)
    return loss, passes, swaps, True


@compiled
def original_search(d, weights, medoids, max_iter):
    """PAM's SWAP as published: every pair of a medoid and another object, O(k n^2) a pass.

    Returns loss, passes begun and swaps. The nearest and second distances are kept up to date, as
    any sensible PAM does; what FastPAM1 adds is sharing one pass among the k medoids.
    """
    n, k = d.shape[0], medoids.shape[0]
    near, dn, ds = np.zeros(n, np.uint32), np.zeros(n), np.zeros(n)
    is_medoid = np.zeros(n, np.bool_)
    is_medoid[medoids] = True
    swaps, passes, loss = 0, 0, 0.0
    while True:
        loss = 0.0
        for o in range(n):
            dn[o] = ds[o] = np.inf
            for m in range(k):
                x = np.float64(d[medoids[m], o])
                if x < dn[o]:
                    ds[o] = dn[o]
                    dn[o] = x
                    near[o] = m
                elif x < ds[o]:
                    ds[o] = x
            loss += dn[o] * (1.0 if weights is None else weights[o])
        if passes >= max_iter:
            return loss, passes, swaps
        passes += 1
        best, candidate, b = 0.0, np.int64(-1), np.int64(-1)
        for j in range(n):
            if is_medoid[j]:
                continue
            row = d[j]
            for m in range(k):
                change = 0.0
                for o in range(n):
                    x = np.float64(row[o])
                    part = min(x, ds[o]) - dn[o] if near[o] == m else min(x - dn[o], 0.0)
                    change += part if weights is None else weights[o] * part
                if change < best:
                    best, candidate, b = change, np.int64(j), np.int64(m)
        if best >= -TOLERANCE * loss:
            return loss, passes, swaps
        is_medoid[medoids[b]] = False
        is_medoid[candidate] = True
        medoids[b] = candidate
        swaps += 1


@compiled
def best_single(d, weights):
    """The object with the least weighted sum of distances, and that sum."""
    best, medoid = np.inf, np.int64(0)
    for j in range(d.shape[0]):
        row = d[j]
        total = 0.0
        for o in range(row.shape[0]):
            total += np.float64(row[o]) * (1.0 if weights is None else weights[o])
        if total < best:
            best, medoid = total, np.int64(j)
    return best, medoid


@compiled
def random_descent(
    d, weights, medoids, slot, near, second, dn, ds, ids, dist, count, bound, top, patience, seed
):
    """FastCLARANS: try random non-medoids, none twice between two swaps; swap whenever it helps.

    Returns loss, candidates tried and swaps; ends after `patience` useless candidates in a row.
    """
    n, k = d.shape[0], medoids.shape[0]
    removal, gain, touched = np.zeros(k), np.zeros((k, 4)), np.zeros(n + 8, np.uint32)
    who, far = np.empty(n + 8, np.uint32), np.empty(n + 8, ds.dtype)
    urn = np.arange(n)
    drawn, idle, tried, swaps = 0, 0, 0, 0
    state = np.uint64(seed)
    loss = total_loss(weights, near, dn, ds, removal)
    while idle < patience and drawn < n:
        state += np.uint64(0x9E3779B97F4A7C15)  # splitmix64 (Steele, Lea & Flood 2014)
        z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        at = drawn + np.int64((z ^ (z >> np.uint64(31))) % np.uint64(n - drawn))
        urn[drawn], urn[at] = urn[at], urn[drawn]
        j = urn[drawn]
        drawn += 1
        if slot[j] >= 0:
            continue
        tried += 1
        end = collect(d[j], ds, who, far, ZERO)
        shared, hits = accumulate(who, far, ZERO, end, weights, near, dn, ds, gain, touched, ZERO)
        change, b = best_slot(removal, np.argmin(removal), gain, touched, hits)
        if shared + change < -TOLERANCE * loss:
            replace(
                d, j, b, weights, medoids, slot, near, second, dn, ds, ids, dist, count, bound, top,
                removal,
            )  # fmt: skip
            loss = total_loss(weights, near, dn, ds, removal)
            swaps += 1
            idle = drawn = 0
        else:
            idle += 1
    return loss, tried, swaps


@compiled
def build_start(d, weights, k):
    """BUILD: add, k times, the object that lowers the loss most; the first on ties. O(k n^2).

    Once every object is at distance zero nothing helps, and the first unused objects are added.
    """
    n = d.shape[0]
    who, far = np.empty(n + 8, np.uint32), np.empty(n + 8, d.dtype)
    medoids = np.zeros(k, np.int64)
    taken = np.zeros(n, np.bool_)
    medoids[0] = best_single(d, weights)[1]
    taken[medoids[0]] = True
    dn = d[medoids[0]].copy()
    for m in range(1, k):
        best, chosen = np.inf, np.int64(-1)
        for j in range(n):
            if taken[j]:
                continue
            end = collect(d[j], dn, who, far, ZERO)
            change = 0.0
            for e in range(end):
                o = who[e]
                part = np.float64(far[e]) - np.float64(dn[o])
                change += part if weights is None else weights[o] * part
            if change < best:
                best, chosen = change, np.int64(j)
        medoids[m] = chosen
        taken[chosen] = True
        for o in range(n):
            dn[o] = min(dn[o], d[chosen, o])
    return medoids


@compiled
def sampled_start(d, weights, samples):
    """LAB: as BUILD, but step m looks only at the objects `samples[m]`, for candidates and loss."""
    n, k = d.shape[0], samples.shape[0]
    medoids = np.zeros(k, np.int64)
    taken = np.zeros(n, np.bool_)
    dn = np.full(n, np.inf)
    for m in range(k):
        best, chosen = np.inf, np.int64(-1)
        for j in samples[m]:
            if taken[j]:
                continue
            change = 0.0
            for o in samples[m]:
                x = np.float64(d[j, o])
                part = x if m == 0 else min(x - dn[o], 0.0)
                change += part if weights is None else weights[o] * part
            if change < best:
                best, chosen = change, np.int64(j)
        if chosen < 0:  # only medoids were drawn
            chosen = np.int64(np.argmin(taken))
        medoids[m] = chosen
        taken[chosen] = True
        for o in range(n):
            dn[o] = min(dn[o], np.float64(d[chosen, o]))
    return medoids
