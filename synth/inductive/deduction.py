"""Deduction: what the body of a comprehension must yield for a list (or dict) to come out.

From the wanted list and a source of equal length follows the body's output for every element
(`map`); from a source that holds it as a subsequence, which elements a condition keeps (`filter`);
from twice the length, two bodies (`flat_pairs`); and of a running total, every step (`accumulate`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from synth.inductive.comprehension import OVERHEAD, combine, sources_of
from synth.inductive.goals import FREE, Goal
from synth.inductive.scope import InnerScope, Scope, inner_scope, iterated_type
from synth.inductive.term import Binder, Term, Variable
from synth.inductive.value_types import BOOL, Type

_MOST_GOALS = 36
_FITTING_COST = 7


def subgoals(goal: Goal) -> Iterator[Goal]:
    """Goals of inner scopes that would meet a list or dict goal, for sources not yet tried."""
    kind, scope = goal.kind, goal.scope
    if not goal.whole or goal.optional or scope.depth >= 2 or goal.test is not None:
        return
    if not kind.is_list and kind.name != "dict":
        return
    for sources in [*sources_of(scope), *_fitting_sources(goal)]:
        key = tuple(map(id, sources))
        if key in goal.divided or len(goal.divided) >= _MOST_GOALS:
            continue
        goal.divided.add(key)
        if kind.name == "dict":
            yield from _dict_map(goal, sources)
            continue
        inner = inner_scope(scope, sources)
        if inner is None:
            continue
        lengths = tuple(map(len, goal.target))
        if lengths == inner.lengths:
            yield _map(goal, inner)
            if len(sources) == 1 and sources[0].type == kind:
                yield from _accumulate(goal, sources[0])
        elif lengths == tuple(2 * n for n in inner.lengths):
            yield from _pairs(goal, inner)
        if iterated_type(sources[0].type) == kind.element:
            yield from _filter(goal, inner)
        if len(sources) == 1 and lengths != inner.lengths:
            yield _flat_map(goal, inner)


def _fitting_sources(goal: Goal) -> Iterator[tuple[Term, ...]]:
    """Dearer lists, where they are as long as the wanted ones or hold them as subsequences."""
    if not goal.kind.is_list:
        return
    levels = goal.scope.bank.levels
    wanted = goal.target
    lengths = tuple(map(len, wanted))
    for kind in list(levels):
        if not kind.is_list:
            continue
        for cost in sorted(levels[kind]):
            if cost > _FITTING_COST:
                break
            for term in levels[kind][cost]:
                if not term.local:
                    continue
                own = tuple(map(len, term.values))
                same = own == lengths
                kept = kind == goal.kind and all(map(_is_subsequence, wanted, term.values))
                if same or kept:
                    yield (term,)


def _spent(sources: Sequence[Term]) -> int:
    return sum(source.cost for source in sources) + len(sources) - 1


def _goal(
    outer: Goal, inner: Scope, kind: Type, target: Sequence[Any], binder: Binder,
    sources: tuple[Term, ...], overhead: int,
    accept: Callable[[Term], tuple[Any, ...] | None],
) -> Goal:  # fmt: skip
    def emit(body: Term) -> None:
        values = accept(body)
        if values is not None:
            cost = overhead + body.cost
            outer.emit(Term(binder, (*sources, body), outer.kind, cost, values))

    return Goal(
        inner, kind, target, emit, offset=outer.offset + overhead, limit=outer.limit,
        means=outer.means,
    )  # fmt: skip


def _map(goal: Goal, inner: InnerScope) -> Goal:
    target = tuple(chain.from_iterable(goal.target))
    overhead = _spent(inner.sources) + OVERHEAD["map"]
    return _goal(
        goal, inner, goal.kind.element, target, inner.binder("map"), inner.sources, overhead,
        lambda _: goal.target,
    )  # fmt: skip


def _filter(goal: Goal, inner: InnerScope) -> Iterator[Goal]:
    """Which elements are kept, by value; where only some copies are kept it is left open."""
    flags: list[Any] = []
    items = inner.regroup(inner.columns[0])
    for own, wanted in zip(items, goal.target, strict=True):
        if not _is_subsequence(wanted, own):
            return
        have, want = Counter(own), Counter(wanted)
        exact = _only_way(wanted, own)
        for place, item in enumerate(own):
            if exact is not None:
                flags.append(place in exact)
            elif have[item] == want[item]:
                flags.append(True)
            else:
                flags.append(False if not want[item] else FREE)
    if not any(flag is False for flag in flags) or not any(flag is True for flag in flags):
        return

    def accept(body: Term) -> tuple[Any, ...] | None:
        outputs = inner.regroup(body.values)
        made = tuple(
            combine("filter", own, [kept]) for own, kept in zip(items, outputs, strict=True)
        )
        return goal.target if made == goal.target else None

    overhead = _spent(inner.sources) + OVERHEAD["filter"]
    yield _goal(
        goal, inner, BOOL, flags, inner.binder("filter"), inner.sources, overhead, accept
    )  # fmt: skip


def _is_subsequence(wanted: Sequence[Any], own: Sequence[Any]) -> bool:
    rest = iter(own)
    return all(any(item == candidate for candidate in rest) for item in wanted)


def _only_way(wanted: Sequence[Any], own: Sequence[Any]) -> set[int] | None:
    """The positions that make up a subsequence, None where there is a choice."""
    early, late = [], []
    place = 0
    for item in wanted:
        place = _position(own, item, place)
        early.append(place)
        place += 1
    place = len(own) - 1
    for item in reversed(wanted):
        while own[place] != item:
            place -= 1
        late.append(place)
        place -= 1
    late.reverse()
    return set(early) if early == late else None


def _position(own: Sequence[Any], item: Any, start: int) -> int:
    while own[start] != item:
        start += 1
    return start


def _pairs(goal: Goal, inner: InnerScope) -> Iterator[Goal]:
    """Two bodies that yield the elements at even and at odd places."""
    found: list[list[Term]] = [[], []]
    overhead = _spent(inner.sources) + OVERHEAD["flat_pairs"]
    binder = inner.binder("flat_pairs")

    def half(place: int) -> Callable[[Term], None]:
        def emit(body: Term) -> None:
            if found[place] and found[place][0].cost <= body.cost:
                return
            found[place] = [body]
            if all(found):
                first, second = found[0][0], found[1][0]
                cost = overhead + first.cost + second.cost
                goal.emit(
                    Term(binder, (*inner.sources, first, second), goal.kind, cost, goal.target)
                )

        return emit

    for place in (0, 1):
        target = tuple(chain.from_iterable(row[place::2] for row in goal.target))
        yield Goal(
            inner, goal.kind.element, target, half(place),
            offset=goal.offset + overhead, limit=goal.limit, means=goal.means,
        )  # fmt: skip


def _flat_map(goal: Goal, inner: InnerScope) -> Goal:
    """A body that yields a list: which part of the output each element makes is not known, so
    bodies are tested, by length first."""
    wanted = goal.target
    sizes = tuple(map(len, wanted))

    def test(values: Sequence[Any]) -> bool:
        groups = inner.regroup(tuple(values))
        if tuple(sum(map(len, group)) for group in groups) != sizes:
            return False
        return tuple(tuple(chain.from_iterable(group)) for group in groups) == wanted

    overhead = _spent(inner.sources) + OVERHEAD["flat_map"]
    found = _goal(
        goal, inner, goal.kind, (), inner.binder("flat_map"), inner.sources, overhead,
        lambda body: wanted if body.local else None,
    )  # fmt: skip
    found.test = test
    return found


def _accumulate(goal: Goal, source: Term) -> Iterator[Goal]:
    """Every output from the one before it and the element: the first is the element itself."""
    columns: tuple[list[Any], list[Any]] = ([], [])
    target: list[Any] = []
    lengths = []
    for own, wanted in zip(source.values, goal.target, strict=True):
        if own[:1] != wanted[:1]:
            return
        columns[0].extend(wanted[:-1])
        columns[1].extend(own[1:])
        target.extend(wanted[1:])
        lengths.append(max(0, len(own) - 1))
    if len(target) < 3:
        return
    kind = goal.kind.element
    variables = (Variable("total", kind), Variable("x", kind))
    inner = InnerScope(
        goal.scope, (source,), variables, (tuple(columns[0]), tuple(columns[1])), None,
        tuple(lengths),
    )  # fmt: skip
    overhead = source.cost + OVERHEAD["accumulate"]
    yield _goal(
        goal, inner, kind, target, Binder("accumulate", variables), (source,), overhead,
        lambda _: goal.target,
    )  # fmt: skip


def _dict_map(goal: Goal, sources: tuple[Term, ...]) -> Iterator[Goal]:
    """``{x: body for x in source}`` where the source holds exactly the keys."""
    key, item = goal.kind.arguments
    source = sources[0]
    if len(sources) > 1 or iterated_type(source.type) != key:
        return
    if any(set(own) != set(row) for own, row in zip(source.values, goal.target, strict=True)):
        return
    inner = inner_scope(goal.scope, sources)
    if inner is None:
        return
    items = inner.regroup(inner.columns[0])
    target = [row[x] for own, row in zip(items, goal.target, strict=True) for x in own]
    overhead = source.cost + OVERHEAD["dict_map"]
    yield _goal(
        goal, inner, item, target, inner.binder("dict_map"), sources, overhead,
        lambda _: goal.target,
    )  # fmt: skip
