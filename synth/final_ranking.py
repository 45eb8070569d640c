"""Which program a run returns is verified itself, not by what a look-alike was told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from synth.context import Context
from synth.node import Node
from synth.problem import Problem
from synth.program import Program
from synth.recipe import verified_first


def vouched(node: Node, judged: Collection[Program]) -> Program | None:
    """The program of a node that is verified by another's verdict alone, else None; `judged` are
    the programs with verdicts of their own."""
    return node.program if node.verified and node.program not in judged else None


async def confirmed(
    ctx: Context, nodes: list[Node], ranking: Sequence[int], judged: Collection[Program]
) -> tuple[int, ...]:
    """The ranking with a first program whose verdict is its own, or that is not verified: what
    look-alikes were lent ranks them, it does not vouch for the one returned. Verdicts reached here
    are put into `nodes`."""
    ranked = list(ranking)
    while ranked and (program := vouched(nodes[ranked[0]], judged)) is not None:
        node = nodes[ranked[0]]
        (verdict,) = await ctx.judge([program])
        nodes[node.id] = replace(node, verdict=verdict, solved=node.solved and verdict.passed)
        if not verdict.passed:
            place = sum(nodes[id_].verified for id_ in ranked)
            ranked.insert(place, ranked.pop(0))
    return tuple(ranked)


def ranked_at_once(
    problem: Problem, nodes: Sequence[Node], candidates: Sequence[Node], judged: Collection[Program]
) -> tuple[int, ...]:
    """The ranking where nothing can be run any more: verdicts of their own before lent ones."""

    def lent(id_: int) -> tuple[bool, bool]:
        return not nodes[id_].verified, vouched(nodes[id_], judged) is not None

    return tuple(sorted(verified_first(problem, candidates), key=lent))
