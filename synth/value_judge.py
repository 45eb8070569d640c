"""Asking a model how good a program is: a grade with reasons.

Each question is a model call like any other: in the log, in the budget, replayed. Small models
explain and forget the grade: those are asked once more, for the number alone. A judge that then
gives none (no budget, a refusal, prose) gives no grade; it never ends an expansion that brought
programs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synth.actions.action import prompt
from synth.actions.describe import describe
from synth.context import Context, ModelCall, Refused
from synth.models.chat import Completion, Message, Usage, conversation
from synth.node import Node
from verifiers.value.judged import Grade, read_grade

_ANSWER_TOKENS = 200
_NUMBER_TOKENS = 8
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
    answers = await _answers(ctx, calls)
    graded = [_grade(completion) for completion in answers]
    again = [
        number
        for number, completion in enumerate(answers)
        if graded[number] is None and completion.choices and completion.choices[0].text.strip()
    ]
    reviews = {number: answers[number].choices[0].text.strip() for number in again}
    for number, completion in await _asked_again(ctx, calls, reviews):
        grade = _grade(completion)
        if grade is not None:
            graded[number] = Grade(grade.value, " ".join(reviews[number].split()))
    for place, grade in zip(asked, graded, strict=True):
        if grade is not None:
            found[place] = grade.value
            if grade.reasons:
                ctx.remarks[nodes[place].id] = {"review": grade.reasons}
    return found


def _grade(completion: Completion) -> Grade | None:
    return read_grade(completion.choices[0].text) if completion.choices else None


async def _asked_again(
    ctx: Context, calls: Sequence[ModelCall], reviews: Mapping[int, str]
) -> list[tuple[int, Completion]]:
    """The judges' second answers, to the reviews that held no grade."""
    numbers: list[int] = []
    asked: list[ModelCall] = []
    for number, review in reviews.items():
        call = calls[number]
        messages = (
            *call.request.messages,
            Message("assistant", review),
            Message("user", prompt("grade_alone")),
        )
        try:
            asked.append(
                ctx.request(
                    messages, n=1, temperature=0.0, max_tokens=_NUMBER_TOKENS, model=call.model
                )
            )
        except Refused:
            break
        numbers.append(number)
    return list(zip(numbers, await _answers(ctx, asked), strict=True))


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
