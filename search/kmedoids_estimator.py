"""k-medoids with the scikit-learn interface, without needing scikit-learn."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from search.clara import fastclara, fastclarans, fasterclara, fasterclarans
from search.kmedoids import Array, Init, KMedoidsResult, Seed, fasterpam, fastpam1, pam
from search.silhouette import MedoidSilhouetteResult, fastermsc

Metric = Literal["precomputed", "euclidean", "manhattan", "hamming", "cosine"]
Method = Literal[
    "fasterpam", "fastpam1", "pam", "fasterclara", "fastclara", "fasterclarans", "fastclarans",
    "fastermsc",
]  # fmt: skip

_METHODS: dict[str, Callable[..., KMedoidsResult | MedoidSilhouetteResult]] = {
    "fasterpam": fasterpam,
    "fastpam1": fastpam1,
    "pam": pam,
    "fasterclara": fasterclara,
    "fastclara": fastclara,
    "fasterclarans": fasterclarans,
    "fastclarans": fastclarans,
    "fastermsc": fastermsc,
}


class KMedoids:
    """Cluster around k objects; fits `sklearn.base.clone`, pipelines and grid search.

    After `fit`: `medoid_indices_` (k,), `labels_` (n,), `inertia_` (the weighted sum of distances
    to the nearest medoid), `n_iter_`, and with data points `cluster_centers_` (k, features).
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        metric: Metric = "precomputed",
        method: Method = "fasterpam",
        init: Init | ArrayLike = "random",
        max_iter: int = 100,
        random_state: Seed = None,
    ) -> None:
        """Store the settings: `init` may also hold start indices. They are checked by `fit`."""
        self.n_clusters = n_clusters
        self.metric = metric
        self.method = method
        self.init = init
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> Self:
        """Cluster `X`: a distance matrix if the metric is "precomputed", else points (n, features).

        Raises ValueError for a setting or matrix that does not make sense.
        """
        if self.method not in _METHODS:
            raise ValueError(f"method is {self.method!r}; choose one of {', '.join(_METHODS)}")
        data = np.asarray(X)
        distances = data if self.metric == "precomputed" else pairwise(data, data, self.metric)
        settings: dict[str, Any] = {"weights": sample_weight, "seed": self.random_state}
        accepted = inspect.signature(_METHODS[self.method]).parameters
        medoids: Any = self.n_clusters
        if not isinstance(self.init, str):
            medoids = np.asarray(self.init)
            if medoids.size != self.n_clusters:
                raise ValueError(
                    f"init holds {medoids.size} start medoids and n_clusters is {self.n_clusters}"
                )
        elif "init" in accepted:
            settings["init"] = self.init
        if "max_iter" in accepted:
            settings["max_iter"] = self.max_iter
        found = _METHODS[self.method](distances, medoids, **settings)
        self.medoid_indices_ = found.medoids
        self.labels_ = found.labels
        self.n_iter_ = found.n_iter
        self.n_features_in_ = data.shape[1]
        nearest = np.asarray(distances)[found.medoids[found.labels], np.arange(data.shape[0])]
        weights = np.ones(nearest.size) if sample_weight is None else np.asarray(sample_weight)
        self.inertia_ = float(weights.astype(np.float64) @ nearest)
        if self.metric != "precomputed":
            self.cluster_centers_ = data[found.medoids]
        return self

    def fit_predict(
        self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None
    ) -> NDArray[np.int64]:
        """The labels of `X` after fitting it."""
        self.fit(X, y, sample_weight)
        labels: NDArray[np.int64] = self.labels_
        return labels

    def transform(self, X: ArrayLike) -> Array:
        """Distances to the medoids, (m, k). Precomputed `X` is (m, n): new to fitted objects."""
        if not hasattr(self, "medoid_indices_"):
            raise ValueError("this KMedoids is not fitted yet; call fit first")
        data = np.asarray(X)
        if data.ndim != 2 or data.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has shape {data.shape}; want (any number, {self.n_features_in_}) as in fit"
            )
        if self.metric == "precomputed":
            chosen: Array = data[:, self.medoid_indices_]
            return chosen
        return pairwise(data, self.cluster_centers_, self.metric)

    def predict(self, X: ArrayLike) -> NDArray[np.int64]:
        """The label of the nearest medoid of each row of `X`, which is as for `transform`."""
        labels: NDArray[np.int64] = np.argmin(self.transform(X), axis=1).astype(np.int64)
        return labels

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings by name, as scikit-learn wants them."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **settings: Any) -> Self:
        """Change settings by name; ValueError for a name there is not."""
        for name, value in settings.items():
            if name not in self.get_params():
                raise ValueError(
                    f"{name!r} is no setting; there are {', '.join(self.get_params())}"
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"KMedoids({shown})"


def pairwise(a: ArrayLike, b: ArrayLike, metric: Metric) -> Array:
    """Distances between the rows of `a` (n, f) and `b` (m, f), float64 of shape (n, m)."""
    x, y = np.asarray(a), np.asarray(b)
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        raise ValueError(f"points have shapes {x.shape} and {y.shape}; want (n, f) and (m, f)")
    same = a is b
    if metric == "hamming":
        d = np.stack([(row != y).mean(axis=1) for row in x])
    elif metric == "manhattan":
        xf, yf = x.astype(np.float64), y.astype(np.float64)
        d = np.stack([np.abs(row - yf).sum(axis=1) for row in xf])
    elif metric in ("euclidean", "cosine"):
        xf, yf = x.astype(np.float64), y.astype(np.float64)
        if metric == "cosine":
            norms = [np.linalg.norm(v, axis=1, keepdims=True) for v in (xf, yf)]
            if any((norm == 0).any() for norm in norms):
                raise ValueError("a row is all zeros; it has no direction for the cosine distance")
            d = np.clip(1.0 - (xf / norms[0]) @ (yf / norms[1]).T, 0.0, 2.0)
        else:
            squares = (xf**2).sum(axis=1)[:, None] + (yf**2).sum(axis=1)[None] - 2.0 * xf @ yf.T
            d = np.sqrt(np.maximum(squares, 0.0))
    else:
        raise ValueError(
            f"metric is {metric!r}; choose precomputed, euclidean, manhattan, hamming or cosine"
        )
    if same:
        d = (d + d.T) / 2.0
        np.fill_diagonal(d, 0.0)
    return d
