"""Cell rules: they make the grids they were learned from, and hold on grids not seen."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.inductive import Limits, synthesize
from synth.inductive.grid_regions import enclosed, regions
from synth.inductive.rule_cover import RuleCover
from synth.inductive.term import Term, Variable
from synth.inductive.value_types import INT, list_of

Grid = list[list[int]]
QUICK = Limits(seconds=300, candidates=800, patience=300)


def _random_grid(generator: random.Random, height: int = 8, width: int = 9) -> Grid:
    return [[generator.choice([0, 0, 0, 2, 3]) for _ in range(width)] for _ in range(height)]


def _fill_enclosed(grid: Grid) -> Grid:
    inside = {cell for region in enclosed(grid, False) for cell in region}
    return [[4 if (i, j) in inside else c for j, c in enumerate(r)] for i, r in enumerate(grid)]


def _largest_to_one(grid: Grid) -> Grid:
    found = regions(grid, True, False)
    most = max(map(len, found))
    own = {cell for region in found if len(region) == most for cell in region}
    return [[1 if (i, j) in own else c for j, c in enumerate(r)] for i, r in enumerate(grid)]


def _isolated_away(grid: Grid) -> Grid:
    alone = {r[0] for r in regions(grid, True, False) if len(r) == 1}
    return [[0 if (i, j) in alone else c for j, c in enumerate(r)] for i, r in enumerate(grid)]


def _both_halves(grid: Grid) -> Grid:
    width = len(grid[0]) // 2
    return [[5 if r[j] and r[-width + j] else 0 for j in range(width)] for r in grid]


RULES: dict[str, Callable[[Grid], Grid]] = {
    "fill what is enclosed": _fill_enclosed,
    "recolour the largest": _largest_to_one,
    "take single cells away": _isolated_away,
    "and of two halves": _both_halves,
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_of_regions_is_learned_and_holds_on_other_grids(name: str) -> None:
    rule, generator = RULES[name], random.Random(3)
    width = 9 if name != "and of two halves" else 8
    shown = [_random_grid(generator, 8, width) for _ in range(4)]
    found = synthesize([((g,), rule(g)) for g in shown], limits=QUICK, check_seconds=0)
    assert found.best is not None
    program = found.best.function()
    for _ in range(20):
        other = _random_grid(generator, 7, width + 2)
        assert program(other) == rule(other), found.best.source


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_rules_make_the_column_they_were_learned_from(data: st.DataObject) -> None:
    rows = data.draw(st.integers(2, 30))
    column = st.lists(st.integers(0, 3), min_size=rows, max_size=rows)
    tables = data.draw(st.lists(column, min_size=1, max_size=4))
    goal = np.array(data.draw(column), dtype=np.int16)
    kind = list_of(list_of(INT))
    terms = [Term(Variable("t", kind), (), kind, 1, ()) for _ in tables]
    columns = np.array(tables, dtype=np.int16)
    costs = []
    for cost, base, rules in RuleCover(terms, columns, goal).run(60):
        costs.append(cost)
        for row in range(rows):

            def value(leaf, row=row):  # type: ignore[no-untyped-def]
                return leaf.colour if leaf.table is None else columns[leaf.table][row]

            def holds(test, row=row):  # type: ignore[no-untyped-def]
                left = int(columns[test.table][row])
                right = int(columns[test.value][row]) if test.relation == "same" else test.value
                return {"==": left == right, "same": left == right, "!=": left != right,
                        ">=": left >= right, "<": left < right}[test.relation]  # fmt: skip

            chosen = [leaf for tests, leaf in rules if all(map(holds, tests))]
            assert value(chosen[0] if chosen else base) == goal[row]
    assert costs == sorted(costs, reverse=True)
    assert len(set(costs)) == len(costs)
