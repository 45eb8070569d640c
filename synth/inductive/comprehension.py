"""Comprehensions and other constructs that run a body per element, fused and by cost.

A body is an expression of an inner scope (`synth.inductive.scope`), so bodies are enumerated
once per source, up to observational equivalence on all elements of all examples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, compress, dropwhile, islice, takewhile
from typing import Any

from synth.inductive.enumeration import enumerate_level, fits
from synth.inductive.scope import InnerScope, Scope, inner_scope, iterated_type
from synth.inductive.term import Binder, Environment, Term, evaluate, mentions
from synth.inductive.value_types import BOOL, INT, STR, Type, list_of

# What a construct costs on top of its sources and body.
OVERHEAD = {
    "map": 2,
    "filter": 2,
    "flat_map": 3,
    "flat_pairs": 2,
    "sort_by": 3,
    "max_by": 4,
    "min_by": 4,
    "take_while": 4,
    "drop_while": 4,
    "accumulate": 3,
    "dict_map": 2,
}
# Constructs that call a function of the element have no place for its index.
_INDEXLESS = ("sort_by", "max_by", "min_by", "take_while", "drop_while")
_MOST_SOURCES = 14
_MOST_ZIPS = 6
_SOURCE_COST = 6
_MOST_BODIES = 4000
MOST_DEPTH = 2


def evaluate_binder(binder: Binder, arguments: Sequence[Term], environment: Environment) -> Any:
    """The value of a construct on one input."""
    sources = [evaluate(source, environment) for source in arguments[: binder.sources]]
    bodies = arguments[binder.sources :]
    if binder.kind == "accumulate":
        state, item = binder.variables

        def step(held: Any, value: Any) -> Any:
            return evaluate(bodies[0], {**environment, state: held, item: value})

        return tuple(accumulate(sources[0], step))
    rows = list(zip(*sources, strict=False))
    firsts = tuple(row[0] for row in rows)

    def run(body: Term) -> list[Any]:
        outputs = []
        for index, row in enumerate(rows):
            inner = {**environment, **dict(zip(binder.variables, row, strict=True))}
            if binder.index is not None:
                inner[binder.index] = index
            outputs.append(evaluate(body, inner))
        return outputs

    return combine(binder.kind, firsts, [run(body) for body in bodies])


def combine(kind: str, items: tuple[Any, ...], outputs: list[Any]) -> Any:
    """The value of a construct from the elements and each body's outputs on them."""
    first = outputs[0]
    if kind == "map":
        return tuple(first)
    if kind == "filter":
        return tuple(compress(items, first))
    if kind == "flat_map":
        return tuple(chain.from_iterable(first))
    if kind == "flat_pairs":
        return tuple(chain.from_iterable(zip(*outputs, strict=True)))
    if kind == "dict_map":
        from synth.inductive.values import FrozenDict

        return FrozenDict(zip(items, first, strict=True))
    if kind == "sort_by":
        order = sorted(range(len(items)), key=first.__getitem__)
        return tuple(items[i] for i in order)
    if kind in ("max_by", "min_by"):
        choose = max if kind == "max_by" else min
        return items[choose(range(len(items)), key=first.__getitem__)]
    keep = iter(first)
    if kind == "take_while":
        return tuple(takewhile(lambda _: next(keep), items))
    if kind == "drop_while":
        return tuple(dropwhile(lambda _: next(keep), items))
    raise ValueError(f"unknown construct {kind!r}")


def sources_of(scope: Scope, most_cost: int = _SOURCE_COST) -> list[tuple[Term, ...]]:
    """What comprehensions of this scope iterate over: its cheapest lists, strings, and pairs."""
    singles: list[Term] = []
    for kind in list(scope.bank.levels):
        if iterated_type(kind) is None:
            continue
        cap = 1 if kind == STR else most_cost
        for cost in sorted(scope.bank.levels[kind]):
            if cost <= cap:
                singles += [term for term in scope.bank.levels[kind][cost] if term.local]
    singles.sort(key=lambda term: term.cost)
    singles = [term for term in singles if any(map(len, term.values))][:_MOST_SOURCES]
    found: list[tuple[Term, ...]] = []
    found.extend((term,) for term in singles)
    zips: list[tuple[Term, ...]] = []
    for place, first in enumerate(singles):
        for second in singles[place + 1 :]:
            if first.cost + second.cost <= most_cost + 1 and first.type.is_list:
                lengths = [
                    abs(len(a) - len(b)) for a, b in zip(first.values, second.values, strict=True)
                ]
                if max(lengths) <= 1 and second.type.is_list:
                    zips.append((first, second))
    zips.sort(key=lambda pair: pair[0].cost + pair[1].cost)
    return found + zips[:_MOST_ZIPS]


def advance(scope: Scope, cost: int) -> Iterator[None]:
    """Complete a scope's bank up to `cost`, in steps; several may drive one scope in turns."""
    while scope.done < cost:
        if scope.running is None:
            scope.running = _level(scope, scope.done + 1)
        if next(scope.running, _FINISHED) is _FINISHED:
            scope.running = None
            scope.done += 1
        yield


_FINISHED = object()


def _level(scope: Scope, cost: int) -> Iterator[None]:
    yield from enumerate_level(scope, cost)
    if scope.depth >= MOST_DEPTH:
        return
    for sources in sources_of(scope):
        spent = sum(source.cost for source in sources) + (len(sources) - 1)
        body_cost = cost - spent - 2
        if body_cost < 1:
            continue
        inner = inner_scope(scope, sources)
        if inner is None:
            continue
        yield from advance(inner, body_cost)
        yield from _materialise(scope, inner, cost, spent)


def _materialise(scope: Scope, inner: InnerScope, cost: int, spent: int) -> Iterator[None]:
    element = inner.variables[0].type
    items = inner.regroup(inner.columns[0])
    for kind, overhead in OVERHEAD.items():
        if kind in ("accumulate", "flat_pairs", "dict_map"):
            continue
        done = 0
        for body_type in list(inner.bank.levels):
            result = _result_type(kind, element, body_type)
            if result is None or result not in scope.wanted:
                continue
            if len(inner.sources) > 1 and kind not in ("map", "filter"):
                continue
            bodies = inner.bank.terms(body_type, cost - spent - overhead)
            binder = inner.binder(kind)
            for body in islice(bodies, _MOST_BODIES):
                done += 1
                if done % 128 == 0:
                    yield
                if not body.local or body.head in inner.variables:
                    continue
                if kind in _INDEXLESS and mentions(body, inner.index):
                    continue
                outputs = inner.regroup(body.values)
                try:
                    values = tuple(
                        combine(kind, own, [produced])
                        for own, produced in zip(items, outputs, strict=True)
                    )
                except (ValueError, TypeError):
                    continue
                if result.arguments and not fits(values, result, scope.longest):
                    continue
                scope.bank.add(Term(binder, (*inner.sources, body), result, cost, values))
    yield


def _result_type(kind: str, element: Type, body: Type) -> Type | None:
    if kind == "map":
        return list_of(body)
    if kind == "flat_map":
        return body if body.is_list else None
    if kind == "sort_by":
        return list_of(element) if body in (INT, STR) or body.name == "tuple" else None
    if kind in ("max_by", "min_by"):
        return element if body == INT else None
    return list_of(element) if body == BOOL else None
