"""How likely a program is right on unseen inputs.

A logistic regression on what is known at no extra charge: description cost, the number of
examples, how far the leaders agree where they are not forced to, and leave-one-out.  Fitted by
``experiments/inductive/calibrate.py``, which prints the coefficients and the reliability table.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log2

# The texts and lists it was fitted on are no larger; a grid explains no more for being large.
_MOST_OUTPUT = 63
# Leave-one-out cannot be tried with one or two examples, and no evidence else made such answers
# surer than this.
_MOST_SURE = {1: 0.5, 2: 0.8}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What confidence is computed from.

    ``agreement`` is how often the other leaders agree with the program on random inputs, and
    ``failures`` the share of these on which it raises.  ``output_size`` counts the characters and
    elements of all example outputs: what a program had to explain.
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
        # In this order: intercept, cost, one over the examples, agreement, failures, conditionals,
        # share left out and predicted, whether that was not tried, outputs explained.
        return (
            1.0,
            float(self.cost),
            1.0 / max(1, self.examples),
            self.agreement,
            self.failures,
            float(min(self.conditionals, 3)),
            held,
            float(not known),
            log2(1 + min(self.output_size, _MOST_OUTPUT)),
        )


# 466 answers to list and text problems with 1, 2, 3, 4 and 6 examples. On problems that a fit did
# not see the Brier score is 0.150, against 0.235 for always saying the share of right answers, and
# at each number of examples the mean P is within 0.04 of that share. Two examples never make it
# sure: none of 119 such answers gets 0.8 or more.
COEFFICIENTS: tuple[float, ...] = (-0.505, -0.056, -3.089, 0.305, -0.459, -0.699, 3.427, 1.87, 0.24)


def probability(evidence: Evidence, coefficients: tuple[float, ...] = COEFFICIENTS) -> float:
    """P(right on unseen inputs)."""
    score = sum(a * b for a, b in zip(coefficients, evidence.features(), strict=True))
    chance = 1.0 / (1.0 + exp(-max(-30.0, min(30.0, score))))
    return min(chance, _MOST_SURE.get(evidence.examples, 1.0))
