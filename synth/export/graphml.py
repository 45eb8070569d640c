"""GraphML, for Gephi, yEd, Cytoscape and networkx."""

from __future__ import annotations

import re
from typing import Any

# XML 1.0, section 2.2: what a document cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_graphml(graph: Any) -> str:
    """The graph as GraphML; characters that XML cannot hold become U+FFFD."""
    import networkx

    clean = networkx.DiGraph(**_clean(graph.graph))
    for node, attributes in graph.nodes(data=True):
        clean.add_node(node, **_clean(attributes))
    for parent, child, attributes in graph.edges(data=True):
        clean.add_edge(parent, child, **_clean(attributes))
    return "\n".join(networkx.generate_graphml(clean)) + "\n"


def _clean(attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _FORBIDDEN.sub("\ufffd", value) if isinstance(value, str) else value
        for name, value in attributes.items()
    }
