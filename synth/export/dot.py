"""DOT, for Graphviz: a drawing that is ready to print, each node coloured by its value.

Written here and not by networkx, whose writer needs another package and does not quote every text.
"""

from __future__ import annotations

from typing import Any

from synth.finding import cut

_LOW, _HIGH = (0xEE, 0xF1, 0xF5), (0x12, 0x3F, 0x7F)
_VERIFIED = "#17713a"


def to_dot(graph: Any) -> str:
    """The graph as DOT: `dot -Tpdf` draws it. Programs are left out; hovering shows findings."""
    lines = [
        f"digraph {_quoted(graph.graph['run'])} {{",
        '  graph [rankdir=TB, nodesep=0.12, ranksep=0.35, fontname="Helvetica"];',
        '  node [shape=circle, style=filled, fontname="Helvetica", fontsize=9, width=0.36,'
        ' fixedsize=true, penwidth=0.7, color="#6f7d8c"];',
        '  edge [arrowhead=none, color="#98a4b1", penwidth=0.7];',
        f"  0 [{_attributes({'label': graph.graph['problem'], **_ROOT})}];",
    ]
    for node, row in graph.nodes(data=True):
        if node:
            lines.append(f"  {node} [{_attributes(_drawn(node, row))}];")
    for parent, child, row in graph.edges(data=True):
        style = " [style=dashed, constraint=false]" if row["kind"] == "shown" else ""
        lines.append(f"  {parent} -> {child}{style};")
    return "\n".join([*lines, "}"]) + "\n"


_ROOT = {"shape": "box", "fixedsize": "false", "fillcolor": "#1b1f24", "fontcolor": "white"}


def _drawn(node: int, row: dict[str, Any]) -> dict[str, str]:
    tip = cut(f"{node} {row['action']} {row['state']} {row.get('finding', '')}", 200)
    drawn = {"label": str(node), "tooltip": tip}
    if row["state"] != "done":
        style = "dashed" if row["state"] in ("open", "cancelled") else "filled"
        colour = "#b3261e" if style == "filled" else "#98a4b1"
        return drawn | {"style": style, "fillcolor": "white", "fontcolor": colour}
    value = row["value"]
    drawn["tooltip"] = cut(f"{node} {row['action']} {value:.2f} {row.get('finding', '')}", 200)
    drawn["fillcolor"] = _VERIFIED if row["verified"] else _blend(value)
    drawn["fontcolor"] = "white" if row["verified"] or value > 0.5 else "black"
    if row["verified"]:
        drawn |= {"shape": "doublecircle", "color": _VERIFIED}
    if row.get("rank") == 0:
        drawn |= {"penwidth": "2.4"}
    if "duplicate_of" in row:
        drawn |= {"style": "filled,dotted"}
    return drawn


def _blend(value: float) -> str:
    channels = (round(a + (b - a) * value) for a, b in zip(_LOW, _HIGH, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def _attributes(values: dict[str, str]) -> str:
    return ", ".join(f"{name}={_quoted(value)}" for name, value in values.items())


def _quoted(text: str) -> str:
    # A backslash begins an escape of Graphviz's own (\N is the node's name), so it is doubled.
    printable = "".join(c if c.isprintable() else " " for c in text)
    return '"' + printable.replace("\\", "\\\\").replace('"', '\\"') + '"'
