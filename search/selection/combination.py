"""Learn how far to trust each rule, and say how likely the choice is right.

A conditional logit: each behaviour class has a utility, linear in what the rules say of it; one
more option, "none of them is right", has a utility linear in how the problem as a whole looks. The
softmax of both gives every class a probability and makes abstaining a choice like any other.
It is fitted on problems whose right programs are known, and those labels are never needed again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from search.behaviour import BehaviourClasses
from search.selection.dual_agreement import dual_agreement
from search.selection.evidence import Evidence
from search.selection.page_rank import page_rank
from search.selection.votes import agreement, majority, share_of_tests

Array = NDArray[Any]

FEATURES = (
    "majority", "log majority", "agreement", "tests passed", "log dual agreement",
    "log page rank", "expected outputs", "failing inputs", "varied outputs", "complexity",
)  # fmt: skip
PROBLEM_FEATURES = (
    "one", "largest share", "log classes", "best tests passed", "best dual share",
    "best expected outputs", "has tests",
)  # fmt: skip

_DRAWS = 3  # of folds, for the calibration


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """A problem as the model sees it: `classes`, their features (classes, features), and its own
    (problem features,)."""

    classes: BehaviourClasses
    features: NDArray[np.float64]
    problem: NDArray[np.float64]


def describe(evidence: Evidence) -> Described:
    """What the rules say of each behaviour class, on scales that compare between problems."""
    found = evidence.classes()
    first = np.array([members[0] for members in found.members])
    total = max(float(evidence.weights.sum()), 1e-12)
    share = found.counts / total
    dual = dual_agreement(evidence)[first]
    passed = share_of_tests(evidence)[first]
    rank = page_rank(evidence)[first]
    expected = _expected_outputs(evidence)[first]
    same = majority(evidence)[first] / total
    features = np.column_stack(
        [
            same,
            np.log(same + 1e-3),
            agreement(evidence)[first],
            _below_best(passed),
            _below_best(np.log(dual + 1e-2)),
            _below_best(np.log(rank + 1e-6)),
            _below_best(expected),
            evidence.failed[first].mean(axis=1) if evidence.failed.shape[1] else 0.0 * share,
            _varied(evidence.outputs[first]),
            _relative(evidence, found),
        ]
    )
    problem = np.array(
        [
            1.0,
            share.max(),
            np.log(len(found)),
            passed.max(),
            dual.max() / max(float(dual.sum()), 1e-12),
            expected.max(),
            float(evidence.passes.shape[1] > 0),
        ]
    )
    return Described(found, features, problem)


def _below_best(values: Array) -> Array:
    best = values.max()
    return np.asarray(np.maximum(values - best, -10.0))


def _varied(outputs: Array) -> NDArray[np.float64]:
    """How many different outputs a class gives, over the most any class gives."""
    if outputs.shape[1] == 0:
        return np.ones(len(outputs))
    different = np.array([len(np.unique(row)) for row in outputs], float)
    return np.asarray(different / different.max())


def _relative(evidence: Evidence, found: BehaviourClasses) -> NDArray[np.float64]:
    """The log of the class's least complexity over the median."""
    middle = max(float(np.median(evidence.complexity)), 1.0)
    least = [min(evidence.complexity[p] for p in members) for members in found.members]
    return np.clip(np.log(np.maximum(least, 1.0) / middle), -2.0, 2.0)


