"""The bank: every expression found so far, one per column of outputs, by type and cost.

Two expressions with equal outputs on all rows are observationally equivalent and only the first,
so the cheapest, is kept (Albarghouthi, Gulwani and Kincaid 2013; Udupa et al. 2013).  Columns of
int, bool and bit vectors up to 64 bits are also held as int64 matrices, so that whole blocks of
candidates are evaluated, hashed and compared at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import mul
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.inductive.component import Component
from synth.inductive.term import Term, Values
from synth.inductive.value_types import BOOL, INT, Type, bit_width

Matrix = NDArray[np.int64]

# Beyond this a product of two values could leave int64 unnoticed.
INT_LIMIT = 1 << 53
_FILTER_BITS = 18
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
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.levels: dict[Type, dict[int, list[Term]]] = {}
        self.partials: dict[Type, dict[int, list[Term]]] = {}
        self.size = 0
        self.candidates = 0
        self.watched: dict[Type, Values] = {}
        self.on_watched: Callable[[Term], None] | None = None
        self._seen: dict[Type, dict[Values, Term]] = {}
        self._hashes: dict[Type, set[int]] = {}
        self._filters: dict[Type, Matrix] = {}
        self._watched_hash: dict[Type, int] = {}
        self._matrices: dict[tuple[Type, int], Matrix] = {}
        # Odd 64-bit multipliers: a linear hash of a row, modulo 2 ** 64.
        generator = np.random.default_rng(20260)
        drawn = generator.integers(-(1 << 62), 1 << 62, size=max(rows, 1), dtype=np.int64)
        self._multipliers: Matrix = drawn | np.int64(1)
        self._multiplier_ints: list[int] = self._multipliers.tolist()

    def terms(self, kind: Type, cost: int) -> list[Term]:
        return self.levels.get(kind, {}).get(cost, [])

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

    def matrix(self, kind: Type, cost: int) -> Matrix:
        """The columns of a numeric type at a cost, one term a row: shape (terms, rows)."""
        terms = self.terms(kind, cost)
        held = self._matrices.get((kind, cost))
        if held is None or len(held) != len(terms):
            start = 0 if held is None else len(held)
            fresh = self._as_matrix([term.values for term in terms[start:]], kind)
            assert fresh is not None
            held = fresh if held is None else np.concatenate([held, fresh])
            self._matrices[kind, cost] = held
        return held

    def hash_rows(self, matrix: Matrix) -> Matrix:
        # Wrap-around is the point of the hash.
        with np.errstate(over="ignore"):
            hashed: Matrix = (matrix * self._multipliers).sum(axis=-1)
        return hashed

    def _hash_row(self, values: Values) -> int | None:
        """`hash_rows` of one column; None when a value does not fit 64 bits."""
        if max(values) >> 64 or min(values) < -(1 << 63):
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
            hashes = self._hashes.setdefault(kind, set())
            if key in hashes:
                return False
            hashes.add(key)
        else:
            seen = self._seen.setdefault(kind, {})
            if term.values in seen:
                return False
            seen[term.values] = term
        self.levels.setdefault(kind, {}).setdefault(term.cost, []).append(term)
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
        results: Matrix,
        usable: NDArray[np.bool_] | None,
        arguments: Callable[[int], tuple[Term, ...]],
    ) -> int:
        """Add candidates given as rows of a matrix; returns how many were kept.

        ``usable`` masks out rows that must not be added; ``arguments(i)`` are the argument terms
        of candidate ``i``, asked for only when it is kept.
        """
        kind = component.result
        self.candidates += len(results)
        hashes = self.hash_rows(results)
        if kind in self._watched_hash and self.on_watched is not None:
            hits = hashes == self._watched_hash[kind]
            if usable is not None:
                hits &= usable
            for index in np.flatnonzero(hits)[:16].tolist():
                values = self.watched[kind]
                self.on_watched(Term(component, arguments(index), kind, cost, values))
        # A direct-mapped table rejects most duplicates before Python sees them.
        table = self._filters.get(kind)
        if table is None:
            table = self._filters[kind] = np.zeros(1 << _FILTER_BITS, dtype=np.int64)
        slots = hashes & ((1 << _FILTER_BITS) - 1)
        fresh = table[slots] != hashes
        if usable is not None:
            fresh &= usable
        survivors = np.flatnonzero(fresh)
        if not len(survivors):
            return 0
        table[slots[survivors]] = hashes[survivors]
        rows = results[survivors]
        if kind == INT:
            inside = (np.abs(rows) <= INT_LIMIT).all(axis=1)
            survivors, rows = survivors[inside], rows[inside]
        known = self._hashes.setdefault(kind, set())
        chosen: list[int] = []
        for position, key in enumerate(hashes[survivors].tolist()):
            if key not in known:
                known.add(key)
                chosen.append(position)
        if not chosen:
            return 0
        kept = self.levels.setdefault(kind, {}).setdefault(cost, [])
        is_bool = kind == BOOL
        columns = _as_values(rows[chosen], kind)
        for position, cells in zip(chosen, columns, strict=True):
            column = tuple(map(bool, cells)) if is_bool else tuple(cells)
            kept.append(Term(component, arguments(int(survivors[position])), kind, cost, column))
        self.size += len(chosen)
        return len(chosen)

    def _as_matrix(self, columns: Sequence[Values], kind: Type) -> Matrix | None:
        wide = bit_width(kind) == 64
        try:
            held = np.array(columns, dtype=np.uint64 if wide else np.int64)
        except OverflowError:
            return None
        return held.reshape(len(columns), self.rows).view(np.int64)


def _as_values(rows: Matrix, kind: Type) -> list[list[Any]]:
    if bit_width(kind) == 64:
        return rows.view(np.uint64).tolist()  # type: ignore[no-any-return]
    return rows.tolist()  # type: ignore[no-any-return]
