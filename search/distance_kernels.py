"""The compiled loop of the behaviour distance."""

# mypy: allow-untyped-defs
# numba infers the types of the kernels; annotations would only repeat the docstring above.

from __future__ import annotations

from search.compiled import compiled


@compiled
def count_mismatches(outputs, distances):
    """Fill `distances` (n, n) with the number of columns in which two rows of `outputs` differ."""
    n, probes = outputs.shape
    for i in range(n):
        a = outputs[i]
        for j in range(i):
            b = outputs[j]
            differing = 0
            for p in range(probes):
                differing += a[p] != b[p]
            distances[i, j] = differing
            distances[j, i] = differing
        distances[i, i] = 0


@compiled
def count_mismatches_with(outputs, row, distances):
    """Fill `distances` (n,) with the number of columns in which each row differs from `row`."""
    for i in range(outputs.shape[0]):
        differing = 0
        for p in range(row.shape[0]):
            differing += outputs[i, p] != row[p]
        distances[i] = differing
