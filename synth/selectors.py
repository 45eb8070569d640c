"""Which program to return when the given tests leave several: by what the programs do.

The rules are in `search.selection`; here they get their evidence: probe inputs run in the sandbox,
and, for those that use them, tests written by the model, which vote and never gate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from synth.actions.action import prompt
from synth.actions.describe import describe
from synth.context import Behaviour, Context, Refused
from synth.errors import UsageError
from synth.models.chat import conversation
from synth.node import Node
from synth.recipe import verified_first

# Rule: function of an Evidence, and whether it needs generated tests.
_RULES: dict[str, tuple[str, bool]] = {
    "majority": ("votes:majority", False),
    "mbr-exec": ("votes:agreement", False),
    "test-share": ("votes:share_of_tests", True),
    "codet": ("dual_agreement:dual_agreement", True),
    "bayesian-codet": ("dual_agreement:bayesian_agreement", True),
    "pagerank": ("page_rank:page_rank", True),
    "credibility": ("credibility:credible_tests_passed", True),
}


def selector_names() -> list[str]:
    return list(_RULES)


@dataclass(frozen=True, slots=True)
class SelectByBehaviour:
    """Ranks the verified programs (all, when none is) by `rule` on their behaviour.

    `requests` answers of the model give the generated tests, `tests` asked for in each. Programs
    that the problem's own tests tell apart are never reordered: verified come first, then the
    higher value.
    """

    rule: str = "majority"
    requests: int = 4
    tests: int = 10

    def __post_init__(self) -> None:
        if self.rule not in _RULES:
            raise UsageError(f"no selector {self.rule!r}; there are: {', '.join(_RULES)}")

    async def __call__(self, ctx: Context, nodes: Sequence[Node]) -> Sequence[int]:
        ranking = verified_first(ctx.problem, nodes)
        if len(nodes) < 2 or ctx.problem.entry_point is None:
            return ranking
        first = next(node for node in nodes if node.id == ranking[0])
        pool = [n for n in nodes if (n.verified, n.value) == (first.verified, first.value)]
        programs = [node.program for node in pool if node.program is not None]
        behaviours = await ctx.probe(programs)
        tests = await self._tests(ctx) if _RULES[self.rule][1] else []
        passes = await ctx.vote(tests, programs) if tests else None
        scores = self._scores(behaviours, passes)
        order = {node.id: place for place, node in enumerate(pool)}
        chosen = sorted(order, key=lambda id_: (-round(scores[order[id_]], 9), id_))
        return [*chosen, *(id_ for id_ in ranking if id_ not in order)]

    def _scores(self, behaviours: Sequence[Behaviour], passes: Any) -> list[float]:
        from importlib import import_module

        from search.selection.evidence import Evidence

        module, _, name = _RULES[self.rule][0].partition(":")
        rule: Callable[[Evidence], Any] = getattr(import_module(f"search.selection.{module}"), name)
        evidence = Evidence.of(
            [behaviour.outputs for behaviour in behaviours],
            failed=[behaviour.failed for behaviour in behaviours],
            passes=passes,
        )
        return [float(score) for score in rule(evidence)]

    async def _tests(self, ctx: Context) -> list[str]:
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
        return [test.source for test in parse_tests(text, ctx.problem.entry_point, most=64)]


def _code(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.strip().startswith("assert "))
