"""Grids: components agree with their Python, and puzzles of our own are solved."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.inductive import Limits, synthesize
from synth.inductive.grid_components import GRID, GRIDS, is_grid
from synth.inductive.values import freeze, thaw
from tests.synth.inductive.test_components import run_template

QUICK = Limits(seconds=300, candidates=8_000, patience=300)
Grid = list[list[int]]

grids = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, 3), min_size=size[1], max_size=size[1]),
        min_size=size[0],
        max_size=size[0],
    )
)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_every_grid_template_computes_what_its_function_computes(data: st.DataObject) -> None:
    for component in GRIDS:
        arguments: list[Any] = [
            data.draw(grids if kind == GRID else st.integers(0, 3)) for kind in component.arguments
        ]
        frozen = [freeze(value) for value in arguments]
        try:
            value = component.function(*frozen)
        except Exception:
            continue
        assert freeze(run_template(component, arguments)) == value, component.name


A: Grid = [[1, 0, 2], [0, 3, 0]]
B: Grid = [[5, 5], [0, 7], [7, 0]]
C: Grid = [[0, 4, 0, 1], [2, 0, 0, 6]]


def _mirror(grid: Grid) -> Grid:
    return [row[::-1] for row in grid]


PUZZLES = {
    "mirror beside": lambda g: [row + row[::-1] for row in g],
    "half turn": lambda g: _mirror(g[::-1]),
    "recolour": lambda g: [[9 if c == 0 else c for c in row] for row in g],
    "double": lambda g: [[c for c in row for _ in range(2)] for row in g for _ in range(2)],
    "diagonal and background": lambda g: [
        [8 if i == j else c for j, c in enumerate(row)] for i, row in enumerate(g)
    ],
}


@pytest.mark.parametrize("name", PUZZLES)
def test_a_puzzle_is_solved_and_its_program_works_on_another_grid(name: str) -> None:
    rule = PUZZLES[name]
    found = synthesize([((g,), rule(g)) for g in (A, B, C)], limits=QUICK, check_seconds=0)
    assert found.best is not None
    other: Grid = [[0, 1, 2, 3], [3, 0, 2, 1], [1, 1, 0, 0]]
    assert found.best.function()(other) == rule(other)


def test_only_rectangles_of_digits_are_grids() -> None:
    assert is_grid(freeze(A))
    assert not is_grid(freeze([[1], [1, 2]]))
    assert not is_grid(freeze([[10]]))
    assert not is_grid(freeze([]))
    assert thaw(freeze(A), GRID) == A
