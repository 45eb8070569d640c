"""Which candidate to return when no given test decides: expected pass@1 of every rule.

    python experiments/selection/measure.py

CodeT's recording: 82 HumanEval problems, 100 programs and 100 test texts each from CodeGen-16B; the
prompts hold no examples. Expected pass@1 counts samples, ties split by weight. The combination is
fitted on four fifths of the problems and reported on the rest, over repeated splits. Hidden tests
are labels of training problems and grade the others; no rule sees them for the problem it decides.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from record import ROOT, Recorded, recorded

from search.distance import complexity
from search.selection.combination import Combination, Described, describe
from search.selection.credibility import credible_tests_passed
from search.selection.dual_agreement import bayesian_agreement, dual_agreement
from search.selection.evidence import Evidence
from search.selection.page_rank import page_rank
from search.selection.tournament import tournament
from search.selection.votes import agreement, majority, share_of_tests

Array = NDArray[Any]
ROOT_OF_SEARCH = ROOT / "search" / "selection"
RULES: dict[str, Callable[[Evidence], Array]] = {
    "random": lambda e: np.ones(len(e)),
    "most generated tests passed": share_of_tests,
    "largest behaviour class": majority,
    "agreement (MBR-exec)": agreement,
    "PageRank": page_rank,
    "CodeT dual agreement": dual_agreement,
    "Bayesian agreement": bayesian_agreement,
    "credible tests": credible_tests_passed,
}


def evidence_of(r: Recorded, samples: Array | None = None) -> tuple[Evidence, Array]:
    """The evidence, and which distinct programs it holds, of some of the samples."""
    counts = np.bincount(
        r.samples if samples is None else r.samples[samples], minlength=len(r.sources)
    )
    kept = np.flatnonzero(counts)
    return (
        Evidence.of(
            r.outputs[kept],
            passes=r.passes[kept],
            weights=counts[kept],
            test_weights=r.test_counts,
            failed=r.failed[kept],
            complexity=[complexity(r.sources[p]) for p in kept],
        ),
        kept,
    )


def without_tests(e: Evidence) -> Evidence:
    """What is left when no tests were generated: outputs on inputs."""
    return Evidence.of(e.outputs, weights=e.weights, failed=e.failed, complexity=e.complexity)


def pass_at_1(scores: Array, weights: Array, correct: Array) -> float:
    best = np.isclose(scores, scores.max(), rtol=1e-9, atol=1e-12)
    return float(np.average(correct[best], weights=weights[best]))


def labels(described: Described, weights: Array, correct: Array) -> Array:
    """The weighted share of each class that is right."""
    return np.array(
        [
            np.average(correct[list(members)], weights=weights[list(members)] + 1e-12)
            for members in described.classes.members
        ]
    )


def folds(n: int, repeats: int) -> Iterator[tuple[Array, Array]]:
    for repeat in range(repeats):
        order = np.random.default_rng(repeat).permutation(n)
        for held_out in np.array_split(order, 5):
            yield np.setdiff1d(order, held_out), held_out


def calibration_error(probability: Array, right: Array, bins: int) -> float:
    """Expected calibration error over bins of equal numbers."""
    order = np.argsort(probability, kind="stable")
    error = 0.0
    for part in np.array_split(order, bins):
        if len(part):
            error += len(part) * abs(probability[part].mean() - right[part].mean())
    return error / len(probability)


def debiased_error(probability: Array, right: Array, bins: int) -> float:
    """The squared calibration error less what chance adds to it; 0 if perfect, on average.

    Kumar, Liang & Ma 2019, "Verified Uncertainty Calibration", definition 4.1.
    """
    order = np.argsort(probability, kind="stable")
    error = 0.0
    for part in np.array_split(order, bins):
        share = right[part].mean()
        chance = share * (1 - share) / (len(part) - 1)
        error += len(part) * ((probability[part].mean() - share) ** 2 - chance)
    return float(error / len(probability))


def noise_floor(probability: Array, bins: int) -> float:
    """The error a perfectly calibrated predictor shows on so few cases, on average."""
    rng = np.random.default_rng(0)
    draws = [calibration_error(probability, rng.random(len(probability)) < probability, bins)
             for _ in range(200)]  # fmt: skip
    return float(np.mean(draws))


def simulated_judge(
    correct: Array, accuracy: float, rng: np.random.Generator
) -> Callable[[int, int], float]:
    """Says the right one of a right and a wrong program with the given probability, else guesses.

    The two orders of a pair are judged alike: errors that showing both orders would average away
    are not modelled, so both orders bring no gain here.
    """
    said: dict[frozenset[int], int] = {}

    def judge(a: int, b: int) -> float:
        pair = frozenset((a, b))
        if pair not in said:
            if correct[a] != correct[b]:
                better = a if correct[a] else b
                said[pair] = better if rng.random() < accuracy else (b if better == a else a)
            else:
                said[pair] = a if rng.random() < 0.5 else b
        return 1.0 if said[pair] == a else 0.0

    return judge


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--penalty", type=float, default=1.0)
    parser.add_argument("--partial", action="store_true", help="only what is recorded already")
    options = parser.parse_args()
    problems = recorded(run=not options.partial)
    found = [evidence_of(r) for r in problems]
    evidence = [e for e, _ in found]
    correct = [r.correct[kept] for r, (_, kept) in zip(problems, found, strict=True)]
    print(f"{len(problems)} problems\n\n| rule | expected pass@1 |\n|---|---|")
    for name, rule in RULES.items():
        won = [pass_at_1(rule(e), e.weights, c) for e, c in zip(evidence, correct, strict=True)]
        print(f"| {name} | {100 * np.mean(won):.1f} |", flush=True)
    described = [describe(e) for e in evidence]
    shares = [labels(d, e.weights, c) for d, e, c in zip(described, evidence, correct, strict=True)]
    blind = [without_tests(e) for e in evidence]
    blind_described = [describe(e) for e in blind]
    blind_shares = [
        labels(d, e.weights, c) for d, e, c in zip(blind_described, blind, correct, strict=True)
    ]
    won = []
    for train, held_out in folds(len(blind), options.repeats):
        model = Combination.fit(
            [blind_described[i] for i in train], [blind_shares[i] for i in train], folds=0
        )
        won += [float(correct[i][model.choose(blind[i]).programs[0]]) for i in held_out]
    print(f"| learned, held-out problems, without tests | {100 * np.mean(won):.1f} |")
    report_combination(described, shares, evidence, correct, options.repeats, options.penalty)


def report_combination(
    described: Sequence[Described],
    shares: Sequence[Array],
    evidence: Sequence[Evidence],
    correct: Sequence[Array],
    repeats: int,
    penalty: float,
) -> None:
    n = len(described)
    won, top, top_right, every, every_right = [], [], [], [], []
    judged: dict[tuple[float, int], list[float]] = {}
    rng = np.random.default_rng(0)
    for train, held_out in folds(n, repeats):
        model = Combination.fit(
            [described[i] for i in train], [shares[i] for i in train], penalty=penalty
        )
        for i in held_out:
            choice = model.choose(evidence[i])
            won.append(float(correct[i][choice.programs[0]]))
            top.append(choice.probability[0])
            top_right.append(won[-1])
            every += choice.probability.tolist()
            every_right += [float(correct[i][p]) for p in choice.programs]
            for accuracy in (0.7, 0.8, 0.9):
                for pairs in (3, 6):
                    result = tournament(
                        choice.programs[:8],
                        choice.preference[:8],
                        simulated_judge(correct[i], accuracy, rng),
                        accuracy=accuracy,
                        comparisons=pairs,
                    )
                    judged.setdefault((accuracy, pairs), []).append(
                        float(correct[i][result.programs[0]])
                    )
    print(f"| learned combination, held-out problems | {100 * np.mean(won):.1f} |")
    for (accuracy, pairs), results in judged.items():
        print(
            f"| and {pairs} comparisons by a judge right {accuracy:.0%} | "
            f"{100 * np.mean(results):.1f} |"
        )
    print(f"| oracle | {100 * np.mean([c.any() for c in correct]):.1f} |")
    p, y = np.array(top), np.array(top_right)
    parts = [slice(start, start + n) for start in range(0, len(p), n)]  # each problem once
    alone = np.mean([calibration_error(p[part], y[part], 5) for part in parts])
    floor = np.mean([noise_floor(p[part], 5) for part in parts[:3]])
    debiased = np.mean([debiased_error(p[part], y[part], 5) for part in parts])
    q, z = np.array(every), np.array(every_right)
    print(
        f"\ncalibration of the choice, on held-out problems: P {p.mean():.3f}, right "
        f"{y.mean():.3f}; ECE in 5 equal bins {calibration_error(p, y, 5):.3f}, in 10 "
        f"{calibration_error(p, y, 10):.3f} ({len(p)} predictions of {n} problems)\n"
        f"each split of the {n} problems alone: ECE {alone:.3f}, of a perfect predictor "
        f"{floor:.3f}; squared error less chance {debiased:.4f}\n"
        f"of all {len(q)} classes: ECE {calibration_error(q, z, 10):.3f}"
    )
    for threshold in (0.0, 0.3, 0.5, 0.7):
        kept = p >= threshold
        if kept.any():
            print(
                f"abstain below {threshold}: answers {kept.mean():.0%}, "
                f"of these {y[kept].mean():.0%} right"
            )


if __name__ == "__main__":
    main()
