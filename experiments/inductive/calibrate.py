"""Fit P(right on unseen inputs): logistic regression on evidence written by bench_lists.py.

    python experiments/inductive/bench_lists.py --set dreamcoder --evidence evidence.jsonl
    python experiments/inductive/calibrate.py evidence.jsonl

Every second problem is used for fitting, the others for the reliability table.  Prints the
coefficients for `synth/inductive/confidence.py`.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from synth.inductive.confidence import COEFFICIENTS, Evidence, probability

_RIDGE = 0.3


def evidence_of(row: dict[str, Any]) -> Evidence:
    return Evidence(**{name: row[name] for name in Evidence.__slots__})


def fit(rows: list[dict[str, Any]]) -> tuple[float, ...]:
    """Maximum a-posteriori weights by Newton's method, ridge prior except on the intercept."""
    x = np.array([evidence_of(row).features() for row in rows])
    # Without leave-one-out the answer must still be judged: those rows count half a time more.
    blind = np.array([
        Evidence(**{**{n: row[n] for n in Evidence.__slots__}, "leave_one_out": None}).features()
        for row in rows
    ])  # fmt: skip
    x = np.concatenate([x, blind])
    y = np.array([float(row["right"]) for row in rows] * 2)
    weight = np.zeros(x.shape[1])
    prior = np.full(x.shape[1], _RIDGE)
    prior[0] = 1e-6
    for _ in range(100):
        p = 1 / (1 + np.exp(-x @ weight))
        gradient = x.T @ (y - p) - prior * weight
        curvature = (x * (p * (1 - p))[:, None]).T @ x + np.diag(prior)
        step = np.linalg.solve(curvature, gradient)
        weight += step
        if np.abs(step).max() < 1e-9:
            break
    return tuple(round(float(value), 3) for value in weight)


def table(rows: list[dict[str, Any]], coefficients: tuple[float, ...]) -> None:
    edges = [0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.01]
    judged = [(probability(evidence_of(row), coefficients), bool(row["right"])) for row in rows]
    brier = float(np.mean([(p - right) ** 2 for p, right in judged]))
    base = float(np.mean([right for _, right in judged]))
    print("| stated P | answers | mean P | right |\n|---|---|---|---|")
    for low, high in pairwise(edges):
        inside = [(p, right) for p, right in judged if low <= p < high]
        if inside:
            mean = np.mean([p for p, _ in inside])
            share = np.mean([right for _, right in inside])
            print(f"| {low:.1f}-{min(high, 1):.1f} | {len(inside)} | {mean:.2f} | {share:.2f} |")
    print(f"\nBrier score {brier:.3f}; of always saying the base rate {base * (1 - base):.3f}")


def main() -> None:
    texts = [Path(path).read_text(encoding="utf-8") for path in sys.argv[1:]]
    rows = [json.loads(line) for text in texts for line in text.splitlines()]
    even, odd = rows[::2], rows[1::2]
    print(f"{len(rows)} answers, {sum(row['right'] for row in rows)} right\n")
    print("held-out half, with weights of the other half:\n")
    table(odd, fit(even))
    print("\nheld-out half, with the weights that are in confidence.py:\n")
    table(odd, COEFFICIENTS)
    print(f"\nall rows: COEFFICIENTS = {fit(rows)}")


if __name__ == "__main__":
    main()
