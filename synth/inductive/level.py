"""The terms of one type and cost: a list, or for numeric types rows of a matrix.

A block of numeric candidates is kept as a matrix; a row becomes a `Term` only when somebody
asks for it, which for most rows of the last levels is never.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from synth.inductive.component import Component
from synth.inductive.term import Term
from synth.inductive.value_types import BOOL, Type, bit_width

Matrix = NDArray[np.int64]
Arguments = Callable[[int], tuple[Term, ...]]


class NumericLevel(Sequence[Term]):
    """Terms of a numeric type and one cost, in order of arrival, built when first looked at."""

    def __init__(self, kind: Type, cost: int, rows: int) -> None:
        self._kind = kind
        self._cost = cost
        self._terms: list[Term | None] = []
        self._matrix: Matrix = np.empty((0, rows), dtype=np.int64)
        self._columns: Matrix = np.empty((rows, 0), dtype=np.int64)
        self._fresh: list[Matrix] = []
        self._starts: list[int] = []
        self._blocks: list[tuple[Component, Arguments, list[int]]] = []
        self._foreign: list[int] = []

    def __len__(self) -> int:
        return len(self._terms)

    def append(self, term: Term) -> None:
        """Add one term that was built elsewhere."""
        wide = bit_width(self._kind) == 64
        row = np.array([term.values], dtype=np.uint64 if wide else np.int64)
        self._fresh.append(row.view(np.int64))
        if not term.local:
            self._foreign.append(len(self._terms))
        self._terms.append(term)

    def append_block(
        self, component: Component, rows: Matrix, arguments: Arguments, places: list[int]
    ) -> None:
        """Add candidates ``places`` of a block, with their rows; all of them are local."""
        self._starts.append(len(self._terms))
        self._blocks.append((component, arguments, places))
        self._fresh.append(rows)
        self._terms.extend([None] * len(places))

    def matrix(self) -> Matrix:
        """The columns of outputs, one term a row."""
        if self._fresh:
            self._matrix = np.concatenate([self._matrix, *self._fresh])
            self._fresh = []
        return self._matrix

    def columns(self) -> Matrix:
        """`matrix` with terms along the second axis, where one row's outputs are contiguous."""
        matrix = self.matrix()
        if self._columns.shape[1] != len(matrix):
            self._columns = np.ascontiguousarray(matrix.T)
        return self._columns

    def local(self) -> NDArray[np.bool_]:
        """Which of the terms mention a variable of their scope."""
        flags = np.ones(len(self._terms), dtype=np.bool_)
        flags[self._foreign] = False
        return flags

    @overload
    def __getitem__(self, place: int) -> Term: ...
    @overload
    def __getitem__(self, place: slice) -> list[Term]: ...
    def __getitem__(self, place: int | slice) -> Term | list[Term]:
        if isinstance(place, slice):
            return [self[index] for index in range(*place.indices(len(self._terms)))]
        if place < 0:
            place += len(self._terms)
        term = self._terms[place]
        if term is None:
            term = self._terms[place] = self._build(place)
        return term

    def __iter__(self) -> Iterator[Term]:
        for place in range(len(self._terms)):
            yield self[place]

    def _build(self, place: int) -> Term:
        block = bisect_right(self._starts, place) - 1
        component, arguments, places = self._blocks[block]
        return Term(
            component,
            arguments(places[place - self._starts[block]]),
            self._kind,
            self._cost,
            column_of(self.matrix()[place], self._kind),
        )


def column_of(row: Matrix, kind: Type) -> tuple[Any, ...]:
    """A row of a matrix as Python values of a type."""
    if kind == BOOL:
        return tuple(map(bool, row.tolist()))
    if bit_width(kind) == 64:
        return tuple(row.view(np.uint64).tolist())
    return tuple(row.tolist())


Level = list[Term] | NumericLevel
