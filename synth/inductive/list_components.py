"""Components on lists, tuples, sets and dicts; all polymorphic in their elements."""

from __future__ import annotations

import itertools
import math
import operator
from collections import Counter
from typing import Any

from synth.inductive.component import Component
from synth.inductive.value_types import (
    BOOL,
    FLOAT,
    INT,
    STR,
    A,
    B,
    dict_of,
    list_of,
    set_of,
    tuple_of,
)  # fmt: skip
from synth.inductive.values import FrozenDict, round_float

_AS = list_of(A)
_BS = list_of(B)
_INTS = list_of(INT)
_LONGEST = 400
# Elements that become keys or members of sets.
_KEYS = ("'a",)


def _range(start: int, stop: int) -> tuple[int, ...]:
    if stop - start > _LONGEST:
        raise ValueError("too long")
    return tuple(range(start, stop))


def _range_down(start: int, stop: int) -> tuple[int, ...]:
    if start - stop > _LONGEST:
        raise ValueError("too long")
    return tuple(range(start, stop, -1))


def _repeat(items: tuple[Any, ...], times: int) -> tuple[Any, ...]:
    if times > _LONGEST or len(items) * times > _LONGEST:
        raise ValueError("too long")
    return items * times


def _positive(step: int) -> int:
    if step < 2:
        raise ValueError("step below two")
    return step


def _groups(items: tuple[Any, ...]) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(group) for _, group in itertools.groupby(items))


def _gather(items: tuple[Any, ...]) -> tuple[tuple[Any, ...], ...]:
    table: dict[Any, list[Any]] = {}
    for item in items:
        table.setdefault(item, []).append(item)
    return tuple(map(tuple, table.values()))


def _chunks(items: tuple[Any, ...], width: int) -> tuple[tuple[Any, ...], ...]:
    return tuple(items[i : i + width] for i in range(0, len(items), _positive(width)))


def _inserted(items: tuple[Any, ...], at: int, item: Any) -> tuple[Any, ...]:
    return (*items[:at], item, *items[at:])


def _set_at(items: tuple[Any, ...], at: int, item: Any) -> tuple[Any, ...]:
    if not 0 <= at < len(items):
        raise IndexError("no such position")
    return (*items[:at], item, *items[at + 1 :])


def _without(items: tuple[Any, ...], at: int) -> tuple[Any, ...]:
    if not 0 <= at < len(items):
        raise IndexError("no such position")
    return items[:at] + items[at + 1 :]


_C = Component

SLICING = (
    _C("at", (_AS, INT), A, operator.getitem, "_0[_1]", 2),
    _C("take", (_AS, INT), _AS, lambda xs, n: xs[:n], "_0[:_1]", 2),
    _C("drop", (_AS, INT), _AS, lambda xs, n: xs[n:], "_0[_1:]", 2),
    _C("reverse", (_AS,), _AS, lambda xs: xs[::-1], "_0[::-1]", 2),
    _C("every", (_AS, INT), _AS, lambda xs, n: xs[:: _positive(n)], "_0[::_1]", 4),
    _C("append_lists", (_AS, _AS), _AS, operator.add, "_0 + _1", 2),
    _C("singleton", (A,), _AS, lambda x: (x,), "[_0]", 2),
    _C("replicate", (_AS, INT), _AS, _repeat, "_0 * _1", 3),
    _C("insert", (_AS, INT, A), _AS, _inserted, "_0[:_1] + [_2] + _0[_1:]", 5),
    _C("set_at", (_AS, INT, A), _AS, _set_at, "_0[:_1] + [_2] + _0[_1 + 1:]", 5),
    _C("without_index", (_AS, INT), _AS, _without, "_0[:_1] + _0[_1 + 1:]", 4),
)

MEASURING = (
    _C("len", (_AS,), INT, len, "len(_0)", 2),
    _C("count", (_AS, A), INT, lambda xs, x: xs.count(x), "_0.count(_1)", 2),
    _C("index", (_AS, A), INT, lambda xs, x: xs.index(x), "_0.index(_1)", 3),
    _C("member", (A, _AS), BOOL, lambda x, xs: x in xs, "_0 in _1", 2),
    _C("distinct_count", (_AS,), INT, lambda xs: len(set(xs)), "len(set(_0))", 3, hashable=_KEYS),
)

