"""Regions, maps and pieces of grids: laws they keep, and programs that stand alone with them."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.inductive.carried import carried_names, carried_text
from synth.inductive.component import Component
from synth.inductive.grid_components import GRID
from synth.inductive.grid_library import PIECES, REGIONAL
from synth.inductive.grid_maps import completed, moved, seen
from synth.inductive.grid_pieces import panels, unrepeated, window
from synth.inductive.grid_regions import background, dropped, enclosed, regions
from synth.inductive.value_types import INT
from synth.inductive.values import freeze

Grid = list[list[int]]


def grids(most: int = 6, colours: int = 3) -> st.SearchStrategy[Grid]:
    sides = st.integers(1, most)
    return st.tuples(sides, sides).flatmap(
        lambda size: st.lists(
            st.lists(st.integers(0, colours), min_size=size[1], max_size=size[1]),
            min_size=size[0],
            max_size=size[0],
        )
    )


_STRATEGIES = {
    GRID: grids(),
    PIECES: st.lists(grids(3), min_size=1, max_size=4),
    INT: st.integers(0, 4),
}


@lru_cache(maxsize=256)
def _alone(component: Component) -> Any:
    space: dict[str, Any] = {}
    exec(carried_text(component.imports), space)
    holes = ", ".join(f"_{place}" for place in range(component.arity))
    return eval(f"lambda {holes}: {component.template}", space)


@settings(max_examples=8, deadline=None)
@given(st.data())
def test_every_component_is_a_program_that_stands_alone(data: st.DataObject) -> None:
    """Its template runs beside nothing but its carried text, on lists, as it does on tuples."""
    for component in REGIONAL:
        arguments: list[Any] = [data.draw(_STRATEGIES[kind]) for kind in component.arguments]
        alone = _alone(component)
        try:
            wanted = component.function(*map(freeze, arguments))
        except Exception as error:
            with pytest.raises(type(error)):
                alone(*arguments)
        else:
            assert freeze(alone(*arguments)) == wanted, component.name


@given(grids(), st.booleans(), st.booleans())
def test_regions_are_all_that_is_not_background_and_do_not_touch(
    grid: Grid, corners: bool, mixed: bool
) -> None:
    blank = background(grid)
    found = regions(grid, corners, mixed)
    cells = [cell for region in found for cell in region]
    assert sorted(cells) == [
        (i, j) for i, row in enumerate(grid) for j, c in enumerate(row) if c != blank
    ]
    owner = {cell: n for n, region in enumerate(found) for cell in region}
    for (i, j), n in owner.items():
        for a, b in ((i, j + 1), (i + 1, j)):
            joined = (a, b) in owner and (mixed or grid[a][b] == grid[i][j])
            assert not joined or owner[a, b] == n


@given(grids(), st.booleans())
def test_no_way_leads_out_of_what_is_enclosed(grid: Grid, corners: bool) -> None:
    blank = background(grid)
    for region in enclosed(grid, corners):
        for i, j in region:
            for a, b in ((i, j + 1), (i + 1, j), (i, j - 1), (i - 1, j)):
                assert (a, b) in region or grid[a][b] != blank


@given(grids())
def test_what_falls_keeps_its_colours_and_then_stays(grid: Grid) -> None:
    grid = [[0] * len(grid[0]), *grid]
    found = regions(grid, False, True)
    once = dropped(grid, found)
    assert Counter(chain(*once)) == Counter(chain(*grid))
    assert dropped(once, regions(once, False, True)) == once


@given(grids(), st.sampled_from([(0, 1), (1, 0), (1, 1), (1, -1)]))
def test_looking_the_other_way_is_looking_in_a_mirror(grid: Grid, step: tuple[int, int]) -> None:
    down, right = step
    mirrored = [row[::-1] for row in grid]
    assert seen(mirrored, down, -right) == [row[::-1] for row in seen(grid, down, right)]
    back = moved(moved(grid, down, right), -down, -right)
    assert back == grid


@settings(deadline=None)
@given(grids(4, 3), st.data())
def test_what_is_hidden_in_a_symmetric_picture_is_restored(
    corner: Grid, data: st.DataObject
) -> None:
    upper = [row + row[::-1] for row in corner]
    picture = upper + upper[::-1]
    i = data.draw(st.integers(0, len(picture) - 1))
    j = data.draw(st.integers(0, len(picture[0]) - 1))
    hidden = [row[:] for row in picture]
    hidden[i][j] = 9
    assert completed(hidden, 9) == picture
    assert window(hidden, completed(hidden, 9), 9) == [[picture[i][j]]]


def test_a_picture_without_symmetry_or_repeat_is_left_alone() -> None:
    with pytest.raises(ValueError, match="no symmetry"):
        completed([[1, 2, 3], [4, 9, 5], [6, 7, 8]], 9)


@given(st.lists(grids(3, 3), min_size=4, max_size=4))
def test_panels_are_what_lines_divide(four: list[Grid]) -> None:
    height, width = 3, 3
    fixed = [
        [[(p[i % len(p)][j % len(p[0])]) for j in range(width)] for i in range(height)]
        for p in four
    ]
    for panel in fixed:
        panel[1] = [1, 0, 2]  # no line of a panel's own
        for row in panel:
            row[1] = 3 if row is panel[0] else 0
    rows = [[*a, 7, *b] for a, b in zip(fixed[0], fixed[1], strict=True)]
    rows += [[7] * 7]
    rows += [[*a, 7, *b] for a, b in zip(fixed[2], fixed[3], strict=True)]
    assert panels(rows) == fixed


@given(grids(), st.integers(1, 3), st.integers(1, 3))
def test_scaling_is_undone_by_leaving_repeats_out(grid: Grid, down: int, across: int) -> None:
    scaled = [[c for c in row for _ in range(across)] for row in grid for _ in range(down)]
    assert unrepeated(scaled) == unrepeated(grid)


def test_a_program_carries_what_its_functions_call() -> None:
    names = carried_names(["synth.inductive.grid_regions.enclosed", "itertools"])
    assert names == {"enclosed", "regions", "background"}
    text = carried_text(["synth.inductive.grid_regions.enclosed"])
    assert "synth" not in text
    assert text.index("def background") < text.index("def enclosed")
    assert carried_text(["itertools", "collections.Counter"]) == ""
