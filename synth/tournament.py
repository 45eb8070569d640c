"""Let a model judge between the behaviours that lead: `--select tournament`.

The learned rule ranks the programs that stand, one of each behaviour; then the pairs whose verdicts
help the choice most (`search.selection.tournament`) are shown to the model, each in both orders,
with the inputs on which they differ and what each answers there (S*, Li et al. 2025, section 3.2:
a judge that sees outputs is right more often than one that reads code alone). Every question is a
model call like any other: in the budget, in the log, replayed. A pair is judged once in a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from synth.actions.action import prompt
from synth.actions.describe import describe
from synth.context import Context, ModelCall, Refused
from synth.errors import UsageError
from synth.models.chat import Completion, conversation
from synth.node import Node
from synth.probe_plan import Input, probe_plan
from synth.program import Program
from synth.recipe import verified_first
from synth.selectors import SelectByBehaviour, Standing
from verifiers.value.judged import read_preference
from verifiers.value_text import call_text

_ENTRANTS = 8  # leading behaviours; the others have hardly a chance to be right
_INPUTS = 3  # shown of those on which two programs differ
_ANSWER_TOKENS = 300
_PROGRAM, _INPUT = 4_000, 300  # characters
_SHARE = {"first": 1.0, "second": 0.0, "tie": 0.5, None: 0.5}


@dataclass(frozen=True, slots=True)
class SelectByTournament:
    """Ranks by `first`, then compares at most `comparisons` pairs, two calls each.

    `accuracy` is how often the judge names the right one of a right and a wrong program. A judge is
    believed as far as that: set it from problems with known answers, and rather too low. `judge`
    names the model that judges, None the search's own.
    """

    comparisons: int = 6
    accuracy: float = 0.7
    judge: str | None = None
    first: SelectByBehaviour = field(default_factory=SelectByBehaviour)

    def __post_init__(self) -> None:
        if self.comparisons < 0:
            raise UsageError(f"comparisons is {self.comparisons}; want 0 or more")
        if not 0.5 < self.accuracy < 1:
            raise UsageError(f"accuracy is {self.accuracy}; want it above 0.5 and below 1")

    async def __call__(self, ctx: Context, nodes: Sequence[Node]) -> Sequence[int]:
        from search.selection import Tournament

        ranking = verified_first(ctx.problem, nodes)
        standing = await self.first.standing(ctx, nodes, ranking)
        if standing is None:
            return ranking
        leaders = standing.ranking.programs[:_ENTRANTS]
        state = Tournament(
            leaders,
            standing.ranking.preference[:_ENTRANTS],
            accuracy=self.accuracy,
            comparisons=self.comparisons if self.judge or ctx.model else 0,
        )
        judged: list[list[float]] = []
        while (pair := state.next_pair()) is not None:
            verdict = await self._judged(ctx, standing, *pair)
            if verdict is None:
                break  # no budget, or no answer: the evidence so far decides
            state.record(*pair, verdict)
            judged.append([*(standing.pool[place].id for place in pair), verdict])
        result = state.result()
        ctx.report["rule"] = "tournament"
        ctx.report["comparisons"] = judged
        ctx.report["probability"] = round(standing.ranking.chance(float(result.probability[0])), 4)
        places = [*result.programs, *standing.ranking.programs[_ENTRANTS:]]
        return standing.before(ranking, places)

    async def _judged(
        self, ctx: Context, standing: Standing, first: int, second: int
    ) -> float | None:
        """The mean over both orders that the first program is better, None without an answer."""
        a, b = (_program(standing.pool[place]) for place in (first, second))
        forward, backward = ctx.compared.get((a.key, b.key)), ctx.compared.get((b.key, a.key))
        if forward is None or backward is None:
            differences = await _differences(ctx, standing, first, second)
            try:
                calls = [
                    self._call(ctx, a, b, differences),
                    self._call(ctx, b, a, [(text, y, x) for text, x, y in differences]),
                ]
                forward, backward = map(_share, await ctx.complete_all(*calls))
            except Refused:
                return None
            ctx.compared[a.key, b.key], ctx.compared[b.key, a.key] = forward, backward
        return (forward + 1.0 - backward) / 2

    def _call(
        self, ctx: Context, a: Program, b: Program, differences: Sequence[tuple[str, str, str]]
    ) -> ModelCall:
        rows = [f"{text}\n  A: {x}\n  B: {y}" for text, x, y in differences]
        name, shown = ("compare_outputs", {"outputs": "\n".join(rows)}) if rows else ("compare", {})
        question = prompt(
            name,
            problem=describe(ctx.problem),
            first=_code(ctx, a),
            second=_code(ctx, b),
            **shown,
        )
        return ctx.request(
            conversation(("user", question)),
            n=1,
            temperature=0.0,
            max_tokens=_ANSWER_TOKENS,
            model=self.judge,
        )


async def _differences(
    ctx: Context, standing: Standing, first: int, second: int
) -> list[tuple[str, str, str]]:
    """Inputs on which two programs differ and what each answers; none where only generated tests
    tell them apart."""
    from search.selection.distinguishing import distinguishing_inputs

    inputs = distinguishing_inputs(
        [behaviour.outputs for behaviour in standing.behaviours],
        first,
        second,
        failed=[behaviour.failed for behaviour in standing.behaviours],
        most=_INPUTS,
    )
    if not inputs:
        return []
    programs = [_program(standing.pool[place]) for place in (first, second)]
    answers = await ctx.show(programs, inputs)
    known = probe_plan(ctx.problem).inputs
    texts = [_input_text(ctx.problem.entry_point or "", known[number]) for number in inputs]
    return list(zip(texts, *answers, strict=True))


def _input_text(function: str, item: Input) -> str:
    return item if isinstance(item, str) else call_text(function, item, {}, _INPUT)


def _share(answer: Completion) -> float:
    """How far an answer is for the program that was shown first; one that says nothing is a tie."""
    return _SHARE[read_preference(answer.choices[0].text) if answer.choices else None]


def _program(node: Node) -> Program:
    assert node.program is not None
    return node.program


def _code(ctx: Context, program: Program) -> str:
    return f"```{ctx.problem.language}\n{program.source.strip()[:_PROGRAM]}\n```"
