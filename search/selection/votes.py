"""Selection by counting: how many behave alike, agree on the average, or pass the most tests.

Every function gives one score a program, (programs,), higher is better; programs that it cannot
tell apart get equal scores.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from search.behaviour import classes
from search.distance import behaviour_distances
from search.selection.evidence import Evidence


def majority(evidence: Evidence) -> NDArray[np.float64]:
    """The sampled weight of all programs with the same outputs on every input.

    With one right answer and many wrong ones the largest class is the likeliest (AlphaCode's
    clustering, Li et al. 2022).
    """
    found = classes(evidence.outputs, weights=evidence.weights)
    return found.counts[found.of_program]


def agreement(evidence: Evidence) -> NDArray[np.float64]:
    """The weighted mean share of inputs on which the other programs agree: MBR-exec, in [0, 1].

    Minimum Bayes risk with the loss "share of differing outputs" (Shi et al. 2022, who use 0/1
    loss, which is `majority`). Unlike it, one odd input does not cost a program all its voters.
    """
    inputs = evidence.outputs.shape[1]
    if inputs == 0 or evidence.weights.sum() == 0:
        return np.ones(len(evidence))
    apart = behaviour_distances(evidence.outputs) @ evidence.weights
    return np.asarray(1.0 - apart / (inputs * evidence.weights.sum()))


def share_of_tests(evidence: Evidence) -> NDArray[np.float64]:
    """The weighted share of generated tests a program passes, in [0, 1]; 0 without tests.

    The weakest of all: a wrong test counts as much as a right one, and permissive ones more.
    """
    total = evidence.test_weights.sum()
    if total == 0:
        return np.zeros(len(evidence))
    return np.asarray(evidence.passes @ evidence.test_weights / total)
