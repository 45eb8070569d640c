"""Silhouettes against their definitions, FasterMSC against brute force, DynMSC's choice of k."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.silhouette import dynmsc, fastermsc, medoid_silhouette, silhouette
from tests.search.test_kmedoids import integers, points
from tests.search.test_kmedoids_sampling import blobs


def by_definition(d, labels):
    values = []
    for o in range(len(d)):
        mates = [i for i in range(len(d)) if labels[i] == labels[o] and i != o]
        if not mates:
            values.append(0.0)
            continue
        a = d[o, mates].mean()
        b = min(d[o, labels == m].mean() for m in set(labels) - {labels[o]})
        values.append((b - a) / max(a, b) if max(a, b) > 0 else 0.0)
    return np.array(values)


def summed_ratio(d, medoids, weights=None):
    a, b = np.sort(d[list(medoids)].astype(float), axis=0)[:2]
    ratio = np.divide(a, b, out=np.zeros(len(d)), where=b > 0)
    return float(np.dot(np.ones(len(d)) if weights is None else weights, ratio))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(3, 25), st.integers(0, 1000), st.data())
def test_the_silhouette_is_rousseeuws(n, seed, data):
    d = integers(n, seed).astype(float)
    labels = np.array(data.draw(st.lists(st.integers(-2, 3), min_size=n, max_size=n)))
    if len(set(labels.tolist())) < 2:
        labels[0] += 1
    mean, values = silhouette(d, labels)
    assert values == pytest.approx(by_definition(d, labels))
    assert mean == pytest.approx(values.mean())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(3, 22), st.integers(0, 1000), st.booleans(), st.data())
def test_no_single_swap_improves_on_fastermsc(n, seed, weighted, data):
    d = integers(n, seed, high=data.draw(st.sampled_from([3, 40]))).astype(float)
    k = data.draw(st.integers(2, n))
    weights = np.random.default_rng(seed).integers(0, 4, n) if weighted else None
    result = fastermsc(d, k, seed=seed, weights=weights)
    count = n if weights is None else weights.sum()
    reached = summed_ratio(d, result.medoids, weights)
    if count > 0:
        assert result.silhouette == pytest.approx(1 - reached / count)
    others = [j for j in range(n) if j not in set(result.medoids.tolist())]
    swaps = [
        summed_ratio(d, [*np.delete(result.medoids, m), j], weights)
        for m, j in itertools.product(range(k), others)
    ]
    assert reached <= min(swaps, default=np.inf) + 1e-9


def test_the_medoid_silhouette_is_one_minus_the_mean_ratio():
    d = points(50, 0)
    mean, values = medoid_silhouette(d, [3, 17, 40])
    assert mean == pytest.approx(1 - summed_ratio(d, [3, 17, 40]) / 50)
    assert values[[3, 17, 40]].tolist() == [1, 1, 1]


def test_dynmsc_finds_the_number_of_blobs():
    for k in (2, 3, 5, 7):
        found = dynmsc(blobs(210, k, seed=1), k_max=12, seed=0)
        assert found.k == k
        assert set(found.silhouettes) == set(range(2, 13))
        assert found.silhouettes[k] == found.best.silhouette == max(found.silhouettes.values())


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(6, 20), st.integers(0, 1000))
def test_dynmsc_removes_the_medoid_that_is_missed_least(n, seed):
    """Without optimisation between removals the sequence is plain greedy removal."""
    d = points(n, seed)
    found = dynmsc(d, k_max=6, max_iter=0, seed=seed)
    medoids = fastermsc(d, 6, max_iter=0, seed=seed).medoids.tolist()
    for k in range(6, 1, -1):
        assert found.silhouettes[k] == pytest.approx(1 - summed_ratio(d, medoids) / n)
        medoids = min(
            ([m for m in medoids if m != gone] for gone in medoids if k > 2),
            key=lambda left: summed_ratio(d, left),
            default=medoids,
        )


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: fastermsc(points(6, 0), 1), "at least two"),
        (lambda: medoid_silhouette(points(6, 0), [2]), "at least two"),
        (lambda: silhouette(points(6, 0), [1] * 6), "at least two"),
        (lambda: silhouette(points(6, 0), [1, 2]), "one for each of the 6"),
        (lambda: dynmsc(points(6, 0), k_max=7), "k_max"),
        (lambda: dynmsc(points(6, 0), k_min=1, k_max=3), "k_min"),
        (lambda: fastermsc(np.where(np.eye(5), 0, np.inf), 2), "finite"),
        (lambda: fastermsc(np.where(np.eye(5), 0, np.nan), 2), "NaN"),
    ],
)
def test_what_makes_no_sense_is_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()
