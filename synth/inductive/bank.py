"""The bank: every expression found so far, one per column of outputs, by type and cost.

Two expressions with equal outputs on all rows are observationally equivalent and only the first,
so the cheapest, is kept (Albarghouthi, Gulwani and Kincaid 2013; Udupa et al. 2013).  Columns of
int, bool and bit vectors up to 64 bits are also held as int64 matrices, so that whole blocks of
candidates are evaluated, hashed and compared at once.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from operator import mul

import numpy as np
from numpy.typing import NDArray

from synth.inductive.component import Component
from synth.inductive.hash_set import HashSet
from synth.inductive.level import Level, Matrix, NumericLevel
from synth.inductive.term import Term, Values
from synth.inductive.value_types import BOOL, INT, Type, bit_width

# Beyond this a product of two values could leave int64 unnoticed.
INT_LIMIT = 1 << 53
_WORD = (1 << 64) - 1


def is_numeric(kind: Type) -> bool:
    """Whether columns of a type are held as int64 matrices."""
    if kind in (INT, BOOL):
        return True
    width = bit_width(kind)
    return width is not None and width <= 64


class Bank:
    """Terms over `rows` rows.

    `levels[type][cost]` are the total terms; `partials[type][cost]` those with a bottom
    somewhere.  `on_watched(term)` is called for every candidate whose column is watched, kept or
    not, so that alternatives to a solution are seen although they are duplicates of it.
    ``size`` counts the terms, ``lazy`` those of them that came as rows of a matrix.
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.levels: dict[Type, dict[int, Level]] = {}
        self.partials: dict[Type, dict[int, list[Term]]] = {}
        self.size = 0
        self.lazy = 0
        self.candidates = 0
        self.watched: dict[Type, Values] = {}
        self.on_watched: Callable[[Term], None] | None = None
        self._seen: dict[Type, dict[Values, Term]] = {}
        self._hashes: dict[Type, HashSet] = {}
        self._watched_hash: dict[Type, int] = {}
        # Odd 64-bit multipliers: a linear hash of a column, modulo 2 ** 64.
        generator = np.random.default_rng(20260)
        drawn = generator.integers(-(1 << 62), 1 << 62, size=max(rows, 1), dtype=np.int64)
        self.multipliers: Matrix = drawn | np.int64(1)
        self._multiplier_ints: list[int] = self.multipliers.tolist()

    def terms(self, kind: Type, cost: int) -> Level:
        return self.levels.get(kind, {}).get(cost, [])

    def _level(self, kind: Type, cost: int) -> Level:
        levels = self.levels.setdefault(kind, {})
        if cost not in levels:
            levels[cost] = NumericLevel(kind, cost, self.rows) if is_numeric(kind) else []
        return levels[cost]

    def all_terms(self, kind: Type) -> list[Term]:
        """The total terms of a type, cheapest first."""
        levels = self.levels.get(kind, {})
        return [term for cost in sorted(levels) for term in levels[cost]]

    def partial_terms(self, kind: Type) -> list[Term]:
        levels = self.partials.get(kind, {})
        return [term for cost in sorted(levels) for term in levels[cost]]

    def costs(self, kind: Type) -> list[int]:
        return sorted({*self.levels.get(kind, ()), *self.partials.get(kind, ())})

    def find(self, kind: Type, values: Values) -> Term | None:
        """The term with a column of outputs; numeric types are searched level by level."""
        if not is_numeric(kind):
            return self._seen.get(kind, {}).get(values)
        for term in self.all_terms(kind):
            if term.values == values:
                return term
        return None

    def watch(self, kind: Type, values: Values) -> None:
        """Report every candidate whose column equals `values`, duplicates included."""
        self.watched[kind] = values
        if is_numeric(kind):
            key = self._hash_row(values)
            if key is not None:
                self._watched_hash[kind] = key

    def numeric(self, kind: Type, cost: int) -> NumericLevel | None:
        """The level of a numeric type, None when it is empty."""
        level = self.levels.get(kind, {}).get(cost)
        return level if isinstance(level, NumericLevel) and len(level) else None

    def columns(self, kind: Type) -> Container[Values]:
        """The columns in the bank of a type other than the numeric ones; grows with it."""
        return () if is_numeric(kind) else self._seen.setdefault(kind, {})

    def report(self, term: Term) -> None:
        """Tell of another term with a watched column."""
        if self.on_watched is not None:
            self.on_watched(term)

    def _hashes_of(self, kind: Type) -> HashSet:
        held = self._hashes.get(kind)
        if held is None:
            held = self._hashes[kind] = HashSet()
        return held

    def _hash_row(self, values: Values) -> int | None:
        """The hash of one column; None when a value does not fit 64 bits."""
        if max(values) > _WORD or min(values) < -(1 << 63):
            return None
        total: int = sum(map(mul, values, self._multiplier_ints)) & _WORD
        return total - (1 << 64) if total >> 63 else total

    def add(self, term: Term) -> bool:
        """Keep a term unless its column is known; returns whether it was kept."""
        kind = term.type
        self.candidates += 1
        if self.watched.get(kind) == term.values and self.on_watched is not None:
            self.on_watched(term)
        if is_numeric(kind):
            key = self._hash_row(term.values)
            if key is None or (kind == INT and max(map(abs, term.values)) > INT_LIMIT):
                return False
            if not self._hashes_of(kind).add(key):
                return False
        else:
            seen = self._seen.setdefault(kind, {})
            if term.values in seen:
                return False
            seen[term.values] = term
        self._level(kind, term.cost).append(term)
        self.size += 1
        return True

    def add_partial(self, term: Term) -> bool:
        seen = self._seen.setdefault(Type("partial", (term.type,)), {})
        if term.values in seen:
            return False
        seen[term.values] = term
        self.partials.setdefault(term.type, {}).setdefault(term.cost, []).append(term)
        self.size += 1
        return True

    def add_numeric_block(
        self,
        component: Component,
        cost: int,
        hashes: Matrix,
        usable: NDArray[np.bool_] | None,
        evaluate: Callable[[Matrix], Matrix],
        arguments: Callable[[int], tuple[Term, ...]],
    ) -> int:
        """Add candidates known by the hashes of their columns; returns how many were kept.

        ``usable`` masks out those that must not be added; ``evaluate(places)`` are the outputs of
        some candidates, one a row, and ``arguments(place)`` the argument terms of one.
        """
        kind = component.result
        self.candidates += len(hashes)
        if kind in self._watched_hash and self.on_watched is not None:
            hits = hashes == self._watched_hash[kind]
            if usable is not None:
                hits &= usable
            for index in np.flatnonzero(hits)[:16].tolist():
                values = self.watched[kind]
                self.on_watched(Term(component, arguments(index), kind, cost, values))
        places = self._hashes_of(kind).add_block(hashes, usable)
        if not len(places):
            return 0
        rows = evaluate(places)
        if kind == INT:
            inside = (np.abs(rows) <= INT_LIMIT).all(axis=1)
            places, rows = places[inside], rows[inside]
        level = self._level(kind, cost)
        assert isinstance(level, NumericLevel)
        level.append_block(component, rows, arguments, places.tolist())
        self.size += len(places)
        self.lazy += len(places)
        return len(places)
