"""Repair: show the model its program and what the verifiers found, ask for a better one.

Chen et al., "Teaching Large Language Models to Self-Debug" (2023), section 3: feedback from unit
tests, with a one-sentence diagnosis asked for before the code.
"""

from __future__ import annotations

from dataclasses import dataclass

from synth.actions.action import prompt
from synth.actions.describe import describe
from synth.actions.draft import read
from synth.context import Context
from synth.models.chat import Message, conversation
from synth.node import Draft, Node


@dataclass(frozen=True, slots=True)
class RepairAction:
    """`ctx.n` repairs of `ctx.node` given its verdict, the feedback cut at `feedback`
    characters."""

    feedback: int = 2500
    calls: int = 1

    async def __call__(self, ctx: Context) -> list[Draft]:
        return read(ctx, await ctx.complete(repair_messages(ctx, self.feedback)))


def repair_messages(ctx: Context, feedback: int) -> tuple[Message, ...]:
    """The conversation so far, shortened to: problem, the node's code, what was found."""
    node, fence = ctx.node, ctx.problem.language
    if node is None or node.draft is None:
        return conversation(("user", describe(ctx.problem)))
    return conversation(
        ("user", describe(ctx.problem)),
        ("assistant", _answer(node, fence)),
        ("user", _finding(node, feedback, fence)),
    )


def _answer(node: Node, fence: str) -> str:
    assert node.draft is not None
    if node.program is None:
        return node.draft.text[:4000] or "(no answer)"
    return f"```{fence}\n{node.program.source.strip()}\n```"


def _finding(node: Node, limit: int, fence: str) -> str:
    assert node.draft is not None
    if node.program is None or node.verdict is None:
        return prompt("no_code", error=node.draft.error or "no code", fence=fence)
    return prompt("repair", feedback=node.verdict.feedback(limit), fence=fence)
