"""What the swap searches of k-medoids share: assignment, the look at a candidate, the swap.

Written from Schubert & Rousseeuw, "Fast and Eager k-Medoids Clustering" (Information Systems 2021).
Row j of the matrix holds the distances of candidate j, so everything is read along rows.

State, by object o: `near[o]` and `second[o]` are medoid slots, `dn[o]` and `ds[o]` the distances to
them; `ids[o]`, `dist[o]` list its nearest medoids (object numbers, ascending), `count[o]` of them,
and every medoid nearer than `bound[o]` is in that list. Entries behind the second may be stale (no
medoid any more, `slot[id] < 0`); they are dropped when the object is next touched. The list makes
losing the nearest or second medoid a look at the next entry instead of a pass over all k medoids,
whose scattered reads otherwise cost more than the scan once k is large.

By slot: `removal[m]`, the loss added if medoid m went away.

From n = 3,000 on the scan is bound by memory. With many medoids a candidate concerns few objects,
so the first pass writes down, for each candidate, the objects it finds within *reach* (an object's
`bound` at the start) and their distances; later passes read that instead of the row. An object
whose second medoid has since moved out of reach is looked up by itself, so nothing is missed.

Indices are unsigned 64-bit: for a signed one numba adds Python's wrap-around to every access.
"""

# mypy: allow-untyped-defs
# numba infers the types of the kernels; annotations would only repeat the docstring above.

from __future__ import annotations

import numpy as np

from search.compiled import compiled
from search.lanes import (
    bit_count,
    lanes_below,
    lanes_equal,
    lanes_invalid,
    lowest_bit,
)

ZERO, ONE, LANES = np.uint64(0), np.uint64(1), np.uint64(64)
# Neighbouring hits mostly add to the same slot: one running sum would wait for itself.
BANKS = np.uint64(4)


@compiled
def row_is_invalid(row):
    """Whether a row holds anything but finite numbers from zero up."""
    n = np.uint64(row.shape[0])
    base = ZERO
    while base + LANES <= n:
        if lanes_invalid(row, base) != ZERO:
            return True
        base += LANES
    while base < n:
        if not 0 <= row[base] < np.inf:
            return True
        base += ONE
    return False


@compiled
def insert(dist, ids, count, bound, o, x, j):
    """Put medoid j at distance x into object o's sorted list; what falls off lowers the bound."""
    limit = dist.shape[1]
    filled = count[o]
    if filled == limit:
        if x >= dist[o, limit - 1]:
            bound[o] = min(bound[o], x)
            return
        bound[o] = min(bound[o], dist[o, limit - 1])
        filled -= 1
    place = filled
    while place > 0 and dist[o, place - 1] > x:
        dist[o, place] = dist[o, place - 1]
        ids[o, place] = ids[o, place - 1]
        place -= 1
    dist[o, place] = x
    ids[o, place] = j
    count[o] = filled + 1


@compiled
def rescan(d, medoids, dist, ids, count, bound, top, o):
    """Rebuild object o's list from all medoids."""
    count[o] = 0
    bound[o] = top
    for m in range(medoids.shape[0]):
        x = d[medoids[m], o]
        if x < bound[o] or count[o] < dist.shape[1]:
            insert(dist, ids, count, bound, o, x, medoids[m])


@compiled
def adopt_front(slot, near, second, dn, ds, ids, dist, o):
    """Copy the first two entries of object o's list to the arrays that the scan reads."""
    near[o] = slot[ids[o, 0]]
    second[o] = slot[ids[o, 1]]
    dn[o] = dist[o, 0]
    ds[o] = dist[o, 1]


@compiled
def assign(d, medoids, slot, near, second, dn, ds, ids, dist, count, bound, top):
    """Fill the state from the medoids; whether all medoid rows were valid distances. O(nk)."""
    n = np.uint64(d.shape[0])
    limit = dist.shape[1]
    slot[:] = -1
    count[:] = 0
    bound[:] = top
    for m in range(medoids.shape[0]):
        j = medoids[m]
        slot[j] = m
        row = d[j]
        if row_is_invalid(row):
            return False
        base = ZERO
        if m >= limit:
            while base + LANES <= n:
                mask = lanes_below(row, bound, base)
                while mask != ZERO:
                    o = base + lowest_bit(mask)
                    mask &= mask - ONE
                    insert(dist, ids, count, bound, o, row[o], j)
                base += LANES
        while base < n:
            if m < limit or row[base] < bound[base]:
                insert(dist, ids, count, bound, base, row[base], j)
            base += ONE
    for o in range(n):
        adopt_front(slot, near, second, dn, ds, ids, dist, o)
    return True


@compiled
def total_loss(weights, near, dn, ds, removal):
    """Recompute every removal loss; return the loss. Once a pass, so that rounding can't drift."""
    removal[:] = 0.0
    loss = 0.0
    for o in range(near.shape[0]):
        a = np.float64(dn[o])
        if weights is None:
            loss += a
            removal[near[o]] += np.float64(ds[o]) - a
        else:
            loss += weights[o] * a
            removal[near[o]] += weights[o] * (np.float64(ds[o]) - a)
    return loss


