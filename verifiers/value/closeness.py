"""How near an answer is to the expected one, in [0, 1]: 1 only for equal values.

By type: relative and absolute error for numbers, edit distance for text, alignment for sequences,
overlap for sets and dicts. It ranks near-misses; whether an answer is right is `verifiers.compare`.
Work is bounded whatever the values: a candidate chooses one of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import Levenshtein

from verifiers.sandbox.encoding import is_crowded
from verifiers.value_text import text_of

NEAREST = 0.99  # the most that values which differ can have
_OTHER_TYPE = 0.8  # of the closeness of the items, where only the container's type is wrong
_OTHER_ORDER = 0.75  # of the share of items in common, where their order is wrong
_SAME_TEXT = 0.5  # 5 for "5"
_KEY_ALONE = 0.5  # for a dict's key that is there with an unlike value
_TEXT = 4_000  # characters compared, of each side's head
_ALIGNED = 1_600  # cells of an alignment's table; longer sequences are compared place by place
_STEPS = 20_000
_DEPTH = 30

_NUMBERS = (bool, int, float, complex)


def closeness(expected: Any, actual: Any) -> float:
    """How near `actual` is to `expected`. Both are plain values of builtin types; a value of
    another type is near nothing."""
    return _Measure().of(expected, actual, 0)


@dataclass(slots=True)
class _Measure:
    steps: int = 0

    def of(self, expected: Any, actual: Any, depth: int) -> float:
        self.steps += 1
        if self.steps > _STEPS or depth > _DEPTH:
            return 0.0
        kinds = type(expected), type(actual)
        if kinds[0] in _NUMBERS and kinds[1] in _NUMBERS:
            return _numbers(expected, actual)
        if kinds[0] is kinds[1] and kinds[0] in (str, bytes):
            return _texts(expected, actual)
        if kinds[0] is dict and kinds[1] is dict:
            return self._dicts(expected, actual, depth)
        if _is_set(expected) and _is_set(actual):
            return _below_one(_overlap(expected, actual), expected == actual)
        if _is_collection(expected) and _is_collection(actual):
            found = self._sequences(_listed(expected), _listed(actual), depth)
            if kinds[0] is kinds[1]:
                return found
            return _OTHER_TYPE * found
        if expected is None or actual is None or kinds[0] is kinds[1]:
            return 1.0 if kinds[0] is kinds[1] and expected == actual else 0.0
        if kinds[0] in (*_NUMBERS, str) and kinds[1] in (*_NUMBERS, str):
            return _SAME_TEXT if _short(expected) == _short(actual) else 0.0
        return 0.0

    def _sequences(self, expected: Sequence[Any], actual: Sequence[Any], depth: int) -> float:
        if not expected and not actual:
            return 1.0
        if not expected or not actual:
            return 0.0
        if len(expected) * len(actual) <= _ALIGNED:
            total = self._aligned(expected, actual, depth)
        else:
            total = math.fsum(
                self.of(left, right, depth + 1)
                for left, right in zip(expected, actual, strict=False)
            )
        near = total / max(len(expected), len(actual))
        if near >= 1.0:
            return 1.0
        return min(NEAREST, max(near, _OTHER_ORDER * _in_common(expected, actual)))

    def _aligned(self, expected: Sequence[Any], actual: Sequence[Any], depth: int) -> float:
        """The greatest total closeness of pairs in order (Needleman and Wunsch 1970, gaps 0)."""
        above = [0.0] * (len(actual) + 1)
        for left in expected:
            row = [0.0]
            for place, right in enumerate(actual):
                pair = above[place] + self.of(left, right, depth + 1)
                row.append(max(pair, above[place + 1], row[place]))
            above = row
        return above[-1]

    def _dicts(self, expected: Mapping[Any, Any], actual: Mapping[Any, Any], depth: int) -> float:
        if not expected and not actual:
            return 1.0
        every = len(expected.keys() | actual.keys())
        total = math.fsum(
            _KEY_ALONE + (1 - _KEY_ALONE) * self.of(value, actual[key], depth + 1)
            for key, value in expected.items()
            if key in actual
        )
        near = total / every
        return 1.0 if near >= 1.0 else min(NEAREST, near)


def _numbers(expected: Any, actual: Any) -> float:
    """The better of one minus the symmetric relative error, |e - a| / (|e| + |a|), and
    1 / (1 + |e - a|), which says more around 0. True is near no number but 1."""
    if expected == actual or (expected != expected and actual != actual):
        return 1.0
    if isinstance(expected, bool) or isinstance(actual, bool):
        return 0.0
    try:
        apart = float(abs(expected - actual))
        size = float(abs(expected)) + float(abs(actual))
    except (OverflowError, ValueError):  # ints beyond the floats
        return NEAREST * _bit_ratio(expected, actual)
    if not math.isfinite(apart) or not math.isfinite(size):
        return 0.0
    return min(NEAREST, max(1.0 - apart / size if size else 0.0, 1.0 / (1.0 + apart)))


def _bit_ratio(expected: Any, actual: Any) -> float:
    if not (isinstance(expected, int) and isinstance(actual, int)):
        return 0.0
    bits = sorted((expected.bit_length(), actual.bit_length()))
    return bits[0] / bits[1] if (expected < 0) == (actual < 0) and bits[1] else 0.0


def _texts(expected: str | bytes, actual: str | bytes) -> float:
    """One minus the edit distance over the longer length."""
    if expected == actual:
        return 1.0
    near: float = Levenshtein.normalized_similarity(expected[:_TEXT], actual[:_TEXT])
    longer = max(len(expected), len(actual))
    if longer > _TEXT:  # of what was not looked at, nothing is the same
        near *= min(len(expected), len(actual), _TEXT) / longer
    return min(NEAREST, near)


def _in_common(expected: Sequence[Any], actual: Sequence[Any]) -> float:
    """The share of items in common, whatever their order; 0 for items without a hash, or with one
    hash for so many that counting them would take minutes."""
    try:
        if is_crowded(actual):
            return 0.0
        left, right = Counter(expected), Counter(actual)
    except TypeError:
        return 0.0
    return (left & right).total() / max(len(expected), len(actual))


def _overlap(expected: Any, actual: Any) -> float:
    """Jaccard's index."""
    every = len(expected | actual)
    return len(expected & actual) / every if every else 1.0


def _below_one(near: float, equal: bool) -> float:
    return 1.0 if equal else min(NEAREST, near)


def _is_set(value: Any) -> bool:
    return type(value) in (set, frozenset)


def _is_collection(value: Any) -> bool:
    return type(value) in (list, tuple, set, frozenset)


def _listed(value: Any) -> Sequence[Any]:
    """A set in an order that its hashes have no part in: those of text differ from run to run."""
    if not _is_set(value):
        return value  # type: ignore[no-any-return]
    return sorted(value, key=lambda item: (type(item).__name__, text_of(item, 200)))


def _short(value: Any) -> str:
    if isinstance(value, int) and value.bit_length() > 1_000:
        return ""
    return str(value)[:_TEXT]
