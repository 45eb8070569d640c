"""The tables of `run.py`'s results: right on held-out tests by arm, and paired differences.

    python experiments/hybrid/table.py record.results.jsonl

Problems that not every arm has answered are left out. Intervals are 95 %, of a bootstrap over
problems (10,000 resamples); "only" counts the problems that one of a pair alone got right.
"""

from __future__ import annotations

import json
import random
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

_RESAMPLES = 10_000
_SUBJECT = "hybrid"


def main() -> None:
    rows = [json.loads(line) for line in Path(sys.argv[1]).read_text("utf-8").splitlines()]
    by_problem: dict[tuple[str, str], dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in rows:
        by_problem[row["set"], row["id"]][row["arm"]] = row
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    whole = {key: held for key, held in by_problem.items() if len(held) == len(arms)}
    sets = list(dict.fromkeys(kind for kind, _ in whole))
    print(f"| arm | {' | '.join(sets)} | all | tokens | programs | verified, of these right |")
    print(f"|---|{'---|' * len(sets)}---|---|---|---|")
    for arm in arms:
        held = [answers[arm] for answers in whole.values()]
        cells = [_share([row for row in held if row["set"] == kind]) for kind in sets]
        sure = [row for row in held if row["verified"]]
        tokens = sum(row["tokens"] for row in held)
        print(
            f"| {arm} | {' | '.join(cells)} | {_share(held)} | {tokens:,} | "
            f"{sum(r['programs'] for r in held)} | {len(sure)}, {sum(r['right'] for r in sure)} |"
        )
    print(f"\n| {_SUBJECT} against | set | difference | 95 % | only {_SUBJECT} | only the other |")
    print("|---|---|---|---|---|---|")
    for other in arms:
        for kind in [*sets, "all"] if other != _SUBJECT else ():
            pairs = [
                (answers[_SUBJECT]["right"], answers[other]["right"])
                for (own, _), answers in whole.items()
                if kind in (own, "all")
            ]
            print(f"| {other} | {kind} | {_difference(pairs)} |")


def _share(rows: list[dict[str, Any]]) -> str:
    return f"{sum(row['right'] for row in rows)} of {len(rows)}"


def _difference(pairs: list[tuple[bool, bool]]) -> str:
    gains = [a - b for a, b in pairs]
    draw = random.Random(0)
    means = sorted(sum(draw.choices(gains, k=len(gains))) / len(gains) for _ in range(_RESAMPLES))
    low, high = means[int(0.025 * _RESAMPLES)], means[int(0.975 * _RESAMPLES)]
    mean = sum(gains) / len(gains)
    only = f"{sum(a and not b for a, b in pairs)} | {sum(b and not a for a, b in pairs)}"
    return f"{mean:+.2f} | {low:+.2f} to {high:+.2f} | {only}"


if __name__ == "__main__":
    main()
