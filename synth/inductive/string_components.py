"""Components on strings: slices, searches, cases, splits and regular expressions."""

from __future__ import annotations

import operator
import re
from typing import Any

from synth.inductive.component import Component
from synth.inductive.value_types import BOOL, INT, PATTERN, STR, list_of

_WORDS = list_of(STR)


def _needs(separator: str) -> str:
    if not separator:
        raise ValueError("empty separator")
    return separator


def _repeat(text: str, times: int) -> str:
    if times > 200 or len(text) * times > 2000:
        raise ValueError("too long")
    return text * times


def _width(width: int) -> int:
    if width > 200:
        raise ValueError("too wide")
    return width


def _replace(text: str, old: str, new: str) -> str:
    if not old:
        raise ValueError("nothing to replace")
    return text.replace(old, new)


def _find_all(pattern: str, text: str) -> tuple[str, ...]:
    return tuple(re.findall(pattern, text))


def _first_match(pattern: str, text: str) -> str:
    return re.findall(pattern, text)[0]  # type: ignore[no-any-return]


def _component(
    name: str, arguments: tuple[Any, ...], result: Any, function: Any, template: str,
    cost: int = 2, **more: Any,
) -> Component:  # fmt: skip
    return Component(name, arguments, result, function, template, cost, **more)


_C = _component

