"""Programs are good that pass good tests; tests are good that good programs pass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from search.behaviour import classes
from search.selection.evidence import Evidence


def page_rank(
    evidence: Evidence, *, damping: float = 0.85, tolerance: float = 1e-12
) -> NDArray[np.float64]:
    """The PageRank of each program in the bipartite graph of programs and the tests they pass.

    A link weighs as the program is often sampled times the test; programs of equal rows share one
    node. Without links every program ranks the same. Power iteration on the two halves of the
    matrix: networkx gives the same (tested), but its pagerank wants scipy, which nothing else here
    needs.

    Source: Brin & Page 1998; on programs and tests, the agreement graphs of CodeT and its kin.
    """
    found = classes(evidence.passes.astype(np.uint32), weights=evidence.weights)
    links = found.counts[:, None] * found.outputs.astype(np.float64) * evidence.test_weights[None]
    if not links.any():
        return np.zeros(len(evidence))
    programs, tests = links.shape
    out_of_program, out_of_test = links.sum(axis=1), links.sum(axis=0)
    to_tests = np.divide(
        links, out_of_program[:, None], out=np.zeros_like(links), where=out_of_program[:, None] > 0
    )
    to_programs = np.divide(
        links, out_of_test[None], out=np.zeros_like(links), where=out_of_test[None] > 0
    )
    nodes = programs + tests
    p, t = np.full(programs, 1.0 / nodes), np.full(tests, 1.0 / nodes)
    for _ in range(1000):
        lost = p[out_of_program == 0].sum() + t[out_of_test == 0].sum()  # linked to nothing
        base = (1.0 - damping + damping * lost) / nodes
        new_p, new_t = base + damping * (to_programs @ t), base + damping * (p @ to_tests)
        moved = np.abs(new_p - p).sum() + np.abs(new_t - t).sum()
        p, t = new_p, new_t
        if moved < tolerance * nodes:
            break
    return np.asarray(p[found.of_program])
