"""Concatenation cover: an output as a sequence of pieces, found by search over positions.

A state is one position in every output.  A piece may be used at a state when it occurs there in
all outputs at once; its cost is paid and the positions advance.  The cheapest way from all
beginnings to all ends is a Dijkstra search (the divide step of Duet and of FlashFill's trace
expressions, over bank expressions in place of a grammar's).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from synth.inductive.constants import literal_cost
from synth.inductive.term import Literal, Term
from synth.inductive.value_types import STR, Type

JOIN_COST = 1
_LONGEST_LITERAL = 16
_MOST_STATES = 1500


@dataclass(frozen=True, slots=True)
class Piece:
    """A term with its output in every row, as a sequence, and its cost as a piece."""

    term: Term
    values: tuple[Any, ...]
    cost: int


def _places(piece: Any, target: Any) -> list[int]:
    width = len(piece)
    return [i for i in range(len(target) - width + 1) if target[i : i + width] == piece]


def covers(
    targets: Sequence[Any],
    pieces: Sequence[Piece],
    kind: Type,
    *,
    most_cost: int,
    count: int = 4,
    most_states: int = _MOST_STATES,
    literals: bool = True,
) -> list[tuple[int, tuple[Piece | Literal, ...]]]:
    """The cheapest ways to write all targets as pieces and literals, at least two of them.

    At most ``count``, of cost at most ``most_cost``; ``literals`` allows text that is in no piece.
    """
    ends = tuple(map(len, targets))
    if not any(ends):
        return []
    cheapest: dict[tuple[Any, ...], Piece] = {}
    for piece in sorted(pieces, key=lambda piece: piece.cost):
        if any(piece.values) and piece.cost < most_cost:
            cheapest.setdefault(piece.values, piece)
    by_place: dict[int, list[Piece]] = {}
    for piece in cheapest.values():
        for place in _places(piece.values[0], targets[0]):
            by_place.setdefault(place, []).append(piece)
    start = (0,) * len(targets)
    # Paths are linked lists: (last step, rest).
    heap: list[tuple[int, int, int, tuple[int, ...], Any]] = [(0, 0, 0, start, None)]
    visits: dict[tuple[int, ...], int] = {}
    found: list[tuple[int, tuple[Piece | Literal, ...]]] = []
    tick = expanded = 0
    while heap and expanded < most_states and len(found) < count:
        cost, _, steps, state, path = heapq.heappop(heap)
        if state == ends:
            if steps > 1:
                found.append((cost, _unwind(path)))
            continue
        # A few visits a state, so that alternatives of near cost are found too.
        visits[state] = visits.get(state, 0) + 1
        if visits[state] > 3 or steps >= 12:
            continue
        expanded += 1
        for step, values, price in _steps(targets, state, by_place, kind, literals):
            paid = cost + price + (JOIN_COST if steps else 0)
            if paid > most_cost:
                continue
            following = tuple(p + len(v) for p, v in zip(state, values, strict=True))
            if visits.get(following, 0) < 3:
                tick += 1
                heapq.heappush(heap, (paid, tick, steps + 1, following, (step, path)))
    return found


def _unwind(path: Any) -> tuple[Piece | Literal, ...]:
    steps: list[Piece | Literal] = []
    while path is not None:
        step, path = path
        steps.append(step)
    return tuple(reversed(steps))


def _steps(
    targets: Sequence[Any],
    state: tuple[int, ...],
    by_place: dict[int, list[Piece]],
    kind: Type,
    literals: bool,
) -> Iterable[tuple[Piece | Literal, Sequence[Any], int]]:
    others = list(zip(targets, state, strict=True))[1:]
    for piece in by_place.get(state[0], ()):
        values = piece.values
        for place, (target, at) in enumerate(others, 1):
            value = values[place]
            if target[at : at + len(value)] != value:
                break
        else:
            yield piece, values, piece.cost
    if not literals:
        return
    rests = [target[at:] for target, at in zip(targets, state, strict=True)]
    width = _common_prefix(rests)
    for length in range(1, min(width, _LONGEST_LITERAL) + 1):
        value = rests[0][:length]
        price = piece_literal_cost(value, kind)
        yield Literal(value, kind), (value,) * len(targets), price
    if width > _LONGEST_LITERAL:
        value = rests[0][:width]
        yield Literal(value, kind), (value,) * len(targets), piece_literal_cost(value, kind)


def piece_literal_cost(value: Any, kind: Type) -> int:
    if kind == STR:
        return 2 + (len(value) - 1) // 3
    return literal_cost(value)


def _common_prefix(rests: Sequence[Any]) -> int:
    shortest = min(map(len, rests))
    for place in range(shortest):
        first = rests[0][place]
        if any(rest[place] != first for rest in rests):
            return place
    return shortest
