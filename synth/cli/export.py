"""synth export: a run's tree for other programs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import cyclopts

Format = Literal["graphml", "dot", "json"]
_ENDINGS: dict[str, Format] = {
    ".graphml": "graphml",
    ".xml": "graphml",
    ".dot": "dot",
    ".gv": "dot",
    ".json": "json",
}


def export(
    run: str = "last",
    /,
    *,
    format_: Annotated[Format | None, cyclopts.Parameter(name=["--format", "-f"])] = None,
    output: Annotated[Path | None, cyclopts.Parameter(name=["--output", "-o"])] = None,
    programs: bool = True,
) -> int:
    """Write the tree of RUN as GraphML, DOT or JSON.

    Parameters
    ----------
    run
        A run's id, the beginning of one, or a file; the last run without.
    format_
        graphml (Gephi, yEd, networkx), dot (Graphviz) or json (networkx's node-link form).
        Default: what the output's name says, else json.
    output
        Where to write it. Default: standard output.
    programs
        Whether nodes hold their programs; DOT never does.
    """
    from synth.errors import UsageError
    from synth.export.graph import graph_of
    from synth.run_log import find_run, read_events
    from synth.view.trace import Trace

    if format_ is None:
        format_ = _ENDINGS.get(output.suffix.lower(), "json") if output else "json"
    trace = Trace()
    trace.follow(read_events(find_run(run)))
    graph = graph_of(trace, programs=programs)
    if format_ == "graphml":
        from synth.export.graphml import to_graphml

        text = to_graphml(graph)
    elif format_ == "dot":
        from synth.export.dot import to_dot

        text = to_dot(graph)
    else:
        import networkx

        text = json.dumps(networkx.node_link_data(graph, edges="edges"), indent=1) + "\n"
    if output is None:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        return 0
    try:
        output.write_bytes(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise UsageError(f"{output}: cannot be written ({error.strerror})") from error
    return 0
