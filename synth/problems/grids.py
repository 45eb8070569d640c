"""Grid puzzles as problems: the JSON files of ARC.

Chollet, "On the Measure of Intelligence" (2019).  A file, or a line of JSONL, has `train` and
`test`: lists of `input` and `output` grids, which are lists of rows of ints.  The search sees
`train`; `test` only with `visible="tests"`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synth.errors import ProblemError
from synth.problem import Example, Problem

SIGNATURE = "def transform(grid: list[list[int]]) -> list[list[int]]:"


def is_grid_puzzle(data: Any) -> bool:
    """Whether a JSON value looks like a puzzle rather than a problem file."""
    return isinstance(data, Mapping) and isinstance(data.get("train"), list) and "test" in data


def problem_of_grids(
    data: Mapping[str, Any], name: str, *, tests: bool = False, file: str | None = None
) -> Problem:
    """The puzzle as a function `transform` to find; with `tests` its test pairs are shown too.

    Raises ProblemError naming the first pair that is not two grids.
    """
    identity = data.get("id", name)
    examples = []
    for part in ("train", "test") if tests else ("train",):
        pairs = data.get(part)
        if not isinstance(pairs, list) or not pairs:
            raise ProblemError(
                "expected a list of pairs of grids, at least one", file=file, field=part
            )
        for place, pair in enumerate(pairs):
            made = []
            for key in ("input", "output"):
                value = pair.get(key) if isinstance(pair, Mapping) else None
                if not _is_grid(value):
                    raise ProblemError(
                        "expected a grid: equally long rows of ints",
                        file=file,
                        field=f"{part}[{place}].{key}",
                    )
                made.append(value)
            examples.append(Example((made[0],), made[1]))
    return Problem(
        str(identity),
        "Transform the grid.",
        entry_point="transform",
        signature=SIGNATURE,
        examples=tuple(examples),
    )


def _is_grid(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(row, list) and row and len(row) == len(value[0]) for row in value)
        and all(type(cell) is int for row in value for cell in row)
    )
