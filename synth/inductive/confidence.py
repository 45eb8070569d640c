"""How likely a program is right on unseen inputs.

A logistic regression on what is known at no extra charge: description cost, the number of
examples, how far the leaders agree where they are not forced to, and leave-one-out.  Fitted by
``experiments/inductive/calibrate.py``, which prints the coefficients and the reliability table.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp


@dataclass(frozen=True, slots=True)
class Evidence:
    """What confidence is computed from.

    ``agreement`` is how often the other leaders agree with the program on random inputs, and
    ``failures`` the share of these on which it raises.
    """

    cost: int
    examples: int
    agreement: float
    failures: float
    conditionals: int
    leave_one_out: float | None

    def features(self) -> tuple[float, ...]:
        known = self.leave_one_out is not None
        held = self.leave_one_out if self.leave_one_out is not None else 0.0
        return (
            1.0,
            float(self.cost),
            float(min(self.examples, 10)),
            self.agreement,
            self.failures,
            float(min(self.conditionals, 3)),
            held,
            float(not known),
        )


COEFFICIENTS: tuple[float, ...] = (1.0, -0.15, 0.15, 1.0, -1.0, -0.3, 1.5, 0.75)


def probability(evidence: Evidence, coefficients: tuple[float, ...] = COEFFICIENTS) -> float:
    """P(right on unseen inputs)."""
    score = sum(a * b for a, b in zip(coefficients, evidence.features(), strict=True))
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, score))))
