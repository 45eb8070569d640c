"""The field's measures of correct and of fast code, as exact formulas.

All of them take plain numbers (counts, scores, costs); how costs are measured is
`verifiers.cost`. A cost is anything of which less is better: instructions, CPU seconds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def pass_at_k(n: int, correct: int, k: int) -> float:
    """The chance that one of `k` programs, drawn without replacement from `n` of which `correct`
    are right, is right: 1 - C(n-c, k) / C(n, k) (Chen et al. 2021)."""
    _check(n, k)
    if not 0 <= correct <= n:
        raise ValueError(f"correct must lie in 0..{n}, got {correct}")
    if n - correct < k:
        return 1.0
    # The ratio of binomials is a product of 1 - c/(n-i). Its logarithm neither overflows nor, where
    # the chance is small, loses it beside 1.
    return 0.0 - math.expm1(math.fsum(math.log1p(-correct / (n - i)) for i in range(k)))


def efficient_at_k(n: int, correct_and_faster: int, k: int) -> float:
    """pass@k that counts only right programs faster than the best known one (COFFE, Peng et al.
    2025)."""
    return pass_at_k(n, correct_and_faster, k)


def eff_at_k(scores: Sequence[float], k: int) -> float:
    """The expected best efficiency score among `k` programs drawn from these, without replacement.

    With the scores sorted ascending as e_(1..n): sum over r of C(r-1, k-1) / C(n, k) * e_(r)
    (ENAMEL, Qiu et al. 2025). Wrong programs have score 0.
    """
    n = len(scores)
    _check(n, k)
    ordered = sorted(scores, reverse=True)
    # The weight of the largest is k/n; each next is the one before times (r-k)/(r-1).
    weight = k / n
    total = 0.0
    for index, score in enumerate(ordered):
        total += weight * score
        rank = n - index
        if rank == k:
            break
        weight *= (rank - k) / (rank - 1)
    return total


def enamel_score(
    costs: Sequence[Sequence[float] | None],
    reference: Sequence[Sequence[float]],
    *,
    hardness: Sequence[float] = (3.0, 3.0, 4.0),
    alpha: float = 2.0,
) -> float:
    """One correct program's efficiency in comparison with an expert's (ENAMEL).

    `costs[l]` are the costs of the cases of level l, None where one ran out of time or memory (a
    wrong answer on any level makes the whole score 0, which is the caller's to see to);
    `reference` likewise for the reference. With T = alpha times the reference's highest cost, a
    level scores max(0, T - highest cost) / (T - the reference's highest cost there), and 0 from the
    first such level on; the result is the mean weighted by `hardness`. It is above 1 for a
    program faster than the reference.
    """
    if not (len(costs) == len(reference) == len(hardness)):
        raise ValueError(
            f"one entry per level: got {len(costs)}, {len(reference)} and {len(hardness)}"
        )
    if alpha <= 1.0:
        raise ValueError(f"alpha must be above 1, got {alpha}")
    given = [*reference, *(level for level in costs if level is not None)]
    if not all(level and min(level) >= 0 for level in given) or not max(map(max, reference)) > 0:
        raise ValueError("every level must have costs, and the reference one above 0")
    if not (min(hardness) >= 0 and sum(hardness) > 0):
        raise ValueError(f"hardness must be weights with a sum above 0, got {tuple(hardness)}")
    limit = alpha * max(map(max, reference))
    total = 0.0
    for level, best, weight in zip(costs, reference, hardness, strict=True):
        if level is None or max(level) > limit:
            break
        total += weight * (limit - max(level)) / (limit - max(best))
    return total / sum(hardness)


def differential_performance(
    cost: float, clusters: Sequence[tuple[float, float]]
) -> tuple[float, float]:
    """(DPS, normalised DPS) of a right program, both in percent (EvalPerf, Liu et al. 2024).

    `clusters` are (cost, share) of groups of reference programs of alike cost. DPS is the share of
    reference programs that this one matches or outperforms; the normalised score counts every
    group once.
    """
    total = sum(share for _, share in clusters)
    if not total > 0:
        raise ValueError("no reference clusters with shares above 0 given")
    beaten = [share for reference, share in clusters if cost <= reference]
    return 100.0 * sum(beaten) / total, 100.0 * len(beaten) / len(clusters)


def speedup(old: float, new: float | None) -> float:
    """How many times faster `new` is than `old`; 1.0 where it is wrong (None) or slower, since the
    old program would then be kept (PIE, Shypula et al. 2024)."""
    return 1.0 if new is None else max(1.0, _times_faster(old, new))


def percent_optimised(pairs: Sequence[tuple[float, float | None]], *, least: float = 1.10) -> float:
    """%OPT: the percentage of programs that are right (cost not None) and at least `least` times
    faster than the old one (PIE). `pairs` are (old cost, new cost)."""
    if not pairs:
        raise ValueError("no pairs given")
    faster = sum(new is not None and _times_faster(old, new) >= least for old, new in pairs)
    return 100.0 * faster / len(pairs)


def geometric_mean(values: Sequence[float]) -> float:
    """The mean for ratios such as speedups."""
    if not values or min(values) <= 0:
        raise ValueError("a geometric mean wants at least one value, all above 0")
    return math.exp(math.fsum(map(math.log, values)) / len(values))


def _times_faster(old: float, new: float) -> float:
    if not (old > 0 and new > 0):
        raise ValueError(f"costs must be above 0, got {old} and {new}")
    return old / new


def _check(n: int, k: int) -> None:
    if not 1 <= k <= n:
        raise ValueError(f"k must lie in 1..{n} (the number of programs), got {k}")