def _expected_outputs(evidence: Evidence) -> NDArray[np.float64]:
    """share_of_tests with each test weighed by how few programs pass it: easy tests tell little."""
    if evidence.passes.shape[1] == 0 or evidence.weights.sum() == 0:
        return np.zeros(len(evidence))
    easy = evidence.weights @ evidence.passes / evidence.weights.sum()
    weight = evidence.test_weights * (1.0 - easy) * (easy > 0)
    if weight.sum() == 0:
        return share_of_tests(evidence)
    return np.asarray(evidence.passes @ weight / weight.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What a selector found, the class most likely right first.

    `programs[i]` is a program of the i-th class and `probability[i]` that it is right. Several
    classes can be right at once (they differ where inputs make no sense), so these may add up to
    more than 1; `preference[i]` adds up to 1 together with `none`, the preference for none of them,
    which is what `tournament` wants. `abstain` says that nothing is likely enough.
    """

    programs: tuple[int, ...]
    probability: NDArray[np.float64]
    preference: NDArray[np.float64]
    none: float
    abstain: bool
    classes: BehaviourClasses


@dataclass(frozen=True, slots=True)
class Combination:
    """A fitted conditional logit; see `fit` and `choose`.

    `weights` act on the features centred by `mean` and divided by `scale`, `problem_weights`
    likewise on the problem's own. `calibration` is the intercept and slope that turn the log odds
    of the highest preference into those of being right, `rest_calibration` those for all others:
    right classes come in groups, so the tail is right more often than one softmax can say.
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    problem_mean: tuple[float, ...]
    problem_scale: tuple[float, ...]
    problem_weights: tuple[float, ...]
    calibration: tuple[float, float] = (0.0, 1.0)
    rest_calibration: tuple[float, float] = (0.0, 1.0)

    @classmethod
    def fit(
        cls,
        problems: Sequence[Described],
        right: Sequence[ArrayLike],
        *,
        penalty: float = 1.0,
        rounds: int = 400,
        folds: int = 5,
    ) -> Self:
        """Maximise the penalised log probability of the right classes on training problems.

        `right[i]` (classes,) is the share of each class of problem i that is right; a problem
        without any counts for "none". Calibrated on what models fitted to the other folds prefer
        (Platt 1999), folds being drawn several times, since with few problems one draw decides too
        much; fewer than two problems a fold leave it uncalibrated.
        """
        if not problems or len(problems) != len(right):
            raise ValueError(f"there are {len(problems)} problems and {len(right)} labels")
        shares = [np.asarray(r, dtype=np.float64) for r in right]
        model = cls._fit_logit(problems, shares, penalty, rounds)
        if folds < 2 or len(problems) < 2 * folds:
            return model
        tops: list[tuple[float, float]] = []
        rest: list[tuple[float, float]] = []
        for draw in range(_DRAWS):
            order = np.random.default_rng(draw).permutation(len(problems)).tolist()
            for fold in range(folds):
                held_out = order[fold::folds]
                train = [i for i in order if i not in held_out]
                other = cls._fit_logit(
                    [problems[i] for i in train], [shares[i] for i in train], penalty, rounds
                )
                for i in held_out:
                    preference, _ = other.preferences(problems[i])
                    odds = _log_odds(preference).tolist()
                    pairs = list(zip(odds, shares[i].tolist(), strict=True))
                    tops.append(pairs.pop(int(np.argmax(preference))))
                    rest += pairs
        if not rest:
            return replace(model, calibration=_platt(tops))
        return replace(model, calibration=_platt(tops), rest_calibration=_platt(rest))

    @classmethod
    def _fit_logit(
        cls, problems: Sequence[Described], shares: Sequence[Array], penalty: float, rounds: int
    ) -> Self:
        stacked = np.concatenate([p.features for p in problems])
        mean, scale = stacked.mean(axis=0), stacked.std(axis=0)
        own = np.stack([p.problem for p in problems])
        own_mean, own_scale = own.mean(axis=0), own.std(axis=0)
        own_mean[0] = 0.0  # the intercept
        scale[scale < 1e-9] = 1.0
        own_scale[own_scale < 1e-9] = 1.0
        n = stacked.shape[1]
        x, z = (stacked - mean) / scale, (own - own_mean) / own_scale
        sizes = np.array([len(p.features) for p in problems])
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        share = np.concatenate(list(shares))
        share_none = np.array([0.0 if s.any() else 1.0 for s in shares])

        def slope(theta: Array) -> tuple[float, Array]:
            """The penalised log likelihood of all problems at once, and its gradient."""
            utility, none = x @ theta[:n], z @ theta[n:]
            highest = np.maximum(np.maximum.reduceat(utility, starts), none)
            likely = np.exp(utility - np.repeat(highest, sizes))
            likely_none = np.exp(none - highest)
            total = np.add.reduceat(likely, starts) + likely_none
            likely, likely_none = likely / np.repeat(total, sizes), likely_none / total
            target, target_none = share * likely, share_none * likely_none
            mass = np.maximum(np.add.reduceat(target, starts) + target_none, 1e-300)
            pull = target / np.repeat(mass, sizes) - likely
            gradient = np.concatenate([pull @ x, (target_none / mass - likely_none) @ z])
            value = float(np.log(mass).sum()) - 0.5 * penalty * float(theta @ theta)
            return value, gradient - penalty * theta

        theta = _ascend(slope, np.zeros(n + own.shape[1]), rounds)
        return cls(
            mean=tuple(mean.tolist()),
            scale=tuple(scale.tolist()),
            weights=tuple(theta[:n].tolist()),
            problem_mean=tuple(own_mean.tolist()),
            problem_scale=tuple(own_scale.tolist()),
            problem_weights=tuple(theta[n:].tolist()),
        )

    def preferences(self, described: Described) -> tuple[NDArray[np.float64], float]:
        """The softmax over the classes (classes,) and none; together they are 1."""
        x = (described.features - np.array(self.mean)) / np.array(self.scale)
        z = (described.problem - np.array(self.problem_mean)) / np.array(self.problem_scale)
        likely = _softmax(np.append(x @ np.array(self.weights), z @ np.array(self.problem_weights)))
        return likely[:-1], float(likely[-1])

    def choose(self, evidence: Evidence, *, at_least: float = 0.0) -> Choice:
        """Rank the classes; abstain if the best is less likely right than `at_least`.

        The program shown for a class is its least complex one.
        """
        described = describe(evidence)
        preference, none = self.preferences(described)
        order = np.argsort(-preference, kind="stable")
        odds = _log_odds(preference[order])
        probability = _sigmoid(self.rest_calibration[0] + self.rest_calibration[1] * odds)
        probability[0] = self.chance(float(preference[order[0]]))
        probability = np.minimum(probability, probability[0])
        programs = tuple(
            min(described.classes.members[c], key=lambda p: float(evidence.complexity[p]))
            for c in order
        )
        return Choice(
            programs,
            probability,
            preference[order],
            none,
            bool(probability[0] < at_least),
            described.classes,
        )

    def chance(self, preference: float) -> float:
        """How likely a class preferred so, and above all others, is right."""
        odds = float(_log_odds(preference))
        return float(_sigmoid(self.calibration[0] + self.calibration[1] * odds))


def trained(*, with_tests: bool) -> Combination:
    """The combination fitted on recorded samples, for evidence with or without generated tests.

    Fitted by experiments/selection/train.py on 82 HumanEval problems, 100 samples each of
    CodeGen-16B; held-out results are in experiments/selection/README.md. Fit your own on your
    model's samples if you can.
    """
    text = files("search.selection").joinpath("trained.json").read_text(encoding="utf-8")
    stored = json.loads(text)["with tests" if with_tests else "without tests"]
    return Combination(**{name: tuple(values) for name, values in stored.items()})


def _log_odds(p: Any) -> Any:
    clipped = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(clipped / (1 - clipped))


def _sigmoid(x: Any) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -30.0, 30.0))))


