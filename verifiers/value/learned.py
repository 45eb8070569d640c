"""A learned value: the calibrated chance that a program is right, from finished runs.

B-Coder (Yu et al. 2024, "B-Coder: value-based deep reinforcement learning for program synthesis")
re-ranks and prunes candidates by a value learned from verified programs; here the value is a small
model of `verifiers.value.features`, kept as plain JSON, so that it can be read, replayed and
shipped without the library that trained it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from synth.errors import UsageError
from synth.problem import Problem
from verifiers.value.boosting import Boosted
from verifiers.value.calibration import Calibration, calibration_from_json
from verifiers.value.evidence import Evidence
from verifiers.value.features import NAMES, describe
from verifiers.value.logistic import Logistic

FORMAT = "synth-value-1"
_LIKELIHOODS = frozenset(name for name in NAMES if "logprob" in name or name == "answer_mean")


@dataclass(frozen=True, slots=True)
class Learned:
    """`model` gives log-odds from the features `names`, `calibration` makes them probabilities.
    `trained` is what the model is known to be good for: plain JSON, for people."""

    names: tuple[str, ...]
    model: Logistic | Boosted
    calibration: Calibration
    trained: Mapping[str, Any] = field(default_factory=dict)

    @property
    def needs(self) -> frozenset[str]:
        return frozenset(("logprobs",)) if _LIKELIHOODS & set(self.names) else frozenset()

    def score(self, problem: Problem, evidence: Sequence[Evidence]) -> list[float]:
        return [
            self.of_features([row[name] for name in self.names])
            for row in describe(problem, evidence)
        ]

    def of_features(self, row: Sequence[float]) -> float:
        """The value of one row of features, in the order of `names`."""
        return min(1.0, max(0.0, self.calibration(self.model.log_odds(row))))

    def to_text(self) -> str:
        """One JSON document; `read_learned` gives an equal model back."""
        document = {
            "format": FORMAT,
            "trained": dict(self.trained),
            "features": list(self.names),
            "model": self.model.to_json(),
            "calibration": self.calibration.to_json(),
        }
        return json.dumps(document, indent=1) + "\n"


def read_learned(text: str, name: str = "value model") -> Learned:
    """The model in a document. UsageError, with `name` in it, for anything else."""
    try:
        data = json.loads(text)
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise UsageError(f"{name}: not a value model; `synth train-value` makes one")
        names = tuple(map(str, data["features"]))
        kinds: dict[str, Any] = {"logistic": Logistic, "boosted": Boosted}
        model = kinds[data["model"]["kind"]].from_json(data["model"], len(names))
        calibration = calibration_from_json(data["calibration"])
        trained = dict(data.get("trained", {}))
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise UsageError(
            f"{name}: a damaged value model ({type(error).__name__}: {error}); train it again"
        ) from None
    for feature in names:
        if feature not in NAMES:
            raise UsageError(
                f"{name}: it needs the feature {feature!r}, which this version lacks; train it "
                "again"
            )
    return Learned(names, model, calibration, trained)
