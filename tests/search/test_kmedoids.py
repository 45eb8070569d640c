"""The k-medoids family against brute force over every start, swap, weight and element type."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.kmedoids import KMedoidsResult, fasterpam, fastpam1, pam

# Each element type is compiled anew, seconds each; two stand for all where not all are the point.
DTYPES = [np.float64, np.uint8]
relaxed = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def loss_of(d, medoids, weights=None):
    nearest = d[list(medoids)].astype(np.float64).min(axis=0)
    return float(nearest.sum() if weights is None else np.dot(weights, nearest))


def best_swap(d, medoids, weights=None):
    """The least loss any single swap reaches, by trying all of them."""
    others = [j for j in range(len(d)) if j not in set(medoids.tolist())]
    losses = [
        loss_of(d, [*np.delete(medoids, m), j], weights)
        for m, j in itertools.product(range(len(medoids)), others)
    ]
    return min(losses, default=np.inf)


def integers(n, seed, high=50):
    upper = np.triu(np.random.default_rng(seed).integers(0, high, (n, n)), 1)
    return upper + upper.T


def points(n, seed, dimensions=3):
    x = np.random.default_rng(seed).normal(size=(n, dimensions))
    return np.abs(x[:, None] - x[None]).sum(axis=2)


@st.composite
def problems(draw, largest=40, dtypes=(np.float64,)):
    n = draw(st.integers(2, largest))
    seed = draw(st.integers(0, 10_000))
    d = integers(n, seed, draw(st.sampled_from([2, 5, 50]))).astype(draw(st.sampled_from(dtypes)))
    k = draw(st.integers(1, n))
    weights = draw(st.none() | st.lists(st.integers(0, 4), min_size=n, max_size=n))
    return d, k, weights, seed


@relaxed
@given(problems(dtypes=DTYPES))
def test_no_single_swap_improves_on_fasterpam(problem):
    d, k, weights, seed = problem
    result = fasterpam(d, k, weights=weights, seed=seed)
    assert result.loss == loss_of(d, result.medoids, weights)
    assert result.loss <= best_swap(d, result.medoids, weights)


@relaxed
@given(problems())
def test_fastpam1_finds_what_pam_finds(problem):
    d, k, weights, seed = problem
    fast = fastpam1(d, k, weights=weights, seed=seed)
    slow = pam(d, k, weights=weights, seed=seed, init="random")
    assert fast.loss == slow.loss == loss_of(d, fast.medoids, weights)
    assert fast.medoids.tolist() == slow.medoids.tolist()
    assert (fast.n_iter, fast.n_swap) == (slow.n_iter, slow.n_swap) or k == 1


@relaxed
@given(problems(dtypes=DTYPES))
def test_a_label_names_a_nearest_medoid_and_a_medoid_is_its_own(problem):
    d, k, weights, seed = problem
    result = fasterpam(d, k, weights=weights, seed=seed)
    assert len(set(result.medoids.tolist())) == k
    assert result.labels[result.medoids].tolist() == list(range(k))
    own = d[result.medoids[result.labels], np.arange(len(d))]
    assert own.tolist() == d[result.medoids].min(axis=0).tolist()


@relaxed
@given(problems(largest=20), st.integers(0, 100))
def test_a_duplicate_object_only_adds_weight(problem, seed):
    d, k, _, _ = problem
    counts = np.random.default_rng(seed).integers(1, 4, len(d))
    copies = np.repeat(np.arange(len(d)), counts)
    start = np.random.default_rng(seed).choice(len(d), k, replace=False)
    first_copy = np.searchsorted(copies, start)
    weighted = fastpam1(d, start, weights=counts)
    repeated = fastpam1(d[np.ix_(copies, copies)], first_copy)
    assert weighted.loss == repeated.loss


@relaxed
@given(problems(largest=12))
def test_build_adds_the_object_that_lowers_the_loss_most(problem):
    d, k, weights, _ = problem
    start = fasterpam(d, k, weights=weights, init="build", max_iter=0).medoids
    for m in range(k):
        reached = loss_of(d, start[: m + 1], weights)
        choices = [loss_of(d, [*start[:m], j], weights) for j in range(len(d))]
        assert reached == min(choices)


@pytest.mark.parametrize("n", [63, 64, 65, 130, 191, 300])
@pytest.mark.parametrize("dtype", DTYPES)
def test_sizes_around_the_vector_width_are_locally_optimal(n, dtype):
    d = (points(n, n) * 12).clip(0, 255).astype(dtype)
    for k in (2, 5, 9):
        result = fasterpam(d, k, seed=n)
        assert result.loss == pytest.approx(loss_of(d, result.medoids), rel=1e-12)
        assert result.loss <= best_swap(d, result.medoids) * (1 + 1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_remembered_candidates_change_nothing(dtype, monkeypatch):
    """The lists kept for later passes are a matter of speed; force them on and off."""
    from search import kmedoids

    d = (points(700, 3, dimensions=8) * 1000).astype(dtype)
    d = d + np.where(np.eye(700, dtype=bool), 0, 1).astype(dtype)
    results = []
    for threshold in (1, 10**9):
        monkeypatch.setattr(kmedoids, "_MANY_OBJECTS", threshold)
        results.append(fasterpam(d, 80, seed=5))
    remembered, plain = results
    assert remembered.medoids.tolist() == plain.medoids.tolist()
    assert remembered.loss == plain.loss
    assert remembered.n_swap == plain.n_swap


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "uint16", "int32", "int64"])
def test_every_element_type_gives_the_same_clusters(dtype):
    d = integers(100, 7, high=200)
    result = fasterpam(d.astype(dtype), 6, seed=0)
    assert result.medoids.tolist() == fasterpam(d, 6, seed=0).medoids.tolist()
    assert result.loss == loss_of(d, result.medoids) <= best_swap(d, result.medoids)


def test_objects_whose_second_medoid_moves_away_are_still_counted(monkeypatch):
    """A bad start packed into one corner: most objects later leave the reach of the lists."""
    from search import kmedoids

    monkeypatch.setattr(kmedoids, "_MANY_OBJECTS", 1)
    x = np.random.default_rng(0).normal(size=(600, 2))
    x[:500] *= 0.01
    d = np.sqrt(((x[:, None] - x[None]) ** 2).sum(axis=2))
    for seed in range(5):
        start = np.random.default_rng(seed).choice(600, 64, replace=False)
        result = fasterpam(d, start)
        assert result.loss == pytest.approx(loss_of(d, result.medoids), rel=1e-12)
        again = fastpam1(d, result.medoids)
        assert again.n_swap == 0


def test_memory_order_and_views_do_not_matter():
    d = points(90, 1)
    big = np.zeros((180, 180))
    big[::2, ::2] = d
    want = fasterpam(d, 5, seed=0)
    for same in (np.asfortranarray(d), big[::2, ::2], d.tolist()):
        got = fasterpam(same, 5, seed=0)
        assert got.medoids.tolist() == want.medoids.tolist()
        assert got.loss == want.loss


def test_the_same_seed_gives_the_same_result():
    d = points(120, 2)
    first, second = (fasterpam(d, 7, seed=3, shuffle=True, init="lab") for _ in range(2))
    assert first.medoids.tolist() == second.medoids.tolist()
    assert first.labels.tolist() == second.labels.tolist()


def test_as_many_medoids_as_objects_cost_nothing():
    for method in (fasterpam, fastpam1, pam):
        result = method(points(9, 0), 9, seed=0)
        assert result.loss == 0
        assert sorted(result.medoids) == list(range(9))


def test_one_medoid_is_the_object_with_the_least_sum():
    d = points(40, 4)
    for method in (fasterpam, fastpam1, pam):
        result = method(d, 1, seed=0)
        assert result.medoids[0] == d.sum(axis=1).argmin()
        assert result.loss == pytest.approx(d.sum(axis=1).min())


def test_no_passes_score_the_start():
    d = points(40, 4)
    for start in ([3], [3, 8, 20]):
        result = fasterpam(d, start, max_iter=0)
        assert result.medoids.tolist() == start
        assert result.loss == pytest.approx(loss_of(d, start))
        assert (result.n_iter, result.n_swap) == (0, 0)


def test_duplicates_beyond_k_leave_k_distinct_medoids():
    d = np.zeros((20, 20))
    for init in ("random", "build", "lab"):
        result = fasterpam(d, 6, init=init, seed=0)
        assert len(set(result.medoids.tolist())) == 6
        assert result.loss == 0


def test_infinite_distances_separate_what_cannot_be_compared():
    d = np.full((30, 30), np.inf)
    for block in (slice(0, 10), slice(10, 20), slice(20, 30)):
        d[block, block] = points(10, 1)
    for method in (fasterpam, fastpam1, pam):
        for init in ("random", "build", "lab"):
            result = method(d, 3, seed=1, init=init)
            assert sorted(result.medoids // 10) == [0, 1, 2]
            assert result.loss == pytest.approx(loss_of(d, result.medoids))
        assert method(d, 2, seed=1).loss == np.inf
    assert fasterpam(d.astype(np.float32), 3, seed=1).loss < np.inf


def asymmetric():
    d = points(6, 0)
    d[0, 1] += 1
    return d


def with_entry(value, n=6):
    d = points(n, 0)
    d[2, 4] = d[4, 2] = value
    return d


def with_diagonal():
    d = points(6, 0)
    d[3, 3] = 0.5
    return d


@pytest.mark.parametrize(
    ("distances", "medoids", "options", "told"),
    [
        (points(6, 0), 0, {}, "between 1 and the number of objects"),
        (points(6, 0), 7, {}, "between 1 and the number of objects"),
        (points(6, 0), 2.0, {}, "give k as an int"),
        (points(6, 0), True, {}, "give k as an int"),
        (points(6, 0), [], {}, "one-dimensional sequence"),
        (points(6, 0), [0.5, 1.5], {}, "one-dimensional sequence"),
        (points(6, 0), [0, 6], {}, "must lie in 0..5"),
        (points(6, 0), [-1, 2], {}, "must lie in 0..5"),
        (points(6, 0), [1, 1], {}, "drop the repeats"),
        (points(6, 0)[:4], 2, {}, "square matrix"),
        (np.zeros((0, 0)), 1, {}, "nothing to cluster"),
        (points(6, 0).astype(np.float16), 2, {}, "cast them"),
        (points(6, 0) > 1, 2, {}, "cast them"),
        (asymmetric(), 2, {}, "symmetrise"),
        (with_diagonal(), 2, {}, "diagonal"),
        (with_entry(np.nan), 2, {}, "NaN"),
        (with_entry(-1.0), 2, {}, "negative"),
        (with_entry(-1.0).astype(np.int32), 2, {}, "negative"),
        (with_entry(np.nan), 1, {}, "NaN"),
        (points(6, 0), 2, {"weights": [1, 2]}, "one for each of the 6"),
        (points(6, 0), 2, {"weights": [1, 1, 1, 1, 1, -1]}, "at least 0"),
        (points(6, 0), 2, {"weights": [1, 1, 1, 1, 1, np.nan]}, "finite"),
        (points(6, 0), 2, {"max_iter": -1}, "max_iter"),
        (points(6, 0), 2, {"init": "best"}, "choose 'random'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_way_out(distances, medoids, options, told):
    for method in (fasterpam, fastpam1, pam):
        with pytest.raises(ValueError, match=told):
            method(distances, medoids, **options)


def test_one_nan_anywhere_in_a_large_matrix_is_refused():
    d = points(600, 0)
    d[599, 301] = d[301, 599] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        fasterpam(d, 5, seed=0)
    with pytest.raises(ValueError, match="NaN"):
        fastpam1(d, 5, seed=0)


def test_float32_losses_are_summed_in_double_precision():
    rng = np.random.default_rng(0)
    d = (1000 + rng.random((2000, 2000))).astype(np.float32)
    d = np.triu(d, 1)
    d += d.T
    result = fasterpam(d, 3, seed=0)
    assert result.loss == pytest.approx(loss_of(d, result.medoids), rel=1e-14)


def test_numba_is_not_imported_until_a_clustering_is_asked_for():
    code = "import sys, search.kmedoids, search.silhouette; print('numba' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_a_result_is_frozen():
    result = fasterpam(points(5, 0), 2, seed=0)
    assert isinstance(result, KMedoidsResult)
    with pytest.raises(AttributeError):
        result.loss = 0.0
