"""Fits a learned value and says honestly how good it is: every figure on problems not seen.

Rows of one problem are alike, so folds are made of problems. Within each fold the model is fitted
on the others' rows; those out-of-fold scores calibrate the model that is kept, and its own figures
come from a calibration fitted without the fold they are measured on.
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from verifiers.value.boosting import Boosted
from verifiers.value.calibration import Calibration, Isotonic, Platt
from verifiers.value.features import NAMES, Row
from verifiers.value.learned import Learned
from verifiers.value.logistic import Logistic
from verifiers.value.reliability import auc, auc_within, brier, calibration_error

Kind = Literal["logistic", "boosted"]
_ISOTONIC_FROM = 1_000  # rows; with fewer, steps fit noise (Niculescu-Mizil and Caruana 2005)
LEAST_GROUPS = 4


@dataclass(frozen=True, slots=True)
class Labelled:
    """Candidates with their features, whether each is right, and which problem each is for."""

    rows: Sequence[Row]
    labels: Sequence[bool]
    groups: Sequence[Hashable]

    def __post_init__(self) -> None:
        if not len(self.rows) == len(self.labels) == len(self.groups):
            raise ValueError(
                f"{len(self.rows)} rows, {len(self.labels)} labels, {len(self.groups)} groups"
            )

    def only(self, places: Sequence[int]) -> Labelled:
        return Labelled(
            [self.rows[i] for i in places],
            [self.labels[i] for i in places],
            [self.groups[i] for i in places],
        )


def train(
    data: Labelled,
    *,
    kind: Kind | Literal["auto"] = "auto",
    names: Sequence[str] = NAMES,
    folds: int = 5,
    seed: int = 0,
) -> Learned:
    """A calibrated value from `data`; its `trained` holds the cross-validated figures.

    "auto" takes the kind with the smaller Brier score. ValueError where the data cannot teach:
    fewer than four problems, or labels of one kind only.
    """
    check(data)
    kinds: tuple[Kind, ...] = ("logistic", "boosted") if kind == "auto" else (kind,)
    tried = []
    for item in kinds:
        scores = out_of_fold(data, kind=item, names=names, folds=folds, seed=seed)
        values = calibrated_out_of_fold(data, scores, folds=folds, seed=seed)
        tried.append((brier(values, data.labels), item, scores, values))
    _, best, scores, values = min(tried, key=lambda entry: entry[:2])
    return Learned(
        tuple(names),
        fit(data, best, names),
        _calibration(scores, data.labels),
        figures(data, values) | {"kind": best, "folds": folds, "seed": seed},
    )


def check(data: Labelled) -> None:
    """ValueError, in words for people, where nothing can be learned from `data`."""
    groups = len(set(data.groups))
    positives = sum(data.labels)
    if groups < LEAST_GROUPS:
        raise ValueError(f"programs of {groups} problems; at least {LEAST_GROUPS} are needed")
    if not positives or positives == len(data.labels):
        what = "right" if positives else "wrong"
        raise ValueError(f"all {len(data.labels)} programs are {what}; both kinds are needed")


def fit(data: Labelled, kind: Kind, names: Sequence[str]) -> Logistic | Boosted:
    """One model of all of `data`."""
    rows = [[row[name] for name in names] for row in data.rows]
    return (Logistic if kind == "logistic" else Boosted).fit(rows, data.labels)


def out_of_fold(
    data: Labelled, *, kind: Kind, names: Sequence[str] = NAMES, folds: int = 5, seed: int = 0
) -> list[float]:
    """Each row's log-odds by a model that saw no row of its problem."""
    scores = [0.0] * len(data.labels)
    for held_out, others in split(data.groups, folds, seed):
        part = data.only(others)
        if not 0 < sum(part.labels) < len(part.labels):
            raise ValueError("the labels of a fold are all alike; use more problems")
        model = fit(part, kind, names)
        for i in held_out:
            scores[i] = model.log_odds([data.rows[i][name] for name in names])
    return scores


def calibrated_out_of_fold(
    data: Labelled, scores: Sequence[float], *, folds: int = 5, seed: int = 0
) -> list[float]:
    """Out-of-fold scores as probabilities, by a calibration that saw no row of the problem."""
    values = [0.0] * len(scores)
    for held_out, others in split(data.groups, folds, seed):
        calibration = _calibration([scores[i] for i in others], [data.labels[i] for i in others])
        for i in held_out:
            values[i] = calibration(scores[i])
    return values


def split(groups: Sequence[Hashable], folds: int, seed: int) -> list[tuple[list[int], list[int]]]:
    """(held out, others) places for each fold; a group is in one fold whole."""
    distinct = sorted(set(groups), key=str)
    random.Random(f"{seed} folds").shuffle(distinct)
    folds = min(folds, len(distinct))
    fold_of = {group: place % folds for place, group in enumerate(distinct)}
    return [
        (
            [i for i, group in enumerate(groups) if fold_of[group] == fold],
            [i for i, group in enumerate(groups) if fold_of[group] != fold],
        )
        for fold in range(folds)
    ]


def figures(data: Labelled, values: Sequence[float]) -> dict[str, Any]:
    """What a value is worth as a prediction of the labels."""
    within = auc_within(data.groups, values, data.labels)
    over_all = auc(values, data.labels)
    return {
        "problems": len(set(data.groups)),
        "programs": len(data.labels),
        "right": sum(data.labels),
        "auc": None if over_all is None else round(over_all, 4),
        "auc_within_problem": None if within is None else round(within, 4),
        "brier": round(brier(values, data.labels), 4),
        "calibration_error": round(calibration_error(values, data.labels), 4),
    }


def _calibration(scores: Sequence[float], labels: Sequence[bool]) -> Calibration:
    chosen = Isotonic if len(scores) >= _ISOTONIC_FROM else Platt
    return chosen.fit(scores, labels)
