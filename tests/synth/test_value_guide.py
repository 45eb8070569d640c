"""A value guides, never passes: exact on replay, pinned by hash, its model calls in the budget."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import pytest

from search.keyed_random import stream
from synth.api import replay, solve_async
from synth.budget import Budget
from synth.errors import UsageError
from synth.events import Answered, Finished, Started, Told
from synth.models.chat import Choice, Completion, Request, Usage
from synth.models.likelihood import noted
from synth.recipes import make_recipe
from synth.retrace import as_logged
from synth.run_log import list_runs, read_events
from synth.value_guide import guide
from synth.value_training import candidates_of, labelled, names_for, run_paths
from tests.scripted import MarkVerifier, ScriptedModel, problem
from verifiers.value.features import NAMES
from verifiers.value.learned import read_learned
from verifiers.value.training import Labelled, train


class SureModel(ScriptedModel):
    """As ScriptedModel, with log-probabilities, and an opinion when asked for a grade."""

    def __init__(self, *, grades: str = "Too short.\nGrade: {}/10", **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.grades, self.asked, self.prompts = grades, 0, list[str]()

    async def complete(self, request: Request) -> Completion:
        text = request.messages[-1].content
        self.prompts.append(text)
        if "Grade: N/10" in text:
            self.asked += 1
            grade = stream(0, text).randrange(11)
            return Completion((Choice(self.grades.format(grade)),), Usage(300, 20, 0, 1), self.name)
        completion = await super().complete(request)
        if not request.logprobs:
            return completion
        choices = []
        for choice in completion.choices:
            tokens = tuple(part + " " for part in choice.text.split(" "))
            draw = stream(0, choice.text)
            values = tuple(-draw.random() for _ in tokens)
            choices.append(Choice("".join(tokens), choice.finish, tokens, values))
        return Completion(tuple(choices), completion.usage, self.name)


async def run(directory: Path, model: object, value: str, **changes: object):
    options = {"strategy": "mcts", "value": value, **changes.pop("options", {})}  # type: ignore[dict-item]
    before = {row.path for row in list_runs(directory)}
    solution = await solve_async(
        problem(),
        model=model,  # type: ignore[arg-type]
        recipe="search",
        options=options,
        verifier=MarkVerifier(),
        runs=directory,
        **{"budget": Budget(programs=24), **changes},  # type: ignore[arg-type]
    )
    (path,) = {row.path for row in list_runs(directory)} - before
    return solution, path


def told(path: Path) -> list[float]:
    return [
        row["value"]
        for event in read_events(path)
        if isinstance(event, Told)
        for row in event.nodes
    ]


VALUES = ["graded", "static", "logprob", "self-certainty", "judge", "hybrid", "graded*2,logprob"]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("order", ["asked", "arrival"])
async def test_a_guided_run_replays_byte_for_byte(tmp_path, value, order):
    _, path = await run(tmp_path, SureModel(right=0.0, jitter=0.002), value, order=order)
    fold, count = replay(path)
    assert count == len(read_events(path))
    assert fold.recipe.options["value"] == value


@pytest.mark.parametrize("value", ["logprob", "judge"])
async def test_a_guided_tree_is_the_same_at_any_number_of_workers(tmp_path, value):
    trees = []
    for workers in (1, 16):
        model = SureModel(right=0.0, jitter=0.002)
        _, path = await run(tmp_path, model, value, workers=workers)
        trees.append(told(path))
    assert trees[0] == trees[1]


async def test_the_strategy_is_told_the_value(tmp_path):
    _, plain = await run(tmp_path, SureModel(right=0.0), "passed")
    _, guided = await run(tmp_path, SureModel(right=0.0), "logprob")
    assert all(value in (0.0, 0.2, 0.4, 0.6, 0.8) for value in told(plain))
    assert any(0.0 < value < 1.0 and value not in (0.2, 0.4, 0.6, 0.8) for value in told(guided))


async def test_a_value_never_makes_a_pass(tmp_path):
    model = SureModel(right=0.0, grades="Perfect. Grade: 10/10")
    solution, path = await run(tmp_path, model, "judge")
    assert max(told(path)) == 1.0
    assert not solution.verified
    assert solution.reason != "solved"


async def test_a_verified_program_is_returned_before_one_of_higher_value(tmp_path):
    model = SureModel(right=0.2, grades="Grade: 1/10")
    solution, _ = await run(tmp_path, model, "judge", options={"select": "value"})
    assert solution.verified


async def test_requests_ask_for_log_probabilities_only_where_a_value_needs_them(tmp_path):
    for value, wanted in (("graded", False), ("logprob", True)):
        _, path = await run(tmp_path, SureModel(right=0.0), value)
        choices = [
            choice
            for event in read_events(path)
            if isinstance(event, Answered) and event.kind == "completion"
            for choice in event.result["choices"]
        ]
        assert all(("logprobs" in choice) is wanted for choice in choices)


async def test_a_judges_calls_are_counted_and_kept_within_the_budget(tmp_path):
    model = SureModel(right=0.0)
    solution, path = await run(tmp_path, model, "judge", budget=Budget(calls=20))
    assert model.asked > 0
    assert solution.usage["calls"] <= 20
    assert solution.usage["calls"] == len(model.prompts)
    model = SureModel(right=0.0)
    solution, path = await run(tmp_path, model, "judge", budget=Budget(tokens=6_000))
    assert solution.usage["tokens"] <= 6_000 + 400
    replay(path)


async def test_a_judges_reasons_are_shown_to_the_next_attempt(tmp_path):
    model = SureModel(right=0.0, grades="It forgets negative numbers.\nGrade: {}/10")
    _, path = await run(tmp_path, model, "hybrid", options={"strategy": "best-first"})
    assert any("A reviewer, who may be wrong, says: It forgets" in text for text in model.prompts)
    fold, _ = as_logged(read_events(path))
    notes = [node.draft.notes for node in fold.nodes if node.draft and node.program]
    assert any(note.get("review") == "It forgets negative numbers" for note in notes)


async def test_a_judge_that_talks_grades_nothing_and_the_search_goes_on(tmp_path):
    solution, path = await run(tmp_path, SureModel(right=0.0, grades="Hmm."), "hybrid")
    assert solution.program is not None
    assert len(told(path)) > 10


class ForgetfulJudge(SureModel):
    """Explains when asked for reasons and a grade, and gives the grade when asked again."""

    async def complete(self, request: Request) -> Completion:
        if request.messages[-1].content.startswith("Now the grade alone"):
            review = request.messages[-2]
            assert (review.role, review.content) == ("assistant", "It forgets negative numbers.")
            self.asked += 1
            return Completion((Choice("7"),), Usage(320, 1, 0, 1), self.name)
        return await super().complete(request)


async def test_a_judge_that_forgets_the_grade_is_asked_once_more_for_it_alone(tmp_path):
    model = ForgetfulJudge(right=0.0, grades="It forgets negative numbers.")
    _, path = await run(tmp_path, model, "judge", options={"strategy": "best-first"})
    values = told(path)
    assert set(values) == {0.5, 0.7}  # not every draft holds a program to grade
    assert values.count(0.7) > len(values) / 2
    assert model.asked == 2 * len([text for text in model.prompts if "Grade: N/10" in text])
    assert any("A reviewer, who may be wrong, says: It forgets" in text for text in model.prompts)
    replay(path)


async def test_another_model_can_be_the_judge(tmp_path):
    drafts, judge = SureModel(right=0.0), SureModel(right=0.0, name="judge-model")
    await run(
        tmp_path,
        [drafts, judge],
        "judge",
        options={"roles": {"draft": "m", "repair": "m", "judge": "judge-model"}},
    )
    assert drafts.asked == 0
    assert judge.asked == len(judge.prompts) > 0


async def test_nothing_is_built_on_what_is_pruned(tmp_path):
    _, path = await run(tmp_path, SureModel(right=0.0), "passed", options={"prune": 0.5})
    fold, _ = replay(path)
    assert {value for value in told(path) if not math.isnan(value)} <= {0.0, 0.6, 0.8}
    kept = [n for n in fold.nodes if n.program is not None and n.value == 0.0]
    assert kept  # they stay in the tree


def learned_file(path: Path, seed: int = 0) -> Path:
    draw = random.Random(seed)
    rows = [dict.fromkeys(NAMES, 0.0) | {"size": draw.random()} for _ in range(60)]
    labels = [row["size"] > 0.5 for row in rows]
    model = train(
        Labelled(rows, labels, [i % 6 for i in range(60)]), kind="logistic", names=("size",)
    )
    path.write_text(model.to_text())
    return path


async def test_a_learned_value_is_pinned_by_its_hash(tmp_path):
    file = learned_file(tmp_path / "value.json")
    runs = tmp_path / "runs"
    _, path = await run(runs, SureModel(right=0.0), f"{file}*3,graded")
    started = read_events(path)[0]
    assert isinstance(started, Started)
    pinned = started.recipe["options"]["value"]
    assert pinned.startswith(f"{file}#sha256=")
    assert pinned.endswith("*3,graded")
    replay(path)
    learned_file(file, seed=1)
    with pytest.raises(UsageError, match="not the value model this run was guided by") as caught:
        replay(path)
    assert "\n" not in str(caught.value)
    file.unlink()
    with pytest.raises(UsageError, match="is not there"):
        replay(path)
    fold, _ = as_logged(read_events(path))  # the log alone is enough to look at it
    assert [node.value for node in fold.nodes[1:5]] == told(path)[:4]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("grded", "did you mean 'graded'"),
        ("nothing.json", "no file of that name"),
    ],
)
def test_a_wrong_value_is_one_clear_line(value, message):
    with pytest.raises(UsageError, match=message) as caught:
        make_recipe("best-of-n", {"value": value})
    assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match="prune is a value in"):
        make_recipe("best-of-n", {"value": "graded", "prune": 2})


def test_the_same_guide_is_made_from_its_text(tmp_path):
    file = learned_file(tmp_path / "v.json")
    made = guide(f"max:{file}, static*2")
    assert guide(made.text) == made


def test_a_programs_log_probabilities_are_found_behind_what_extraction_added():
    tokens = ("Here:\n", "```python\n", "def f(x):\n", "    return", " x\n", "print(f(1))\n", "```")
    choice = Choice("".join(tokens), "stop", tokens, (-1.0, -2.0, -3.0, -4.0, -5.0, -6.0, -7.0))
    found = noted(choice, "import math\n\n\ndef f(x):\n    return x\n")
    assert found == {
        "answer": [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0, -7.0],
        "program": [-3.0, -4.0, -5.0],
        "lines": [-3.0, -4.5],
    }
    assert noted(choice, "")["program"] == []


async def several_runs(directory: Path) -> None:
    for number in range(6):
        await solve_async(
            problem(id=f"p{number}"),
            model=SureModel(right=0.15, name=f"m{number}"),
            recipe="best-of-n",
            options={"n": 12, "rounds": 2, "value": "logprob", "select": "value"},
            verifier=MarkVerifier(),
            runs=directory,
            budget=Budget(programs=20),
        )


@pytest.mark.parametrize("label", ["verified", "leads", "hidden"])
async def test_runs_are_read_as_labelled_candidates(tmp_path, label):
    await several_runs(tmp_path)
    runs = [candidates_of(path) for path in run_paths([str(tmp_path)])]
    hidden = {run.problem.id: run.problem for run in runs[:3]}
    data = await labelled(runs, label, hidden=hidden, verifier=MarkVerifier())
    assert len(data.rows) == len(data.labels) > 0
    assert set(data.rows[0]) == set(NAMES)
    assert set(data.groups) <= (
        {"p0", "p1", "p2"} if label == "hidden" else {f"p{i}" for i in range(6)}
    )
    assert any(not math.isnan(row["logprob_mean"]) for row in data.rows)
    if label == "verified":
        assert "passed" not in names_for(label)
        assert any(data.labels)
        assert not all(data.labels)


async def test_a_trained_value_guides_a_run_from_the_command_line(tmp_path, capsys):
    from synth.cli.train_value import train_value

    await several_runs(tmp_path / "runs")
    file = tmp_path / "value.json"
    import asyncio

    arguments = [str(tmp_path / "runs")]
    status = await asyncio.to_thread(train_value, *arguments, out=file, folds=3)
    assert status == 0
    printed = capsys.readouterr().out
    assert "label verified" in printed
    assert "learned" in printed
    value = read_learned(file.read_text())
    assert value.trained["problems"] == 6
    assert json.loads(file.read_text())["format"] == "synth-value-1"
    _, path = await run(tmp_path / "guided", SureModel(right=0.0), str(file))
    replay(path)
    assert any(isinstance(event, Finished) for event in read_events(path))


def test_training_on_nothing_is_refused_in_one_line(tmp_path):
    from synth.cli.train_value import train_value

    with pytest.raises(UsageError, match="name the runs"):
        train_value(out=tmp_path / "v.json")
    with pytest.raises(UsageError, match="no runs"):
        train_value(str(tmp_path), out=tmp_path / "v.json")


class SomeRight:
    """Answers with right, wrong and overfitted programs for `add_N(x)`."""

    name, native_n = "some", True

    async def complete(self, request: Request) -> Completion:
        text = request.messages[0].content
        number = int(text.partition("add_")[2].partition("(")[0])
        choices = []
        for place in range(request.n):
            draw = stream(request.seed, "some", place)
            body = draw.choice([f"x + {number}", f"x - {number}", f"{number + 1}", "x * 2"])
            if draw.random() < 0.3:  # a right one that looks otherwise
                body = f"sum([x, {number}])"
            choices.append(Choice(f"```python\ndef add_{number}(x):\n    return {body}\n```"))
        return Completion(tuple(choices), Usage(20, 20 * request.n, 0, 1), self.name)

    async def close(self) -> None:
        pass


async def test_hidden_tests_label_programs_that_visible_ones_pass(tmp_path, capsys):
    import asyncio

    from synth.cli.train_value import train_value
    from synth.problem_file import read_problem

    rows = [
        {
            "task_id": f"Add/{n}",
            "prompt": f'def add_{n}(x):\n    """Add.\n\n    >>> add_{n}(1)\n    {n + 1}\n    """\n',
            "entry_point": f"add_{n}",
            "test": f"def check(candidate):\n    assert candidate(5) == {n + 5}\n",
        }
        for n in range(2, 8)
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for number in range(1, 7):
        await solve_async(
            read_problem(file, row=number),
            model=SomeRight(),
            options={"n": 8, "rounds": 0, "first": 0, "enumerate": 0, "select": "value"},
            recipe="best-of-n",
            runs=tmp_path / "runs",
        )
    out = tmp_path / "value.json"
    runs = str(tmp_path / "runs")
    assert await asyncio.to_thread(train_value, runs, out=out, hidden=file, folds=3) == 0
    printed = capsys.readouterr().out
    assert "label hidden" in printed
    assert "passed" in printed
    value = read_learned(out.read_text())
    assert 0 < value.trained["right"] < value.trained["programs"]
