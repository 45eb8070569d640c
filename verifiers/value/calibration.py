"""From scores to probabilities: Platt's sigmoid, and isotonic steps.

Platt 1999, "Probabilistic outputs for support vector machines", with the smoothed targets of his
equation 2.1, fitted by Newton's method; isotonic regression by pooling adjacent violators (Ayer et
al. 1955). Both are monotone: they change what a score says, not which program is ahead.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Platt:
    """sigmoid(slope * score + offset)."""

    slope: float = 1.0
    offset: float = 0.0

    def __call__(self, score: float) -> float:
        return sigmoid(self.slope * score + self.offset)

    def to_json(self) -> dict[str, Any]:
        return {"kind": "platt", "slope": self.slope, "offset": self.offset}

    @staticmethod
    def fit(scores: Sequence[float], labels: Sequence[bool]) -> Platt:
        positives = sum(labels)
        negatives = len(labels) - positives
        targets = [
            (positives + 1) / (positives + 2) if label else 1 / (negatives + 2) for label in labels
        ]
        slope, offset = 0.0, math.log((positives + 1) / (negatives + 1))

        def loss(slope: float, offset: float) -> float:
            return math.fsum(
                _softplus(slope * s + offset) - t * (slope * s + offset)
                for s, t in zip(scores, targets, strict=True)
            )

        now = loss(slope, offset)
        for _ in range(100):
            g0 = g1 = 0.0
            h00 = h11 = 1e-12
            h01 = 0.0
            for score, target in zip(scores, targets, strict=True):
                p = sigmoid(slope * score + offset)
                d, w = p - target, p * (1 - p)
                g0, g1 = g0 + d * score, g1 + d
                h00, h01, h11 = h00 + w * score * score, h01 + w * score, h11 + w
            determinant = h00 * h11 - h01 * h01
            if determinant <= 1e-18 or max(abs(g0), abs(g1)) < 1e-9:
                break
            step0 = (h11 * g0 - h01 * g1) / determinant
            step1 = (h00 * g1 - h01 * g0) / determinant
            rate = 1.0
            while rate > 1e-6 and loss(slope - rate * step0, offset - rate * step1) > now:
                rate /= 2
            slope, offset = slope - rate * step0, offset - rate * step1
            before, now = now, loss(slope, offset)
            if before - now < 1e-10:
                break
        return Platt(max(0.0, slope), offset)  # a falling sigmoid would turn the ranking round


@dataclass(frozen=True, slots=True)
class Isotonic:
    """Straight lines between (`scores`, `levels`), both rising; flat beyond their ends."""

    scores: tuple[float, ...]
    levels: tuple[float, ...]

    def __call__(self, score: float) -> float:
        place = bisect_right(self.scores, score)
        if place == 0:
            return self.levels[0]
        if place == len(self.scores):
            return self.levels[-1]
        left, right = self.scores[place - 1], self.scores[place]
        part = (score - left) / (right - left)
        return self.levels[place - 1] * (1 - part) + self.levels[place] * part

    def to_json(self) -> dict[str, Any]:
        return {"kind": "isotonic", "scores": list(self.scores), "levels": list(self.levels)}

    @staticmethod
    def fit(scores: Sequence[float], labels: Sequence[bool]) -> Isotonic:
        ties: dict[float, list[float]] = {}  # by score: sum of labels, count
        for score, label in zip(scores, labels, strict=True):
            tie = ties.setdefault(score, [0.0, 0.0])
            tie[0], tie[1] = tie[0] + label, tie[1] + 1
        blocks: list[tuple[float, float, float]] = []  # sum of labels, count, mean score
        for score in sorted(ties):
            blocks.append((ties[score][0], ties[score][1], score))
            while (
                len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]
            ):
                right, left = blocks.pop(), blocks.pop()
                count = left[1] + right[1]
                mean = left[2] + (right[2] - left[2]) * (right[1] / count)
                blocks.append((left[0] + right[0], count, mean))
        return Isotonic(
            tuple(mean for _, _, mean in blocks),
            tuple(total / count for total, count, _ in blocks),
        )


Calibration = Platt | Isotonic


def calibration_from_json(data: Any) -> Calibration:
    """Raises ValueError, KeyError or TypeError for what is none."""
    if data["kind"] == "platt":
        return Platt(float(data["slope"]), float(data["offset"]))
    if data["kind"] != "isotonic":
        raise ValueError(f"unknown calibration {data['kind']!r}")
    scores, levels = tuple(map(float, data["scores"])), tuple(map(float, data["levels"]))
    if not scores or len(scores) != len(levels) or sorted(set(scores)) != list(scores):
        raise ValueError("an isotonic calibration needs rising scores and a level each")
    return Isotonic(scores, levels)


def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x)) without overflow."""
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    return math.exp(x) / (1.0 + math.exp(x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))
