"""Prefix: keep the first lines of a program and let the model write the rest anew.

Zhang et al., "Planning with large language models for code generation" (PG-TD, ICLR 2023), search
over what has been written so far: a state is a partial program, a step adds to it, and what a state
is worth is the best return of its completions on the visible tests. Here a step is a line. A node
is one completed program, and its first `prefix` lines (in its draft's notes) are the state it
stands for; expanding it draws completions of that state, each of which stands for a state that is
one line longer, or as much longer as tells it from its siblings. So a tree search with max backup
over these nodes (`--strategy pg-td`) is a search over prefixes, in which every state has been
completed and run.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from synth.actions.describe import describe
from synth.actions.extract import extract
from synth.context import Context
from synth.models.chat import Choice, conversation
from synth.models.likelihood import noted
from synth.node import Draft, Node
from synth.problem import Problem

Cut = Literal["line", "unsure"]


@dataclass(frozen=True, slots=True)
class PrefixAction:
    """`ctx.n` completions of the prefix that `ctx.node` stands for.

    `step` is how many lines longer the prefix of a completion is. With `cut` "unsure", and
    log-probabilities in the node's notes, the prefix ends before the line the model was least sure
    of, if that lies further on: what it was sure of is not drawn again.

    The request's last message is the assistant's, to be continued, as servers of the completion
    kind do (llama.cpp, vLLM). Where one begins a new answer instead, that answer is read.
    """

    step: int = 1
    cut: Cut = "line"
    calls: int = 1

    def __post_init__(self) -> None:
        if self.step < 1 or self.cut not in get_args(Cut):
            raise ValueError(f"step is at least 1, cut is line or unsure; got {self}")

    def applies(self, problem: Problem) -> bool:
        return problem.language == "python"

    async def __call__(self, ctx: Context) -> list[Draft]:
        kept, opening = prefix_to_continue(ctx.node, ctx.problem, self.step, self.cut)
        asked = conversation(("user", describe(ctx.problem)), ("assistant", opening))
        completion = await ctx.complete(asked, stop=("\n```",), logprobs=self.cut == "unsure")
        known = [node.program.source for node in ctx.siblings if node.program is not None]
        drafts = []
        for choice in completion.choices:
            draft = completed(opening, choice, ctx.problem)
            if draft.program is not None:
                source = draft.program.source
                length = state_length(source, known, kept + self.step)
                draft = replace(draft, notes={**draft.notes, "prefix": length})
                known.append(source)
            drafts.append(draft)
        return drafts


def prefix_to_continue(node: Node | None, problem: Problem, step: int, cut: Cut) -> tuple[int, str]:
    """How many lines of the node's program are kept, and the beginning of the answer with them.

    At least the last line is left to be written. Of no program nothing is kept.
    """
    opening = f"```{problem.language}\n"
    if node is None or node.program is None or node.draft is None:
        return 0, opening
    lines = node.program.source.rstrip("\n").split("\n")
    head = header_length(node.program.source, problem.entry_point)
    kept = node.draft.notes.get("prefix", head + step)
    if cut == "unsure":
        kept = max(kept, _before_least_likely(node.draft, lines, head))
    kept = max(0, min(kept, len(lines) - 1))
    return kept, opening + "".join(f"{line}\n" for line in lines[:kept])


def completed(opening: str, choice: Choice, problem: Problem) -> Draft:
    """The program that `choice` makes of `opening`, or by itself."""
    cut = choice.finish == "length"
    name = problem.entry_point
    begins_anew = "```" in choice.text or (name is not None and f"def {name}" in choice.text)
    if begins_anew and opening.count("\n") > 1:
        draft = extract(choice.text, problem, cut=cut)
    else:
        draft = extract(f"{opening}{_separated(opening, choice.text)}\n```", problem, cut=cut)
    if choice.logprobs and draft.program is not None:
        return replace(draft, notes={"likelihood": noted(choice, draft.program.source)})
    return draft


def state_length(source: str, siblings: Sequence[str], least: int) -> int:
    """How many lines of a program stand for its state: `least`, or as many as tell it from the
    programs of its siblings. All of them where one is the same."""
    lines = source.rstrip("\n").split("\n")
    length = least
    for other in siblings:
        shared = 0
        for mine, theirs in zip(lines, other.rstrip("\n").split("\n"), strict=False):
            if mine.rstrip() != theirs.rstrip():
                break
            shared += 1
        length = max(length, shared + 1)
    return min(length, len(lines))


def header_length(source: str, entry_point: str | None) -> int:
    """How many lines come before the first statement of the entry point (of the program, where it
    has none): imports, signature, docstring."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0
    body: list[ast.stmt] = [n for n in tree.body if not isinstance(n, ast.Import | ast.ImportFrom)]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == entry_point:
            body = node.body
    if len(body) > 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return body[0].lineno - 1 if body else 0


def _before_least_likely(draft: Draft, lines: Sequence[str], head: int) -> int:
    """The place of the least likely line below the header; 0 where nothing is known of them."""
    likelihood = draft.notes.get("likelihood", {})
    means = list(likelihood.get("lines", ()))
    filled = [place for place, line in enumerate(lines) if line.strip()]
    # Known are the lines that stood in the answer, the last ones of the program.
    known = list(zip(filled[-len(means) :], means, strict=False)) if means else []
    below = [(mean, place) for place, mean in known if place >= head]
    return min(below)[1] if below else 0


def _separated(opening: str, text: str) -> str:
    """What continues the opening's last line end: some servers begin with another."""
    return text.removeprefix("\n") if opening.endswith("\n") and text.startswith("\n ") else text
