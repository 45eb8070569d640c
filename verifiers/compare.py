"""Whether an answer is the expected one: Python's `==`, with numbers within a tolerance.

The rule, chosen to agree with what HumanEval and EvalPlus (Liu et al. 2023, section 2) accept:

* containers must be of the same type (a list is not a tuple, a str is not bytes), but for the
  pairs that Python calls equal: set and frozenset, bytes and bytearray;
* numbers compare by value, so `1 == 1.0 == True` as in Python;
* `types="exact"` wants every type equal;
* where either number is a float or complex and both are finite, `absolute + relative * |expected|`
  is allowed between them. Two ints are never within a tolerance of each other;
* an infinity equals only itself; a nan equals a nan (unlike `==`: a test that expects nan can
  otherwise not be written);
* dicts and sets ignore order.

Both values must be exact builtin types, as the sandbox decodes them: nothing here calls a method
that a candidate could have written. A value the sandbox could not decode equals nothing.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

Types = Literal["python", "exact"]

_NUMBERS = (bool, int, float, complex, Fraction, Decimal)
# But for Decimal: Python compares one with a long int in quadratic time.
_SCALARS = frozenset((bool, int, float, complex, Fraction, str, bytes, type(None)))
_INTERCHANGEABLE = (
    *((set, frozenset), (frozenset, set)),
    *((bytes, bytearray), (bytearray, bytes)),
)
_LONG = 10_000  # bits of an int
_LEAVES = (str, bytes, bytearray, type(None), type(Ellipsis), range)


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where two values differ: a subscript path such as `[2]['name']`, and why."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"at {self.path}: {self.reason}" if self.path else self.reason


def equal(
    expected: Any,
    actual: Any,
    *,
    absolute: float = 0.0,
    relative: float = 0.0,
    types: Types = "python",
) -> bool:
    """Whether `actual` is `expected` by the rule at the top of this file."""
    return difference(expected, actual, absolute=absolute, relative=relative, types=types) is None


def difference(
    expected: Any,
    actual: Any,
    *,
    absolute: float = 0.0,
    relative: float = 0.0,
    types: Types = "python",
) -> Difference | None:
    """The first difference between the two, or None where they are equal."""
    try:
        return _Comparer(absolute, relative, types).difference(expected, actual, "")
    except RecursionError:
        return Difference("", "nested too deeply to compare")


@dataclass(frozen=True, slots=True)
class _Comparer:
    absolute: float
    relative: float
    types: Types

    def difference(self, expected: Any, actual: Any, path: str) -> Difference | None:
        if type(expected) in _NUMBERS and type(actual) in _NUMBERS:
            return self._number(expected, actual, path)
        if type(expected) is not type(actual) and (
            self.types == "exact" or (type(expected), type(actual)) not in _INTERCHANGEABLE
        ):
            return Difference(path, f"expected {_kind(expected)}, got {_kind(actual)}")
        if type(expected) in (list, tuple):
            return self._sequence(expected, actual, path)
        if type(expected) is dict:
            return self._mapping(expected, actual, path)
        if type(expected) in (set, frozenset):
            return self._set(expected, actual, path)
        if type(expected) in _LEAVES:
            return None if expected == actual else Difference(path, "the values differ")
        return Difference(path, f"{_kind(expected)} cannot be compared")

    def _number(self, expected: Any, actual: Any, path: str) -> Difference | None:
        if self.types == "exact" and type(expected) is not type(actual):
            return Difference(path, f"expected {_kind(expected)}, got {_kind(actual)}")
        if _far_apart(expected, actual) or _far_apart(actual, expected):
            return Difference(path, "the values differ")
        if expected == actual or (expected != expected and actual != actual):
            return None
        if not isinstance(expected, float | complex) and not isinstance(actual, float | complex):
            return Difference(path, "the values differ")
        try:
            close = (
                cmath.isfinite(expected)
                and cmath.isfinite(actual)
                and abs(expected - actual) <= self.absolute + self.relative * abs(expected)
            )
        except (OverflowError, TypeError):  # an int beyond the floats; a Decimal beside a float
            close = False
        return None if close else Difference(path, "the values differ")

    def _sequence(self, expected: Any, actual: Any, path: str) -> Difference | None:
        if len(expected) != len(actual):
            return Difference(path, f"expected {len(expected)} items, got {len(actual)}")
        if self.types == "python" and _is_flat(expected) and expected == actual:
            return None  # the common case, at the speed of C
        for index, (left, right) in enumerate(zip(expected, actual, strict=True)):
            found = self.difference(left, right, f"{path}[{index}]")
            if found is not None:
                return found
        return None

    def _mapping(
        self, expected: dict[Any, Any], actual: dict[Any, Any], path: str
    ) -> Difference | None:
        if len(expected) != len(actual):
            return Difference(path, f"expected {len(expected)} entries, got {len(actual)}")
        pairs = self._pairs(expected, actual)
        if pairs is None:
            return Difference(path, "the keys differ")
        for left, right in pairs:
            found = self.difference(expected[left], actual[right], f"{path}[{_key_text(left)}]")
            if found is not None:
                return found
        return None

    def _set(self, expected: Any, actual: Any, path: str) -> Difference | None:
        if len(expected) != len(actual):
            return Difference(path, f"expected {len(expected)} elements, got {len(actual)}")
        if self._pairs(expected, actual) is None:
            return Difference(path, "the elements differ")
        return None

    def _pairs(
        self, expected: Collection[Any], actual: Collection[Any]
    ) -> list[tuple[Any, Any]] | None:
        """Pairs every key of `expected` with an equal one of `actual`, by hash first."""
        known = {key: key for key in actual}
        pairs: list[tuple[Any, Any]] = []
        loose: list[Any] = []
        for key in expected:
            if key in known and self.difference(key, known[key], "") is None:
                pairs.append((key, known.pop(key)))
            else:
                loose.append(key)
        matched = self._match(loose, list(known))
        return None if matched is None else pairs + matched

    def _match(self, left: list[Any], right: list[Any]) -> list[tuple[Any, Any]] | None:
        """Pairs every element of `left` with an equal one of `right`, or None. Exact where
        tolerances do not overlap. Real numbers by rank; others greedily, in quadratic time, which a
        program must not be able to ask for: only up to 200 of them."""
        if len(left) != len(right):
            return None
        if all(type(item) in (int, float) and item == item for item in (*left, *right)):
            ranked = list(zip(sorted(left), sorted(right), strict=True))
            return ranked if all(self.difference(a, b, "") is None for a, b in ranked) else None
        if len(left) > 200:
            return None
        pairs = []
        for item in left:
            for index, other in enumerate(right):
                if self.difference(item, other, "") is None:
                    pairs.append((item, right.pop(index)))
                    break
            else:
                return None
        return pairs


def _far_apart(value: Any, other: Any) -> bool:
    """Whether a Decimal and an int differ in size, told without the conversion of the int that
    Python would make: it takes 10 s for one that just fits an answer."""
    if type(value) is not Decimal or type(other) is not int or other.bit_length() < _LONG:
        return False
    digits = other.bit_length() * math.log10(2)
    return not value.is_finite() or abs(value.adjusted() - digits) > 2


def _is_flat(values: Collection[Any]) -> bool:
    return _SCALARS.issuperset(map(type, values))


def _kind(value: Any) -> str:
    return str(getattr(value, "type_name", None) or type(value).__name__)


def _key_text(key: Any) -> str:
    if isinstance(key, int) and not isinstance(key, bool):
        return str(key) if key.bit_length() < 64 else "a large int"
    text = ascii(key) if isinstance(key, str | bytes) else type(key).__name__
    return text if len(text) <= 40 else text[:37] + "..."
