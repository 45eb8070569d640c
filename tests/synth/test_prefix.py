"""Prefixes: what is kept is shown to the model as its own answer, and states grow line by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.keyed_random import stream
from synth.actions.prefix import (
    PrefixAction,
    completed,
    header_length,
    prefix_to_continue,
    state_length,
)
from synth.api import replay, solve_async
from synth.budget import Budget
from synth.models.chat import Choice, Completion, Request, Usage
from synth.node import Draft, Node
from synth.problem import Example, Problem
from synth.program import Program
from synth.run_log import list_runs
from tests.real_model import needs_model
from tests.scripted import MarkVerifier, problem

SOURCE = 'import math\n\n\ndef double(x):\n    """Doc."""\n    y = x\n    z = y\n    return y + z\n'
OPENING = '```python\nimport math\n\n\ndef double(x):\n    """Doc."""\n    y = x\n'


def node(source: str = SOURCE, **notes: object) -> Node:
    return Node(1, (0,), "draft", draft=Draft("", Program(source, "double"), notes=notes))


def test_the_header_ends_before_the_first_statement():
    assert header_length(SOURCE, "double") == 5
    assert header_length("def double(x):\n    return x\n", "double") == 1
    assert header_length("import sys\nprint(1)\n", None) == 1
    assert header_length("def broken(", "double") == 0


def test_a_draft_stands_for_its_first_statement_and_a_completion_for_its_notes():
    assert prefix_to_continue(node(), problem(), 1, "line") == (6, OPENING)
    assert prefix_to_continue(node(prefix=7), problem(), 1, "line")[0] == 7
    assert prefix_to_continue(None, problem(), 1, "line") == (0, "```python\n")


def test_the_last_line_is_always_left_to_be_written():
    assert prefix_to_continue(node(prefix=99), problem(), 1, "line")[0] == 7
    assert prefix_to_continue(node("x = 1"), problem(), 1, "line")[0] == 0


def test_an_unsure_cut_keeps_what_the_model_was_sure_of():
    likelihood = {"lines": [-0.1, -0.1, -0.1, -0.1, -0.2, -0.9]}
    assert prefix_to_continue(node(likelihood=likelihood), problem(), 1, "unsure")[0] == 7
    sure = {"lines": [-0.1, -0.1, -0.1, -0.9, -0.2, -0.1]}
    assert prefix_to_continue(node(likelihood=sure), problem(), 1, "unsure")[0] == 6
    assert prefix_to_continue(node(), problem(), 1, "unsure")[0] == 6


def test_a_continuation_is_put_behind_what_was_kept():
    draft = completed(OPENING, Choice("    return 2 * y\n"), problem())
    assert draft.program is not None
    assert draft.program.source.endswith("    y = x\n    return 2 * y\n")


def test_an_answer_that_begins_anew_is_read_by_itself():
    draft = completed(
        OPENING, Choice("```python\ndef double(x):\n    return 2 * x\n```"), problem()
    )
    assert draft.program is not None
    assert "y = x" not in draft.program.source


def test_a_continuation_that_makes_no_program_is_a_draft_that_says_why():
    draft = completed(OPENING, Choice("    return (((\n", "length"), problem())
    assert draft.program is None or "return (((" not in draft.program.source
    assert completed("```python\n", Choice("   "), problem()).program is None


def test_a_state_is_as_long_as_tells_it_from_its_siblings():
    source = "a\nb\nc\nd\n"
    assert state_length(source, [], 1) == 1
    assert state_length(source, ["a\nx\nc\nd\n"], 1) == 2
    assert state_length(source, ["a\nb\nc\nx\n"], 1) == 4
    assert state_length(source, [source], 1) == 4
    assert state_length(source, [], 99) == 4


@given(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=5),
    st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=5), max_size=4),
)
def test_no_two_different_siblings_stand_for_one_state(lines, others):
    source, siblings = "\n".join(lines), ["\n".join(other) for other in others]
    length = state_length(source, siblings, 1)
    assert 1 <= length <= len(lines)
    for other in others:
        if other[: len(lines)] != lines:  # one that goes on after all of ours shares every line
            assert other[:length] != lines[:length]


def test_a_wrong_cut_is_refused():
    with pytest.raises(ValueError, match="cut is line or unsure"):
        PrefixAction(cut="word")  # type: ignore[arg-type]


class LineModel:
    """Writes a program of five lines, each drawn by the request; continues what it is given."""

    name, native_n = "lines", True

    def __init__(self) -> None:
        self.continued: list[str] = []

    async def complete(self, request: Request) -> Completion:
        last = request.messages[-1]
        opening = last.content if last.role == "assistant" else ""
        if opening:
            self.continued.append(opening)
        choices = []
        for number in range(request.n):
            draw = stream(0, request.hash(self.name), number)
            written = opening.count("    v") if opening else 0
            body = [f"    v{place} = {draw.randrange(3)}" for place in range(written, 4)]
            text = "\n".join([*body, f"    return {draw.randrange(5)}"])
            choices.append(Choice(text if opening else f"```python\ndef double(x):\n{text}\n```"))
        return Completion(tuple(choices), Usage(50, 40 * request.n, 0, 1), self.name)

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "options",
    [{"strategy": "pg-td"}, *({"strategy": s, "repair": "prefix"} for s in ("beam", "best-first"))],
    ids=lambda options: options["strategy"],
)
async def test_a_tree_search_over_prefixes_commits_a_line_a_step_and_replays(tmp_path, options):
    model = LineModel()
    await solve_async(
        problem(),
        model=model,
        recipe="search",
        options=options,
        verifier=MarkVerifier(),
        runs=tmp_path,
        budget=Budget(programs=30),
    )
    assert model.continued
    assert all(
        opening.startswith("```python\ndef double(x):\n    v0") for opening in model.continued
    )
    (row,) = list_runs(tmp_path)
    fold, _ = replay(row.path)
    deep = [n for n in fold.nodes if n.action == "prefix" and n.program is not None]
    assert deep
    for made in deep:
        parent = fold.nodes[made.parents[0]]
        assert made.program is not None
        assert parent.program is not None
        assert made.draft is not None
        kept, _ = prefix_to_continue(parent, problem(), 1, "line")
        mine, theirs = (p.source.split("\n")[:kept] for p in (made.program, parent.program))
        assert mine == theirs
        assert made.draft.notes["prefix"] > kept


@needs_model
@pytest.mark.slow
async def test_the_small_model_goes_on_from_the_lines_that_are_kept(small_model, tmp_path: Path):
    stub = Problem(
        id="count-vowels",
        statement="Count the vowels of a text; y is one where it ends the text.",
        entry_point="count_vowels",
        signature="def count_vowels(text: str) -> int:",
        examples=(Example(("many",), 3), Example(("",), 0)),  # no right program passes the first
    )
    solution = await solve_async(
        stub,
        model=small_model,
        recipe="search",
        options={
            "strategy": "pg-td", "enumerate": 0, "max_tokens": 160,
            "siblings": 2, "value": "graded,logprob", "cut": "unsure",
        },
        runs=tmp_path,
        budget=Budget(programs=8),
    )  # fmt: skip
    (row,) = list_runs(tmp_path)
    fold, _ = replay(row.path)
    continued = [n for n in fold.nodes if n.action == "prefix" and n.program is not None]
    assert solution.usage["calls"] >= 2
    assert continued
    parent = fold.nodes[continued[0].parents[0]]
    assert continued[0].program is not None
    kept, opening = prefix_to_continue(parent, stub, 1, "unsure")
    assert kept >= 1
    assert continued[0].program.source.startswith(opening.partition("\n")[2])
    assert continued[0].draft is not None
    assert continued[0].draft.notes["likelihood"]["program"]
