"""A model judges between behaviours: paid for, logged, each pair once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synth.api import replay, resume_async, solve_async
from synth.budget import Budget
from synth.errors import UsageError
from synth.events import Answered
from synth.models.chat import Choice, Completion, Request, Usage
from synth.recipe import Recipe
from synth.recipes import make_recipe
from synth.run_log import list_runs, read_events
from synth.selectors import SelectByBehaviour
from synth.tournament import SelectByTournament
from synth.view.trace import Trace
from tests.real_model import SMALL, needs_model
from tests.synth.test_selection import problem

# One example leaves these standing; most agree on a wrong rule.
BODIES = ["return x", "return x + 0", "return x * 1", "return abs(x)", "return 3"]
OPTIONS = {
    "n": 5, "rounds": 0, "first": 0, "siblings": 5, "in_flight": 1, "enumerate": 0,
    "select": "tournament", "accuracy": 0.9,
}  # fmt: skip


class Judge:
    """Gives the bodies; judges by `prefers`, a function of the two programs it is shown."""

    native_n = True
    name = "judge"

    def __init__(self, prefers, bodies=BODIES) -> None:
        self._prefers, self._bodies = prefers, bodies
        self.shown: list[tuple[str, str]] = []
        self.questions: list[str] = []

    async def complete(self, request: Request) -> Completion:
        text = request.messages[-1].content
        usage = Usage(50, 20, 0, 1)
        if "Two people" in text:
            first, second = (part.split("```")[1] for part in text.split("Program ")[1:3])
            self.shown.append((first, second))
            self.questions.append(text)
            answer = f"Well.\n\nBetter: {self._prefers(first, second)}"
            return Completion((Choice(answer),), usage, self.name)
        if "different tests" in text:
            return Completion((Choice("none"),), usage, self.name)
        bodies = (self._bodies * request.n)[: request.n]
        choices = [Choice(f"```python\ndef distance(x):\n    {b}\n```") for b in bodies]
        return Completion(tuple(choices), usage, self.name)

    async def close(self) -> None:
        pass


def knowing(first: str, second: str) -> str:
    if ("abs" in first) == ("abs" in second):
        return "tie"
    return "A" if "abs" in first else "B"


async def run(directory, model, **options):
    given = OPTIONS | options
    if given["select"] != "tournament":
        del given["accuracy"]
    solution = await solve_async(
        problem(), model=model, options=given, runs=directory, budget=Budget(programs=20)
    )
    return solution, list_runs(directory)[0].path


async def test_a_judge_that_knows_overrules_the_majority(tmp_path):
    model = Judge(knowing)
    solution, path = await run(tmp_path, model)
    assert solution.verified
    assert "abs(x)" in solution.program
    assert 0 < solution.confidence < 1
    fold, _ = replay(path)
    assert fold.report["rule"] == "tournament"
    judged = fold.report["comparisons"]
    assert len(model.shown) == 2 * len(judged)
    assert {(b, a) for a, b in model.shown} == set(model.shown)
    assert len(set(model.shown)) == len(model.shown)
    # Drafts, tests, and every question: logged, counted, nothing else.
    facts = [event for event in read_events(path) if isinstance(event, Answered)]
    assert [fact.kind for fact in facts].count("completion") == 2 + len(model.shown)
    assert solution.usage["calls"] == 2 + len(model.shown)
    assert solution.usage["tokens"] == 70 * solution.usage["calls"]


async def test_the_judge_sees_what_both_answer_where_they_differ(tmp_path):
    model = Judge(knowing)
    await run(tmp_path, model)
    against = next(text for text in model.questions if "abs(x)" in text.split("Program B")[0])
    rows = against.split("Where they differ:\n")[1].split("\n\n")[0].splitlines()
    assert len(rows) % 3 == 0
    for call, a, b in zip(rows[::3], rows[1::3], rows[2::3], strict=True):
        assert call.startswith("distance(")
        x = int(call.removeprefix("distance(").removesuffix(")"))
        assert a == f"  A: {abs(x)}"
        assert b in (f"  B: {x}", "  B: 3")


async def test_a_judge_that_always_takes_the_first_changes_nothing(tmp_path):
    learned, _ = await run(tmp_path / "learned", Judge(knowing), select="learned")
    biased, _ = await run(tmp_path / "biased", Judge(lambda first, second: "A"))
    assert biased.program == learned.program
    assert biased.confidence == learned.confidence


@pytest.mark.parametrize("limit", [2, 3, 4, 6])
async def test_comparisons_stop_at_the_budget_of_calls(tmp_path, limit):
    model = Judge(knowing)
    solution = await solve_async(
        problem(), model=model, options=OPTIONS, runs=tmp_path, budget=Budget(calls=limit)
    )
    assert solution.usage["calls"] <= limit
    assert solution.usage["calls"] == 2 + len(model.shown)  # drafts and tests come first
    assert len(model.shown) == (limit - 2) // 2 * 2
    assert solution.verified
    replay(list_runs(tmp_path)[0].path)


async def test_a_pair_is_judged_once_in_a_run(tmp_path):
    model = Judge(knowing)
    await solve_async(
        problem(), model=model, options=OPTIONS | {"n": 10}, runs=tmp_path,
        budget=Budget(programs=5),
    )  # fmt: skip
    path = list_runs(tmp_path)[0].path
    before = len(model.shown)
    assert before > 0
    solution = await resume_async(path, model=model, budget=Budget(programs=10))
    assert len(set(model.shown)) == len(model.shown)
    assert "abs(x)" in solution.program
    fold, _ = replay(path)
    assert fold.report["comparisons"]


async def test_an_answer_that_is_none_leaves_the_evidence_as_it_is(tmp_path):
    learned, _ = await run(tmp_path / "learned", Judge(knowing), select="learned")
    silent, _ = await run(tmp_path / "silent", Judge(lambda first, second: "who knows"))
    assert silent.program == learned.program


def test_what_makes_no_sense_is_refused():
    with pytest.raises(UsageError, match=r"accuracy is 1\.5"):
        make_recipe("best-of-n", {"select": "tournament", "accuracy": 1.5})
    with pytest.raises(UsageError, match="comparisons is -1"):
        make_recipe("best-of-n", {"select": "tournament", "comparisons": -1})
    with pytest.raises(UsageError, match="go with select=tournament"):
        make_recipe("best-of-n", {"select": "learned", "comparisons": 2})


@needs_model
async def test_the_real_model_judges(tmp_path):
    def judged() -> Recipe:
        programs = [f"def distance(x):\n    {body}\n" for body in BODIES]
        recipe = make_recipe("given", {"candidates": programs})
        by = SelectByTournament(comparisons=1, first=SelectByBehaviour("majority"))
        return replace(recipe, select=by, stop_when_solved=False)

    solution = await solve_async(problem(), model=f"llama:{SMALL}", recipe=judged(), runs=tmp_path)
    assert solution.verified
    path = list_runs(tmp_path)[0].path
    fold, _ = replay(path, recipe=judged())
    assert len(fold.report["comparisons"]) == 1
    facts = [event for event in read_events(path) if isinstance(event, Answered)]
    answers = [fact for fact in facts if fact.kind == "completion" and fact.expansion == -1]
    assert len(answers) == 2  # one pair in both orders
    assert sum(kind.result["usage"]["completion_tokens"] for kind in answers) > 0


async def test_what_a_selector_did_can_be_looked_at(tmp_path):
    model = Judge(knowing)
    solution, path = await run(tmp_path, model, dedup=True)
    trace = Trace()
    trace.follow(read_events(path))
    asked = [call for call in trace.calls if call.kind == "model"]
    assert len(asked) == solution.usage["calls"] == 2 + len(model.shown)
    assert all(call.completion is not None for call in asked)
    assert trace.fold.best().program.source == solution.program
