"""Which program to return when the given tests leave several: by what the programs do.

The rules are in `search.selection`; here they get their evidence: probe inputs run in the sandbox,
and, for those that use them, tests written by the model, which vote and never gate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synth.actions.action import prompt
from synth.actions.describe import describe
from synth.context import Behaviour, Context, Refused
from synth.errors import UsageError
from synth.models.chat import conversation
from synth.node import Node
from synth.recipe import verified_first

if TYPE_CHECKING:
    from search.selection import Ranking
    from verifiers.generated_tests import GeneratedTest

# The rules of `search.selection.rank` that go by generated tests, and names from the papers.
_WITH_TESTS = {
    "tests",
    "dual-agreement",
    "bayesian-agreement",
    "page-rank",
    "credible-tests",
    "learned",
}
_PUBLISHED = {
    "mbr-exec": "agreement",
    "codet": "dual-agreement",
    "pagerank": "page-rank",
    "credibility": "credible-tests",
}

TOURNAMENT = "tournament"  # "learned", then a judge: synth.tournament


def selector_names() -> list[str]:
    from search.selection import LEARNED, RULES

    return [LEARNED, *RULES, *_PUBLISHED, TOURNAMENT]


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Nodes that the problem's own tests leave equal, what each does, and their ranking, which
    names nodes by their place here, one of each behaviour."""

    pool: tuple[Node, ...]
    behaviours: tuple[Behaviour, ...]
    ranking: Ranking

    def before(self, ranking: Sequence[int], places: Sequence[int]) -> list[int]:
        """`ranking`, with the nodes at `places` of the pool in front."""
        chosen = [self.pool[place].id for place in places]
        return [*chosen, *(id_ for id_ in ranking if id_ not in chosen)]


@dataclass(frozen=True, slots=True)
class SelectByBehaviour:
    """Ranks the verified programs (all, when none is) by `rule` on their behaviour.

    `requests` answers of the model give the generated tests, `tests` asked for in each. Programs
    that the problem's own tests tell apart are never reordered: verified come first, then the
    higher value. "learned" also says how likely the best is right.
    """

    rule: str = "learned"
    requests: int = 4
    tests: int = 10

    def __post_init__(self) -> None:
        known = selector_names()
        if self.rule not in known or self.rule == TOURNAMENT:
            raise UsageError(f"no selector {self.rule!r}; there are: {', '.join(known)}")

    async def __call__(self, ctx: Context, nodes: Sequence[Node]) -> Sequence[int]:
        ranking = verified_first(ctx.problem, nodes)
        standing = await self.standing(ctx, nodes, ranking)
        if standing is None:
            return ranking
        found = standing.ranking
        if found.probability is not None:
            ctx.report["probability"] = round(float(found.probability[0]), 4)
        ctx.report["rule"] = self.rule
        return standing.before(ranking, found.programs)

    async def standing(
        self, ctx: Context, nodes: Sequence[Node], ranking: Sequence[int]
    ) -> Standing | None:
        """The nodes that stand equal with the first of `ranking`, ranked by the rule; None where
        there is nothing to choose or to run."""
        from search.distance import complexity
        from search.selection import Evidence, rank

        if len(nodes) < 2 or ctx.problem.entry_point is None:
            return None
        rule = _PUBLISHED.get(self.rule, self.rule)
        first = next(node for node in nodes if node.id == ranking[0])
        pool = [n for n in nodes if (n.verified, n.value) == (first.verified, first.value)]
        programs = [node.program for node in pool if node.program is not None]
        behaviours = await ctx.probe(programs)
        tests = await self._tests(ctx) if rule in _WITH_TESTS else []
        sources = [test.source for test in tests]
        passes = await ctx.vote(sources, programs) if tests else None
        # Every sample is a row, so that its class weighs as often as it was drawn.
        evidence = Evidence.of(
            [behaviour.outputs for behaviour in behaviours],
            failed=[behaviour.failed for behaviour in behaviours],
            passes=passes,
            test_weights=[test.weight for test in tests] if tests else None,
            complexity=[float(complexity(program.source)) for program in programs],
        )
        return Standing(tuple(pool), tuple(behaviours), rank(evidence, rule=rule))

    async def _tests(self, ctx: Context) -> list[GeneratedTest]:
        from verifiers.generated_tests import parse_tests

        assert ctx.problem.entry_point is not None
        question = prompt(
            "write_tests",
            problem=describe(ctx.problem),
            entry_point=ctx.problem.entry_point,
            count=str(self.tests),
        )
        try:
            completion = await ctx.complete(
                conversation(("user", question)), n=self.requests, max_tokens=80 * self.tests
            )
        except Refused:
            return []  # no budget or no answer: the rule goes by behaviour alone
        text = "\n".join(_code(choice.text) for choice in completion.choices)
        return parse_tests(text, ctx.problem.entry_point, most=64)


def _code(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.strip().startswith("assert "))
