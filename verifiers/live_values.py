"""Gives values that travelled as descriptions their behaviour back, where that is safe.

The sandbox hands over exact builtin types; a Fraction or Decimal arrives as its text, an iterator
as what it yielded. Python would have said `Fraction(1, 2) == 0.5`, and so must a comparison here.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

# Digits only: an exponent in a short text can stand for a number that fills the memory.
_FRACTION = re.compile(r"-?[0-9]{1,4000}(/0*[1-9][0-9]{0,3999})?")
_DECIMAL = re.compile(r"-?[0-9]{1,4000}(\.[0-9]{1,4000})?")
_SEQUENCES = (list, tuple, set, frozenset)
_PLAIN = frozenset((type(None), bool, int, float, complex, str, bytes))


def revived(value: Any) -> Any:
    """`value` with Fractions, Decimals and iterators inside it made real again."""
    return _revived(value) if _holds_stand_in(value) else value


def _holds_stand_in(value: Any) -> bool:
    """Whether there is anything to revive: to copy a large answer for nothing took seconds."""
    kind = type(value)
    if kind in _PLAIN:
        return False
    if kind in _SEQUENCES:
        return not _PLAIN.issuperset(map(type, value)) and any(map(_holds_stand_in, value))
    if kind is dict:
        return any(map(_holds_stand_in, value)) or any(map(_holds_stand_in, value.values()))
    return kind.__name__ in ("Iterated", "Opaque")


def _revived(value: Any) -> Any:
    kind = type(value)
    if kind in _SEQUENCES:
        return kind(map(_revived, value))
    if kind is dict:
        return {_revived(key): _revived(item) for key, item in value.items()}
    if kind.__name__ == "Iterated" and value.complete:
        return iter(_revived(value.items))
    if kind.__name__ == "Opaque":
        if value.type_name == "fractions.Fraction" and _FRACTION.fullmatch(value.text):
            return Fraction(value.text)
        if value.type_name == "decimal.Decimal" and _DECIMAL.fullmatch(value.text):
            return Decimal(value.text)
    return value
