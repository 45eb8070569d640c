"""CodeT's dual agreement: programs that pass the same tests, times the tests they pass.

Source: Chen et al., "CodeT: Code Generation with Generated Tests", ICLR 2023, section 2.2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.behaviour import classes
from search.selection.evidence import Evidence


def dual_agreement(evidence: Evidence) -> NDArray[np.float64]:
    """sqrt(programs passing exactly these tests) times the weight of these tests, (programs,).

    The square root, as in the paper's own runs, keeps a crowd of equal wrong programs from
    outvoting the tests.
    """
    sets = classes(evidence.passes.astype(np.uint32), weights=evidence.weights)
    tests = evidence.passes @ evidence.test_weights
    return np.asarray(np.sqrt(sets.counts[sets.of_program]) * tests)


def bayesian_agreement(
    evidence: Evidence,
    *,
    valid: tuple[float, float] = (2.0, 8.0),
    invalid: tuple[float, float] = (1.0, 9.0),
    programs: tuple[float, float] = (1.0, 1.0),
    tests: tuple[float, float] = (1.0, 1.0),
) -> NDArray[np.float64]:
    """The log posterior, up to a constant, that a program's consensus set is the right one.

    If set S is right then the tests it passes are the valid ones and the others invalid; what the
    wrong programs do on either kind is Bernoulli with an unknown rate. The rates are integrated out
    under Beta priors: `valid` for a wrong program passing a valid test, `invalid` for one passing
    an invalid test, `programs` and `tests` for the share that is right. Follows Chen et al., "B4:
    Towards Optimal Assessment of Plausible Code Solutions with Plausible Tests", ASE 2024; the
    marginal likelihood here is derived anew for weighted programs and tests.
    """
    sets = classes(evidence.passes.astype(np.uint32), weights=evidence.weights)
    n, m = float(evidence.weights.sum()), float(evidence.test_weights.sum())
    passes = sets.outputs.astype(bool)
    weighted = (passes * evidence.test_weights).astype(np.float64)
    score = np.zeros(len(sets))
    for c in range(len(sets)):
        right = sets.counts[c]
        others = np.delete(np.arange(len(sets)), c)
        on_valid = sets.counts[others] @ (weighted[others] @ passes[c])
        on_invalid = sets.counts[others] @ (weighted[others] @ ~passes[c])
        accepted = float(weighted[c].sum())
        wrong = n - right
        score[c] = (
            log_beta(programs[0] + right, programs[1] + wrong)
            + log_beta(tests[0] + accepted, tests[1] + m - accepted)
            + log_beta(valid[0] + on_valid, valid[1] + wrong * accepted - on_valid)
            + log_beta(invalid[0] + on_invalid, invalid[1] + wrong * (m - accepted) - on_invalid)
        )
    return score[sets.of_program]


def log_beta(a: Any, b: Any) -> float:
    """The logarithm of Euler's beta function."""
    from math import lgamma

    return lgamma(a) + lgamma(b) - lgamma(a + b)