@compiled
def last_lanes(row, limit):
    """The mask of row < limit over the objects behind the last full 64, from bit 0."""
    n = np.uint64(row.shape[0])
    rest = n % LANES
    if n >= LANES:
        return lanes_below(row, limit, n - LANES) >> (LANES - rest)
    mask = ZERO
    for o in range(rest):
        if row[o] < limit[o]:
            mask |= ONE << np.uint64(o)
    return mask


@compiled
def take_lanes(mask, base, row, who, far, end):
    """Append the objects of a mask and their distances; return the new end."""
    stop = end + bit_count(mask)
    while end < stop:  # four at a time, the surplus overwritten: fewer mispredicted branches
        for u in range(4):
            o = base + (lowest_bit(mask) & np.uint64(63))
            mask &= mask - ONE
            who[end + np.uint64(u)] = o
            far[end + np.uint64(u)] = row[o]
        end += np.uint64(4)
    return stop


@compiled
def collect(row, limit, who, far, end):
    """Append every object o with row[o] < limit[o], and row[o], from `end`; return the new end."""
    n = np.uint64(row.shape[0])
    base = ZERO
    while base + LANES <= n:
        mask = lanes_below(row, limit, base)
        if mask != ZERO:
            end = take_lanes(mask, base, row, who, far, end)
        base += LANES
    if base < n:
        mask = last_lanes(row, limit)
        while mask != ZERO:
            o = base + lowest_bit(mask)
            mask &= mask - ONE
            who[end] = o
            far[end] = row[o]
            end += ONE
    return end


@compiled
def accumulate(who, far, start, end, weights, near, dn, ds, gain, touched, hits):
    """Add what a candidate changes at the objects `who[start:end]`, at distances `far[start:end]`.

    FastPAM1's shared accumulator: the part every slot gains is returned, with the number of
    touched slots so far; a slot's own part goes to `gain`. An object farther away than its second
    medoid adds zero.
    """
    shared = 0.0
    e = start
    while e < end:
        o = who[e]
        x, a, s = np.float64(far[e]), np.float64(dn[o]), np.float64(ds[o])
        m = near[o]
        to_shared = min(x - a, 0.0)
        to_slot = min(max(x, a) - s, 0.0)
        if weights is not None:
            to_shared *= weights[o]
            to_slot *= weights[o]
        shared += to_shared
        gain[m, e % BANKS] += to_slot
        touched[hits] = m
        hits += np.uint64(x < s)
        e += ONE
    return shared, hits


@compiled
def best_slot(removal, cheapest, gain, touched, hits):
    """The least of removal + gain and its slot, the lowest on ties; clears gain.

    A slot without a hit keeps its removal loss, so of those only the cheapest can win.
    """
    if hits >= np.uint64(removal.shape[0]):
        best, slot = np.inf, np.int64(0)
        for m in range(removal.shape[0]):
            change = removal[m] + ((gain[m, 0] + gain[m, 1]) + (gain[m, 2] + gain[m, 3]))
            gain[m, 0] = gain[m, 1] = gain[m, 2] = gain[m, 3] = 0.0
            if change < best:
                best, slot = change, np.int64(m)
        return best, slot
    slot = cheapest
    best = removal[slot] + ((gain[slot, 0] + gain[slot, 1]) + (gain[slot, 2] + gain[slot, 3]))
    for t in range(hits):
        m = touched[t]
        change = removal[m] + ((gain[m, 0] + gain[m, 1]) + (gain[m, 2] + gain[m, 3]))
        if change < best or (change == best and m < slot):
            best, slot = change, np.int64(m)
    for t in range(hits):
        m = touched[t]
        gain[m, 0] = gain[m, 1] = gain[m, 2] = gain[m, 3] = 0.0
    return best, slot


@compiled
def replace(
    d, j, b, weights, medoids, slot, near, second, dn, ds, ids, dist, count, bound, top, removal
):
    """Make object j the medoid of slot b; return the change of the loss. O(n) reads of row j."""
    n = np.uint64(d.shape[0])
    row = d[j]
    slot[medoids[b]] = -1
    slot[j] = b
    medoids[b] = j
    b32 = np.uint32(b)
    difference = 0.0
    base = ZERO
    while base < n:
        if base + LANES <= n:
            mask = lanes_below(row, bound, base)
            mask |= lanes_equal(near, b32, base) | lanes_equal(second, b32, base)
        else:
            mask = ZERO
            for o in range(base, n):
                if row[o] < bound[o] or near[o] == b32 or second[o] == b32:
                    mask |= ONE << (o - base)
        while mask != ZERO:
            o = base + lowest_bit(mask)
            mask &= mask - ONE
            weight = 1.0 if weights is None else weights[o]
            before = np.float64(dn[o])
            removal[near[o]] -= weight * (np.float64(ds[o]) - before)
            kept = 0
            for e in range(count[o]):
                medoid = ids[o, e]
                if slot[medoid] >= 0 and medoid != j:
                    ids[o, kept] = medoid
                    dist[o, kept] = dist[o, e]
                    kept += 1
            count[o] = kept
            if row[o] < bound[o]:
                insert(dist, ids, count, bound, o, row[o], j)
            if count[o] < 2:
                rescan(d, medoids, dist, ids, count, bound, top, o)
            adopt_front(slot, near, second, dn, ds, ids, dist, o)
            after = np.float64(dn[o])
            removal[near[o]] += weight * (np.float64(ds[o]) - after)
            difference += weight * (after - before)
        base += LANES
    return difference
