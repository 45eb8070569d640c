"""synth show: a run as a tree in the terminal."""

from __future__ import annotations

import json
from typing import Annotated

import cyclopts

from search.tree import State
from synth.fold import Fold
from synth.node import Node


def show(
    run: str = "last",
    /,
    *,
    node: int | None = None,
    json_: Annotated[bool, cyclopts.Parameter(name="--json", negative="")] = False,
) -> int:
    """Show RUN: its tree with actions, verdicts, scores and cost.

    Parameters
    ----------
    run
        A run's id, the beginning of one, or a file; the last run without.
    node
        Show this node whole: program, verdict, feedback.
    json_
        Print the tree as JSON.
    """
    from rich.console import Console

    from synth.api import refold
    from synth.errors import UsageError
    from synth.run_log import find_run, read_events

    fold, _, seconds = refold(read_events(find_run(run)))
    if node is not None and not 0 < node < len(fold.nodes):
        raise UsageError(f"the run has nodes 1 to {len(fold.nodes) - 1}, not {node}")
    console = Console(highlight=False, soft_wrap=True)
    if json_:
        nodes = fold.nodes[1:] if node is None else [fold.nodes[node]]
        print(json.dumps([_as_json(item, fold) for item in nodes], indent=2))
    elif node is not None:
        _show_node(fold.nodes[node], fold, console)
    else:
        _show_tree(fold, seconds, console)
    return 0


def _show_tree(fold: Fold, seconds: float, console: object) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.tree import Tree

    from synth.solution import describe_evidence

    assert isinstance(console, Console)
    started, usage = fold.started, fold.ledger.usage
    models = ", ".join(row["name"] for row in started.models)
    root = Tree(f"[bold]{escape(fold.problem.id)}[/]  {started.recipe['name']}  {escape(models)}")
    branches = {0: root}
    best = fold.best()
    for item in fold.nodes[1:]:
        label = _label(item, best is not None and item.id == best.id, fold)
        branches[item.id] = branches[item.parents[0]].add(label)
    console.print(root)
    dollars = f", ${usage.dollars:.4f}" if usage.dollars else ""
    console.print(
        f"{fold.reason or 'unfinished'}; {usage.tokens} tokens in {usage.calls} calls, "
        f"{fold.ledger.settled.programs} programs, {seconds:.1f} s{dollars}; run {started.run}"
    )
    if best is not None:
        console.print(f"best: node {best.id}, {describe_evidence(best.verdict)}")


def _label(node: Node, best: bool, fold: Fold) -> str:
    from rich.markup import escape

    star = " [bold yellow]*[/]" if best else ""
    if node.state is State.OPEN:
        word = "cancelled" if fold.reason else "open"
        return f"{node.id} {node.action} [dim]{word}[/]"
    if node.state is State.FAILED or node.program is None:
        error = node.error or (node.draft.error if node.draft else "")
        return f"{node.id} {node.action} [red]no program[/] {escape(error[:90])}  {node.tokens} tok"
    twin = f" [dim]same as {node.duplicate_of}[/]" if node.duplicate_of is not None else ""
    if node.solved:
        return f"{node.id} {node.action} [green]verified[/]  {node.tokens} tok{twin}{star}"
    first = next((o for o in node.verdict.gating if not o.passed), None) if node.verdict else None
    failed = f"{first.status}: {first.name}" if first else ""
    note = f"{failed} {first.error}" if first and first.error else failed
    return (
        f"{node.id} {node.action} [yellow]{node.value:.2f}[/] {escape(note[:90])}  "
        f"{node.tokens} tok{twin}{star}"
    )


def _show_node(node: Node, fold: Fold, console: object) -> None:
    from rich.console import Console
    from rich.markup import escape

    from synth.solution import describe_evidence

    assert isinstance(console, Console)
    console.print(_label(node, False, fold))
    if node.program is not None:
        console.print(escape(node.program.source.rstrip()))
    elif node.draft is not None:
        console.print(escape(node.draft.text))
    if node.verdict is not None:
        console.print(f"[bold]{describe_evidence(node.verdict)}[/]")
        if not node.verdict.passed:
            console.print(escape(node.verdict.feedback()))


def _as_json(node: Node, fold: Fold) -> dict[str, object]:
    return {
        "id": node.id,
        "parents": list(node.parents),
        "action": node.action,
        "state": node.state.name.lower(),
        "value": node.value,
        "solved": node.solved,
        "behaviour": node.behaviour,
        "duplicate_of": node.duplicate_of,
        "model": node.model,
        "tokens": node.tokens,
        "program": node.program.source if node.program else None,
        "error": node.error or (node.draft.error if node.draft else ""),
        "verdict": node.verdict.to_json() if node.verdict else None,
    }