def _platt(cases: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Intercept and slope of the logistic regression of (log odds, label), the slope drawn to 1.
    Every case is there `_DRAWS` times, and counts once."""
    odds, labels = np.array(cases).T
    prior, penalty = np.array([0.0, 1.0]), np.array([0.0, 2.0])
    design = np.column_stack([np.ones(len(odds)), odds])

    def slope(theta: Array) -> tuple[float, Array]:
        p = np.clip(_sigmoid(design @ theta), 1e-12, 1 - 1e-12)
        value = float(labels @ np.log(p) + (1 - labels) @ np.log(1 - p))
        away = theta - prior
        return value / _DRAWS - 0.5 * float(penalty @ away**2), (
            design.T @ (labels - p) / _DRAWS - penalty * away
        )

    intercept, steepness = _ascend(slope, prior.copy(), 500)
    return float(intercept), max(0.05, float(steepness))


def _softmax(utility: Array) -> NDArray[np.float64]:
    raised = np.exp(utility - utility.max())
    return np.asarray(raised / raised.sum())


def _ascend(slope: Any, theta: Array, rounds: int) -> Array:
    """Gradient ascent with Barzilai-Borwein steps, taken back where the value falls."""
    value, gradient = slope(theta)
    step = 1.0 / (1.0 + float(np.linalg.norm(gradient)))
    for _ in range(rounds):
        while step > 1e-12:
            moved = theta + step * gradient
            new_value, new_gradient = slope(moved)
            if new_value >= value - 1e-12:
                break
            step *= 0.5
        else:
            return theta
        change, bend = moved - theta, gradient - new_gradient
        theta, value, gradient = moved, new_value, new_gradient
        if float(np.abs(change).max()) < 1e-7:
            return theta
        curvature = float(change @ bend)
        step = float(change @ change) / curvature if curvature > 1e-12 else 2.0 * step
    return theta
