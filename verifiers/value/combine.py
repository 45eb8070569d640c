"""Several values as one: a weighted mean, a weighted product, or the greatest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from synth.problem import Problem
from verifiers.value.evidence import Evidence, Value

How = Literal["mean", "product", "max"]


@dataclass(frozen=True, slots=True)
class Combined:
    """`parts` by `weights` (1 each where none are given).

    "product" is the weighted geometric mean: who is bad at one thing is bad. "max" ignores the
    weights.
    """

    parts: tuple[Value, ...]
    weights: tuple[float, ...] = ()
    how: How = "mean"

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("a combination needs at least one value")
        if self.weights and len(self.weights) != len(self.parts):
            raise ValueError(f"{len(self.weights)} weights for {len(self.parts)} values")
        if self.weights and not (min(self.weights) >= 0 and sum(self.weights) > 0):
            raise ValueError(f"weights are at least 0 and not all 0, got {self.weights}")

    @property
    def needs(self) -> frozenset[str]:
        return frozenset().union(*(part.needs for part in self.parts))

    def score(self, problem: Problem, evidence: Sequence[Evidence]) -> list[float]:
        weights = self.weights or (1.0,) * len(self.parts)
        columns = [part.score(problem, evidence) for part in self.parts]
        return [self._joined(row, weights) for row in zip(*columns, strict=True)]

    def _joined(self, row: Sequence[float], weights: Sequence[float]) -> float:
        if self.how == "max":
            return max(row)
        total = math.fsum(weights)
        pairs = list(zip(row, weights, strict=True))
        if self.how == "mean":
            found = math.fsum(value * weight for value, weight in pairs) / total
        elif any(value <= 0.0 and weight > 0.0 for value, weight in pairs):
            return 0.0
        else:
            logs = (weight * math.log(value) for value, weight in pairs if weight > 0.0)
            found = math.exp(math.fsum(logs) / total)
        return min(1.0, max(0.0, found))
