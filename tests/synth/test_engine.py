"""The promises of the engine: exact at any concurrency, resumable, budgets hard, replayable."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.registry import names
from synth.api import replay, resume_async, solve_async
from synth.budget import Budget
from synth.engine import Engine
from synth.errors import RequestRefused, RunLogError, UsageError
from synth.events import Answered, Asked, Finished, Told, encode
from synth.models.chat import Choice
from synth.recipe import Recipe
from synth.recipes import make_recipe
from synth.run_log import RunLog, list_runs, read_events
from synth.solution import Solution
from tests.scripted import MarkVerifier, ScriptedModel, problem

RECIPES = [
    ("best-of-n", {"n": 12, "rounds": 3, "width": 3}),
    ("best-of-n", {"n": 6, "rounds": 0, "first": 0, "siblings": 1}),
    ("hybrid", {"n": 6}),
    *(("search", {"strategy": name}) for name in names()),
]


async def run(
    directory: Path,
    model: ScriptedModel,
    *,
    recipe: tuple[str, dict[str, object]] = RECIPES[0],
    **options: object,
) -> tuple[Solution, Path]:
    before = {row.path for row in list_runs(directory)}
    options = {"budget": Budget(programs=40), **options}
    solution = await solve_async(
        problem(),
        model=model,
        recipe=recipe[0],
        options=recipe[1],
        verifier=MarkVerifier(),
        runs=directory,
        **options,  # type: ignore[arg-type]
    )
    (path,) = {row.path for row in list_runs(directory)} - before
    return solution, path


def tree_of(path: Path) -> list[bytes]:
    """The decisions of a run: what was asked and told, in order, and the ranking."""
    kept = []
    for event in read_events(path):
        if isinstance(event, Told | Asked):
            kept.append(encode(event))
        elif isinstance(event, Finished):
            kept.append(repr((event.reason, event.ranking)).encode())
    return kept


@pytest.mark.parametrize(
    "recipe", RECIPES, ids=lambda recipe: "-".join(map(str, recipe[1].values()))
)
async def test_the_tree_is_the_same_at_1_8_and_64_workers(tmp_path, recipe):
    trees = []
    for workers in (1, 8, 64):
        model = ScriptedModel(jitter=0.003)
        _, path = await run(tmp_path, model, recipe=recipe, workers=workers)
        assert model.most_under_way <= workers
        trees.append(sorted(line for line in tree_of(path) if b'"told"' in line[:20]))
        # What was asked beyond the end may differ in what was paid, never in the tree told.
        trees[-1].append(tree_of(path)[-1])
    assert trees[0] == trees[1] == trees[2]


async def test_workers_are_used(tmp_path):
    model = ScriptedModel(right=0.0, jitter=0.002)
    await run(tmp_path, model, recipe=("best-of-n", {"n": 12, "siblings": 1, "in_flight": 6}))
    assert model.most_under_way == 6


@pytest.mark.parametrize("order", ["asked", "arrival"])
async def test_a_run_replays_byte_for_byte(tmp_path, order):
    _, path = await run(tmp_path, ScriptedModel(jitter=0.003), order=order)
    fold, count = replay(path)
    assert count == len(read_events(path))
    assert fold.reason is not None


async def test_the_same_seed_writes_the_same_log(tmp_path):
    """One worker, a still clock, the same run id: the bytes are a function of the seed."""
    from synth.engine import begin
    from synth.problem_json import problem_to_json

    logs = []
    for name in ("a", "b"):
        model = ScriptedModel()
        recipe = make_recipe("best-of-n", {"n": 12, "rounds": 2})
        started, fold = begin(
            problem(), recipe, {"m": model}, run="r", version="v", created="now",
            problem_data=problem_to_json(problem()),
        )  # fmt: skip
        with RunLog(tmp_path / f"{name}.jsonl") as log:
            log.append(started)
            engine = Engine(
                fold, {"m": model}, MarkVerifier(), log=log, workers=1, clock=lambda: 0.0
            )
            await engine.run(fold.start())
        logs.append((tmp_path / f"{name}.jsonl").read_bytes())
    assert logs[0] == logs[1]


async def test_a_changed_fact_or_decision_is_noticed(tmp_path):
    _, path = await run(tmp_path, ScriptedModel())
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"value":0.4', b'"value":0.6', 1))
    assert path.read_bytes() != whole
    with pytest.raises(RunLogError, match="decides otherwise"):
        replay(path)


@settings(max_examples=60, deadline=None)
@given(cut=st.floats(0, 1), seed=st.integers(0, 3))
def test_a_run_cut_anywhere_resumes_to_the_same_tree_and_pays_nothing_twice(
    tmp_path_factory, cut, seed
):
    directory = tmp_path_factory.mktemp("runs")

    async def scenario() -> None:
        model = ScriptedModel()
        _, path = await run(directory, model, seed=seed, workers=3)
        whole = path.read_bytes()
        first = whole.index(b"\n") + 1  # a run without its first event was never begun
        path.write_bytes(whole[: first + int(cut * (len(whole) - first))])
        kept = [e for e in read_events(path) if isinstance(e, Answered)]
        paid = sum(event.kind == "completion" for event in kept)
        again = ScriptedModel()
        await resume_async(path, model=again, verifier=MarkVerifier(), workers=3)
        assert tree_of(path) == _decisions(whole, directory)
        answered = [e for e in read_events(path) if isinstance(e, Answered)]
        assert len({(e.expansion, e.step) for e in answered}) == len(answered)
        completions = sum(event.kind == "completion" for event in answered)
        assert len(again.requests) >= completions - paid
        assert not set(again.requests) & _recorded(kept, model)
        replay(path)

    asyncio.run(scenario())


def _decisions(whole: bytes, directory: Path) -> list[bytes]:
    path = directory / "whole"
    path.write_bytes(whole)
    return tree_of(path)


def _recorded(kept: list[Answered], model: ScriptedModel) -> set[str]:
    """Requests answered by completions in a log: a scripted program quotes its request's hash."""
    import re

    texts = "".join(
        choice["text"]
        for event in kept
        if event.kind == "completion"
        for choice in event.result["choices"]
    )
    starts = set(re.findall(r"# (\w{6}) ", texts))
    return {key for key in model.requests if key[:6] in starts}


