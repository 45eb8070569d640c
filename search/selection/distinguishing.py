"""The inputs that tell candidates apart: to show a judge (S*) or to ask the user (ConAIR).

Source: Li et al., "S*: Test Time Scaling for Code Generation", 2025 (adaptive input synthesis);
Dasgupta 2004 for choosing the question that splits the probability most evenly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from search.behaviour import checked_outputs


def distinguishing_inputs(
    outputs: ArrayLike,
    a: int,
    b: int,
    *,
    failed: ArrayLike | None = None,
    most: int = 3,
) -> tuple[int, ...]:
    """Inputs on which programs a and b differ, the most telling first.

    Inputs on which neither fails come first: an exception on a strange input is often nobody's
    fault. Then those that divide all programs into the most groups.
    """
    matrix = checked_outputs(outputs)
    differ = np.flatnonzero(matrix[a] != matrix[b])
    failures = np.zeros(matrix.shape, bool) if failed is None else np.asarray(failed, bool)
    groups = [len(np.unique(matrix[:, i])) for i in differ]
    either = failures[a, differ].astype(int) + failures[b, differ]
    order = sorted(range(len(differ)), key=lambda i: (either[i], -groups[i]))
    return tuple(int(differ[i]) for i in order[:most])


def best_question(
    outputs: ArrayLike,
    probability: ArrayLike,
    *,
    asked: Sequence[int] = (),
    failed: ArrayLike | None = None,
    most_failing: float = 0.5,
) -> int | None:
    """The input whose right output is expected to rule out the most, or None if all agree.

    `probability` (programs,) weighs the programs; the expected information of an input is the
    entropy of its outputs under it. Inputs already asked are left out, and so are those on which
    programs of more than `most_failing` of the weight fail: they are likely no valid inputs.
    """
    matrix = checked_outputs(outputs)
    p = _distribution(probability, matrix.shape[0])
    failures = np.zeros(matrix.shape, bool) if failed is None else np.asarray(failed, bool)
    best, question = 1e-9, None
    for i in range(matrix.shape[1]):
        if i in asked or p @ failures[:, i] > most_failing:
            continue
        _, which = np.unique(matrix[:, i], return_inverse=True)
        share = np.bincount(which, weights=p)
        share = share[share > 0]
        bits = float(-(share * np.log2(share)).sum())
        if bits > best:
            best, question = bits, i
    return question


def answered(
    outputs: ArrayLike, probability: ArrayLike, question: int, answer: int
) -> NDArray[np.float64]:
    """The probabilities after the right output of an input is known: what differs is out.

    `answer` is the hash of the right output. All zero if no program gives it: none of them is
    right, and more must be searched for.
    """
    matrix = checked_outputs(outputs)
    p = _distribution(probability, matrix.shape[0])
    left = np.where(matrix[:, question] == answer, p, 0.0)
    total = left.sum()
    return left / total if total > 0 else left


def _distribution(probability: ArrayLike, n: int) -> NDArray[np.float64]:
    p = np.asarray(probability, dtype=np.float64)
    if p.shape != (n,) or (p < 0).any():
        raise ValueError(f"probability has shape {p.shape}; want one, at least 0, for each of {n}")
    total = p.sum()
    return p / total if total > 0 else np.full(n, 1.0 / n)
