"""Fit P(right on unseen inputs): logistic regression on evidence written by bench_lists.py.

    for n in 1 2 3 4 6; do python experiments/inductive/bench_lists.py --set dreamcoder --every 8 \\
        --shown $n --seconds 1.5 --patience 0.3 --evidence evidence.jsonl; done
    python experiments/inductive/calibrate.py evidence.jsonl

The tables are of held-out problems: five folds by problem, so that a problem seen with two examples
does not help to judge it with three.  Prints the coefficients for `synth/inductive/confidence.py`.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from synth.inductive.confidence import COEFFICIENTS, Evidence, probability

_RIDGE = 0.3
_FOLDS = 5


def evidence_of(row: dict[str, Any]) -> Evidence:
    return Evidence(**{name: row[name] for name in Evidence.__slots__})


def fit(rows: list[dict[str, Any]]) -> tuple[float, ...]:
    """Maximum a-posteriori weights by Newton's method, ridge prior except on the intercept."""
    x = np.array([evidence_of(row).features() for row in rows])
    y = np.array([float(row["right"]) for row in rows])
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


def fold_of(row: dict[str, Any]) -> int:
    return crc32(f"{row['set']} {row['name']}".encode()) % _FOLDS


def judged(rows: list[dict[str, Any]]) -> list[tuple[float, dict[str, Any]]]:
    """Each answer with the probability that the other folds' fit gives it."""
    found = []
    for fold in range(_FOLDS):
        weights = fit([row for row in rows if fold_of(row) != fold])
        mine = [row for row in rows if fold_of(row) == fold]
        found += [(probability(evidence_of(row), weights), row) for row in mine]
    return found


def table(pairs: list[tuple[float, dict[str, Any]]]) -> None:
    edges = [0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.01]
    print("| stated P | answers | mean P | right |\n|---|---|---|---|")
    for low, high in pairwise(edges):
        line([pair for pair in pairs if low <= pair[0] < high], f"{low:.1f}-{min(high, 1):.1f}")
    print("\n| examples | answers | mean P | right | P over 0.8 | right of these |")
    print("|---|---|---|---|---|---|")
    for count in sorted({row["examples"] for _, row in pairs}):
        inside = [pair for pair in pairs if pair[1]["examples"] == count]
        sure = [row["right"] for p, row in inside if p > 0.8]
        share = f"{np.mean(sure):.2f}" if sure else ""
        line(inside, str(count), f" {len(sure)} | {share} |")
    right = np.array([float(row["right"]) for _, row in pairs])
    brier = float(np.mean((np.array([p for p, _ in pairs]) - right) ** 2))
    base = float(right.mean())
    print(f"\nBrier score {brier:.3f}; of always saying the base rate {base * (1 - base):.3f}")


def line(inside: list[tuple[float, dict[str, Any]]], label: str, more: str = "") -> None:
    if inside:
        mean = np.mean([p for p, _ in inside])
        share = np.mean([row["right"] for _, row in inside])
        print(f"| {label} | {len(inside)} | {mean:.2f} | {share:.2f} |{more}")


def main() -> None:
    texts = [Path(path).read_text(encoding="utf-8") for path in sys.argv[1:]]
    held = [json.loads(text) for part in texts for text in part.splitlines()]
    rows = list({(row["set"], row["name"], row["examples"]): row for row in held}.values())
    print(f"{len(rows)} answers, {sum(row['right'] for row in rows)} right\n")
    print("held-out fold, with weights of the others:\n")
    table(judged(rows))
    print("\nall, with the weights that are in confidence.py:\n")
    table([(probability(evidence_of(row), COEFFICIENTS), row) for row in rows])
    print(f"\nall rows: COEFFICIENTS = {fit(rows)}")


if __name__ == "__main__":
    main()