ORDERING = (
    _C("sort", (_AS,), _AS, lambda xs: tuple(sorted(xs)), "sorted(_0)", 2),
    _C("sort_down", (_AS,), _AS, lambda xs: tuple(sorted(xs, reverse=True)),
       "sorted(_0, reverse=True)", 3),
    _C("max", (_AS,), A, max, "max(_0)", 2),
    _C("min", (_AS,), A, min, "min(_0)", 2),
)  # fmt: skip

GROUPING = (
    _C("unique", (_AS,), _AS, lambda xs: tuple(dict.fromkeys(xs)), "list(dict.fromkeys(_0))", 2,
       hashable=_KEYS),
    _C("groups", (_AS,), list_of(_AS), _groups,
       "[list(g) for _, g in itertools.groupby(_0)]", 4, imports=("itertools",)),
    _C("gather", (_AS,), list_of(_AS), _gather,
       "[[y for y in _0 if y == x] for x in dict.fromkeys(_0)]", 5, hashable=_KEYS),
    _C("chunks", (_AS, INT), list_of(_AS), _chunks,
       "[_0[i:i + _1] for i in range(0, len(_0), _1)]", 5),
    _C("flatten", (list_of(_AS),), _AS, lambda xss: tuple(itertools.chain.from_iterable(xss)),
       "[x for xs in _0 for x in xs]", 2),
    _C("transpose", (list_of(_AS),), list_of(_AS), lambda xss: tuple(zip(*xss, strict=True)),
       "[list(column) for column in zip(*_0)]", 3),
    _C("mode", (_AS,), A, lambda xs: Counter(xs).most_common(1)[0][0],
       "Counter(_0).most_common(1)[0][0]", 5, imports=("collections.Counter",), hashable=_KEYS),
)  # fmt: skip

INTEGERS = (
    _C("sum", (_INTS,), INT, sum, "sum(_0)", 2),
    _C("product", (_INTS,), INT, math.prod, "math.prod(_0)", 3, imports=("math",)),
    _C("range", (INT,), _INTS, lambda n: _range(0, n), "list(range(_0))", 2),
    _C("range_one", (INT,), _INTS, lambda n: _range(1, n + 1), "list(range(1, _0 + 1))", 3),
    _C("range_from", (INT, INT), _INTS, _range, "list(range(_0, _1))", 3),
    _C("range_to", (INT, INT), _INTS, lambda a, b: _range(a, b + 1), "list(range(_0, _1 + 1))", 3),
    _C("range_down", (INT, INT), _INTS, _range_down, "list(range(_0, _1, -1))", 5),
    _C("cumulate", (_INTS,), _INTS, lambda xs: tuple(itertools.accumulate(xs)),
       "list(itertools.accumulate(_0))", 3, imports=("itertools",)),
    _C("cumulate_max", (_INTS,), _INTS, lambda xs: tuple(itertools.accumulate(xs, max)),
       "list(itertools.accumulate(_0, max))", 4, imports=("itertools",)),
    _C("cumulate_min", (_INTS,), _INTS, lambda xs: tuple(itertools.accumulate(xs, min)),
       "list(itertools.accumulate(_0, min))", 4, imports=("itertools",)),
    _C("cumulate_product", (_INTS,), _INTS,
       lambda xs: tuple(itertools.accumulate(xs, operator.mul)),
       "list(itertools.accumulate(_0, operator.mul))", 4, imports=("itertools", "operator")),
    _C("digit_list", (INT,), _INTS, lambda n: tuple(map(int, str(abs(n)))),
       "[int(d) for d in str(abs(_0))]", 4),
    _C("any", (list_of(BOOL),), BOOL, any, "any(_0)", 2),
    _C("all", (list_of(BOOL),), BOOL, all, "all(_0)", 2),
    _C("count_true", (list_of(BOOL),), INT, sum, "sum(_0)", 2),
)  # fmt: skip

