"""Fit the shipped combination on all recorded problems; writes search/selection/trained.json.

    python experiments/selection/train.py

Held-out figures come from measure.py; this command only fits.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from measure import ROOT_OF_SEARCH, evidence_of, labels, without_tests
from record import recorded

from search.selection.combination import Combination, describe


def main() -> None:
    problems = recorded()
    found = [evidence_of(r) for r in problems]
    stored = {}
    for name, view in (("with tests", lambda e: e), ("without tests", without_tests)):
        evidence = [view(e) for e, _ in found]
        described = [describe(e) for e in evidence]
        shares = [
            labels(d, e.weights, r.correct[kept])
            for d, e, r, (_, kept) in zip(described, evidence, problems, found, strict=True)
        ]
        model = Combination.fit(described, shares)
        stored[name] = {
            key: [float(f"{value:.6g}") for value in values]
            for key, values in asdict(model).items()
        }
    (ROOT_OF_SEARCH / "trained.json").write_text(json.dumps(stored, indent=1) + "\n")
    print(f"fitted on {len(problems)} problems")


if __name__ == "__main__":
    main()
