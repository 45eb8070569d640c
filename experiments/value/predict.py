"""How well does each value predict that a program passes the hidden tests?

    python experiments/value/predict.py [--source bank codet] [--plot FILE.png]

Learned values are fitted on four fifths of the problems and judged on the rest, five times over, so
every figure is for problems not seen. Calibrated means by Platt's or isotonic scaling fitted on
other problems; a value's raw ECE says how far it can be read as a probability as it is.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from pools import Pool, pools

from verifiers.value import value_of
from verifiers.value.features import BEFORE_RUNNING, NAMES, describe
from verifiers.value.reliability import auc, auc_within, brier, calibration_error, reliability
from verifiers.value.training import Labelled, calibrated_out_of_fold, out_of_fold

PLAIN = (
    "passed", "graded", "static", "agreement", "logprob", "logprob-minimum", "logprob-line",
    "logprob-normalised", "self-certainty", "graded*2,agreement", "product:graded,static",
)  # fmt: skip
FOLDS = 5


def labelled(source: Sequence[Pool]) -> Labelled:
    rows, labels, groups = [], [], []
    for pool in source:
        # Each candidate as a search would see it: beside those drawn before it.
        for item, right in zip(pool.evidence, pool.right, strict=True):
            rows += describe(pool.problem, [item])
            labels.append(right)
            groups.append(pool.problem.id)
    return Labelled(rows, labels, groups)


def plain(source: Sequence[Pool], name: str) -> list[float]:
    value = value_of(name)
    return [value.score(pool.problem, [item])[0] for pool in source for item in pool.evidence]


def logits(values: Sequence[float]) -> list[float]:
    clipped = [min(max(value, 0.001), 0.999) for value in values]
    return [math.log(value / (1 - value)) for value in clipped]


def row(name: str, data: Labelled, raw: Sequence[float] | None, scores: Sequence[float]) -> str:
    values = calibrated_out_of_fold(data, scores, folds=FOLDS)
    within = auc_within(data.groups, scores, data.labels)
    cells = [
        f"{auc(scores, data.labels) or 0:.3f}",
        "-" if within is None else f"{within:.3f}",
        "-" if raw is None else f"{calibration_error(raw, data.labels):.3f}",
        f"{calibration_error(values, data.labels):.3f}",
        f"{brier(values, data.labels):.3f}",
    ]
    return f"| {name} | " + " | ".join(cells) + " |"


def report(name: str, source: Sequence[Pool], plot: Path | None) -> None:
    data = labelled(source)
    print(
        f"\n{name}: {len(source)} problems, {len(data.labels)} candidates, "
        f"{sum(data.labels) / len(data.labels):.1%} right\n"
    )
    print("| value | AUC | AUC within a problem | ECE raw | ECE calibrated | Brier calibrated |")
    print("|---|---|---|---|---|---|")
    has_likelihood = any(item.logprobs for pool in source for item in pool.evidence)
    for value in PLAIN:
        if has_likelihood or "logprobs" not in value_of(value).needs:
            raw = plain(source, value)
            print(row(value, data, raw, logits(raw)))
    kept = {}
    without = [feature for feature in NAMES if "closeness" not in feature]
    for label, kind, names in (
        ("learned, logistic", "logistic", NAMES),
        ("learned, boosted", "boosted", NAMES),
        ("learned, logistic, without closeness", "logistic", without),
        ("learned, logistic, before running", "logistic", BEFORE_RUNNING),
        ("learned, boosted, before running", "boosted", BEFORE_RUNNING),
    ):
        scores = out_of_fold(data, kind=kind, names=names, folds=FOLDS)  # type: ignore[arg-type]
        kept[label] = calibrated_out_of_fold(data, scores, folds=FOLDS)
        print(row(label, data, None, scores))
    table(kept, data)
    if plot is not None:
        draw({"passed": plain(source, "passed"), "graded": plain(source, "graded"), **kept}, data,
             plot.with_stem(f"{plot.stem}_{name}"))  # fmt: skip


def table(kept: dict[str, list[float]], data: Labelled) -> None:
    """Reliability of the better learned value: predicted and observed in tenths."""
    best = min(("learned, logistic", "learned, boosted"), key=lambda k: brier(kept[k], data.labels))
    print(f"\nReliability of {best}, calibrated, on problems not seen:\n")
    print("| predicted | candidates | mean predicted | right |\n|---|---|---|---|")
    for item in reliability(kept[best], data.labels):
        print(
            f"| {item.low:.1f} to {item.high:.1f} | {item.count} | {item.predicted:.2f} | "
            f"{item.observed:.2f} |"
        )


def draw(values: dict[str, list[float]], data: Labelled, path: Path) -> None:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print("\n(no plot: matplotlib is not installed)")
        return
    figure = Figure(figsize=(5, 5))
    axes = figure.add_subplot(xlabel="predicted", ylabel="share that passes the hidden tests")
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    for name in ("passed", "graded", "learned, logistic", "learned, boosted"):
        bins = reliability(values[name], data.labels)
        axes.plot([b.predicted for b in bins], [b.observed for b in bins], marker="o", label=name)
    axes.legend()
    figure.savefig(path, dpi=120)
    print(f"\nplot: {path.name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", nargs="+", default=["bank", "codet"])
    parser.add_argument("--bank", type=Path)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    for name in options.source:
        source = pools(name, bank=options.bank)
        if not source:
            print(f"\n{name}: the recording is not there")
            continue
        report(name, source, options.plot)


if __name__ == "__main__":
    main()
