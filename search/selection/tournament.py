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


class Tournament:
    """The comparisons one by one, for a judge that takes its time: ask `next_pair`, show it in
    both orders, `record` the mean verdict.

    Args:
        programs: the candidates, one of each behaviour; the most likely half dozen is plenty.
        probability: that each is right; together at most 1, the rest is for "none of them".
        accuracy: how often the judge names the right one of a right and a wrong program, in
            (0.5, 1). Measured on problems with known answers; too high an accuracy makes it
            overrule the evidence.
        comparisons: pairs to show at most.
        enough: stop once one candidate has this share of what all candidates have.
    """

    def __init__(
        self,
        programs: Sequence[int],
        probability: ArrayLike,
        *,
        accuracy: float,
        comparisons: int = 6,
        enough: float = 0.99,
    ) -> None:
        p = np.array(probability, dtype=np.float64)
        if p.shape != (len(programs),) or len(programs) == 0:
            raise ValueError(f"there are {len(programs)} programs and probabilities {p.shape}")
        if (p < 0).any() or p.sum() > 1 + 1e-9:
            raise ValueError(
                f"probabilities sum to {p.sum():.3f}; want at least 0, together at most 1"
            )
        if not 0.5 < accuracy < 1:
            raise ValueError(f"accuracy is {accuracy}; want it above 0.5 and below 1")
        self._programs = tuple(programs)
        self._p, self._none = p, max(0.0, 1.0 - float(p.sum()))
        self._accuracy, self._enough, self._left = accuracy, enough, comparisons
        self._verdicts: dict[tuple[int, int], float] = {}

    def next_pair(self) -> tuple[int, int] | None:
        """The two programs to compare next, None when there is nothing to gain or to spend."""
        if self._left < 1 or self._p.max() >= self._enough * self._p.sum():
            return None
        pair = _next_pair(self._p, self._accuracy, self._verdicts)
        return None if pair is None else (self._programs[pair[0]], self._programs[pair[1]])

    def record(self, first: int, second: int, verdict: float) -> None:
        """`verdict` in [0, 1]: the mean over both orders that the first program is better."""
        if not 0 <= verdict <= 1:
            raise ValueError(f"the judge answered {verdict}; want a number in [0, 1]")
        a, b = self._programs.index(first), self._programs.index(second)
        self._verdicts[a, b] = verdict
        self._left -= 1
        self._p, self._none = _updated(self._p, self._none, a, b, verdict, self._accuracy)

    def result(self, *, calls: int = 0) -> TournamentResult:
        """What the comparisons so far come to."""
        order = np.argsort(-self._p, kind="stable")
        named = {(self._programs[a], self._programs[b]): v for (a, b), v in self._verdicts.items()}
        return TournamentResult(
            tuple(self._programs[i] for i in order), self._p[order], MappingProxyType(named), calls
        )


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
    """Improve the choice among `programs` by a judge that answers at once: see `Tournament`.

    `cache` holds answers by ordered pair of programs; it is read and filled.
    """
    state = Tournament(
        programs, probability, accuracy=accuracy, comparisons=comparisons, enough=enough
    )
    answers = {} if cache is None else cache
    calls = 0
    while (pair := state.next_pair()) is not None:
        views = []
        for key in (pair, pair[::-1]):
            if key not in answers:
                answers[key] = float(judge(*key))
                calls += 1
            if not 0 <= answers[key] <= 1:
                raise ValueError(f"the judge answered {answers[key]}; want a number in [0, 1]")
            views.append(answers[key] if key == pair else 1.0 - answers[key])
        state.record(*pair, sum(views) / 2)
    return state.result(calls=calls)


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
