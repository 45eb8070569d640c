"""The cheapest rules found that make a column from tables: exceptions to a base.

A rule "where table = value: that" is *pure* when it spoils no row, so the order of pure rules does
not matter; a cheap set of them that covers what the base gets wrong is sought by greedy set cover.
It is a decision list (Rivest 1987) whose leaves and conditions come from a bank, as in EUSolver
(Alur, Radhakrishna and Udupa 2017).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.inductive.grid_components import GRID
from synth.inductive.term import Term
from synth.inductive.value_types import INT

Flags = NDArray[np.bool_]
Column = NDArray[np.int16]

_BASE_COST = 2
_RULE_COST = 2
_AND_COST = 2
# Coverage is bought: a rule that covers half of what is left may cost seven less.
_COVERAGE_PRICE = 14
_CHEAP_RULE = 9
_MOST_LEAVES = 120
_MOST_BASES = 8
_MOST_RULES = 4
_MOST_CONDITIONS = 6000
_MOST_VALUES = 12
_MOST_PAIRED = 150
_MOST_PAIR_LEAVES = 8


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a row becomes: a table's value there, a number's, or a colour."""

    cost: int
    table: int | None = None
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Test:
    """Whether a table holds a value (``==``), at least it (``>=``), or what another one does."""

    cost: int
    table: int
    relation: str
    value: int


Rule = tuple[tuple[Test, ...], Leaf]


