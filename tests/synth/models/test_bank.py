"""A bank of samples answers whatever a strategy asks, from what the model was seen to answer."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from synth.actions.describe import describe
from synth.api import replay, solve_async
from synth.budget import Budget
from synth.errors import ModelError
from synth.models.bank import BankModel, prompt_key, read_bank
from synth.models.chat import Request, conversation
from synth.problem import Example, Problem
from synth.run_log import list_runs

PROBLEM = Problem(
    id="double",
    statement="Double a number.",
    entry_point="double",
    signature="def double(x):",
    examples=(Example((2,), 4), Example((5,), 10)),
)
ASKED = describe(PROBLEM)


def sample(index: int, body: str, *, parent: int | None = None, **fields: Any) -> dict[str, Any]:
    source = f"def double(x):\n    return {body}"
    text = f"```python\n{source}\n```"
    passed = {"x * 2": 2, "x + 2": 1}.get(body, 0)
    guide = {"passed": passed, "total": 2, "score": passed / 2, "solved": passed == 2}
    return {
        "problem": "double", "index": index, "parent": parent, "depth": int(parent is not None),
        "text": text, "finish": "stop", "source": source, "prompt_tokens": 50,
        "completion_tokens": 2, "logprobs": [-0.5, -0.25], "lengths": [10, len(text) - 10],
        "guide": {**guide, "status": "passed" if passed == 2 else "failed"},
        "hidden": passed == 2, **fields,
    }  # fmt: skip


ROWS = [
    sample(0, "x + 2"),
    sample(1, "x + 3"),
    sample(2, "x + 4"),
    sample(3, "x * 2", parent=0),
    sample(4, "x - 1", parent=1),
]


def bank(path: Path, rows: list[dict[str, Any]] = ROWS) -> Path:
    header = {"bank": 1, "model": "m", "prompts": {"double": prompt_key(ASKED)}}
    path.write_text("".join(json.dumps(row) + "\n" for row in (header, *rows)))
    return path


def repair(body: str) -> Request:
    fenced = f"```python\ndef double(x):\n    return {body}\n```"
    return Request(conversation(("user", ASKED), ("assistant", fenced), ("user", "wrong")), n=20)


async def answers(model: BankModel, request: Request) -> Counter[str]:
    completion = await model.complete(request)
    assert len(completion.choices) == request.n
    return Counter(choice.text.split("return ")[1].split("\n")[0] for choice in completion.choices)


async def test_drafts_are_drawn_by_the_seed_and_repairs_are_those_of_the_program(tmp_path):
    model = BankModel(read_bank(bank(tmp_path / "bank.jsonl")))
    draft = Request(conversation(("user", ASKED)), n=60, seed=1)
    drawn = await answers(model, draft)
    assert set(drawn) == {"x + 2", "x + 3", "x + 4"}
    assert drawn == await answers(model, draft)
    assert drawn != await answers(model, Request(draft.messages, n=60, seed=2))
    assert set(await answers(model, repair("x + 2"))) == {"x * 2"}
    assert set(await answers(model, repair("x + 3"))) == {"x - 1"}
    # Never repaired itself; another that passed as much was.
    assert set(await answers(model, repair("x + 4"))) == {"x - 1"}
    assert set(await answers(model, repair("x ** 9"))) == {"x * 2", "x - 1"}


async def test_log_probabilities_and_tokens_come_back_as_recorded(tmp_path):
    path = bank(tmp_path / "bank.jsonl")
    zipped = tmp_path / "bank.jsonl.gz"
    zipped.write_bytes(gzip.compress(path.read_bytes()))
    model = BankModel(read_bank(zipped))
    request = Request(conversation(("user", ASKED)), n=3, logprobs=True)
    completion = await model.complete(request)
    for choice in completion.choices:
        assert choice.logprobs == (-0.5, -0.25)
        assert "".join(choice.tokens) == choice.text
    assert completion.usage.completion_tokens == 6


async def test_a_search_over_a_bank_finds_what_the_model_once_found(tmp_path):
    path = bank(tmp_path / "bank.jsonl")
    solution = await solve_async(
        PROBLEM,
        model=f"bank:{path}",
        options={"n": 3, "rounds": 3, "enumerate": 0},
        budget=Budget(programs=30),
        runs=tmp_path / "runs",
    )
    assert solution.verified
    assert "x * 2" in str(solution.program)
    (row,) = list_runs(tmp_path / "runs")
    replay(row.path)


async def test_an_unknown_problem_is_named_as_such(tmp_path):
    model = BankModel(read_bank(bank(tmp_path / "bank.jsonl")))
    with pytest.raises(ModelError, match="nothing about this problem; it holds 1"):
        await model.complete(Request(conversation(("user", "Triple a number."))))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ('{"bank": 2, "prompts": {}}\n', ":1: not the header"),
        ('{"bank": 1, "model": "m", "prompts": {}}\n{"problem": "p"}\n', ":2: not a sample"),
        ("nonsense\n", ":1: not the header"),
    ],
)
def test_a_file_that_is_no_bank_is_refused_with_its_line(tmp_path, text, said):
    path = tmp_path / "bank.jsonl"
    path.write_text(text)
    with pytest.raises(ModelError, match=said):
        read_bank(path)
    with pytest.raises(ModelError, match="no bank at"):
        read_bank(tmp_path / "none")
