"""Goals: columns of outputs that are wanted, and the ways to reach one from a bank.

A goal is met by an expression of the bank, by a linear function of one, by a concatenation, or by a
decision tree.  A list goal is also divided: into what a comprehension's body must yield for every
element (type- and example-directed deduction in the manner of lambda-squared: Feser, Chaudhuri and
Dillig 2015), which is a goal of the inner scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import numpy as np

from synth.inductive.bank import INT_LIMIT
from synth.inductive.concatenation import JOIN_COST, Piece, covers
from synth.inductive.constants import literal_cost
from synth.inductive.decision import Predicates, Tree, decide, matching_parts, row_mask
from synth.inductive.level import NumericLevel
from synth.inductive.list_components import SLICING
from synth.inductive.number_components import INTEGER
from synth.inductive.scope import Scope
from synth.inductive.string_components import CUTTING
from synth.inductive.term import Term, branch, literal
from synth.inductive.value_types import BOOL, INT, NONE, STR, A, Type
from synth.inductive.values import BOTTOM

_CONCAT = next(c for c in CUTTING if c.name == "concat")
_APPEND = next(c for c in SLICING if c.name == "append_lists")
_SINGLETON = next(c for c in SLICING if c.name == "singleton")
_ADD, _SUB, _MUL = INTEGER[:3]
_MOST_PIECES = 2500
_MOST_COVERS = 24


class _Free:
    """A row of a goal whose output does not matter."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "FREE"


FREE: Final = _Free()


@dataclass(frozen=True, slots=True)
class Means:
    """What a goal may be met with beside the bank: conditionals, concatenation, and literals
    that are not in the bank."""

    branches: bool = True
    joins: bool = True
    literals: bool = True