@settings(max_examples=60, deadline=None)
@given(
    tokens=st.none() | st.integers(0, 4000),
    calls=st.none() | st.integers(0, 8),
    programs=st.none() | st.integers(0, 20),
    dollars=st.none() | st.floats(0, 0.01),
    recipe=st.sampled_from(RECIPES),
    native=st.booleans(),
)
def test_no_budget_is_exceeded(tmp_path_factory, tokens, calls, programs, dollars, recipe, native):
    budget = Budget(tokens=tokens, calls=calls, programs=programs, dollars=dollars)
    if tokens is calls is programs is dollars is None:
        budget = Budget(programs=20)

    async def scenario() -> None:
        model = ScriptedModel(right=0.0)
        model.native_n = native
        solution, path = await run(
            tmp_path_factory.mktemp("runs"),
            model,
            recipe=recipe,
            budget=budget,
            prices={"m": {"prompt": 1.0, "completion": 4.0}},
        )
        usage = solution.usage
        assert tokens is None or usage["tokens"] <= tokens
        assert calls is None or usage["calls"] <= calls
        assert programs is None or usage["programs"] <= programs
        assert dollars is None or usage["dollars"] <= dollars
        assert solution.reason == "exhausted" or solution.reason.startswith("budget: ")
        replay(path)

    asyncio.run(scenario())


async def test_seconds_end_a_run_and_a_larger_budget_takes_it_up_again(tmp_path):
    slow = ScriptedModel(right=0.0, jitter=0.5)
    recipe = ("best-of-n", {"n": 8, "rounds": 0, "siblings": 1})
    solution, path = await run(tmp_path, slow, recipe=recipe, budget=Budget(seconds=0.3))
    assert solution.reason == "budget: seconds"
    assert solution.seconds < 2
    replay(path)
    quick = ScriptedModel(right=0.0)
    solution = await resume_async(
        path, model=quick, verifier=MarkVerifier(), budget=Budget(seconds=60)
    )
    assert solution.reason == "exhausted"
    assert solution.usage["programs"] == 8
    replay(path)
    again = ScriptedModel()
    await resume_async(path, model=again, verifier=MarkVerifier())
    assert again.requests == []


async def test_an_interrupt_returns_the_best_so_far(tmp_path):
    handle: list[Engine] = []
    seen = 0

    def watch(event, fold):
        nonlocal seen
        if isinstance(event, Told):
            seen += 1
            if seen == 2:
                handle[0].interrupt()

    solution, path = await run(
        tmp_path, ScriptedModel(right=0.0, jitter=0.01), watch=watch, handle=handle
    )
    assert solution.reason == "interrupt"
    assert solution.program is not None
    replay(path)


