"""Spend a few comparisons by a judge on the candidates that are left.

Only classes of different behaviour meet. Each pair is shown in both orders, since judges prefer a
place, and what was judged once is remembered. Verdicts update the probabilities by Bayes' rule with
the judge's stated accuracy, and the next pair is the one expected to help the choice most, which
beats a fixed bracket when comparisons are few.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Judge: TypeAlias = Callable[[int, int], float]
"""`judge(a, b)`: how likely program a, shown first, is better than b; 0.5 says it can't tell."""


@dataclass(frozen=True, slots=True, eq=False)
class TournamentResult:
    """`programs` best first with their `probability` of being right; `verdicts[a, b]` the mean
    over both orders that a is better; `calls` made to the judge (two a pair, none for known)."""

    programs: tuple[int, ...]
    probability: NDArray[np.float64]
    verdicts: Mapping[tuple[int, int], float] = field(default_factory=lambda: MappingProxyType({}))
    calls: int = 0


def tournament(
    programs: Sequence[int],
    probability: ArrayLike,
    judge: Judge,
    *,
    accuracy: float,
    comparisons: int = 6,
    enough: float = 0.99,
    cache: MutableMapping[tuple[int, int], float] | None = None,
) -> TournamentResult:
    """Improve the choice among `programs`, one of each behaviour.

    Args:
        programs: the candidates; the most likely half dozen is plenty.
        probability: that each is right; together at most 1, the rest is for "none of them".
        judge: see `Judge`.
        accuracy: how often the judge names the right one of a right and a wrong program, in
            (0.5, 1). Measured on problems with known answers; too high an accuracy makes it
            overrule the evidence.
        comparisons: pairs to show at most, each in both orders.
        enough: stop once one candidate has this share of what all candidates have.
        cache: of ordered pairs to answers, read and filled.
    """
    p = np.array(probability, dtype=np.float64)
    if p.shape != (len(programs),) or len(programs) == 0:
        raise ValueError(f"there are {len(programs)} programs and probabilities {p.shape}")
    if (p < 0).any() or p.sum() > 1 + 1e-9:
        raise ValueError(f"probabilities sum to {p.sum():.3f}; want at least 0, together at most 1")
    if not 0.5 < accuracy < 1:
        raise ValueError(f"accuracy is {accuracy}; want it above 0.5 and below 1")
    answers = {} if cache is None else cache
    none = max(0.0, 1.0 - float(p.sum()))
    verdicts: dict[tuple[int, int], float] = {}
    calls = 0
    for _ in range(comparisons):
        if p.max() >= enough * p.sum():
            break
        pair = _next_pair(p, accuracy, verdicts)
        if pair is None:
            break
        a, b = pair
        views = []
        for first, second in ((a, b), (b, a)):
            key = (programs[first], programs[second])
            if key not in answers:
                answers[key] = float(judge(*key))
                calls += 1
            if not 0 <= answers[key] <= 1:
                raise ValueError(f"the judge answered {answers[key]}; want a number in [0, 1]")
            views.append(answers[key] if first == a else 1.0 - answers[key])
        verdicts[pair] = sum(views) / 2
        p, none = _updated(p, none, a, b, verdicts[pair], accuracy)
    order = np.argsort(-p, kind="stable")
    named = {(programs[a], programs[b]): v for (a, b), v in verdicts.items()}
    return TournamentResult(
        tuple(programs[i] for i in order), p[order], MappingProxyType(named), calls
    )


def _likelihood(verdict: float, accuracy: float) -> tuple[float, float]:
    """How likely this verdict is if the first is right, and if the second is."""
    first = verdict * accuracy + (1 - verdict) * (1 - accuracy)
    return first, 1.0 - first


def _updated(
    p: NDArray[np.float64], none: float, a: int, b: int, verdict: float, accuracy: float
) -> tuple[NDArray[np.float64], float]:
    """Bayes' rule; a judge shown two wrong programs says either with probability one half."""
    for_a, for_b = _likelihood(verdict, accuracy)
    factor = np.full(len(p), 0.5)
    factor[a], factor[b] = for_a, for_b
    after, rest = p * factor, none * 0.5
    total = after.sum() + rest
    return after / total, rest / total


def _next_pair(
    p: NDArray[np.float64], accuracy: float, verdicts: Mapping[tuple[int, int], float]
) -> tuple[int, int] | None:
    """The pair whose verdict is expected to leave the best candidate most likely right."""
    best, found = p.max() + 1e-12, None
    leaders = np.argsort(-p, kind="stable")[:8].tolist()
    for a, b in itertools.combinations(sorted(leaders), 2):
        if (a, b) in verdicts:
            continue
        rest = np.delete(p, [a, b]).max(initial=0.0)
        # Unnormalised posteriors of both verdicts; their sum weighs each by how likely it is.
        expected = max(accuracy * p[a], (1 - accuracy) * p[b], 0.5 * rest)
        expected += max((1 - accuracy) * p[a], accuracy * p[b], 0.5 * rest)
        if expected > best:
            best, found = expected, (a, b)
    if found is not None:
        return found
    # No single verdict can change the choice; two might, so try the leaders against each other.
    for a, b in itertools.combinations(leaders[:4], 2):
        pair = (min(a, b), max(a, b))
        if pair not in verdicts and p[pair[1]] > 0 and p[pair[0]] > 0:
            return pair
    return None