class Goal:
    """A column wanted in a scope.

    ``emit(term)`` is called with every expression found for it, possibly many.  ``offset`` is
    what the construct around it costs, ``limit()`` the cost above which nothing is of use.
    With a ``test`` of columns the target is not known, and expressions are only tested.
    """

    def __init__(
        self,
        scope: Scope,
        kind: Type,
        target: Sequence[Any],
        emit: Callable[[Term], None],
        *,
        offset: int = 0,
        limit: Callable[[], int] = lambda: 60,
        means: Means | None = None,
        test: Callable[[Sequence[Any]], bool] | None = None,
    ) -> None:
        self.scope = scope
        self.test = test
        self.means = means or Means()
        self.optional = kind.name == "optional"
        self.kind = kind.arguments[0] if self.optional else kind
        self.target = tuple(target)
        self.offset = offset
        self.limit = limit
        self._emit = emit
        self.care = [place for place, value in enumerate(self.target) if value is not FREE]
        self.whole = len(self.care) == len(self.target)
        self.best: int | None = None
        self.divided: set[tuple[int, ...]] = set()
        self._cared = sum(1 << place for place in self.care)
        self._rows_of: dict[Any, int] = {}
        for place in self.care:
            value = self.target[place]
            self._rows_of[value] = self._rows_of.get(value, 0) | 1 << place
        self._checked: dict[int, int] = {}
        self._held_pieces: list[tuple[int, Piece]] = []
        self._pieces_done: dict[tuple[bool, int, bool], int] = {}
        self._predicates = Predicates(scope.bank, literals=self.means.literals)

    @property
    def room(self) -> int:
        return self.limit() - self.offset

    def emit(self, term: Term) -> None:
        if self.best is None or term.cost < self.best:
            self.best = term.cost
        self._emit(term)

    def fulfils(self, values: Sequence[Any]) -> bool:
        target = self.target
        if self.test is not None:
            return self.test(values)
        if self.whole:
            return tuple(values) == target
        return all(values[place] == target[place] for place in self.care)

    def check(self) -> Iterator[None]:
        """Emit bank terms that meet the goal and were not looked at before."""
        bank = self.scope.bank
        for cost in sorted(bank.levels.get(self.kind, {})):
            terms = bank.terms(self.kind, cost)
            start = self._checked.get(cost, 0)
            if start == len(terms):
                continue
            self._checked[cost] = len(terms)
            if isinstance(terms, NumericLevel):
                wanted = self._wanted_row()
                if wanted is None:
                    continue
                block = terms.matrix()[start:]
                if not self.whole:
                    block, wanted = block[:, self.care], wanted[self.care]
                for place in np.flatnonzero((block == wanted).all(axis=1))[:4].tolist():
                    self.emit(terms[start + place])
                yield
                continue
            for term in terms[start:]:
                if self.fulfils(term.values):
                    self.emit(term)
            yield

    def _wanted_row(self) -> Any:
        filled = [0 if value is FREE else value for value in self.target]
        wide = self.kind.name == "bits64"
        try:
            return np.array(filled, dtype=np.uint64 if wide else np.int64).view(np.int64)
        except (OverflowError, TypeError):
            return None

    def after_level(self) -> Iterator[None]:
        """Everything to try once the bank has grown."""
        yield from self.check()
        if self.test is not None:
            return
        yield from self.linear()
        yield from self.concatenate()
        yield from self.divide_rows()

    def linear(self) -> Iterator[None]:
        """Expressions ``a * e + b`` of an int goal, a and b solved for rather than searched."""
        if not self.means.literals or self.kind != INT or not self.whole:
            return
        if len(set(self.target)) < 2:
            return
        try:
            wanted = np.array(self.target, dtype=np.int64)
        except (OverflowError, TypeError):
            return
        if np.abs(wanted).max() > INT_LIMIT:
            return
        low, high = int(wanted.argmin()), int(wanted.argmax())
        bank = self.scope.bank
        rise = int(wanted[high] - wanted[low])
        # With few distinct outputs two free numbers fit anything.
        plenty = len(set(self.target)) > 2
        for cost in sorted(bank.levels.get(INT, {})):
            if cost + 4 > self.room:
                break
            terms = bank.numeric(INT, cost)
            if terms is None:
                continue
            matrix = terms.matrix()
            run = matrix[:, high] - matrix[:, low]
            with np.errstate(all="ignore"):
                slope = np.where(run != 0, rise // np.where(run == 0, 1, run), 0)
                small = (slope != 0) & (np.abs(slope) <= 1000) & (slope * run == rise)
                shift = wanted[low] - slope * matrix[:, low]
                good = small & ((slope[:, None] * matrix + shift[:, None]) == wanted).all(axis=1)
            for place in np.flatnonzero(good)[:4].tolist():
                a, b = int(slope[place]), int(shift[place])
                if terms[place].local and (plenty or a == 1):
                    self.emit(self._affine(terms[place], a, b))
            yield

    def _affine(self, term: Term, a: int, b: int) -> Term:
        rows = self.scope.rows

        def number(value: int) -> Term:
            return literal(value, INT, literal_cost(value), rows)

        if a == -1:
            head = number(b)
            cost = 2 + head.cost + term.cost
            return Term(_SUB, (head, term), INT, cost, self.target)
        if a != 1:
            factor = number(a)
            values = tuple(a * value for value in term.values)
            term = Term(_MUL, (term, factor), INT, 2 + term.cost + factor.cost, values)
        if b:
            component = _ADD if b > 0 else _SUB
            shift = number(abs(b))
            cost = 2 + term.cost + shift.cost
            term = Term(component, (term, shift), INT, cost, self.target)
        return term

    def _find_pieces(self) -> Iterator[None]:
        """Add the bank's new expressions that occur in some outputs, with the rows they do in."""
        bank = self.scope.bank
        kinds = [(False, self.kind)]
        if self.kind.is_list:
            kinds.append((True, self.kind.element))
        for single, kind in kinds:
            for levels in (bank.levels, bank.partials):
                for cost, terms in sorted(levels.get(kind, {}).items()):
                    key = (single, cost, levels is bank.partials)
                    start = self._pieces_done.get(key, 0)
                    self._pieces_done[key] = len(terms)
                    for term in islice(terms, start, start + _MOST_PIECES):
                        if len(self._held_pieces) >= _MOST_PIECES:
                            return
                        self._note_piece(term, single)
                    yield

    def _note_piece(self, term: Term, single: bool) -> None:
        values = tuple((value,) for value in term.values) if single else term.values
        mask = row_mask(
            value is not BOTTOM and value != (BOTTOM,) and _inside(value, target)
            for value, target in zip(values, self.target, strict=True)
        )
        if mask and any(value for value in values if value is not BOTTOM):
            self._held_pieces.append((mask, Piece(term, values, term.cost + single)))

    def concatenate(self) -> Iterator[None]:
        """Covers of all rows by pieces."""
        if not self._joins() or not self.whole or self.room < 4:
            return
        yield from self._find_pieces()
        for term in self._cover((1 << len(self.target)) - 1, self.room):
            self.emit(term)
        yield

    def _joins(self) -> bool:
        if self.optional or not self.means.joins:
            return False
        return self.kind == STR or (self.kind.is_list and self.kind.element.name != "tuple")

    def _cover(self, mask: int, most_cost: int, *, count: int = 3) -> list[Term]:
        rows = [r for r in range(len(self.target)) if mask >> r & 1]
        pieces = [
            Piece(piece.term, tuple(piece.values[r] for r in rows), piece.cost)
            for own, piece in self._held_pieces
            if own & mask == mask
        ]
        targets = [self.target[r] for r in rows]
        empty: Any = "" if self.kind == STR else ()
        if any(target is None for target in targets):
            return []
        found = []
        states = 1200 if mask.bit_count() == len(self.target) else 250
        for cost, steps in covers(
            targets,
            pieces,
            self.kind,
            most_cost=most_cost,
            count=count,
            most_states=states,
            literals=self.means.literals,
        ):
            parts: list[Term] = []
            for step in steps:
                if isinstance(step, Piece):
                    term = step.term
                    if term.type != self.kind:
                        lists = tuple(
                            BOTTOM if value is BOTTOM else (value,) for value in term.values
                        )
                        component = _SINGLETON.instance({A.name: term.type})
                        term = Term(component, (term,), self.kind, step.cost, lists)
                    parts.append(term)
                else:
                    parts.append(literal(step.value, self.kind, 2, len(self.target)))
            found.append(self._joined(parts, cost, empty))
        return found

    def _joined(self, parts: list[Term], cost: int, empty: Any) -> Term:
        component = _CONCAT if self.kind == STR else _APPEND.instance({A.name: self.kind.element})
        whole = parts[0]
        for part in parts[1:]:
            values = tuple(
                BOTTOM if a is BOTTOM or b is BOTTOM else a + b
                for a, b in zip(whole.values, part.values, strict=True)
            )
            spent = whole.cost + part.cost + JOIN_COST
            whole = Term(component, (whole, part), self.kind, spent, values)
        return Term(whole.head, whole.arguments, self.kind, cost, whole.values)

    def divide_rows(self) -> Iterator[None]:
        """A decision tree over expressions that are each right on some rows."""
        rows = len(self.target)
        if rows < 2 or self.room < 8 or not self.means.branches:
            return
        extra = [
            literal(value, kind, 1, rows)
            for value, kind in [(None, NONE)] * self.optional
            + [(True, BOOL), (False, BOOL)] * (self.kind == BOOL)
        ]
        if self.whole:
            parts = matching_parts(self.scope.bank, self.kind, self.target, extra)
        else:
            # Rows that do not matter are right whatever is there.
            parts = self._free_parts(extra)
        yield
        predicates = sorted(self._predicates.refresh(), key=lambda pair: pair[1].cost)
        if not predicates:
            return
        ranked = sorted(parts.items(), key=lambda pair: pair[1].cost)
        known: dict[int, Term | None] = {}
        covers_left = _MOST_COVERS if self._joins() and self.whole else 0

        def direct(mask: int) -> Term | None:
            nonlocal covers_left
            if mask in known:
                return known[mask]
            term = next((term for own, term in ranked if own & mask == mask), None)
            constant = self._constant(mask)
            if constant is not None and (term is None or constant.cost < term.cost):
                term = constant
            if covers_left and mask.bit_count() > 1 and (term is None or term.cost > 6):
                covers_left -= 1
                most = self.room if term is None else term.cost - 1
                joined = self._cover(mask, most, count=1)
                term = joined[0] if joined else term
            known[mask] = term
            return term

        # A classification into k labels is a chain of k - 1 decisions.
        labels = len(self._rows_of)
        depth = min(5, max(3 if rows <= 12 else 2, labels - 1 if 3 * labels <= rows else 0))
        tree = None
        for found in decide(rows, direct, predicates, depth=depth, most_cost=min(self.room, 40)):
            tree = found
            yield
        if tree is not None and tree.condition is not None:
            self.emit(self._tree_term(tree))

    def _free_parts(self, extra: Sequence[Term]) -> dict[int, Term]:
        free = row_mask(value is FREE for value in self.target)
        parts = matching_parts(self.scope.bank, self.kind, self.target, extra)
        found: dict[int, Term] = {}
        for mask, term in parts.items():
            if mask | free not in found or term.cost < found[mask | free].cost:
                found[mask | free] = term
        return found

    def _constant(self, mask: int) -> Term | None:
        """The literal that all rows of a mask want, if it is one a person would write."""
        wanting = mask & self._cared
        if not wanting or not self.means.literals:
            return None
        value = self.target[(wanting & -wanting).bit_length() - 1]
        if self._rows_of[value] & wanting != wanting:
            return None
        if value is None:
            return literal(None, NONE, 1, len(self.target))
        cost = literal_cost(value)
        if isinstance(value, str) and mask.bit_count() == 1:
            # A long text that one example wants was memorised, not explained.
            cost += len(value) // 3
        if cost > 8 or (self.kind.arguments and not isinstance(value, tuple)):
            return None
        return literal(value, self.kind, cost, len(self.target))

    def _tree_term(self, tree: Tree) -> Term:
        if tree.condition is None or tree.then is None or tree.other is None:
            return tree.term
        then, other = self._tree_term(tree.then), self._tree_term(tree.other)
        made = branch(tree.condition, then, other, self.kind)
        return Term(made.head, made.arguments, self.kind, tree.cost, made.values)


def _inside(piece: Any, target: Any) -> bool:
    if isinstance(target, str):
        return piece in target
    if target is None:
        return False
    width = len(piece)
    return width <= len(target) and any(
        target[i : i + width] == piece for i in range(len(target) - width + 1)
    )
