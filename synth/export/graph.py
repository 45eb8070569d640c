"""A run's tree as a networkx graph."""

from __future__ import annotations

from typing import Any

from synth.finding import finding
from synth.node import Node
from synth.view.trace import Trace


def graph_of(trace: Trace, *, programs: bool = True) -> Any:
    """A networkx DiGraph, an edge from each parent to its child; node 0 is the problem.

    Nodes have `action`, `state` and, where they have any, `value`, `verified`, `passed` of
    `checks`, `finding`, `tokens`, `model`, `behaviour` (class of look-alikes), `duplicate_of`,
    `asked` and `told` (seconds), `order` (of telling), `rank` (0 is returned) and `program`.
    Edges have `kind`: `tree`, or `shown` for a further parent that was shown beside the first.
    Attributes without a value are left out, so that every one has a single type.
    """
    import networkx

    fold = trace.fold
    started, usage = fold.started, fold.ledger.usage
    graph = networkx.DiGraph(
        run=started.run,
        problem=fold.problem.id,
        recipe=started.recipe["name"],
        models=", ".join(model["name"] for model in started.models),
        reason=fold.reason or "unfinished",
        verified=fold.verified,
        tokens=usage.tokens,
        calls=usage.calls,
        dollars=float(usage.dollars),
        seconds=float(trace.seconds),
    )
    ranks = {id_: rank for rank, id_ in enumerate(fold.ranking)}
    for id_ in range(len(trace.moments)):
        node = fold.nodes[id_]
        attributes = {"action": node.action, "state": trace.state_of(id_) if id_ else "root"}
        graph.add_node(id_, **attributes, **_told(trace, node, ranks, programs))
        for place, parent in enumerate(dict.fromkeys(node.parents)):
            graph.add_edge(parent, id_, kind="shown" if place else "tree")
    return graph


def _told(trace: Trace, node: Node, ranks: dict[int, int], programs: bool) -> dict[str, Any]:
    moment = trace.moments[node.id]
    if not node.id:
        return {}
    attributes: dict[str, Any] = {"asked": moment.asked, "model": node.model}
    if moment.told is not None:
        done = trace.state_of(node.id) == "done"
        attributes |= {
            "value": float(node.value) if done else None,
            "verified": node.verified,
            "passed": sum(o.passed for o in node.verdict.gating) if node.verdict else None,
            "checks": len(node.verdict.gating) if node.verdict else None,
            "finding": finding(node) or None,
            "tokens": node.tokens,
            "behaviour": node.behaviour if node.behaviour >= 0 else None,
            "duplicate_of": node.duplicate_of,
            "told": moment.told,
            "order": moment.order,
            "rank": ranks.get(node.id),
            "program": node.program.source if programs and node.program else None,
        }
    return {name: value for name, value in attributes.items() if value is not None}
