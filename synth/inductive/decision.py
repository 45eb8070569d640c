"""Term cover and decision trees: different expressions for different rows.

Expressions that are right on some rows are joined by conditions from the bank (the unification of
EUSolver: Alur, Radhakrishna and Udupa 2017), the cheapest tree first.  Rows are bits of an int.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from synth.inductive.bank import Bank
from synth.inductive.constants import literal_cost
from synth.inductive.level import NumericLevel
from synth.inductive.number_components import BOOLEAN
from synth.inductive.term import BRANCH_COST, Term, literal
from synth.inductive.value_types import BOOL, INT, Type

_MOST_PREDICATES = 800
_MOST_PARTS = 400
_THRESHOLD_COST = 5
_MOST_THRESHOLD_TERMS = 60
_LESS = next(component for component in BOOLEAN if component.name == "lt")
# A branch that serves one row explains nothing: it is an exception, and priced as one.
LONELY_COST = 2


@dataclass(frozen=True, slots=True)
class Tree:
    """A leaf (`then` alone) or a decision: a condition with a tree for each outcome."""

    cost: int
    term: Term
    condition: Term | None = None
    then: Tree | None = None
    other: Tree | None = None


def row_mask(flags: Iterable[bool]) -> int:
    """Bits of the rows that are true."""
    mask = 0
    for place, flag in enumerate(flags):
        if flag:
            mask |= 1 << place
    return mask


class Predicates:
    """The cheapest condition of each way to split the rows, from a bank that grows."""

    def __init__(self, bank: Bank, *, literals: bool = True) -> None:
        self._bank = bank
        self._literals = literals
        self._thresholds = 0
        self._taken: dict[int, int] = {}
        self.by_mask: dict[int, Term] = {}

    def refresh(self) -> list[tuple[int, Term]]:
        """Masks with their conditions, cheapest first."""
        full = (1 << self._bank.rows) - 1
        for cost in sorted(self._bank.levels.get(BOOL, {})):
            level = self._bank.numeric(BOOL, cost)
            if level is None:
                continue
            start = self._taken.get(cost, 0)
            for place, mask in enumerate(row_masks(level.matrix()[start:] != 0), start):
                if mask not in self.by_mask and mask not in (0, full):
                    if len(self.by_mask) >= _MOST_PREDICATES:
                        break
                    self.by_mask[mask] = level[place]
            self._taken[cost] = len(level)
        if self._literals:
            self._add_thresholds()
        return list(self.by_mask.items())

    def _add_thresholds(self) -> None:
        """Comparisons of cheap int expressions with numbers between their values.

        The number is the roundest in the gap, as a person would have chosen it.
        """
        for cost in sorted(self._bank.levels.get(INT, {})):
            level = self._bank.numeric(INT, cost)
            if cost > _THRESHOLD_COST or level is None or cost <= self._thresholds:
                continue
            self._thresholds = cost
            for term in level[:_MOST_THRESHOLD_TERMS]:
                values = sorted(set(term.values)) if term.local else []
                for low, high in pairwise(values):
                    self._add_threshold(term, low, high)

    def _add_threshold(self, term: Term, low: int, high: int) -> None:
        number = roundest(low, high - 1)
        mask = row_mask(value > number for value in term.values)
        price = literal_cost(number)
        cost = term.cost + price + _LESS.cost
        held = self.by_mask.get(mask)
        if (held is None and len(self.by_mask) < 2 * _MOST_PREDICATES) or (
            held is not None and cost < held.cost
        ):
            flags = tuple(value > number for value in term.values)
            shown = literal(number, INT, price, len(flags))
            self.by_mask[mask] = Term(_LESS, (shown, term), BOOL, cost, flags)


def roundest(low: int, high: int) -> int:
    """The number of ``low..high`` with the most trailing zeros, then fives, then the least."""
    for step in (1000, 100, 50, 10, 5):
        first = -(-low // step) * step
        if first <= high:
            return first
    return low


def matching_parts(
    bank: Bank, kind: Type, target: Sequence[object], extra: Iterable[Term] = ()
) -> dict[int, Term]:
    """For each set of rows that some expression gets right, the cheapest such expression."""
    found: dict[int, Term] = {}
    for cost in sorted(bank.levels.get(kind, {})):
        terms = bank.terms(kind, cost)
        if isinstance(terms, NumericLevel):
            _numeric_parts(terms, kind, target, found)
            continue
        for term in terms:
            _note(found, term, target)
    for term in (*bank.partial_terms(kind), *extra):
        _note(found, term, target)
    if len(found) > _MOST_PARTS:
        ranked = sorted(found.items(), key=lambda p: (-p[0].bit_count(), p[1].cost))
        found = dict(ranked[:_MOST_PARTS])
    return found


def _note(found: dict[int, Term], term: Term, target: Sequence[object]) -> None:
    mask = row_mask(a == b for a, b in zip(term.values, target, strict=True))
    if mask and (mask not in found or term.cost < found[mask].cost):
        found[mask] = term


def _numeric_parts(
    level: NumericLevel, kind: Type, target: Sequence[object], found: dict[int, Term]
) -> None:
    # FREE rows are looked after by the caller; no number equals None.
    holes = [place for place, value in enumerate(target) if not isinstance(value, int)]
    numbers = [value if isinstance(value, int) else 0 for value in target]
    try:
        wanted = np.array(numbers, dtype=np.uint64 if kind.name == "bits64" else np.int64)
    except OverflowError:
        return
    equal = level.matrix() == wanted.view(np.int64)
    equal[:, holes] = False
    useful = np.flatnonzero(equal.any(axis=1))
    for place, mask in zip(useful.tolist(), row_masks(equal[useful]), strict=True):
        if mask not in found or level[place].cost < found[mask].cost:
            found[mask] = level[place]


def row_masks(flags: NDArray[np.bool_]) -> list[int]:
    """`row_mask` of every row of a matrix."""
    packed = np.packbits(flags, axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]


def decide(
    rows: int,
    direct: Callable[[int], Term | None],
    predicates: Sequence[tuple[int, Term]],
    *,
    depth: int,
    most_cost: int,
) -> Iterator[Tree | None]:
    """Yield None while searching, last the cheapest tree found (or a last None).

    ``direct(mask)`` is the cheapest expression right on all rows of a mask.  Every decision
    has a leaf on one side, which makes the tree a chain of ``if``/``elif``.
    """
    full = (1 << rows) - 1
    memo: dict[tuple[int, int], Tree | None] = {}

    def leaf(mask: int) -> Tree | None:
        term = direct(mask)
        if term is None:
            return None
        lonely = LONELY_COST if mask.bit_count() == 1 and rows > 2 else 0
        return Tree(term.cost + lonely, term)

    def best(mask: int, levels: int, bound: int) -> Iterator[None]:
        key = (mask, levels)
        if key in memo:
            return
        chosen = leaf(mask)
        memo[key] = chosen
        if levels == 0:
            return
        limit = min(bound, chosen.cost if chosen else bound)
        seen: set[int] = set()
        for done, (split, condition) in enumerate(predicates):
            if condition.cost + BRANCH_COST + 2 > limit:
                break
            if done % 16 == 0:
                yield
            yes, no = mask & split, mask & ~split
            if not yes or not no or yes in seen:
                continue
            seen.add(yes)
            first, second = leaf(yes), leaf(no)
            room = limit - condition.cost - BRANCH_COST
            if first is None and second is None:
                continue
            if first is None and levels > 1 and second is not None and second.cost < room:
                yield from best(yes, levels - 1, room - second.cost)
                first = memo.get((yes, levels - 1))
            if second is None and levels > 1 and first is not None and first.cost < room:
                yield from best(no, levels - 1, room - first.cost)
                second = memo.get((no, levels - 1))
            if first is None or second is None:
                continue
            cost = condition.cost + BRANCH_COST + first.cost + second.cost
            if cost <= limit:
                limit = cost
                memo[key] = Tree(cost, first.term, condition, first, second)

    for _ in best(full, depth, most_cost):
        yield None
    yield memo.get((full, depth))
