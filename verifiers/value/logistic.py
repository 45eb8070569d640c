"""Logistic regression: plain numbers in, plain numbers out.

Features are standardised; an unknown one (nan) counts as average, and that it is unknown is a
feature of its own. Fitted by Newton's method with an L2 penalty; evaluated without numpy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_MOST_DEVIATIONS = 6.0  # a feature far outside what training saw shall not decide alone


@dataclass(frozen=True, slots=True)
class Logistic:
    """The log-odds `bias + sum(weight * (x - mean) / scale)`, or `missing` where x is nan."""

    bias: float
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    missing: tuple[float, ...]

    def log_odds(self, row: Sequence[float]) -> float:
        """The score of one row of features."""
        parts = [self.bias]
        columns = (self.means, self.scales, self.weights, self.missing)
        for x, mean, scale, weight, missing in zip(row, *columns, strict=True):
            if math.isnan(x):
                parts.append(missing)
            else:
                z = (x - mean) / scale
                parts.append(weight * max(-_MOST_DEVIATIONS, min(_MOST_DEVIATIONS, z)))
        return math.fsum(parts)

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": "logistic",
            "bias": self.bias,
            "means": list(self.means),
            "scales": list(self.scales),
            "weights": list(self.weights),
            "missing": list(self.missing),
        }

    @staticmethod
    def from_json(data: Mapping[str, Any], width: int) -> Logistic:
        """Raises ValueError, KeyError or TypeError for what is none of `width` features."""
        columns = [
            tuple(float(x) for x in data[name])
            for name in ("means", "scales", "weights", "missing")
        ]
        if any(len(column) != width for column in columns) or not all(columns[1]):
            raise ValueError(f"a logistic model of {width} features needs as many of each number")
        return Logistic(float(data["bias"]), columns[0], columns[1], columns[2], columns[3])

    @staticmethod
    def fit(
        rows: Sequence[Sequence[float]], labels: Sequence[bool], *, penalty: float = 30.0
    ) -> Logistic:
        """`penalty` is the L2 weight of standardised features; the bias is free. Candidates of one
        problem are alike, so a few thousand rows are a few dozen problems: less than 10 fits the
        problems (experiments/value)."""
        import numpy as np

        x = np.array(rows, dtype=float)
        y = np.array(labels, dtype=float)
        unknown = np.isnan(x)
        known = ~unknown
        counts = known.sum(axis=0)
        means = np.where(known, x, 0.0).sum(axis=0) / np.maximum(counts, 1)
        centred = np.where(known, x - means, 0.0)
        scales = np.sqrt((centred**2).sum(axis=0) / np.maximum(counts, 1))
        scales = np.where(scales > 1e-9, scales, 1.0)
        z = np.clip(centred / scales, -_MOST_DEVIATIONS, _MOST_DEVIATIONS)
        design = np.hstack([np.ones((len(y), 1)), z, unknown.astype(float)])
        ridge = np.full(design.shape[1], penalty)
        ridge[0] = 1e-6
        beta = np.zeros(design.shape[1])
        beta[0] = math.log((y.sum() + 0.5) / (len(y) - y.sum() + 0.5))

        def loss(b: Any) -> float:
            score = design @ b
            return float(np.logaddexp(0.0, score).sum() - y @ score + 0.5 * (ridge * b * b).sum())

        now = loss(beta)
        for _ in range(50):
            p = 1.0 / (1.0 + np.exp(-np.clip(design @ beta, -30, 30)))
            gradient = design.T @ (p - y) + ridge * beta
            curvature = (design * (p * (1 - p))[:, None]).T @ design + np.diag(ridge)
            step = np.linalg.solve(curvature, gradient)
            rate = 1.0
            while rate > 1e-4 and loss(beta - rate * step) > now:
                rate /= 2
            beta = beta - rate * step
            before, now = now, loss(beta)
            if before - now < 1e-9 * max(1.0, abs(before)):
                break
        width = x.shape[1]
        return Logistic(
            float(beta[0]),
            tuple(map(float, means)),
            tuple(map(float, scales)),
            tuple(map(float, beta[1 : width + 1])),
            tuple(map(float, beta[width + 1 :])),
        )
