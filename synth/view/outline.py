"""A tree as lines of text: what to show when not everything fits, and the guides before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from search.tree import State
from synth.fold import Fold
from synth.node import Node

_DEEPEST = 12  # levels of guides drawn; below, indentation says nothing more


@dataclass(frozen=True, slots=True)
class Line:
    """A node, or (`node` None) what was left out below its parent: how many nodes, the best value
    among them, how many of them have no program, how many are under way or cancelled."""

    guides: str
    node: int | None
    hidden: int = 0
    best: float | None = None
    failed: int = 0
    unfinished: int = 0


def outline(fold: Fold, *, limit: int = 0, depth: int = 0) -> list[Line]:
    """The lines under the root, in order of asking, at most about `limit` of them (0: all), no
    deeper than `depth` (0: any).

    When not all fit, the best node, then nodes by standing and value, each with its ancestors.
    """
    kept = _kept(fold, limit, depth)
    left_out = _left_out(fold, kept)
    for node in [node for node, row in left_out.items() if row[0] == 1]:
        if not depth or fold.tree.depths[node] < depth:  # itself is as short as `1 more`
            kept.update(fold.tree.children[node])
            del left_out[node]
    lines: list[Line] = []
    # The last entry is next: (node, guides before it, whether it is its parent's last line).
    ahead: list[tuple[int, tuple[bool, ...]]] = [(0, ())]
    while ahead:
        node, lasts = ahead.pop()
        if node < 0:
            lines.append(_summary(_guides(lasts), *left_out[~node]))
            continue
        if node:
            lines.append(Line(_guides(lasts), node))
        children = [child for child in fold.tree.children[node] if child in kept]
        entries = [*children, *([~node] if node in left_out else [])]
        for place in range(len(entries) - 1, -1, -1):
            ahead.append((entries[place], (*lasts, place == len(entries) - 1)))
    return lines


def _kept(fold: Fold, limit: int, depth: int) -> set[int]:
    tree = fold.tree
    allowed = [n for n in range(1, len(tree)) if not depth or tree.depths[n] <= depth]
    whole = set(allowed)
    if not limit or _count(fold, whole) <= limit:
        return whole
    best = fold.best()
    order = sorted(allowed, key=lambda n: (best is None or n != best.id, _worth(fold.nodes[n]), n))
    low, high = 1, len(order)  # adding nodes never makes fewer lines, so halving finds the most
    while low < high:
        middle = (low + high + 1) // 2
        if _count(fold, _closed(fold, order[:middle])) <= limit:
            low = middle
        else:
            high = middle - 1
    return _closed(fold, order[:low])


def _worth(node: Node) -> tuple[float, ...]:
    done = node.state is State.DONE
    return (-node.verified, not done, -node.value if done else 0.0, node.duplicate_of is not None)


def _closed(fold: Fold, nodes: Sequence[int]) -> set[int]:
    """The nodes with all their ancestors but the root."""
    kept: set[int] = set()
    for node in nodes:
        while node and node not in kept:
            kept.add(node)
            node = fold.tree.parents[node][0]
    return kept


def _count(fold: Fold, kept: set[int]) -> int:
    children = fold.tree.children
    folded = (any(child not in kept for child in children[node]) for node in (0, *kept))
    return len(kept) + sum(folded)


def _left_out(fold: Fold, kept: set[int]) -> dict[int, list[float]]:
    """By shown node: count, best value, without a program, unfinished, of what is not shown
    below it."""
    totals: dict[int, list[float]] = {}
    for id_ in range(len(fold.tree) - 1, 0, -1):
        if id_ in kept:
            continue
        node = fold.nodes[id_]
        own = totals.pop(id_, [0, -1.0, 0, 0])
        done = node.state is State.DONE
        row = [
            own[0] + 1,
            max(own[1], node.value if done else -1.0),
            own[2] + (node.state is State.FAILED or (done and node.program is None)),
            own[3] + (node.state in (State.OPEN, State.CANCELLED)),
        ]
        above = totals.setdefault(fold.tree.parents[id_][0], [0, -1.0, 0, 0])
        above[:] = [above[0] + row[0], max(above[1], row[1]), above[2] + row[2], above[3] + row[3]]
    return totals


def _summary(guides: str, hidden: float, best: float, failed: float, unfinished: float) -> Line:
    known = best if best >= 0 else None
    return Line(guides, None, int(hidden), known, int(failed), int(unfinished))


def _guides(lasts: tuple[bool, ...]) -> str:
    skipped = len(lasts) - _DEEPEST
    shown = lasts[max(0, skipped) :]
    text = "".join("   " if last else "│  " for last in shown[:-1])
    text += "└─ " if shown[-1] else "├─ "
    return f"+{skipped} {text}" if skipped > 0 else text
