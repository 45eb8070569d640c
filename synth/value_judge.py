"""Asking a model how good a program is: a grade with reasons.

Each question is a model call like any other: in the log, in the budget, replayed. A judge that
gives no answer (no budget, a refusal, prose) gives no grade; it never ends an expansion that
brought programs.
"""

from __future__ import annotations

from collections.abc import Sequence

from synth.actions.action import prompt
from synth.actions.describe import describe
from synth.context import Context, ModelCall, Refused
from synth.models.chat import Completion, Usage, conversation
from synth.node import Node
from verifiers.value.judged import read_grade

_ANSWER_TOKENS = 200
_FEEDBACK = 1_200
_PROGRAM = 4_000


async def grades(
    ctx: Context, nodes: Sequence[Node], *, model: str | None = None
) -> list[float | None]:
    """A judge's grade in [0, 1] of each node's program, None where there is none. The reasons go
    into the nodes' notes (`review`), where the next attempt's prompt finds them."""
    found: list[float | None] = [None] * len(nodes)
    asked: list[int] = []
    calls: list[ModelCall] = []
    for place, node in enumerate(nodes):
        if node.program is None or not (model or ctx.model):
            continue
        try:
            call = _call(ctx, _question(ctx, node), model)
        except Refused:
            break  # no tokens left for it, nor for the next
        asked.append(place)
        calls.append(call)
    for place, completion in zip(asked, await _answers(ctx, calls), strict=True):
        grade = read_grade(completion.choices[0].text) if completion.choices else None
        if grade is not None:
            found[place] = grade.value
            if grade.reasons:
                ctx.remarks[nodes[place].id] = {"review": grade.reasons}
    return found


async def _answers(ctx: Context, calls: Sequence[ModelCall]) -> list[Completion]:
    """The answers; empty ones where the model refuses."""
    if not calls:
        return []
    try:
        return await ctx.complete_all(*calls)
    except Refused:
        return [Completion((), Usage())] * len(calls)


def _call(ctx: Context, question: str, model: str | None) -> ModelCall:
    return ctx.request(
        conversation(("user", question)),
        n=1,
        temperature=0.0,
        max_tokens=_ANSWER_TOKENS,
        model=model,
    )


def _question(ctx: Context, node: Node) -> str:
    return prompt(
        "grade",
        problem=describe(ctx.problem),
        program=_code(ctx, node),
        feedback=node.verdict.feedback(_FEEDBACK) if node.verdict else "It was not run.",
    )


def _code(ctx: Context, node: Node) -> str:
    source = node.program.source.strip()[:_PROGRAM] if node.program else ""
    return f"```{ctx.problem.language}\n{source}\n```"
