"""Dedup and selection inside a search: programs really run, on real probe inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.api import replay, solve_async
from synth.budget import Budget
from synth.errors import UsageError
from synth.events import Answered
from synth.models.chat import Choice, Completion, Request, Usage
from synth.problem import Example, Problem
from synth.recipes import make_recipe
from synth.run_log import list_runs, read_events

# One example leaves all of these standing: the right rule is what most of them do.
ABSOLUTE = [
    "return x if x > 0 else -x",
    "return abs(x)",
    "return max(x, -x)",
    "return x",
    "return 3",
    "return x + 1",
]


def problem(**changes: object) -> Problem:
    fields: dict[str, object] = {
        "id": "absolute",
        "statement": "The distance of a number from zero.",
        "entry_point": "distance",
        "signature": "def distance(x: int) -> int:",
        "examples": (Example((3,), 3),),
    }
    return Problem(**(fields | changes))  # type: ignore[arg-type]


class Bodies:
    """A scripted model: gives these bodies in order; asked for tests, gives these tests."""

    native_n = True

    def __init__(self, bodies: list[str], tests: str = "") -> None:
        self.name = "bodies"
        self._bodies, self._tests, self._given = bodies, tests, 0

    async def complete(self, request: Request) -> Completion:
        choices = []
        for _ in range(request.n):
            if "different tests" in request.messages[-1].content:
                choices.append(Choice(f"```python\n{self._tests}\n```"))
            else:
                body = self._bodies[self._given % len(self._bodies)]
                self._given += 1
                choices.append(Choice(f"```python\ndef distance(x):\n    {body}\n```"))
        return Completion(tuple(choices), Usage(50, 20 * request.n, 0, 1), self.name)

    async def close(self) -> None:
        pass


async def run(directory: Path, model: Bodies, **options: object):
    n = len(model._bodies)
    given = {"n": n, "rounds": 0, "first": 0, "siblings": 2, "in_flight": 1, "enumerate": 0}
    solution = await solve_async(
        problem(), model=model, options=given | options, runs=directory, budget=Budget(programs=64)
    )
    (row,) = list_runs(directory)
    return solution, row.path


@pytest.mark.parametrize("rule", ["majority", "mbr-exec"])
async def test_the_behaviour_most_programs_share_is_returned(tmp_path, rule):
    bodies = ["return x", *ABSOLUTE]  # the first verified program is a wrong one
    solution, path = await run(tmp_path, Bodies(bodies), select=rule)
    assert solution.verified
    assert "return abs(x)" in solution.program  # of the three that share it the simplest
    replay(path)


@pytest.mark.parametrize("rule", ["codet", "pagerank", "credibility", "tests"])
async def test_tests_of_the_model_vote(tmp_path, rule):
    """One program is right, five share a wrong behaviour; the tests side with the one."""
    tests = "\n".join(f"assert distance({x}) == {abs(x)}" for x in (-5, -1, -2, -7, 2))
    bodies = ["return x", "return x + 0", "return x * 1", "return abs(x)"]
    solution, path = await run(tmp_path, Bodies(bodies, tests), select=rule)
    assert "return abs(x)" in solution.program
    kinds = [event.kind for event in read_events(path) if isinstance(event, Answered)]
    assert kinds.count("votes") == 1
    fold, _ = replay(path)
    assert solution.confidence is None  # a rule that does not say
    assert fold.ledger.usage.calls == 3  # two for the programs, one for the tests: all counted


async def test_the_learned_rule_says_how_likely_its_choice_is_right(tmp_path):
    tests = "\n".join(f"assert distance({x}) == {abs(x)}" for x in (-5, -1, -2, -7, 2))
    bodies = ["return x", "return abs(x)", "return max(x, -x)", "return x if x > 0 else -x"]
    solution, path = await run(tmp_path, Bodies(bodies, tests), select="learned")
    assert "return abs(x)" in solution.program
    assert 0 < solution.confidence < 1
    fold, _ = replay(path)
    assert fold.report == {"probability": solution.confidence, "rule": "learned"}


async def test_selection_without_budget_for_tests_goes_by_behaviour(tmp_path):
    solution = await solve_async(
        problem(),
        model=Bodies(ABSOLUTE),
        options={"n": 6, "rounds": 0, "first": 0, "enumerate": 0, "select": "codet"},
        runs=tmp_path,
        budget=Budget(tokens=900),
    )
    assert solution.program is not None
    assert solution.usage["tokens"] <= 900
    replay(list_runs(tmp_path)[0].path)


async def test_look_alikes_share_a_verdict_once_three_came_to_the_same(tmp_path):
    bodies = [
        "return 1",
        "return 2 - 1",
        "return 3 - 2",
        "return 4 - 3",
        "return 5 - 4",
        "return 7",
    ]
    solution, path = await run(tmp_path, Bodies(bodies), dedup=True)
    facts = [event for event in read_events(path) if isinstance(event, Answered)]
    judged = sum(len(event.result) for event in facts if event.kind == "verdicts")
    assert judged == 4  # three ones, then the seven: the other two ones are spared
    fold, _ = replay(path)
    told = [node for node in fold.nodes[1:] if node.program is not None]
    assert [node.behaviour for node in told] == [0, 0, 0, 0, 0, 1]
    assert all(node.verdict is not None for node in told)
    assert not solution.verified


@pytest.mark.parametrize("options", [{"dedup": True}, {"select": "codet"}])
async def test_dedup_and_selection_are_exact_at_any_number_of_workers(tmp_path, options):
    trees = []
    for workers in (1, 4):
        solution = await solve_async(
            problem(),
            model=Bodies(["return 5"]),
            options={"n": 12, "rounds": 1, "siblings": 2, "enumerate": 0, **options},
            runs=tmp_path / str(workers),
            workers=workers,
        )
        fold, _ = replay(list_runs(tmp_path / str(workers))[0].path)
        trees.append([(n.id, n.value, n.behaviour, n.duplicate_of) for n in fold.nodes])
        assert not solution.verified
    assert trees[0] == trees[1]


async def test_programs_from_elsewhere_enter_the_tree_first(tmp_path):
    solution = await solve_async(
        problem(),
        model=Bodies(["return 5"]),
        options={"candidates": ["def distance(x):\n    return abs(x)\n"], "enumerate": 0},
        runs=tmp_path,
    )
    assert solution.verified
    assert solution.usage["calls"] == 0
    replay(list_runs(tmp_path)[0].path)


async def test_without_a_model_the_examples_are_enough(tmp_path):
    examples = tuple(Example((x,), abs(x)) for x in (-4, 7, 0, -1))
    solution = await solve_async(
        problem(examples=examples, statement=""), model="none", runs=tmp_path
    )
    assert solution.verified
    assert solution.usage["calls"] == 0
    assert solution.program.startswith("def distance(x: int) -> int:")
    assert 0 < solution.confidence <= 1
    replay(list_runs(tmp_path)[0].path)


def test_an_unknown_rule_is_named():
    with pytest.raises(UsageError, match="no selector 'best'"):
        make_recipe("best-of-n", {"select": "best"})