FLOATS = (
    _C("fsum", (list_of(FLOAT),), FLOAT, lambda xs: round_float(float(sum(xs))), "sum(_0)", 2),
    _C("mean", (list_of(FLOAT),), FLOAT, lambda xs: round_float(sum(xs) / len(xs)),
       "sum(_0) / len(_0)", 4),
    _C("mean_int", (_INTS,), FLOAT, lambda xs: round_float(sum(xs) / len(xs)),
       "sum(_0) / len(_0)", 4),
    _C("median", (list_of(FLOAT),), FLOAT,
       lambda xs: round_float((sorted(xs)[(len(xs) - 1) // 2] + sorted(xs)[len(xs) // 2]) / 2),
       "(sorted(_0)[(len(_0) - 1) // 2] + sorted(_0)[len(_0) // 2]) / 2", 6),
    _C("median_int", (_INTS,), FLOAT,
       lambda xs: (sorted(xs)[(len(xs) - 1) // 2] + sorted(xs)[len(xs) // 2]) / 2,
       "(sorted(_0)[(len(_0) - 1) // 2] + sorted(_0)[len(_0) // 2]) / 2", 6),
)  # fmt: skip

TUPLES = (
    _C("first_of_pair", (tuple_of(A, B),), A, lambda t: t[0], "_0[0]", 1),
    _C("second_of_pair", (tuple_of(A, B),), B, lambda t: t[1], "_0[1]", 1),
    _C("pair", (A, B), tuple_of(A, B), lambda a, b: (a, b), "(_0, _1)", 2),
    _C("zip", (_AS, _BS), list_of(tuple_of(A, B)), lambda xs, ys: tuple(zip(xs, ys, strict=False)),
       "list(zip(_0, _1))", 3),
    _C("dict_of_pairs", (list_of(tuple_of(A, B)),), dict_of(A, B), lambda ps: FrozenDict(ps),
       "dict(_0)", 2, hashable=_KEYS),
)  # fmt: skip

DICTS = (
    _C("lookup", (dict_of(A, B), A), B, lambda d, k: d[k], "_0[_1]", 2, hashable=_KEYS),
    _C("get", (dict_of(A, B), A, B), B, lambda d, k, v: d.get(k, v), "_0.get(_1, _2)", 3,
       hashable=_KEYS),
    _C("has_key", (A, dict_of(A, B)), BOOL, lambda k, d: k in d, "_0 in _1", 2, hashable=_KEYS),
    _C("keys", (dict_of(A, B),), _AS, tuple, "list(_0)", 2, hashable=_KEYS),
    _C("values", (dict_of(A, B),), _BS, lambda d: tuple(d.values()), "list(_0.values())", 2,
       hashable=_KEYS),
    _C("items", (dict_of(A, B),), list_of(tuple_of(A, B)), lambda d: tuple(d.items()),
       "list(_0.items())", 2, hashable=_KEYS),
    _C("len_dict", (dict_of(A, B),), INT, len, "len(_0)", 2, hashable=_KEYS),
    _C("merge", (dict_of(A, B), dict_of(A, B)), dict_of(A, B), lambda a, b: FrozenDict({**a, **b}),
       "{**_0, **_1}", 2, hashable=_KEYS),
    _C("counter", (_AS,), dict_of(A, INT), lambda xs: FrozenDict(Counter(xs)),
       "dict(Counter(_0))", 2, imports=("collections.Counter",), hashable=_KEYS),
    _C("zip_dict", (_AS, _BS), dict_of(A, B),
       lambda xs, ys: FrozenDict(zip(xs, ys, strict=False)), "dict(zip(_0, _1))", 2,
       hashable=_KEYS),
    _C("counter_text", (STR,), dict_of(STR, INT), lambda s: FrozenDict(Counter(s)),
       "dict(Counter(_0))", 2, imports=("collections.Counter",)),
)  # fmt: skip

SETS = (
    _C("set", (_AS,), set_of(A), frozenset, "set(_0)", 2, hashable=_KEYS),
    _C(
        "union",
        (set_of(A), set_of(A)),
        set_of(A),
        operator.or_,
        "_0 | _1",
        2,
        True,
        hashable=_KEYS,
    ),
    _C(
        "intersection",
        (set_of(A), set_of(A)),
        set_of(A),
        operator.and_,
        "_0 & _1",
        2,
        True,
        hashable=_KEYS,
    ),
    _C(
        "difference",
        (set_of(A), set_of(A)),
        set_of(A),
        operator.sub,
        "_0 - _1",
        2,
        hashable=_KEYS,
    ),
    _C(
        "symmetric_difference",
        (set_of(A), set_of(A)),
        set_of(A),
        operator.xor,
        "_0 ^ _1",
        3,
        True,
        hashable=_KEYS,
    ),
    _C(
        "sorted_set",
        (set_of(A),),
        _AS,
        lambda s: tuple(sorted(s)),
        "sorted(_0)",
        2,
        hashable=_KEYS,
    ),
    _C("len_set", (set_of(A),), INT, len, "len(_0)", 2, hashable=_KEYS),
    _C("in_set", (A, set_of(A)), BOOL, lambda x, s: x in s, "_0 in _1", 2, hashable=_KEYS),
)