CUTTING = (
    _C("concat", (STR, STR), STR, operator.add, "_0 + _1", 2, smt="str.++"),
    _C("char_at", (STR, INT), STR, operator.getitem, "_0[_1]"),
    _C("prefix", (STR, INT), STR, lambda s, n: s[:n], "_0[:_1]"),
    _C("suffix", (STR, INT), STR, lambda s, n: s[n:], "_0[_1:]"),
    _C("reverse_text", (STR,), STR, lambda s: s[::-1], "_0[::-1]", 3),
    _C("stride", (STR, INT), STR, lambda s, n: s[:: n if n > 1 else 1 // 0], "_0[::_1]", 5),
    _C("before", (STR, STR), STR, lambda s, t: s.partition(_needs(t))[0], "_0.split(_1, 1)[0]", 3),
    _C("after", (STR, STR), STR, lambda s, t: s.split(_needs(t), 1)[1], "_0.split(_1, 1)[1]", 3),
    _C("before_last", (STR, STR), STR, lambda s, t: s.rsplit(_needs(t), 1)[0],
       "_0.rsplit(_1, 1)[0]", 3),
    _C("after_last", (STR, STR), STR, lambda s, t: s.rsplit(_needs(t), 1)[-1],
       "_0.rsplit(_1, 1)[-1]", 3),
    _C("replace", (STR, STR, STR), STR, _replace, "_0.replace(_1, _2)"),
    _C("replace_first", (STR, STR, STR), STR,
       lambda s, a, b: s.replace(_needs(a), b, 1), "_0.replace(_1, _2, 1)", 4),
    _C("remove", (STR, STR), STR, lambda s, t: _replace(s, t, ""), "_0.replace(_1, '')", 3),
    _C("strip", (STR,), STR, str.strip, "_0.strip()"),
    _C("strip_of", (STR, STR), STR, lambda s, t: s.strip(_needs(t)), "_0.strip(_1)", 3),
    _C("lstrip_of", (STR, STR), STR, lambda s, t: s.lstrip(_needs(t)), "_0.lstrip(_1)", 4),
    _C("rstrip_of", (STR, STR), STR, lambda s, t: s.rstrip(_needs(t)), "_0.rstrip(_1)", 4),
    _C("removeprefix", (STR, STR), STR, str.removeprefix, "_0.removeprefix(_1)", 3),
    _C("removesuffix", (STR, STR), STR, str.removesuffix, "_0.removesuffix(_1)", 3),
)  # fmt: skip

SHAPING = (
    _C("upper", (STR,), STR, str.upper, "_0.upper()"),
    _C("lower", (STR,), STR, str.lower, "_0.lower()"),
    _C("title", (STR,), STR, str.title, "_0.title()", 3),
    _C("capitalize", (STR,), STR, str.capitalize, "_0.capitalize()", 3),
    _C("swapcase", (STR,), STR, str.swapcase, "_0.swapcase()", 4),
    _C("repeat_text", (STR, INT), STR, _repeat, "_0 * _1", 3),
    _C("zfill", (STR, INT), STR, lambda s, n: s.zfill(_width(n)), "_0.zfill(_1)", 3),
    _C("rjust", (STR, INT), STR, lambda s, n: s.rjust(_width(n)), "_0.rjust(_1)", 3),
    _C("ljust", (STR, INT), STR, lambda s, n: s.ljust(_width(n)), "_0.ljust(_1)", 3),
    _C("center", (STR, INT), STR, lambda s, n: s.center(_width(n)), "_0.center(_1)", 4),
    _C("rjust_with", (STR, INT, STR), STR, lambda s, n, c: s.rjust(_width(n), c),
       "_0.rjust(_1, _2)", 4),
    _C("ljust_with", (STR, INT, STR), STR, lambda s, n, c: s.ljust(_width(n), c),
       "_0.ljust(_1, _2)", 4),
    _C("int_text", (INT,), STR, str, "str(_0)", 2),
)  # fmt: skip

MEASURING = (
    _C("len_text", (STR,), INT, len, "len(_0)"),
    _C("find", (STR, STR), INT, str.index, "_0.index(_1)", 2),
    _C("find_last", (STR, STR), INT, str.rindex, "_0.rindex(_1)", 3),
    _C("count_text", (STR, STR), INT, lambda s, t: s.count(_needs(t)), "_0.count(_1)"),
    _C("int", (STR,), INT, lambda s: int(s) if len(s) < 18 else 1 // 0, "int(_0)"),
    _C("ord", (STR,), INT, ord, "ord(_0)", 3),
)  # fmt: skip

TESTING = (
    _C("same_text", (STR, STR), BOOL, operator.eq, "_0 == _1", 2, commutative=True),
    _C("contains", (STR, STR), BOOL, lambda t, s: t in s, "_0 in _1"),
    _C("startswith", (STR, STR), BOOL, str.startswith, "_0.startswith(_1)", 3),
    _C("endswith", (STR, STR), BOOL, str.endswith, "_0.endswith(_1)", 3),
    _C("isdigit", (STR,), BOOL, str.isdigit, "_0.isdigit()"),
    _C("isalpha", (STR,), BOOL, str.isalpha, "_0.isalpha()"),
    _C("isupper", (STR,), BOOL, str.isupper, "_0.isupper()"),
    _C("islower", (STR,), BOOL, str.islower, "_0.islower()"),
    _C("isalnum", (STR,), BOOL, str.isalnum, "_0.isalnum()", 3),
    _C("isspace", (STR,), BOOL, str.isspace, "_0.isspace()", 3),
    _C("before_text", (STR, STR), BOOL, operator.lt, "_0 < _1", 4),
)  # fmt: skip

SPLITTING = (
    _C("words", (STR,), _WORDS, lambda s: tuple(s.split()), "_0.split()"),
    _C("split", (STR, STR), _WORDS, lambda s, t: tuple(s.split(_needs(t))), "_0.split(_1)"),
    _C("lines", (STR,), _WORDS, lambda s: tuple(s.splitlines()), "_0.splitlines()", 3),
    _C("join", (STR, _WORDS), STR, lambda t, words: t.join(words), "_0.join(_1)"),
    _C("joined", (_WORDS,), STR, "".join, "''.join(_0)", 2),
    _C("characters", (STR,), _WORDS, tuple, "list(_0)", 3),
)  # fmt: skip

MATCHING = (
    _C("find_all", (PATTERN, STR), _WORDS, _find_all, "re.findall(_0, _1)", 2, imports=("re",)),
    _C("first_match", (PATTERN, STR), STR, _first_match, "re.findall(_0, _1)[0]", 3,
       imports=("re",)),
    _C("last_match", (PATTERN, STR), STR, lambda p, s: re.findall(p, s)[-1],
       "re.findall(_0, _1)[-1]", 3, imports=("re",)),
    _C("sub", (PATTERN, STR, STR), STR, re.sub, "re.sub(_0, _1, _2)", 3, imports=("re",)),
    _C("delete", (PATTERN, STR), STR, lambda p, s: re.sub(p, "", s), "re.sub(_0, '', _1)", 3,
       imports=("re",)),
    _C("matches", (PATTERN, STR), BOOL, lambda p, s: re.search(p, s) is not None,
       "re.search(_0, _1) is not None", 3, imports=("re",)),
    _C("fullmatch", (PATTERN, STR), BOOL, lambda p, s: re.fullmatch(p, s) is not None,
       "re.fullmatch(_0, _1) is not None", 4, imports=("re",)),
)  # fmt: skip

# Token classes of everyday text (the token set of FlashFill, Gulwani 2011, table 1, as patterns).
PATTERNS = {
    r"\d+": 2,
    r"[A-Z]": 2,
    r"[A-Za-z]+": 2,
    r"\w+": 2,
    r"[A-Z][a-z]+": 3,
    r"\d": 3,
    r"[A-Z]+": 3,
    r"[a-z]+": 3,
    r"\W+": 3,
    r"\s+": 3,
    r"[A-Za-z]": 3,
    r"[a-z]": 3,
    r"\D": 3,
    r"\W": 3,
    r"[0-9.]+": 4,
    r"[A-Za-z0-9]+": 4,
    r"[aeiou]": 4,
    r"[^A-Za-z0-9]": 4,
    r"\S+": 4,
}
