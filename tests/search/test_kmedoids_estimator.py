"""The scikit-learn interface: attributes, parameters, metrics, prediction."""

import numpy as np
import pytest

from search.kmedoids import KMedoids, fasterpam
from search.kmedoids_estimator import pairwise
from tests.search.test_kmedoids import points

METHODS = ["fasterpam", "fastpam1", "pam", "fasterclara", "fastclara", "fasterclarans",
           "fastclarans", "fastermsc"]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_every_method_fits_a_distance_matrix(method):
    d = points(80, 0)
    model = KMedoids(4, method=method, random_state=0).fit(d)
    assert model.medoid_indices_.shape == (4,)
    assert model.inertia_ == pytest.approx(d[model.medoid_indices_].min(axis=0).sum())
    assert model.predict(d).tolist() == model.labels_.tolist()


@pytest.mark.parametrize("metric", ["euclidean", "manhattan", "cosine", "hamming"])
def test_points_are_compared_by_the_metric(metric):
    x = np.random.default_rng(0).integers(1, 5, (60, 6))
    model = KMedoids(3, metric=metric, random_state=1).fit(x)
    assert model.cluster_centers_.tolist() == x[model.medoid_indices_].tolist()
    assert model.inertia_ == pytest.approx(model.transform(x).min(axis=1).sum())
    assert model.predict(x[model.medoid_indices_]).tolist() == [0, 1, 2]


def test_pairwise_distances_follow_their_definitions():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(7, 4)), rng.normal(size=(5, 4))
    difference = x[:, None] - y[None]
    assert pairwise(x, y, "euclidean") == pytest.approx(np.sqrt((difference**2).sum(axis=2)))
    assert pairwise(x, y, "manhattan") == pytest.approx(np.abs(difference).sum(axis=2))
    cosine = 1 - (x @ y.T) / np.outer(np.linalg.norm(x, axis=1), np.linalg.norm(y, axis=1))
    assert pairwise(x, y, "cosine") == pytest.approx(cosine)


def test_it_agrees_with_the_function_on_weights_and_start():
    d = points(50, 2)
    weights = np.arange(50) % 3
    model = KMedoids(3, init=[4, 5, 6]).fit(d, sample_weight=weights)
    result = fasterpam(d, [4, 5, 6], weights=weights)
    assert model.labels_.tolist() == result.labels.tolist()
    assert model.inertia_ == pytest.approx(result.loss)


def test_parameters_are_read_and_set_by_name():
    model = KMedoids(3, method="fastpam1")
    copy = KMedoids(**model.get_params())
    assert copy.get_params() == model.get_params()
    assert model.set_params(n_clusters=5).n_clusters == 5
    with pytest.raises(ValueError, match="no setting"):
        model.set_params(clusters=5)
    assert "n_clusters=5" in repr(model)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"method": "kmeans"}, "choose one of"),
        ({"metric": "edit"}, "choose precomputed"),
        ({"init": [1, 2]}, "2 start medoids"),
        ({"n_clusters": 0}, "between 1"),
    ],
)
def test_what_makes_no_sense_is_refused_by_fit(settings, told):
    with pytest.raises(ValueError, match=told):
        KMedoids(**{"n_clusters": 3, **settings}).fit(points(20, 0))


def test_predicting_before_fitting_or_with_other_columns_is_refused():
    with pytest.raises(ValueError, match="call fit first"):
        KMedoids(3).predict(points(20, 0))
    with pytest.raises(ValueError, match="as in fit"):
        KMedoids(3, random_state=0).fit(points(20, 0)).predict(points(10, 0))


def test_scikit_learn_can_clone_it():
    base = pytest.importorskip("sklearn.base")
    model = base.clone(KMedoids(4, metric="euclidean", random_state=3))
    assert model.get_params()["n_clusters"] == 4
