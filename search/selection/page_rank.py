"""Programs are good that pass good tests; tests are good that good programs pass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from search.selection.evidence import Evidence


def page_rank(evidence: Evidence, *, damping: float = 0.85) -> NDArray[np.float64]:
    """The PageRank of each program in the bipartite graph of programs and the tests they pass.

    A program's links weigh as its tests do, a test's as its programs do. Programs of equal rows
    share one node, of their summed weight. Without tests every program ranks the same.

    Source: Brin & Page 1998; on programs and tests, the agreement graphs of CodeT and its kin.
    """
    import networkx as nx

    from search.behaviour import classes

    if not evidence.passes.any():
        return np.zeros(len(evidence))
    found = classes(evidence.passes.astype(np.uint32), weights=evidence.weights)
    graph = nx.Graph()
    graph.add_nodes_from(("program", c) for c in range(len(found)))
    for c, row in enumerate(found.outputs):
        for t in np.flatnonzero(row):
            weight = float(found.counts[c] * evidence.test_weights[t])
            if weight > 0:
                graph.add_edge(("program", c), ("test", int(t)), weight=weight)
    ranks = nx.pagerank(graph, alpha=damping, max_iter=500, tol=1e-10)
    by_class = np.array([ranks[("program", c)] for c in range(len(found))])
    return by_class[found.of_program]
