"""Cell rules: a grid made cell by cell, by exceptions to a base, from tables of its shape.

Every bank term of the wanted grid's shape on all examples is a table: the input itself, a part of
it, a map of what each cell's region is like; a number is a table that is the same everywhere.
`synth.inductive.rule_cover` finds the rules; here tables are gathered and rules become terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.inductive.bank import Bank
from synth.inductive.component import Component
from synth.inductive.grid_components import GRID
from synth.inductive.grid_library import MAP
from synth.inductive.rule_cover import Leaf, Rule, RuleCover, Test
from synth.inductive.term import Term
from synth.inductive.value_types import INT, Type
from synth.inductive.values import freeze

_MOST_TABLES = 400
_MOST_CELLS = 6000
_NUMBER_COST = 4
_NAMES = "cxyzuvwpqst"


class CellRules:
    """The search for cell rules of one goal; call `rules` whenever the bank has grown."""

    def __init__(self, bank: Bank, target: Sequence[Any], kind: Type) -> None:
        self._bank = bank
        self._target = tuple(target)
        self._kind = kind
        self._shapes = [(len(grid), len(grid[0])) for grid in target]
        self._taken: dict[tuple[Type, int], int] = {}
        self._terms: list[Term] = []
        self._columns: list[NDArray[np.int16]] = []
        self._known: set[bytes] = set()
        self._goal = _flat(target)

    def rules(self, most_cost: int) -> Iterator[Term | None]:
        """Terms that make the wanted grids, cheapest first as far as known; None between steps."""
        if len(self._goal) > _MOST_CELLS or not self._refresh():
            return
        yield None
        search = RuleCover(self._terms, np.array(self._columns), self._goal)
        for cost, base, rules in search.run(most_cost):
            yield self._term(cost, base, rules)
        yield None

    def _refresh(self) -> bool:
        """Take in new tables; whether there are any."""
        before = len(self._terms)
        for kind in (GRID, MAP, INT):
            for cost in sorted(self._bank.levels.get(kind, {})):
                if kind == INT and cost > _NUMBER_COST:
                    break
                level = self._bank.terms(kind, cost)
                start = self._taken.get((kind, cost), 0)
                self._taken[kind, cost] = len(level)
                for term in level[start:]:
                    if len(self._terms) >= _MOST_TABLES:
                        break
                    self._add(term)
        return len(self._terms) > before

    def _add(self, term: Term) -> None:
        if term.type == INT:
            self._add_number(term)
            return
        for grid, shape in zip(term.values, self._shapes, strict=True):
            if len(grid) != shape[0] or len(grid[0]) != shape[1]:
                return
        self._keep(term, _flat(term.values))

    def _add_number(self, term: Term) -> None:
        """A number of each grid, as a table that is the same in every cell."""
        if term.local and all(0 <= value <= 9 for value in term.values):
            counts = [height * width for height, width in self._shapes]
            self._keep(term, np.repeat(np.array(term.values, dtype=np.int16), counts))

    def _keep(self, term: Term, column: NDArray[np.int16]) -> None:
        key = column.tobytes()
        if key in self._known or column.min() == column.max():
            return
        self._known.add(key)
        self._terms.append(term)
        self._columns.append(column)

    def _term(self, cost: int, base: Leaf, rules: Sequence[Rule]) -> Term:
        used: dict[int, None] = {}
        for leaf in (base, *(leaf for _, leaf in rules)):
            if leaf.table is not None:
                used[leaf.table] = None
        for tests, _ in rules:
            for test in tests:
                used[test.table] = None
                if test.relation == "same":
                    used[test.value] = None
        order = list(used)
        if all(self._terms[table].type == INT for table in order):
            # Something must say how large the grid is.
            order.append(next(n for n, term in enumerate(self._terms) if term.type != INT))
        place = {table: position for position, table in enumerate(order)}
        terms = tuple(self._terms[table] for table in order)
        return Term(_component(base, rules, place, terms), terms, self._kind, cost, self._target)


def _flat(grids: Sequence[Any]) -> NDArray[np.int16]:
    return np.array([cell for grid in grids for row in grid for cell in row], dtype=np.int16)


def _component(
    base: Leaf, rules: Sequence[Rule], place: dict[int, int], terms: Sequence[Term]
) -> Component:
    """A learned rule as a component of its tables; what is one number everywhere stays one."""
    grids = [position for position, term in enumerate(terms) if term.type != INT]
    names = {position: f"_{position}" for position in range(len(terms))}
    names.update(zip(grids, _NAMES, strict=False))

    def named(table: int) -> str:
        return names[place[table]]

    def leaf_text(leaf: Leaf) -> str:
        return str(leaf.colour) if leaf.table is None else named(leaf.table)

    def test_text(test: Test) -> str:
        if test.relation == "same":
            return f"{named(test.table)} == {named(test.value)}"
        return f"{named(test.table)} {test.relation} {test.value}"

    body = leaf_text(base)
    for tests, leaf in reversed(rules):
        condition = " and ".join(map(test_text, tests))
        body = f"{leaf_text(leaf)} if {condition} else {body}"
    if len(grids) == 1:
        template = f"[[{body} for {names[grids[0]]} in row] for row in _{grids[0]}]"
    else:
        cells = ", ".join(names[position] for position in grids)
        tables = ", ".join(f"_{position}" for position in grids)
        template = f"[[{body} for {cells} in zip(*rows)] for rows in zip({tables})]"
    holes = ", ".join(f"_{position}" for position in range(len(terms)))
    run = eval(f"lambda {holes}: {template}")

    def function(*values: Any) -> Any:
        if len({(len(values[n]), len(values[n][0])) for n in grids}) != 1:
            raise ValueError("tables of different shapes")
        return freeze(run(*values))

    kinds = tuple(term.type for term in terms)
    return Component("cell rule", kinds, GRID, function, template, 2)
