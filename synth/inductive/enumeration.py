"""Typed bottom-up enumeration by cost: all expressions of cost 1, then 2, then 3, ...

A level is a generator that yields after every few hundred candidates, so that whoever drives it
can watch the clock, interleave other work, and stop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from synth.inductive.bank import Bank, is_numeric
from synth.inductive.component import Component, Vector
from synth.inductive.level import Level, Matrix, NumericLevel
from synth.inductive.scope import InnerScope, Scope
from synth.inductive.term import Term, Values
from synth.inductive.value_types import STR, Type
from synth.inductive.values import BOTTOM, size

_CHUNK = 256
_BLOCK = 1 << 16
# Partial terms are kept in moderation: they only serve as branches of a conditional.
_MOST_PARTIALS = 400


def enumerate_level(scope: Scope, cost: int) -> Iterator[None]:
    """Add every expression of exactly `cost` to the scope's bank."""
    for term in scope.leaves.get(cost, ()):
        if BOTTOM in term.values:
            scope.bank.add_partial(term)
        else:
            scope.bank.add(term)
    if isinstance(scope, InnerScope):
        for term in scope.broadcast(cost):
            scope.bank.add(term)
    yield
    for component in scope.components:
        rest = cost - component.cost
        if rest >= component.arity:
            for split in _splits(scope.bank, component, rest):
                yield from _apply(scope, component, cost, split)


def _splits(bank: Bank, component: Component, rest: int) -> Iterator[tuple[int, ...]]:
    """The ways to give each argument a cost at which there are terms, `rest` in all."""
    costs = [bank.costs(kind) for kind in component.arguments]
    if len(costs) == 1:
        if rest in costs[0]:
            yield (rest,)
    elif len(costs) == 2:
        for first in costs[0]:
            second = rest - first
            if second in costs[1] and not (component.commutative and first > second):
                yield first, second
    elif len(costs) == 3:
        for first in costs[0]:
            for second in costs[1]:
                if rest - first - second in costs[2]:
                    yield first, second, rest - first - second
    else:
        yield from _long_splits(costs, rest)


def _long_splits(costs: Sequence[Sequence[int]], rest: int) -> Iterator[tuple[int, ...]]:
    if not costs:
        if rest == 0:
            yield ()
        return
    for first in costs[0]:
        if first <= rest:
            for others in _long_splits(costs[1:], rest - first):
                yield (first, *others)


def _apply(scope: Scope, component: Component, cost: int, split: tuple[int, ...]) -> Iterator[None]:
    bank = scope.bank
    kinds = component.arguments
    numeric = component.vector is not None and is_numeric(component.result)
    if numeric and len(split) <= 2 and all(map(is_numeric, kinds)):
        yield from _apply_vector(bank, component, cost, split)
        if not any(bank.partials.get(kind) for kind in kinds):
            return
        with_totals = False
    else:
        with_totals = True
    totals = [bank.terms(kind, c) for kind, c in zip(kinds, split, strict=True)]
    partials = [bank.partials.get(k, {}).get(c, []) for k, c in zip(kinds, split, strict=True)]
    symmetric = component.commutative and split[0] == split[-1]
    if with_totals and all(map(len, totals)):
        yield from _apply_totals(scope, component, cost, totals, symmetric)
    for position in range(len(split)):
        # Exactly the combinations whose first partial argument is at `position`.
        after = zip(totals[position + 1 :], partials[position + 1 :], strict=True)
        # No more combinations than `_MOST_PARTIALS` are made: later terms need not be built.
        columns = [
            *totals[:position], partials[position],
            *([*islice(t, _MOST_PARTIALS), *p] for t, p in after),
        ]  # fmt: skip
        if all(map(len, columns)):
            yield from _apply_partials(scope, component, cost, columns)


def _apply_totals(
    scope: Scope, component: Component, cost: int, totals: list[Level], symmetric: bool
) -> Iterator[None]:
    *others, last = totals
    done = 0
    for place, prefix in enumerate(_product(others)):
        rest = last[place:] if symmetric else last
        for start in range(0, len(rest), _CHUNK):
            _try_totals(scope, component, cost, prefix, rest[start : start + _CHUNK])
            done += min(_CHUNK, len(rest) - start)
            if done >= _CHUNK:
                done = 0
                yield


def _product(columns: Sequence[Sequence[Term]]) -> Iterator[tuple[Term, ...]]:
    if not columns:
        yield ()
        return
    for term in columns[0]:
        for others in _product(columns[1:]):
            yield (term, *others)


def _try_totals(
    scope: Scope,
    component: Component,
    cost: int,
    prefix: tuple[Term, ...],
    last: Sequence[Term],
) -> None:
    """Apply a component to fixed first arguments and every one of some last arguments."""
    bank, kind, function = scope.bank, component.result, component.function
    columns = [term.values for term in prefix]
    anything = any(term.local for term in prefix)
    sized = kind == STR or bool(kind.arguments)
    known, watched, repeated = bank.columns(kind), bank.watched.get(kind), 0
    for term in last:
        if not anything and not term.local:
            continue
        try:
            values = tuple(map(function, *columns, term.values))
        except Exception:
            # Whatever a component raises is bottom; inner scopes keep no partial terms.
            bank.candidates += 1
            if scope.depth == 0 and scope.partial:
                arguments = (*prefix, term)
                _keep_partial(scope, component, cost, arguments, [t.values for t in arguments])
            continue
        if values in known:
            repeated += 1
            if values == watched:
                bank.report(Term(component, (*prefix, term), kind, cost, values))
        elif not sized or fits(values, kind, scope.longest):
            bank.add(Term(component, (*prefix, term), kind, cost, values))
    bank.candidates += repeated


