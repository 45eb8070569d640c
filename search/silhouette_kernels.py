"""The compiled loops behind silhouettes: three nearest medoids, FasterMSC, the plain silhouette.

Written from Lenssen & Schubert, "Medoid Silhouette clustering with automatic cluster number
selection" (Information Systems 2024). What is minimised is the summed ratio dn / ds of the
distances to the nearest and second medoid; the average medoid silhouette is 1 - its mean.
"""

# mypy: allow-untyped-defs
# numba infers the types of the kernels; annotations would only repeat the docstring above.

from __future__ import annotations

import numpy as np

from search.compiled import compiled

TOLERANCE = 1e-12


@compiled
def ratio(smaller, larger):
    """smaller / larger, and 0 where both are 0: an object on a medoid is perfectly placed."""
    return smaller / larger if larger > 0.0 else 0.0


@compiled
def ratio_with(x, first, second):
    """The ratio of the two smallest among x and first <= second."""
    if x < first:
        return ratio(x, first)
    return ratio(first, min(x, second))


@compiled
def three_nearest(d, medoids, o, near, far):
    """Fill object o's three nearest slots and distances; -1 and inf where there are fewer."""
    for e in range(3):
        near[o, e] = -1
        far[o, e] = np.inf
    for m in range(medoids.shape[0]):
        x = np.float64(d[medoids[m], o])
        if x >= far[o, 2]:
            continue
        place = 2
        while place > 0 and far[o, place - 1] > x:
            far[o, place] = far[o, place - 1]
            near[o, place] = near[o, place - 1]
            place -= 1
        far[o, place] = x
        near[o, place] = m


@compiled
def removal_gains(weights, near, far, removal):
    """For each slot, how much the summed ratio falls when its medoid goes; returns the sum."""
    removal[:] = 0.0
    total = 0.0
    for o in range(near.shape[0]):
        w = 1.0 if weights is None else weights[o]
        a, b, c = far[o, 0], far[o, 1], far[o, 2]
        now = ratio(a, b)
        total += w * now
        removal[near[o, 0]] += w * (now - ratio(b, c))
        removal[near[o, 1]] += w * (now - ratio(a, c))
    return total


@compiled
def assign_three(d, medoids, near, far):
    """The three nearest of every object."""
    for o in range(d.shape[0]):
        three_nearest(d, medoids, o, near, far)


@compiled
def eager_silhouette(d, weights, order, medoids, near, far, removal, max_iter):
    """FasterMSC: FasterPAM's loop on the medoid silhouette; medoids, near, far are kept current.

    Returns the summed ratio, passes begun and swaps.
    """
    n, k = d.shape[0], medoids.shape[0]
    gain = np.zeros(k)
    is_medoid = np.zeros(n, np.bool_)
    is_medoid[medoids] = True
    assign_three(d, medoids, near, far)
    total = removal_gains(weights, near, far, removal)
    scale = np.float64(n) if weights is None else weights.sum()
    idle, swaps, passes = 0, 0, 0
    while passes < max_iter and idle < n - k:
        passes += 1
        for j in order:
            if is_medoid[j]:
                continue
            row = d[j]
            shared = 0.0
            gain[:] = removal
            for o in range(n):
                x = np.float64(row[o])
                a, b, c = far[o, 0], far[o, 1], far[o, 2]
                if x >= c:
                    continue
                w = 1.0 if weights is None else weights[o]
                now = ratio(a, b)
                stays = now - ratio_with(x, a, b)
                shared += w * stays
                # Against the removal gain without x, which `removal` holds already.
                gain[near[o, 0]] += w * (ratio(b, c) - ratio_with(x, b, c) - stays)
                gain[near[o, 1]] += w * (ratio(a, c) - ratio_with(x, a, c) - stays)
            m = np.argmax(gain)
            if shared + gain[m] <= TOLERANCE * scale:
                idle += 1
                if idle >= n - k:
                    break
                continue
            is_medoid[medoids[m]] = False
            is_medoid[j] = True
            medoids[m] = j
            for o in range(n):
                x = np.float64(row[o])
                if x < far[o, 2] or near[o, 0] == m or near[o, 1] == m or near[o, 2] == m:
                    three_nearest(d, medoids, o, near, far)
            total = removal_gains(weights, near, far, removal)
            swaps += 1
            idle = 0
    return total, passes, swaps


@compiled
def silhouette_samples(d, labels, k):
    """Rousseeuw's silhouette of every object, in O(n^2)."""
    n = d.shape[0]
    size = np.zeros(k)
    for o in range(n):
        size[labels[o]] += 1.0
    result = np.zeros(n)
    sums = np.zeros(k)
    for o in range(n):
        if size[labels[o]] <= 1.0:
            continue
        sums[:] = 0.0
        row = d[o]
        for i in range(n):
            sums[labels[i]] += np.float64(row[i])
        inside = sums[labels[o]] / (size[labels[o]] - 1.0)
        outside = np.inf
        for m in range(k):
            if m != labels[o] and size[m] > 0.0:
                outside = min(outside, sums[m] / size[m])
        larger = max(inside, outside)
        if larger > 0.0:
            result[o] = (outside - inside) / larger
    return result
