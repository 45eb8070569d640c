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
    output_size: int = 0

    def features(self) -> tuple[float, ...]:
        known = self.leave_one_out is not None
        held = self.leave_one_out if self.leave_one_out is not None else 0.0
        # In this order: intercept, cost, examples, agreement, failures, conditionals, share left
        # out and predicted, and whether that was not tried.
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


# 271 answers to list and text problems with 2, 3 and 6 examples; on the half that a fit did not see
# the Brier score is 0.148, against 0.217 for always saying the share of right answers.
COEFFICIENTS: tuple[float, ...] = (-4.39, -0.074, 0.475, 2.752, 0.646, -0.609, 2.811, 2.337)


def probability(evidence: Evidence, coefficients: tuple[float, ...] = COEFFICIENTS) -> float:
    """P(right on unseen inputs)."""
    score = sum(a * b for a, b in zip(coefficients, evidence.features(), strict=True))
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, score))))
