"""Grid puzzles: JSON files of pairs of grids are problems, and are solved without a model."""

from __future__ import annotations

import json

import pytest

from synth import Budget, ProblemError, read_problem, solve_async

PUZZLE = {
    "train": [
        {"input": [[0, 1], [2, 0]], "output": [[2, 0], [0, 1]]},
        {"input": [[3, 3, 0]], "output": [[3, 3, 0]]},
        {"input": [[1], [0], [4]], "output": [[4], [0], [1]]},
    ],
    "test": [{"input": [[5, 6], [0, 0]], "output": [[0, 0], [5, 6]]}],
}


def test_a_puzzle_file_is_a_problem_whose_test_is_not_shown(tmp_path):
    file = tmp_path / "flip.json"
    file.write_text(json.dumps(PUZZLE))
    problem = read_problem(file)
    assert problem.id == "flip"
    assert problem.entry_point == "transform"
    assert [example.args for example in problem.examples] == [
        (pair["input"],) for pair in PUZZLE["train"]
    ]
    assert len(read_problem(file, visible="tests").examples) == 4


def test_a_line_of_puzzles_is_a_row(tmp_path):
    file = tmp_path / "many.jsonl"
    file.write_text("\n".join(json.dumps({"id": name, **PUZZLE}) for name in ("a", "b")) + "\n")
    assert read_problem(f"{file}#b").id == "b"
    assert len(read_problem(f"{file}:1").examples) == 3


@pytest.mark.parametrize(
    ("pair", "field"),
    [
        ({"input": [[1], [2, 3]], "output": [[1]]}, "train[0].input"),
        ({"input": [[1]]}, "train[0].output"),
        ({"input": [[1]], "output": [["x"]]}, "train[0].output"),
        (7, "train[0].input"),
    ],
)
def test_what_is_no_grid_is_named(tmp_path, pair, field):
    file = tmp_path / "bad.json"
    file.write_text(json.dumps({"train": [pair], "test": []}))
    with pytest.raises(ProblemError, match="equally long rows of ints") as caught:
        read_problem(file)
    assert caught.value.field == field


async def test_a_puzzle_is_solved_and_verified_without_a_model(tmp_path):
    file = tmp_path / "flip.json"
    file.write_text(json.dumps(PUZZLE))
    solution = await solve_async(
        read_problem(file), model="none", budget=Budget(seconds=60), runs=False
    )
    assert solution.verified
    space: dict[str, object] = {}
    exec(solution.program, space)
    assert space["transform"](PUZZLE["test"][0]["input"]) == PUZZLE["test"][0]["output"]