class RuleCover:
    """Rules over tables, given as terms with a column each, towards a goal column."""

    def __init__(self, terms: Sequence[Term], columns: Column, goal: Column) -> None:
        # Cells that agree in all tables and in the goal count once.
        whole = np.concatenate([columns, goal[None]])
        whole = np.unique(whole, axis=1)
        self._columns, self._goal = whole[:-1], whole[-1]
        self._terms = terms
        self._leaves: list[Leaf] = []
        self._tests: list[Test] = []

    def run(self, most_cost: int) -> Iterator[tuple[int, Leaf, list[Rule]]]:
        """Ever cheaper (cost, base, rules), each below `most_cost`."""
        wrong = self._make_leaves()
        held = self._make_tests()
        if not self._tests or all(term.type == INT for term in self._terms):
            return
        # spoiled[t, l]: cells that test t selects and leaf l gets wrong.
        spoiled = held.astype(np.float32) @ wrong.T.astype(np.float32)
        misses = wrong.sum(axis=1)
        costs = np.array([leaf.cost for leaf in self._leaves])
        order = np.lexsort((costs, misses))
        cheap = np.argsort(costs, kind="stable")[:3]
        best = most_cost
        for place in dict.fromkeys([*order[:_MOST_BASES].tolist(), *cheap.tolist()]):
            found = self._covered(place, wrong, held, spoiled, best)
            if found is not None and found[0] < best:
                best = found[0]
                yield found[0], self._leaves[place], found[1]

    def _make_leaves(self) -> Flags:
        wrong: list[Flags] = []
        for colour in np.unique(self._goal).tolist():
            self._leaves.append(Leaf(1, None, colour))
            wrong.append(self._goal != colour)
        for table, term in enumerate(self._terms):
            if len(self._leaves) >= _MOST_LEAVES:
                break
            miss = self._columns[table] != self._goal
            # A table that is never right but by chance is no leaf.
            if (~miss).sum() * 8 >= len(self._goal) or term.type == GRID:
                self._leaves.append(Leaf(term.cost, table))
                wrong.append(miss)
        return np.array(wrong)

    def _make_tests(self) -> Flags:
        """The cheapest test of each set of cells."""
        rows: list[Flags] = []
        known: set[bytes] = set()

        def add(test: Test, flags: Flags) -> None:
            if flags.all() or not flags.any() or len(rows) >= _MOST_CONDITIONS:
                return
            key = np.packbits(flags).tobytes()
            if key not in known:
                known.add(key)
                rows.append(flags)
                self._tests.append(test)

        order = sorted(range(len(self._terms)), key=lambda table: self._terms[table].cost)
        for table in order:
            column, cost = self._columns[table], self._terms[table].cost
            values = np.unique(column).tolist()
            for value in values[:_MOST_VALUES]:
                add(Test(cost + 1 + (value > 2), table, "==", value), column == value)
                add(Test(cost + 2 + (value > 2), table, "!=", value), column != value)
            for value in values[2:_MOST_VALUES]:
                add(Test(cost + 2 + (value > 2), table, ">=", value), column >= value)
                add(Test(cost + 2 + (value > 2), table, "<", value), column < value)
        plain = [table for table in order if self._terms[table].cost <= 4][:40]
        for place, one in enumerate(plain):
            for other in plain[:place]:
                cost = self._terms[one].cost + self._terms[other].cost + 1
                same = self._columns[one] == self._columns[other]
                add(Test(cost, other, "same", one), same)
        return np.array(rows)

    def _covered(
        self, base: int, wrong: Flags, held: Flags, spoiled: NDArray[np.float32], most: int
    ) -> tuple[int, list[Rule]] | None:
        """The cheapest pure rules found that cover what a base gets wrong."""
        left = wrong[base].copy()
        spent = self._leaves[base].cost + _BASE_COST
        rules: list[Rule] = []
        paid: set[int | None] = {self._leaves[base].table} - {None}
        test_costs = np.array([test.cost for test in self._tests], dtype=np.float32)
        leaf_costs = np.array([leaf.cost for leaf in self._leaves], dtype=np.float32)
        pure = spoiled == 0
        while left.any():
            if len(rules) >= _MOST_RULES or spent + _RULE_COST + 3 > most:
                return None
            gain = (held & left).sum(axis=1).astype(np.float32)
            # A table once mentioned is cheap to mention again.
            price = _RULE_COST + self._again(test_costs, paid, self._tests)
            leaf_price = self._again(leaf_costs, paid, self._leaves)
            leaf_of = np.where(pure, leaf_price[None, :], np.inf)
            best_leaf = leaf_of.argmin(axis=1)
            total = price + leaf_of.min(axis=1)
            whole = left.sum()
            # Whoever covers everything ends the matter; else coverage for the price.
            score = np.where(gain > 0, total + (whole - gain) / whole * _COVERAGE_PRICE, np.inf)
            place = int(score.argmin())
            pair = None
            if gain[place] < whole or score[place] > _CHEAP_RULE:
                pair = self._pair(left, wrong, held, leaf_price, price, float(score[place]))
            if pair is not None:
                tests, leaf, cost, covered = pair
            elif np.isfinite(score[place]):
                tests, leaf = (place,), int(best_leaf[place])
                cost, covered = float(total[place]), held[place]
            else:
                return None
            rules.append((tuple(self._tests[t] for t in tests), self._leaves[leaf]))
            spent += int(cost)
            for t in tests:
                paid.add(self._tests[t].table)
                if self._tests[t].relation == "same":
                    paid.add(self._tests[t].value)
            paid |= {self._leaves[leaf].table} - {None}
            left = left & ~covered
        return (spent, rules) if spent < most else None

    @staticmethod
    def _again(costs: Any, paid: set[int | None], items: Sequence[Any]) -> Any:
        made = costs.copy()
        for place, item in enumerate(items):
            if item.table in paid and getattr(item, "relation", "") != "same":
                made[place] = 2 if isinstance(item, Test) else 1
        return made

    def _pair(
        self, left: Flags, wrong: Flags, held: Flags, leaf_price: Any, price: Any, bar: float
    ) -> tuple[tuple[int, ...], int, float, Flags] | None:
        """Two tests whose conjunction is pure and covers all cells left that a leaf can serve."""
        best: tuple[tuple[int, ...], int, float, Flags] | None = None
        whole = left.sum()
        for leaf in np.argsort(leaf_price, kind="stable")[:_MOST_PAIR_LEAVES].tolist():
            served = left & ~wrong[leaf]
            if not served.any():
                continue
            rest = (whole - served.sum()) / whole * _COVERAGE_PRICE
            over = np.flatnonzero(held[:, served].all(axis=1))
            over = over[np.argsort(price[over], kind="stable")][:_MOST_PAIRED]
            if len(over) < 2:
                continue
            bad = held[over][:, wrong[leaf]].astype(np.float32)
            clash = bad @ bad.T
            total = price[over][:, None] + price[over][None, :] - _RULE_COST + _AND_COST
            total = np.where(clash == 0, total + leaf_price[leaf] + rest, np.inf)
            a, b = np.unravel_index(int(total.argmin()), total.shape)
            if total[a, b] < bar and a != b:
                bar = float(total[a, b])
                one, two = int(over[a]), int(over[b])
                best = ((one, two), leaf, bar - rest, held[one] & held[two])
        return best
