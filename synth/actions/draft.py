"""Draft: ask for a solution from the problem alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from synth.actions.describe import describe
from synth.actions.extract import extract
from synth.context import Context
from synth.models.chat import Choice, Completion, conversation
from synth.models.likelihood import noted
from synth.node import Draft


@dataclass(frozen=True, slots=True)
class DraftAction:
    """`ctx.n` independent solutions from one request, so that their prompt is evaluated once.

    With `greedy`, the very first draft of a run, when asked alone, is drawn at temperature 0: the
    model's single best guess.
    """

    greedy: bool = True
    calls: int = 1

    async def __call__(self, ctx: Context) -> list[Draft]:
        messages = conversation(("user", describe(ctx.problem)))
        first = self.greedy and ctx.node is None and ctx.draw == 0 and ctx.n == 1
        completion = await ctx.complete(messages, temperature=0.0 if first else None)
        return read(ctx, completion)


def read(ctx: Context, completion: Completion) -> list[Draft]:
    """A draft for each choice of an answer to a request for code."""
    return [
        _with_likelihood(extract(choice.text, ctx.problem, cut=choice.finish == "length"), choice)
        for choice in completion.choices
    ]


def _with_likelihood(draft: Draft, choice: Choice) -> Draft:
    """The draft with the log-probabilities of its answer, where they were asked for."""
    if not choice.logprobs:
        return draft
    source = draft.program.source if draft.program else ""
    return replace(draft, notes={**draft.notes, "likelihood": noted(choice, source)})