async def test_a_cancelled_task_leaves_a_log_that_resumes(tmp_path):
    model = ScriptedModel(right=0.0, jitter=0.2)
    task = asyncio.create_task(run(tmp_path, model))
    await asyncio.sleep(0.15)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (row,) = list_runs(tmp_path)
    solution = await resume_async(row.path, model=ScriptedModel(), verifier=MarkVerifier())
    assert solution.reason in ("solved", "exhausted")


async def test_refused_calls_are_failed_nodes_and_three_in_a_row_end_the_run(tmp_path):
    solution, path = await run(tmp_path, ScriptedModel(failing=0.3, right=0.0))
    failed = [
        row
        for event in read_events(path)
        if isinstance(event, Told)
        for row in event.nodes
        if row["state"] == "failed"
    ]
    assert failed
    assert all("scripted refusal" in row["error"] for row in failed)
    replay(path)
    solution, path = await run(tmp_path, ScriptedModel(failing=1.0))
    assert solution.reason == "model: scripted refusal"
    assert solution.program is None


async def test_a_conversation_too_long_for_the_model_ends_its_branch_and_not_the_run(tmp_path):
    class Short(ScriptedModel):
        async def complete(self, request):
            if len(request.messages) > 1:
                raise RequestRefused("the context holds 64 tokens")
            return await super().complete(request)

    solution, path = await run(
        tmp_path,
        Short(right=0.0),
        recipe=("search", {"strategy": "beam", "drafts": 4, "width": 4, "siblings": 2}),
        budget=Budget(programs=12),
    )
    assert not solution.reason.startswith("model:")
    fold, _ = replay(path)
    errors = [node.error for node in fold.nodes[1:] if node.action == "repair"]
    assert len(errors) > 3
    assert set(errors) <= {"the context holds 64 tokens", ""}

    class Shut(Short):
        async def complete(self, request):
            raise RequestRefused("the context holds 64 tokens")

    solution, _ = await run(tmp_path, Shut())
    assert solution.reason == "model: the context holds 64 tokens"


async def test_a_second_writer_of_a_run_is_refused(tmp_path):
    _, path = await run(tmp_path, ScriptedModel())
    with RunLog(path), pytest.raises(RunLogError, match="another process"):
        RunLog(path)


async def test_a_recipe_object_stands_in_for_a_name(tmp_path):
    from search.best_of_n import BestOfN

    recipe = Recipe("mine", BestOfN(n=3))
    solution = await solve_async(
        problem(),
        model=ScriptedModel(right=0.0),
        recipe=recipe,
        verifier=MarkVerifier(),
        runs=tmp_path,
    )
    assert solution.usage["programs"] == 3
    (row,) = list_runs(tmp_path)
    fold, _ = replay(row.path, recipe=Recipe("mine", BestOfN(n=3)))
    assert fold.started.recipe["name"] == "mine"


async def test_a_program_written_twice_is_run_once(tmp_path):
    class Same(ScriptedModel):
        async def complete(self, request):
            completion = await super().complete(request)
            text = "```python\ndef double(x):\n    return 1\n```"
            return type(completion)(
                tuple(type(c)(text) for c in completion.choices), completion.usage, "m"
            )

    verifier = MarkVerifier()
    solution = await solve_async(
        problem(),
        model=Same(),
        options={"n": 8, "rounds": 0},
        verifier=verifier,
        runs=tmp_path,
    )
    assert solution.usage["programs"] == 8
    assert verifier.judged < 8
    (row,) = list_runs(tmp_path)
    fold, _ = replay(row.path)
    assert [node.duplicate_of for node in fold.nodes[2:]] == [1] * 7


def test_an_unknown_model_error_is_not_swallowed(tmp_path):
    class Broken(ScriptedModel):
        async def complete(self, request):
            raise ZeroDivisionError("a bug of ours")

    with pytest.raises(ZeroDivisionError):
        asyncio.run(run(tmp_path, Broken()))


async def test_a_straggler_is_asked_again_and_both_calls_are_counted(tmp_path):
    class Straggling(ScriptedModel):
        """The twelfth call hangs; a repetition of it answers at once."""

        async def complete(self, request):
            place = len(self.requests) + 1
            completion = await super().complete(request)
            if place == 12:
                await asyncio.sleep(60)
            return completion

    model = Straggling(right=0.0)
    solution, path = await run(
        tmp_path,
        model,
        recipe=("best-of-n", {"n": 16, "rounds": 0, "siblings": 1, "in_flight": 2}),
        hedge=3.0,
    )
    assert solution.reason == "exhausted"
    assert solution.seconds < 30
    assert len(model.requests) == 17
    assert solution.usage["calls"] == 17
    assert solution.usage["programs"] == 16
    replay(path)


