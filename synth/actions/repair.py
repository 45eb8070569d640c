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
        ("user", _finding(ctx, node, feedback)),
    )


def _answer(node: Node, fence: str) -> str:
    assert node.draft is not None
    if node.program is None:
        return node.draft.text[:4000] or "(no answer)"
    return f"```{fence}\n{node.program.source.strip()}\n```"


def _finding(ctx: Context, node: Node, limit: int) -> str:
    assert node.draft is not None
    fence = ctx.problem.language
    if node.program is None or node.verdict is None:
        return prompt("no_code", error=node.draft.error or "no code", fence=fence)
    if node.verified and ctx.problem.objective != "correct":
        better = {"fastest": "faster", "smallest": "shorter"}[ctx.problem.objective]
        return prompt("improve", better=better, fence=fence)
    if node.verified:
        return prompt("generalise", fence=fence)
    return prompt(
        "repair",
        feedback=node.verdict.feedback(limit)
        + _review(node, limit // 3)
        + _repetition(ctx)
        + _others(ctx, limit // 3),
        fence=fence,
    )


def _review(node: Node, limit: int) -> str:
    """What a judge gave as reasons for its grade (SWE-Search, Antoniades et al. 2024, hands the
    value function's explanation on to the next attempt)."""
    review = str(node.draft.notes.get("review", "")) if node.draft else ""
    return f"\n\nA reviewer, who may be wrong, says: {review[:limit]}" if review else ""


def _repetition(ctx: Context) -> str:
    """Tells that other attempts came to the same: more of it would be a waste."""
    if not ctx.alike:
        return ""
    attempts = "Another attempt behaves" if ctx.alike == 1 else f"{ctx.alike} other attempts behave"
    return f"\n\n{attempts} exactly like this code: take a different approach."


def _others(ctx: Context, limit: int) -> str:
    """Further parents, each with its code and what was found of it."""
    parts = []
    for other in ctx.others:
        if other.program is not None and other.verdict is not None:
            code = f"```{ctx.problem.language}\n{other.program.source.strip()[:limit]}\n```"
            parts.append(f"{code}\n{other.verdict.feedback(limit)}")
    if not parts:
        return ""
    return "\n\nOther attempts, which behave differently:\n\n" + "\n\n".join(parts)
