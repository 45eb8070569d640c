"""How values travel between processes that do not trust each other: JSON, tagged where needed.

What arrives is rebuilt from JSON as exact builtin types, so nothing of the sender's (a class, an
`__eq__`, code) can come along. The rules:

* None, bool, int, float (nan, infinities and -0.0 too), str (lone surrogates too), list, and dict
  with str keys travel as themselves; tuple, set, frozenset, bytes, bytearray, complex, range,
  Ellipsis, dicts with other keys and integers of any length travel tagged, exactly.
* A subclass travels as the builtin it extends (IntEnum as int, namedtuple as tuple; Counter,
  defaultdict and OrderedDict as dict), read with the builtin's own methods. A numpy array travels
  as the nested list of its items, a numpy scalar as its item.
* An iterator is drained, up to `MAX_ITEMS`: `Iterated`. A dataclass instance is a `Record`.
* Anything else, a cycle, or nesting beyond `MAX_DEPTH` is `Opaque`: type name and repr, cut.

This module runs on both sides: it imports the standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from types import SimpleNamespace
from typing import Any

from verifiers.sandbox.stand_ins import Iterated, Opaque, Record

MAX_DEPTH = 150
MAX_ITEMS = 100_000
_OPAQUE_TEXT = 400
_CROWD = 64  # different keys of one hash; two are common (-1 and -2), more are made on purpose


class EncodingError(ValueError):
    """A value too large to send, or bytes that are no encoded value."""


SCALARS = frozenset({int, float, str, bool, type(None)})
_STR = frozenset({str})
_dumps = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def form(value: Any) -> tuple[str, Any]:
    """The value as `p` and itself, where it is plain JSON, or as `t` and its tagged form.

    Plain is by type only: an integer too long for JSON, or a lone surrogate, shows when the text is
    made, and calls for `tagged`.
    """
    return ("p", value) if _is_plain(value, 40) else ("t", _tag(value, 0, {}))


def tagged(value: Any) -> tuple[str, Any]:
    """The form that takes every value."""
    return "t", _tag(value, 0, {})


def encode(value: Any) -> str:
    """The value as text: `p` and plain JSON, or `t` and tagged JSON, without surrogates."""
    kind, node = form(value)
    try:
        text = _dumps(node)
        if text.isascii() or text.encode():
            return kind + text
    except (ValueError, RecursionError):
        pass
    return "t" + _dumps(tagged(value)[1])


def decode(text: str, *, live: bool = False) -> Any:
    """The value in `text`, made of exact builtin types; EncodingError when there is none.

    Safe on hostile text. `live` turns Iterated into an iterator, Record into an object with those
    attributes and library values (Fraction, Decimal) into themselves, for code that will use them
    as the original: only inside the sandbox.
    """
    try:
        return rebuild(text[:1], json.loads(text[1:]), live=live)
    except EncodingError:
        raise
    except (ValueError, TypeError, RecursionError, OverflowError, MemoryError) as error:
        raise EncodingError(f"not an encoded value: {type(error).__name__}: {error}") from None


def rebuild(kind: str, node: Any, *, live: bool = False, shallow: bool = False) -> Any:
    """The value of a form whose JSON is loaded; `shallow` when it is known not to nest too deep."""
    try:
        if kind == "p":
            if not shallow and _depth(node) > MAX_DEPTH:
                raise EncodingError("nested too deep")
            return node
        if kind == "t":
            return _untag(node, 0, live)
    except EncodingError:
        raise
    except (ValueError, TypeError, IndexError, RecursionError, OverflowError, MemoryError) as error:
        raise EncodingError(f"not an encoded value: {type(error).__name__}: {error}") from None
    raise EncodingError("not an encoded value: unknown form")


def _is_plain(value: Any, depth: int) -> bool:
    kind = type(value)
    if kind in SCALARS:
        return True
    if depth == 0:
        return False
    if kind is list:
        items = value
    elif kind is dict:
        if not set(map(type, value)) <= _STR:
            return False
        items = value.values()
    else:
        return False
    if set(map(type, items)) <= SCALARS:
        return True
    return all(_is_plain(item, depth - 1) for item in items)


def _depth(value: Any) -> int:
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [
            inner
            for item in level
            if isinstance(item, list | dict)
            for inner in (item if isinstance(item, list) else item.values())
            if isinstance(inner, list | dict)
        ]
    return deepest


# ---- tagging: a container or a special scalar becomes [tag, ...]


def _tag(value: Any, depth: int, path: dict[int, None]) -> Any:
    kind = type(value)
    if kind is str:
        return _tag_str(value)
    if kind is int:
        return value if -(1 << 63) < value < 1 << 63 else ["i", hex(value)]
    if kind in SCALARS:
        return value
    base = next((known for known in kind.__mro__ if known in _TAGGERS), None)
    if base is None:
        return _tag_other(value, depth, path)
    if base in _LEAVES:
        return _TAGGERS[base](value)
    if depth >= MAX_DEPTH:
        return ["o", _name(kind), "nested too deep"]
    if id(value) in path:
        return ["o", _name(kind), "contains itself"]
    path[id(value)] = None
    items = _TAGGERS[base](value)
    result = [_TAGS[base], *(_tag(item, depth + 1, path) for item in items)]
    del path[id(value)]
    return result


def _tag_str(value: str) -> Any:
    text = str.__str__(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return ["u", text.encode("utf-32-le", "surrogatepass").hex()]
    return text


def _tag_other(value: Any, depth: int, path: dict[int, None]) -> Any:
    kind = type(value)
    if kind is Iterated:
        encoded = [_tag(item, depth + 1, path) for item in value.items]
        return ["g", value.type_name, value.complete, *encoded]
    if kind is Record:
        names = [name for name, _ in value.fields]
        return ["r", value.type_name, names, *(_tag(v, depth + 1, path) for _, v in value.fields)]
    if kind.__module__ == "numpy" and hasattr(kind, "tolist"):
        plain = value.tolist()
        if type(plain) is not kind:
            return _tag(plain, depth, path)
    fields = getattr(kind, "__dataclass_fields__", None)
    if isinstance(fields, dict) and depth < MAX_DEPTH and id(value) not in path:
        path[id(value)] = None
        pairs = [_tag(getattr(value, name, None), depth + 1, path) for name in fields]
        del path[id(value)]
        return ["r", _name(kind), list(fields), *pairs]
    if hasattr(kind, "__next__") and depth < MAX_DEPTH:
        items = list(islice(value, MAX_ITEMS + 1))
        encoded = [_tag(item, depth + 1, path) for item in items[:MAX_ITEMS]]
        return ["g", _name(kind), len(items) <= MAX_ITEMS, *encoded]
    if kind.__module__ in ("fractions", "decimal") and kind.__name__ in _LIBRARY:
        return ["o", f"{kind.__module__}.{kind.__name__}", str(value)]
    try:
        text = repr(value)[:_OPAQUE_TEXT]
        text.encode()
    except Exception:
        text = "<no repr>"
    return ["o", _name(kind), text]


def _name(kind: type) -> str:
    return str(getattr(kind, "__qualname__", "?"))[:100].encode("ascii", "replace").decode()


def _tag_dict(value: dict[Any, Any]) -> Iterator[Any]:
    for key, item in dict.items(value):
        yield key
        yield item


def _tag_float(value: float) -> Any:
    return float.__add__(value, 0.0) if value else float(value)


def _tag_range(value: range) -> Any:
    return ["n", hex(value.start), hex(value.stop), hex(value.step)]


def _tag_complex(value: complex) -> Any:
    return ["c", value.real, value.imag]


_LEAVES: frozenset[type] = frozenset({str, int, float, bytes, bytearray, complex, range, type(...)})
_TAGGERS: dict[type, Callable[[Any], Any]] = {
    str: _tag_str,
    int: lambda value: _tag(int.__int__(value), 0, {}),
    float: _tag_float,
    bytes: lambda value: ["b", bytes.hex(value)],
    bytearray: lambda value: ["B", bytearray.hex(value)],
    complex: _tag_complex,
    range: _tag_range,
    type(...): lambda value: ["e"],
    list: list.__iter__,
    tuple: tuple.__iter__,
    set: set.__iter__,
    frozenset: frozenset.__iter__,
    dict: _tag_dict,
    Opaque: lambda value: ["o", value.type_name, value.text],
}
_LEAVES |= {Opaque}
_TAGS: dict[type, str] = {list: "l", tuple: "t", set: "s", frozenset: "z", dict: "d"}
_LIBRARY = {"Fraction": "fractions", "Decimal": "decimal"}


# ---- reading tags back


def _untag(node: Any, depth: int, live: bool) -> Any:
    if not isinstance(node, list):
        if isinstance(node, dict):
            raise EncodingError("not an encoded value: an object among tags")
        # json gives one object for every nan, and a set would hold it once.
        return node if node == node else float("nan")
    if depth > MAX_DEPTH:
        raise EncodingError("nested too deep")
    tag = node[0]
    if tag in ("l", "t", "s", "z", "d"):
        items = [_untag(item, depth + 1, live) for item in islice(node, 1, None)]
        if tag == "l":
            return items
        if tag == "t":
            return tuple(items)
        if tag == "d":
            keys = items[::2]
            _refuse_collisions(keys)
            return dict(zip(keys, items[1::2], strict=True))
        _refuse_collisions(items)
        return set(items) if tag == "s" else frozenset(items)
    if tag == "g":
        values = [_untag(item, depth + 1, live) for item in islice(node, 3, None)]
        if live:
            return iter(values)
        return Iterated(_text(node[1]), tuple(values), node[2] is True)
    if tag == "r":
        names = [_text(name) for name in node[2]]
        pairs = zip(names, [_untag(item, depth + 1, live) for item in node[3:]], strict=True)
        return SimpleNamespace(**dict(pairs)) if live else Record(_text(node[1]), tuple(pairs))
    return _untag_leaf(tag, node, live)


def _untag_leaf(tag: Any, node: list[Any], live: bool) -> Any:
    if tag == "i":
        return int(_text(node[1]), 16)
    if tag == "u":
        return bytes.fromhex(_text(node[1])).decode("utf-32-le", "surrogatepass")
    if tag == "b":
        return bytes.fromhex(_text(node[1]))
    if tag == "B":
        return bytearray.fromhex(_text(node[1]))
    if tag == "c":
        return complex(_number(node[1]), _number(node[2]))
    if tag == "n":
        return range(int(_text(node[1]), 16), int(_text(node[2]), 16), int(_text(node[3]), 16))
    if tag == "e":
        return ...
    if tag == "o":
        name, text = _text(node[1]), _text(node[2])
        if live and name in ("fractions.Fraction", "decimal.Decimal"):
            return _library(name, text)
        return Opaque(name, text)
    raise EncodingError("not an encoded value: unknown tag")


def _library(name: str, text: str) -> Any:
    if name == "fractions.Fraction":
        from fractions import Fraction

        return Fraction(text)
    from decimal import Decimal

    return Decimal(text)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise EncodingError("not an encoded value: text expected")
    # Names and reprs are shown as they are: no lone surrogates, which no terminal or log takes.
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def _number(value: Any) -> float:
    if not isinstance(value, int | float):
        raise EncodingError("not an encoded value: number expected")
    return float(value)


def _refuse_collisions(keys: list[Any]) -> None:
    if is_crowded(keys):
        raise EncodingError("too many keys with the same hash")


def is_crowded(keys: Collection[Any]) -> bool:
    """Whether so many different keys have one hash that a set of them would cost minutes: numbers'
    hashes are no secret. Takes time in proportion to their number."""
    if len(keys) <= _CROWD or len(set(map(hash, keys))) == len(keys):
        return False
    alike: dict[int, list[Any]] = {}
    for key in keys:
        known = alike.setdefault(hash(key), [])
        if key not in known:
            known.append(key)
            if len(known) > _CROWD:
                return True
    return False
