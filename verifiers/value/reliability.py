"""How good a value is as a prediction: AUC, Brier score, calibration error, reliability table."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions between `low` and `high`: how many, their mean, the share that came true."""

    low: float
    high: float
    count: int
    predicted: float
    observed: float


def auc(values: Sequence[float], labels: Sequence[bool]) -> float | None:
    """The chance that a true one is valued above a false one, ties counting half (the
    Mann-Whitney statistic over its maximum). None where there is only one kind."""
    positives = sum(labels)
    negatives = len(labels) - positives
    if not positives or not negatives:
        return None
    order = sorted(zip(values, labels, strict=True), key=lambda pair: pair[0])
    won, below, place = 0.0, 0, 0
    while place < len(order):
        end = place
        while end < len(order) and order[end][0] == order[place][0]:
            end += 1
        true = sum(label for _, label in order[place:end])
        false = end - place - true
        won += true * (below + false / 2)
        below, place = below + false, end
    return won / (positives * negatives)


def auc_within(
    groups: Sequence[Hashable], values: Sequence[float], labels: Sequence[bool]
) -> float | None:
    """The mean AUC of the groups that have both kinds: what counts in a search, where programs
    for one problem compete."""
    members: dict[Hashable, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    found = [
        area
        for places in members.values()
        if (area := auc([values[i] for i in places], [labels[i] for i in places])) is not None
    ]
    return sum(found) / len(found) if found else None


def brier(values: Sequence[float], labels: Sequence[bool]) -> float:
    """The mean squared error of the values as probabilities."""
    total = sum((value - label) ** 2 for value, label in zip(values, labels, strict=True))
    return total / len(values) if values else 0.0


def reliability(
    values: Sequence[float], labels: Sequence[bool], *, bins: int = 10
) -> tuple[Bin, ...]:
    """Predictions in `bins` intervals of one width; empty intervals are left out."""
    members: dict[int, list[int]] = {}
    for place, value in enumerate(values):
        members.setdefault(min(bins - 1, int(value * bins)), []).append(place)
    return tuple(
        Bin(
            number / bins,
            (number + 1) / bins,
            len(places),
            sum(values[i] for i in places) / len(places),
            sum(labels[i] for i in places) / len(places),
        )
        for number, places in sorted(members.items())
    )


def calibration_error(values: Sequence[float], labels: Sequence[bool], *, bins: int = 10) -> float:
    """ECE: the mean distance of what was predicted from what came true, over the intervals, by
    their counts (Naeini et al. 2015)."""
    found = reliability(values, labels, bins=bins)
    total = sum(item.count * abs(item.predicted - item.observed) for item in found)
    return total / len(values) if values else 0.0
