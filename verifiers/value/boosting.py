"""Gradient-boosted trees for a yes-or-no label: fitted with numpy, evaluated without it.

Friedman 2001, "Greedy function approximation: a gradient boosting machine", with the second-order
gain and leaf values of Chen and Guestrin 2016, "XGBoost", sections 2.2 and 3.4: an unknown feature
(nan) goes to the side that training found better.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BINS = 32
_FIELDS = ("features", "thresholds", "lefts", "rights", "unknown_left", "values")

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BoostedTree:
    """Nodes as flat lists; node 0 is the root. A leaf has feature -1. An inner node sends a row
    left where its feature is at most the threshold."""

    features: tuple[int, ...]
    thresholds: tuple[float, ...]
    lefts: tuple[int, ...]
    rights: tuple[int, ...]
    unknown_left: tuple[bool, ...]
    values: tuple[float, ...]

    def value(self, row: Sequence[float]) -> float:
        node = 0
        while self.features[node] >= 0:
            x = row[self.features[node]]
            left = self.unknown_left[node] if math.isnan(x) else x <= self.thresholds[node]
            node = self.lefts[node] if left else self.rights[node]
        return self.values[node]


@dataclass(frozen=True, slots=True)
class Boosted:
    """The log-odds: `bias` and the sum of the trees' values."""

    bias: float
    trees: tuple[BoostedTree, ...]

    def log_odds(self, row: Sequence[float]) -> float:
        """The score of one row of features."""
        return math.fsum([self.bias, *(tree.value(row) for tree in self.trees)])

    def to_json(self) -> dict[str, Any]:
        trees = [{name: list(getattr(tree, name)) for name in _FIELDS} for tree in self.trees]
        return {"kind": "boosted", "bias": self.bias, "trees": trees}

    @staticmethod
    def from_json(data: Mapping[str, Any], width: int) -> Boosted:
        """Raises ValueError, KeyError or TypeError for what is none of `width` features."""
        return Boosted(float(data["bias"]), tuple(_tree(row, width) for row in data["trees"]))

    @staticmethod
    def fit(
        rows: Sequence[Sequence[float]],
        labels: Sequence[bool],
        *,
        trees: int = 100,
        depth: int = 3,
        rate: float = 0.08,
        least: float = 10.0,
        penalty: float = 5.0,
    ) -> Boosted:
        """`trees` of at most `depth` splits on the way to a leaf; `rate` shrinks each; a leaf has
        at least `least` of curvature (at an even label four rows make 1) and `penalty` on its
        value."""
        x, y = np.array(rows, dtype=float), np.array(labels, dtype=float)
        edges = [_edges(x[:, column]) for column in range(x.shape[1])]
        binned = np.stack([_binned(x[:, i], edge) for i, edge in enumerate(edges)], axis=1)
        bias = math.log((y.sum() + 0.5) / (len(y) - y.sum() + 0.5))
        score = np.full(len(y), bias)
        grown: list[BoostedTree] = []
        for _ in range(trees):
            p = 1.0 / (1.0 + np.exp(-score))
            grower = _Grower(binned, edges, y - p, p * (1 - p), depth, rate, least / 4, penalty)
            grower.grow(np.arange(len(y)), 0)
            if len(grower.features) == 1:
                break  # nothing splits any more
            grown.append(grower.tree())
            score = score + grower.leaf_of_row
        return Boosted(bias, tuple(grown))


def _tree(data: Mapping[str, Any], width: int) -> BoostedTree:
    features = tuple(int(i) for i in data["features"])
    lefts, rights = (tuple(int(i) for i in data[name]) for name in ("lefts", "rights"))
    tree = BoostedTree(
        features,
        tuple(float(x) for x in data["thresholds"]),
        lefts,
        rights,
        tuple(bool(x) for x in data["unknown_left"]),
        tuple(float(x) for x in data["values"]),
    )
    sizes = {len(getattr(tree, name)) for name in _FIELDS}
    forward = all(
        node < left < len(features) and node < right < len(features)
        for node, (left, right) in enumerate(zip(lefts, rights, strict=True))
        if features[node] >= 0
    )
    if sizes != {len(features)} or not features or max(features) >= width or not forward:
        raise ValueError("a damaged tree")
    return tree


