"""CLARA and CLARANS: samples, walks, and distances given as a function."""

import numpy as np
import pytest

from search.clara import fastclara, fastclarans, fasterclara, fasterclarans
from search.kmedoids import fasterpam
from tests.search.test_kmedoids import best_swap, loss_of, points

CLARAS = [fastclara, fasterclara]
CLARANS = [fastclarans, fasterclarans]


def blobs(n=400, k=4, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(k, 2))[np.arange(n) % k] * 50 + rng.normal(size=(n, 2))
    return np.sqrt(((x[:, None] - x[None]) ** 2).sum(axis=2))


@pytest.mark.parametrize("method", CLARAS + CLARANS)
def test_well_separated_blobs_are_found(method):
    d = blobs()
    result = method(d, 4, seed=0)
    assert result.loss == pytest.approx(loss_of(d, result.medoids))
    assert result.loss <= 1.1 * fasterpam(d, 4, seed=0).loss
    assert sorted(result.medoids % 4) == [0, 1, 2, 3]
    assert (result.labels == result.labels[np.arange(400) % 4]).all()


@pytest.mark.parametrize("method", CLARAS)
def test_a_sample_of_everything_is_locally_optimal(method):
    d = points(60, 1)
    result = method(d, 5, seed=0, sample_size=60)
    assert result.loss <= best_swap(d, result.medoids) * (1 + 1e-9)


@pytest.mark.parametrize("method", CLARAS)
def test_a_distance_function_is_asked_for_far_fewer_than_all_pairs(method):
    d = blobs(2000)
    asked = []

    def between(rows, columns):
        asked.append(len(rows) * len(columns))
        return d[np.ix_(rows, columns)]

    by_function = method(between, 4, n=2000, seed=0)
    by_matrix = method(d, 4, seed=0)
    assert by_function.medoids.tolist() == by_matrix.medoids.tolist()
    assert sum(asked) < 0.03 * d.size


@pytest.mark.parametrize("method", CLARAS)
def test_given_medoids_are_the_start_of_the_first_sample(method):
    d = blobs()
    start = fasterpam(d, 4, seed=0).medoids
    kept = method(d, start, n_samples=1, max_iter=0, seed=1)
    assert kept.medoids.tolist() == start.tolist()


@pytest.mark.parametrize("method", CLARANS)
def test_a_walk_never_ends_worse_than_it_began(method):
    d = points(200, 3)
    start = [0, 1, 2, 3, 4]
    result = method(d, start, n_local=1, seed=0)
    assert result.loss <= loss_of(d, start)
    assert result.loss == pytest.approx(loss_of(d, result.medoids))


@pytest.mark.parametrize("method", CLARANS)
def test_trying_all_candidates_is_locally_optimal(method):
    d = points(150, 4)
    result = method(d, 6, max_neighbor=1.0, seed=0)
    assert result.loss <= best_swap(d, result.medoids) * (1 + 1e-9)


@pytest.mark.parametrize("method", CLARAS + CLARANS)
def test_weights_count_and_seeds_repeat(method):
    d = points(150, 5)
    weights = np.random.default_rng(0).integers(0, 4, 150)
    first, second = (method(d, 5, weights=weights, seed=7) for _ in range(2))
    assert first.loss == pytest.approx(loss_of(d, first.medoids, weights))
    assert first.medoids.tolist() == second.medoids.tolist()


@pytest.mark.parametrize("method", CLARAS + CLARANS)
def test_all_objects_as_medoids_and_a_single_medoid_work(method):
    d = points(30, 6)
    assert method(d, 30, seed=0).loss == 0
    assert method(d, 1, seed=0).loss == pytest.approx(d.sum(axis=1).min())


@pytest.mark.parametrize(
    ("method", "arguments", "told"),
    [
        (fasterclara, {"n_samples": 0}, "at least one sample"),
        (fasterclara, {"sample_size": 2}, "at least k"),
        (fasterclara, {"distances": lambda a, b: None}, "how many objects"),
        (fasterclara, {"distances": lambda a, b: np.zeros((1, 1)), "n": 50}, "gave shape"),
        (fasterclarans, {"n_local": 0}, "at least one walk"),
        (fasterclarans, {"max_neighbor": 0}, "a share in"),
        (fastclarans, {"distances": np.full((9, 9), np.nan)}, "diagonal|NaN"),
    ],
)
def test_what_makes_no_sense_is_refused(method, arguments, told):
    with pytest.raises(ValueError, match=told):
        method(arguments.pop("distances", points(40, 0)), 3, **arguments)
