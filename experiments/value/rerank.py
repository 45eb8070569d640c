"""What does each value buy where candidates are drawn anyway: re-ranking, and pruning?

    python experiments/value/rerank.py [--source bank codet] [--n 16] [--trials 20]

Re-ranking: of n drafts drawn from a problem's pool one is returned: the one that passes most
visible checks, ties broken by the value (B-Coder's use of a value beside tests); and, with no test
run, the one the value likes best. Pruning: a value that knows no verdict orders the drafts before
they are run, and only the first share of them is; reported is how often a right one is among them.
Learned values never saw the problem. Agreement is with the whole pool (32 drafts), so it has seen
more runs than the others. Intervals: 95 %, bootstrap over problems.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from pools import Pool, pools
from predict import labelled

from verifiers.value import value_of
from verifiers.value.features import BEFORE_RUNNING, NAMES
from verifiers.value.training import Kind, out_of_fold

Scores = list[list[float]]  # a row a pool, a number a candidate


def plain(source: Sequence[Pool], name: str) -> Scores:
    value = value_of(name)
    return [[value.score(p.problem, [item])[0] for item in p.evidence] for p in source]


def learned(source: Sequence[Pool], names: Sequence[str], kind: Kind) -> Scores:
    flat = iter(out_of_fold(labelled(source), kind=kind, names=names))
    return [[next(flat) for _ in pool.evidence] for pool in source]


def drafts(pool: Pool) -> list[int]:
    return [place for place, item in enumerate(pool.evidence) if item.depth == 1]


def reranked(
    source: Sequence[Pool], key: Callable[[int, int], tuple[float, ...]], n: int, trials: int
) -> np.ndarray:
    """For each problem, how often the first of n by `key` is right; ties are broken by lot."""
    found = []
    for number, pool in enumerate(source):
        draw = random.Random(f"{pool.problem.id} rerank")
        right = 0
        for _ in range(trials):
            chosen = draw.sample(drafts(pool), min(n, len(drafts(pool))))
            draw.shuffle(chosen)
            right += pool.right[max(chosen, key=lambda place: key(number, place))]
        found.append(right / trials)
    return np.array(found)


def kept(source: Sequence[Pool], scores: Scores, share: float, n: int, trials: int) -> np.ndarray:
    """For each problem, how often a right draft is among the `share` of n that score best."""
    found = []
    for number, pool in enumerate(source):
        draw = random.Random(f"{pool.problem.id} prune")
        hits = 0
        for _ in range(trials):
            chosen = draw.sample(drafts(pool), min(n, len(drafts(pool))))
            draw.shuffle(chosen)
            best = sorted(chosen, key=lambda place: -scores[number][place])
            hits += any(pool.right[place] for place in best[: max(1, round(share * n))])
        found.append(hits / trials)
    return np.array(found)


def interval(differences: np.ndarray) -> str:
    rng = np.random.default_rng(0)
    means = differences[rng.integers(0, len(differences), (4000, len(differences)))].mean(axis=1)
    low, high = 100 * np.quantile(means, [0.025, 0.975])
    return f"{100 * differences.mean():+.1f} [{low:+.1f}, {high:+.1f}]"


def report(name: str, source: Sequence[Pool], n: int, trials: int) -> None:
    likelihood = any(item.logprobs for pool in source for item in pool.evidence)
    passed = plain(source, "passed")
    scores = {
        "by lot": [[0.0] * len(pool.evidence) for pool in source],
        **{v: plain(source, v) for v in ("graded", "static", "agreement")},
    }
    if likelihood:
        scores |= {v: plain(source, v) for v in ("logprob", "logprob-minimum", "self-certainty")}
    scores["learned, before running"] = learned(source, BEFORE_RUNNING, "boosted")
    scores["learned"] = learned(source, NAMES, "logistic")
    any_right = np.mean([any(pool.right[i] for i in drafts(pool)) for pool in source])
    print(
        f"\n{name}: {len(source)} problems, {n} drafts drawn {trials} times; {any_right:.1%} have "
        "a right draft at all\n"
    )
    base = reranked(source, lambda i, j: (passed[i][j],), n, trials)
    chance = reranked(source, lambda i, j: (0.0,), n, trials)
    print(
        "| value | checks, then value: right | over checks alone | value alone: right | over lot |"
    )
    print("|---|---|---|---|---|")
    for label, table in scores.items():

        def beside(i: int, j: int, table: Scores = table) -> tuple[float, ...]:
            return passed[i][j], table[i][j]

        def alone(i: int, j: int, table: Scores = table) -> tuple[float, ...]:
            return (table[i][j],)

        both, single = reranked(source, beside, n, trials), reranked(source, alone, n, trials)
        looks = label in ("graded", "learned")  # at the verdict: no value without tests
        cells = ("-", "-") if looks else (f"{100 * single.mean():.1f}", interval(single - chance))
        print(
            f"| {label} | {100 * both.mean():.1f} | {interval(both - base)} | {cells[0]} | "
            f"{cells[1]} |"
        )
    print(
        "\n| value, before running | 1/8 run | 1/4 run | 1/2 run | all run |\n|---|---|---|---|---|"
    )
    for label in ("by lot", "static", "logprob", "self-certainty", "learned, before running"):
        if label in scores:
            cells = [
                f"{100 * kept(source, scores[label], share, n, trials).mean():.1f}"
                for share in (1 / 8, 1 / 4, 1 / 2, 1.0)
            ]
            print(f"| {label} | " + " | ".join(cells) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", nargs="+", default=["bank", "codet"])
    parser.add_argument("--bank", type=Path)
    parser.add_argument("--n", type=int, default=16)
    parser.add_argument("--trials", type=int, default=20)
    options = parser.parse_args()
    for name in options.source:
        source = pools(name, bank=options.bank)
        if not source:
            print(f"\n{name}: the recording is not there")
            continue
        report(name, source, options.n, options.trials)


if __name__ == "__main__":
    main()