def _edges(column: Array) -> Array:
    """At most `_BINS` - 1 cuts between the known values, at quantiles."""
    known = np.unique(column[~np.isnan(column)])
    if len(known) < 2:
        return np.empty(0)
    if len(known) > _BINS:
        known = np.unique(np.quantile(known, np.linspace(0, 1, _BINS), method="lower"))
    return (known[:-1] + known[1:]) / 2


def _binned(column: Array, edges: Array) -> NDArray[np.int64]:
    """The interval of each value; unknown ones have the last, `_BINS`."""
    return np.where(np.isnan(column), _BINS, np.searchsorted(edges, column, side="left"))


@dataclass(slots=True)
class _Split:
    gain: float
    feature: int
    bin: int
    unknown_left: bool


class _Grower:
    """One tree, grown depth first; `leaf_of_row` is what it adds to each training row."""

    def __init__(
        self,
        binned: NDArray[np.int64],
        edges: Sequence[Array],
        gradient: Array,
        curvature: Array,
        depth: int,
        rate: float,
        least: float,
        penalty: float,
    ) -> None:
        self._binned, self._edges = binned, edges
        self._gradient, self._curvature = gradient, curvature
        self._depth, self._rate, self._least, self._penalty = depth, rate, least, penalty
        self.leaf_of_row = np.zeros(len(gradient))
        self.features: list[int] = []
        self._thresholds: list[float] = []
        self._lefts: list[int] = []
        self._rights: list[int] = []
        self._unknown_left: list[bool] = []
        self._values: list[float] = []

    def tree(self) -> BoostedTree:
        return BoostedTree(
            tuple(self.features),
            tuple(self._thresholds),
            tuple(self._lefts),
            tuple(self._rights),
            tuple(self._unknown_left),
            tuple(self._values),
        )

    def grow(self, rows: NDArray[np.int64], level: int) -> int:
        node = len(self.features)
        g, h = self._gradient[rows].sum(), self._curvature[rows].sum()
        value = self._rate * float(g / (h + self._penalty))
        self.features.append(-1)
        self._thresholds.append(0.0)
        self._lefts.append(-1)
        self._rights.append(-1)
        self._unknown_left.append(False)
        self._values.append(value)
        split = self._best(rows, g, h) if level < self._depth else None
        if split is None:
            self.leaf_of_row[rows] = value
            return node
        bins = self._binned[rows, split.feature]
        left = np.where(bins == _BINS, split.unknown_left, bins <= split.bin)
        self.features[node] = split.feature
        self._thresholds[node] = float(self._edges[split.feature][split.bin])
        self._unknown_left[node] = split.unknown_left
        self._lefts[node] = self.grow(rows[left], level + 1)
        self._rights[node] = self.grow(rows[~left], level + 1)
        return node

    def _best(self, rows: NDArray[np.int64], g: float, h: float) -> _Split | None:
        best: _Split | None = None
        base = g * g / (h + self._penalty)
        for feature, edges in enumerate(self._edges):
            if not len(edges):
                continue
            bins = self._binned[rows, feature]
            gs = np.bincount(bins, self._gradient[rows], minlength=_BINS + 1)
            hs = np.bincount(bins, self._curvature[rows], minlength=_BINS + 1)
            left_g, left_h = gs[: len(edges)].cumsum(), hs[: len(edges)].cumsum()
            for unknown_left in (False, True) if hs[_BINS] else (False,):
                lg = left_g + gs[_BINS] * unknown_left
                lh = left_h + hs[_BINS] * unknown_left
                rg, rh = g - lg, h - lh
                gains = lg**2 / (lh + self._penalty) + rg**2 / (rh + self._penalty) - base
                gains = np.where((lh >= self._least) & (rh >= self._least), gains, -np.inf)
                place = int(np.argmax(gains))
                if gains[place] > 1e-6 and (best is None or gains[place] > best.gain):
                    best = _Split(float(gains[place]), feature, place, unknown_left)
        return best
