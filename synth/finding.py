"""What became of a node, in a few words for people."""

from __future__ import annotations

from search.tree import State
from synth.node import Node


def finding(node: Node, limit: int = 90) -> str:
    """Why a node has no program, or its first check that failed; empty for a verified one."""
    if node.state is State.OPEN:
        return ""
    if node.program is None:
        return cut(node.error or (node.draft.error if node.draft else ""), limit)
    if node.verdict is None:
        return ""
    for outcome in node.verdict.gating:
        if not outcome.passed:
            what = f"{outcome.status.value}: {outcome.name}"
            return cut(f"{what} ({outcome.error})" if outcome.error else what, limit)
    return "" if node.verified else "nothing was checked"


def cut(text: str, limit: int) -> str:
    """One printable line of at most `limit` characters."""
    line = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
