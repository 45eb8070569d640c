"""synth show: a run as a tree in the terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import cyclopts

from search.tree import State
from synth.finding import cut, finding
from synth.fold import Fold
from synth.node import Node
from synth.view.trace import Trace

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from synth.view.outline import Line


def show(
    run: str = "last",
    /,
    *,
    node: int | None = None,
    diff: Annotated[bool, cyclopts.Parameter(negative="")] = False,
    prompt: Annotated[bool, cyclopts.Parameter(negative="")] = False,
    depth: int = 0,
    limit: int = 100,
    json_: Annotated[bool, cyclopts.Parameter(name="--json", negative="")] = False,
) -> int:
    """Show RUN: its tree with actions, values, cost, and what was found; or one node whole.

    Parameters
    ----------
    run
        A run's id, the beginning of one, or a file; the last run without.
    node
        Show this node whole: program, verdict, feedback.
    diff
        With --node: what changed from its parent's program.
    prompt
        With --node: what the model was asked and answered.
    depth
        How deep to go; 0: to the end.
    limit
        How many lines at most, the best programs first; 0: all.
    json_
        Print the tree as JSON.
    """
    from rich.console import Console

    from synth.errors import UsageError
    from synth.run_log import find_run, read_events

    trace = Trace()
    trace.follow(read_events(find_run(run)))
    fold = trace.fold
    if node is not None and not 0 < node < len(fold.nodes):
        raise UsageError(f"the run has nodes 1 to {len(fold.nodes) - 1}, not {node}")
    if node is None and (diff or prompt):
        raise UsageError("--diff and --prompt go with --node")
    if depth < 0 or limit < 0:
        raise UsageError("--depth and --limit are 0 (all) or more")
    console = Console(highlight=False, soft_wrap=True)
    if json_:
        nodes = fold.nodes[1:] if node is None else [fold.nodes[node]]
        print(json.dumps([_as_json(item, trace) for item in nodes], indent=2))
    elif node is not None:
        _show_node(fold.nodes[node], trace, console, diff=diff, prompt=prompt)
    else:
        _show_tree(trace, console, depth=depth, limit=limit)
    return 0


def _show_tree(trace: Trace, console: Console, *, depth: int, limit: int) -> None:
    from rich.markup import escape
    from rich.text import Text

    from synth.solution import describe_evidence
    from synth.view.outline import outline

    fold = trace.fold
    started, usage, best = fold.started, fold.ledger.usage, fold.best()
    models = ", ".join(row["name"] for row in started.models) or "no model"
    strategy = started.recipe["options"].get("strategy", started.recipe["name"])
    console.print(f"[bold]{escape(fold.problem.id)}[/]  {escape(strategy)}  {escape(models)}")
    lines = outline(fold, limit=limit, depth=depth)
    ascii_only = not (console.encoding or "").lower().startswith("utf")
    heads = [_head(line, fold, ascii_only=ascii_only) for line in lines]
    shown = [head for head, line in zip(heads, lines, strict=True) if line.node is not None]
    width = max((head.cell_len for head in shown), default=0)
    room = max(30, console.width - width - 33) if console.is_terminal else 200
    if lines:
        titles = f"{'node':<{width}}  {'value':>9}  {'checks':>7}  {'tokens':>7}  found"
        console.print(Text(titles, style="dim"))
    for line, head in zip(lines, heads, strict=True):
        if line.node is not None:
            head.pad_right(width - head.cell_len)
            star = best is not None and line.node == best.id
            head.append_text(_columns(fold.nodes[line.node], trace, best=star, room=room))
        head.rstrip()
        console.print(head)
    hidden = sum(line.hidden for line in lines)
    if hidden:
        console.print(Text(f"{hidden} nodes are folded; --limit 0 shows all", style="dim"))
    dollars = f", ${usage.dollars:.4f}" if usage.dollars else ""
    console.print(
        f"{escape(fold.reason or 'unfinished')}; {usage.tokens} tokens in {usage.calls} calls, "
        f"{fold.ledger.settled.programs} programs, {trace.seconds:.1f} s{dollars}; "
        f"run {started.run}"
    )
    if best is not None:
        console.print(f"best: node {best.id}, {escape(describe_evidence(best.verdict))}")


def _head(line: Line, fold: Fold, *, ascii_only: bool) -> Text:
    """Guides and the node, or what is folded there."""
    from rich.text import Text

    guides = line.guides
    if ascii_only:
        guides = guides.translate(str.maketrans("│├└─", "||`-"))
    head = Text().append(guides, style="dim")
    if line.node is not None:
        node = fold.nodes[line.node]
        return head.append(f"{node.id} {cut(node.action, 24)}")
    parts = [f"{line.hidden} more"]
    if line.best is not None:
        parts.append(f"best {line.best:.2f}")
    if line.failed:
        parts.append(f"{line.failed} without a program")
    if line.unfinished:
        parts.append(f"{line.unfinished} {'cancelled' if fold.reason else 'under way'}")
    return head.append(", ".join(parts), style="dim")


def _columns(node: Node, trace: Trace, *, best: bool, room: int) -> Text:
    from rich.text import Text

    word, style = _standing(node, trace)
    verdict = node.verdict
    checks = f"{sum(o.passed for o in verdict.gating)}/{len(verdict.gating)}" if verdict else ""
    tokens = str(node.tokens) if trace.moments[node.id].told is not None else ""
    found = finding(node, room)
    if node.duplicate_of is not None:
        found = cut(f"same as {node.duplicate_of}; {found}".removesuffix("; "), room)
    columns = Text().append(f"  {word:>9}", style=style)
    columns.append(f"  {checks:>7}  {tokens:>7}  ")
    if best:
        columns.append("* ", style="bold yellow")
    return columns.append(found, style="" if node.duplicate_of is None else "dim")


def _standing(node: Node, trace: Trace) -> tuple[str, str]:
    """The value of a node, or a word for it, and its style."""
    state = trace.state_of(node.id)
    if state in ("open", "cancelled"):
        return state, "dim"
    if state == "failed" or node.program is None:
        return "none", "red"
    if node.verified:
        return "verified", "green"
    return f"{node.value:.2f}", "yellow"


def _show_node(node: Node, trace: Trace, console: Console, *, diff: bool, prompt: bool) -> None:
    from rich.text import Text

    from synth.solution import describe_evidence

    fold, moment = trace.fold, trace.moments[node.id]
    path = " > ".join(str(step) if step else "problem" for step in fold.tree.path(node.id))
    word, style = _standing(node, trace)
    head = Text.assemble(("node ", "bold"), (str(node.id), "bold"), f" {node.action}  ")
    console.print(head.append(word, style=style))
    told = f", told at {moment.told:.2f} s" if moment.told is not None else ""
    console.print(f"{path}; {node.tokens} tokens{told}", style="dim", markup=False)
    if prompt:
        _show_prompt(node, trace, console)
    if node.program is not None and not diff:
        _show_program(node.program.source, console)
    elif node.program is not None:
        _show_diff(node, fold, console)
    elif node.draft is not None:
        console.print(_printable(node.draft.text), markup=False)
    if node.verdict is not None:
        console.print(describe_evidence(node.verdict), style="bold", markup=False)
        if not node.verdict.passed:
            console.print(_printable(node.verdict.feedback()), markup=False)
    elif found := finding(node, 2000):
        console.print(found, markup=False)


def _show_program(source: str, console: Console) -> None:
    from rich.syntax import Syntax

    text = _printable(source.rstrip())
    if console.is_terminal:
        console.print(Syntax(text, "python", background_color="default"))
    else:
        console.print(text, markup=False)


def _show_diff(node: Node, fold: Fold, console: Console) -> None:
    from difflib import unified_diff

    assert node.program is not None
    above = [fold.nodes[step] for step in fold.tree.path(node.id)[-2:0:-1]]
    parent = next((item for item in above if item.program is not None), None)
    if parent is None or parent.program is None:
        console.print("drafted from the problem alone: there is no program to compare with")
        return
    before, after = (p.source.rstrip().splitlines() for p in (parent.program, node.program))
    lines = unified_diff(before, after, f"node {parent.id}", f"node {node.id}", lineterm="")
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in list(lines) or [f"the same text as node {parent.id}"]:
        console.print(_printable(line), style=styles.get(line[:1], ""), markup=False)


def _show_prompt(node: Node, trace: Trace, console: Console) -> None:
    expansion = trace.fold.tree.expansions[node.id]
    for call in trace.calls:
        if call.expansion != expansion or call.request is None:
            continue
        for message in call.request.messages:
            console.print(f"--- {message.role}", style="bold cyan", markup=False)
            console.print(_printable(message.content), markup=False)
        for choice in call.completion.choices if call.completion else ():
            console.print(f"--- answer ({choice.finish})", style="bold cyan", markup=False)
            console.print(_printable(choice.text), markup=False)
        if call.error:
            console.print(f"--- refused: {_printable(call.error)}", style="red", markup=False)
    console.print("---", style="bold cyan")


def _printable(text: str) -> str:
    """Model text without what a terminal would obey (escape sequences, lone surrogates)."""
    kept = (c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)
    return "".join(kept)


def _as_json(node: Node, trace: Trace) -> dict[str, Any]:
    done = node.state is State.DONE
    return {
        "id": node.id,
        "parents": list(node.parents),
        "action": node.action,
        "state": trace.state_of(node.id),
        "value": node.value if done else None,
        "solved": node.solved,
        "verified": node.verified,
        "behaviour": node.behaviour,
        "duplicate_of": node.duplicate_of,
        "model": node.model,
        "tokens": node.tokens,
        "told": trace.moments[node.id].told,
        "program": node.program.source if node.program else None,
        "error": node.error or (node.draft.error if node.draft else ""),
        "verdict": node.verdict.to_json() if node.verdict else None,
    }