def fits(values: Values, kind: Type, longest: int) -> bool:
    """Whether no output of a column is longer than anything useful."""
    if kind == STR or (kind.arguments and not kind.arguments[0].arguments):
        return max(map(len, values)) <= longest
    if kind.is_list and kind.element.is_list:
        return max(len(value) + sum(map(len, value)) for value in values) <= longest
    return max(map(size, values)) <= longest


def _apply_partials(
    scope: Scope, component: Component, cost: int, columns: Sequence[Sequence[Term]]
) -> Iterator[None]:
    for done, arguments in enumerate(_product(columns)):
        if done >= _MOST_PARTIALS:
            return
        if any(term.local for term in arguments):
            values = [argument.values for argument in arguments]
            _keep_partial(scope, component, cost, arguments, values)
        if done % 64 == 0:
            yield


def _keep_partial(
    scope: Scope,
    component: Component,
    cost: int,
    arguments: tuple[Term, ...],
    columns: Sequence[Values],
) -> None:
    bank, kind = scope.bank, component.result
    if len(bank.partials.get(kind, {}).get(cost, ())) >= _MOST_PARTIALS:
        return
    values = tuple(guarded(component.function, row) for row in zip(*columns, strict=True))
    usable = tuple(value for value in values if value is not BOTTOM)
    if not usable:
        return
    if (kind == STR or kind.arguments) and not fits(usable, kind, scope.longest):
        return
    bank.add_partial(Term(component, arguments, kind, cost, values))


def guarded(function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """The value of a call, bottom if an argument is bottom or the call raises."""
    for argument in arguments:
        if argument is BOTTOM:
            return BOTTOM
    try:
        return function(*arguments)
    except Exception:
        return BOTTOM


def _apply_vector(
    bank: Bank, component: Component, cost: int, split: tuple[int, ...]
) -> Iterator[None]:
    """Evaluate and hash a block of candidates row by row, without holding their outputs.

    Only the outputs of candidates with a new hash are computed again and kept.
    """
    left = bank.numeric(component.arguments[0], split[0])
    if left is None:
        return
    if len(split) == 1:
        yield from _apply_unary(bank, component, cost, left)
        return
    right = bank.numeric(component.arguments[1], split[1])
    if right is None:
        return
    vector, check = component.vector, component.vector_valid
    assert vector is not None
    a, a_local = left.columns(), left.local()
    b, b_local = right.columns(), right.local()
    symmetric = component.commutative and split[0] == split[1]
    width = b.shape[1]
    span = min(width, _BLOCK)
    step = max(1, _BLOCK // span)
    order = np.arange(max(a.shape[1], width))
    for start in range(0, a.shape[1], step):
        for column in range(0, width, span):
            if symmetric and column + span <= start:
                continue
            one = a[:, start : start + step, None]
            two = b[:, None, column : column + span]
            usable = a_local[start : start + step, None] | b_local[None, column : column + span]
            if symmetric:
                first = order[start : start + one.shape[1], None]
                usable = usable & (order[None, column : column + two.shape[2]] >= first)
            hashes = np.zeros(usable.shape, dtype=np.int64)
            # Wrap-around is the point of the hash, and of arithmetic on machine words.
            with np.errstate(all="ignore"):
                for row, factor in enumerate(bank.multipliers):
                    hashes += np.multiply(vector(one[row], two[row]), factor, dtype=np.int64)
                    if check is not None:
                        usable = usable & check(one[row], two[row])
            bank.add_numeric_block(
                component, cost, hashes.reshape(-1), usable.reshape(-1),
                partial(_evaluate_two, vector, a, b, start, column, two.shape[2]),
                partial(_two, left, right, start, column, two.shape[2]),
            )  # fmt: skip
            yield


def _apply_unary(bank: Bank, component: Component, cost: int, left: NumericLevel) -> Iterator[None]:
    vector = component.vector
    assert vector is not None
    a, local = left.columns(), left.local()
    for start in range(0, a.shape[1], _BLOCK):
        with np.errstate(all="ignore"):
            outputs = np.asarray(vector(a[:, start : start + _BLOCK])).astype(np.int64)
            hashes = (outputs * bank.multipliers[:, None]).sum(axis=0)
        bank.add_numeric_block(
            component, cost, hashes, local[start : start + _BLOCK],
            partial(_rows_of, outputs), partial(_one, left, start),
        )  # fmt: skip
        yield


def _rows_of(outputs: Matrix, places: Matrix) -> Matrix:
    return np.ascontiguousarray(outputs.T[places])


def _one(left: Sequence[Term], start: int, index: int) -> tuple[Term, ...]:
    return (left[start + index],)


def _two(
    left: Sequence[Term], right: Sequence[Term], start: int, column: int, width: int, index: int
) -> tuple[Term, ...]:
    return left[start + index // width], right[column + index % width]


def _evaluate_two(
    vector: Vector, a: Matrix, b: Matrix, start: int, column: int, width: int, places: Matrix
) -> Matrix:
    one, two = a[:, start + places // width], b[:, column + places % width]
    with np.errstate(all="ignore"):
        outputs = np.asarray(vector(one, two)).astype(np.int64, copy=False)
    return np.ascontiguousarray(outputs.T)
