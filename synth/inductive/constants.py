"""Constants: those given, those everyone uses, and those the examples suggest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from synth.inductive.string_components import PATTERNS
from synth.inductive.term import Literal
from synth.inductive.value_types import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    PATTERN,
    STR,
    Type,
    bit_width,
    list_of,
    type_of,
)  # fmt: skip
from synth.inductive.values import coerce, freeze

_EVERYDAY_INTS = {0: 1, 1: 1, 2: 2, -1: 2, 3: 3, 10: 3, -2: 4, 4: 4, 5: 4, 6: 5, 7: 5, 8: 5, 9: 5}
_EVERYDAY_FLOATS = {0.0: 1, 1.0: 1, 2.0: 2, 0.5: 3, 100.0: 3, 10.0: 4}
_DELIMITERS = " ,.-_/:;|@()<>[]{}&=+*#%'\"\n\t\\!?$"
_MOST_STRINGS = 28
_MOST_INTS = 8


def literal_cost(value: Any) -> int:
    """What a constant that nothing suggested costs: more for longer ones."""
    if isinstance(value, str):
        return 2 + len(value) // 4
    if isinstance(value, bool) or value is None:
        return 1
    if isinstance(value, int):
        return _EVERYDAY_INTS.get(value, 2 + len(str(abs(value))))
    if isinstance(value, tuple):
        return 1 + sum(map(literal_cost, value))
    return 4


def mine(
    columns: Sequence[tuple[Any, ...]],
    outputs: Sequence[Any],
    kinds: Collection[Type],
    given: Iterable[Any] = (),
    *,
    everyday: bool = True,
) -> list[tuple[Literal, int]]:
    """Constants with their costs, from input columns and outputs in frozen form.

    With ``everyday`` false only the given ones are used (a SyGuS grammar lists its own).
    """
    costs: dict[Literal, int] = {}

    def offer(value: Any, kind: Type, cost: int) -> None:
        held = Literal(value, kind)
        costs[held] = min(cost, costs.get(held, cost))

    for value in given:
        kind = type_of(value)
        frozen = freeze(value)
        for width_kind in (k for k in kinds if bit_width(k)):
            if kind == INT:
                offer(frozen, width_kind, 1)
        if FLOAT in kinds and kind == INT:
            offer(float(frozen), FLOAT, 1)
        offer(coerce(frozen, kind), kind, 1)
    if not everyday:
        return list(costs.items())
    for kind in kinds:
        width = bit_width(kind)
        if width:
            offer(0, kind, 1)
            offer(1, kind, 1)
            offer((1 << width) - 1, kind, 3)
    if INT in kinds:
        for number, cost in _EVERYDAY_INTS.items():
            offer(number, INT, cost)
        for number in _suggested_ints(columns, outputs):
            offer(number, INT, 4)
    if FLOAT in kinds:
        for value, cost in _EVERYDAY_FLOATS.items():
            offer(value, FLOAT, cost)
    if STR in kinds:
        for text, cost in _suggested_strings(columns, outputs):
            offer(text, STR, cost)
    if PATTERN in kinds:
        for pattern, cost in PATTERNS.items():
            offer(pattern, PATTERN, cost)
    if NONE in kinds:
        offer(None, NONE, 1)
    for kind in kinds:
        if kind.is_list and kind.element in (INT, STR, list_of(INT)):
            offer((), kind, 2)
    return list(costs.items())


def truth_values() -> list[tuple[Literal, int]]:
    """True and False: leaves of decision trees, useless as arguments."""
    return [(Literal(True, BOOL), 1), (Literal(False, BOOL), 1)]


def _atoms(value: Any, kind: type) -> Iterable[Any]:
    if isinstance(value, bool):
        return
    if isinstance(value, kind):
        yield value
    elif isinstance(value, tuple | frozenset):
        for item in value:
            yield from _atoms(item, kind)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _atoms(key, kind)
            yield from _atoms(item, kind)


def _suggested_ints(columns: Sequence[tuple[Any, ...]], outputs: Sequence[Any]) -> list[int]:
    """Numbers of several outputs that are not explained by the row's own inputs."""
    counted: Counter[int] = Counter()
    for place, output in enumerate(outputs):
        own = {number for column in columns for number in _atoms(column[place], int)}
        counted.update({n for n in _atoms(output, int) if n not in own})
    enough = max(2, len(outputs) // 3)
    return [n for n, times in counted.most_common(_MOST_INTS) if times >= enough]


def _suggested_strings(
    columns: Sequence[tuple[Any, ...]], outputs: Sequence[Any]
) -> list[tuple[str, int]]:
    found: dict[str, int] = {"": 2, " ": 1}

    def offer(text: str, cost: int) -> None:
        found[text] = min(cost, found.get(text, cost))

    texts_in = [
        [t for column in columns for t in _atoms(column[r], str)] for r in range(len(outputs))
    ]
    texts_out = [list(_atoms(output, str)) for output in outputs]
    rows = len(outputs)
    everything = ["".join(own) for own in texts_in]
    made = ["".join(own) for own in texts_out]
    for mark in _DELIMITERS:
        inside = sum(mark in text for text in everything)
        outside = sum(mark in text for text in made)
        if outside == rows and inside < rows:
            offer(mark, 1 if mark in " ,-./" else 2)
        elif inside == rows or outside == rows:
            offer(mark, 2)
        elif inside or outside:
            offer(mark, 3 if 2 * max(inside, outside) >= rows else 4)
    for text, cost in _common_substrings(made, everything):
        offer(text, cost)
    words: Counter[str] = Counter()
    for texts in texts_in:
        words.update({word for text in texts for word in _split_words(text) if len(word) > 1})
    for word, times in words.most_common(8):
        if times >= max(2, rows // 3):
            offer(word, 3 + len(word) // 6)
    # What every value of an argument holds is what is cut out or replaced; a value that comes
    # back is a category to test for.
    for column in columns:
        texts = [text for text in column if isinstance(text, str)]
        if len(texts) == rows:
            for piece, cost in _common_substrings(texts, []):
                if len(piece.strip()) > 1:
                    offer(piece.strip(), cost + 1)
            repeated = Counter(texts)
            for text, times in repeated.items():
                if 1 < times < rows and len(text) <= 16:
                    offer(text, 2)
    # Few distinct outputs are the labels of a classification.
    labels = Counter(text for text in outputs if isinstance(text, str))
    if 1 < len(labels) <= max(2, rows // 2):
        for label in labels:
            if len(label) <= 20:
                offer(label, 2 + len(label) // 8)
    ranked = sorted(found.items(), key=lambda pair: (pair[1], len(pair[0]), pair[0]))
    return ranked[:_MOST_STRINGS]


def _split_words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text).split()


def _common_substrings(outputs: Sequence[str], inputs: Sequence[str]) -> list[tuple[str, int]]:
    """Maximal substrings of all outputs that most inputs do not contain."""
    if len(outputs) < 2 or not all(outputs):
        return []
    shortest = min(outputs, key=len)
    found: list[str] = []
    for width in range(min(len(shortest), 24), 0, -1):
        for start in range(len(shortest) - width + 1):
            piece = shortest[start : start + width]
            if any(piece in longer for longer in found):
                continue
            if all(piece in output for output in outputs):
                novel = sum(piece not in text for text in inputs)
                if 2 * novel >= len(inputs):
                    found.append(piece)
        if len(found) >= 4:
            break
    return [(piece, 2 + len(piece) // 6) for piece in found[:4]]