async def test_without_budget_nothing_is_hedged(tmp_path):
    class Slow(ScriptedModel):
        async def complete(self, request):
            place = len(self.requests) + 1
            completion = await super().complete(request)
            if place == 12:
                await asyncio.sleep(1.5)
            return completion

    model = Slow(right=0.0)
    solution, _ = await run(
        tmp_path,
        model,
        recipe=("best-of-n", {"n": 16, "rounds": 0, "siblings": 1, "in_flight": 2}),
        budget=Budget(calls=12),
        hedge=3.0,
    )
    assert len(model.requests) == solution.usage["calls"] == 12


async def test_of_two_models_the_better_is_asked_more(tmp_path):
    class Weak(ScriptedModel):
        async def complete(self, request):
            completion = await super().complete(request)
            text = "```python\ndef double(x):\n    return 0\n```"
            return replace(completion, choices=tuple(Choice(text) for _ in completion.choices))

    class Strong(ScriptedModel):
        async def complete(self, request):
            completion = await super().complete(request)
            text = "```python\ndef double(x):\n    return 4\n```"
            return replace(completion, choices=tuple(Choice(text) for _ in completion.choices))

    weak, strong = Weak(name="weak"), Strong(name="strong")
    await solve_async(
        problem(),
        model=[weak, strong],
        options={"n": 40, "rounds": 0, "siblings": 1},
        verifier=MarkVerifier(),
        runs=tmp_path,
    )
    assert len(weak.requests) + len(strong.requests) == 40
    assert len(strong.requests) > 1.5 * len(weak.requests) > 0
    replay(list_runs(tmp_path)[0].path)


async def test_roles_say_which_model_does_what(tmp_path):
    large, small = ScriptedModel(name="large", right=0.0), ScriptedModel(name="small", right=0.0)
    await solve_async(
        problem(),
        model=[large, small],
        options={"n": 4, "rounds": 1, "roles": {"draft": "large", "repair": "small"}},
        verifier=MarkVerifier(),
        runs=tmp_path,
    )
    fold, _ = replay(list_runs(tmp_path)[0].path)
    assert {(node.action, node.model) for node in fold.nodes[1:]} == {
        ("draft", "large"),
        ("repair", "small"),
    }
    with pytest.raises(UsageError, match="roles: draft=huge"):
        await solve_async(
            problem(), model=[large, small], options={"roles": {"draft": "huge"}}, runs=tmp_path
        )


@pytest.mark.parametrize("traced", [False, True])
async def test_with_trace_a_repair_is_shown_what_the_variables_held(tmp_path, traced):
    class Learning(ScriptedModel):
        """Right once it has been told what was wrong."""

        prompts: list[str]

        async def complete(self, request):
            completion = await super().complete(request)
            prompt = request.messages[-1].content
            self.prompts.append(prompt)
            factor = 2 if "checks passed" in prompt else 3
            text = f"```python\ndef double(x):\n    y = {factor} * x\n    return y\n```"
            return replace(completion, choices=tuple(Choice(text) for _ in completion.choices))

    model = Learning()
    model.prompts = []
    options = {"n": 2, "rounds": 1, "enumerate": 0} | ({"trace": True} if traced else {})
    solution = await solve_async(problem(), model=model, options=options, runs=tmp_path)
    assert solution.verified
    assert ("y=" in model.prompts[-1].replace(" = ", "=")) is traced
    assert ("trace:" in model.prompts[-1]) is traced
    fold, _ = replay(list_runs(tmp_path)[0].path)
    assert fold.recipe.trace is traced


async def test_the_smallest_is_looked_for_beyond_the_first_that_passes(tmp_path):
    class Shrinking(ScriptedModel):
        """Every program passes; a repair is shorter than what it repairs."""

        async def complete(self, request):
            completion = await super().complete(request)
            asked = len(request.messages[-1].content) if len(request.messages) > 1 else 0
            longer = "" if asked else " + 0 * x"
            text = f"```python\ndef double(x):\n    return 5{longer}\n```"
            return replace(completion, choices=tuple(Choice(text) for _ in completion.choices))

    solution = await solve_async(
        problem(objective="smallest"),
        model=Shrinking(),
        options={"n": 4, "rounds": 1},
        verifier=MarkVerifier(),
        runs=tmp_path,
    )
    assert solution.reason == "exhausted"
    assert solution.verified
    assert solution.node.action == "repair"
