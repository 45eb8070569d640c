"""Components on bit vectors of a width, after the SMT-LIB theory FixedSizeBitVectors.

A value is a Python int in ``range(2 ** width)``.  Up to 64 bits the numpy path holds them as
int64 arrays with the same 64 bit patterns, so that wrap-around is that of the machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from synth.inductive.component import Component
from synth.inductive.value_types import BOOL, bits


def bit_components(width: int) -> tuple[Component, ...]:
    """The operators of SMT-LIB bit vectors at one width, with Python templates."""
    kind = bits(width)
    mask = (1 << width) - 1
    full = width == 64
    narrow = np.int64(-1 if full else mask)

    def wrap(array: Any) -> Any:
        return array if full else array & narrow

    def unsigned(array: Any) -> Any:
        return np.asarray(array).view(np.uint64)

    def shift(operation: Any) -> Any:
        def run(a: Any, b: Any) -> Any:
            ua, ub = np.broadcast_arrays(unsigned(a), unsigned(b))
            big = ub >= np.uint64(width)
            moved = operation(ua, np.where(big, np.uint64(0), ub))
            return wrap(np.where(big, np.uint64(0), moved).view(np.int64))

        return run

    def arithmetic_shift(a: int, b: int) -> int:
        signed = a - (1 << width) if a >> (width - 1) else a
        return (signed >> min(b, width)) & mask

    signed_template = f"(_0 - (_0 >> {width - 1} << {width}))"
    m = hex(mask)
    binary, unary = (kind, kind), (kind,)
    arithmetic_vector = None
    if full:

        def arithmetic_vector(a: Any, b: Any) -> Any:
            return np.right_shift(a, np.minimum(unsigned(b), np.uint64(63)).view(np.int64))

    def divide(operation: Any, by_zero: Any) -> Any:
        def run(a: Any, b: Any) -> Any:
            ua, ub = np.broadcast_arrays(unsigned(a), unsigned(b))
            none = ub == 0
            whole = operation(ua, np.where(none, np.uint64(1), ub))
            return np.where(none, by_zero(ua), whole).view(np.int64)

        return run

    def compare(operation: Any) -> Any:
        return lambda a, b: operation(unsigned(a), unsigned(b))

    def component(
        name: str, function: Any, template: str, cost: int, commutative: bool, vector: Any,
        arguments: Any = binary, result: Any = kind,
    ) -> Component:  # fmt: skip
        return Component(
            name, arguments, result, function, template, cost, commutative,
            vector if width <= 64 else None, smt=name,
        )  # fmt: skip

    return (
        component("bvand", lambda a, b: a & b, "_0 & _1", 2, True, np.bitwise_and),
        component("bvor", lambda a, b: a | b, "_0 | _1", 2, True, np.bitwise_or),
        component("bvxor", lambda a, b: a ^ b, "_0 ^ _1", 2, True, np.bitwise_xor),
        component("bvnot", lambda a: a ^ mask, f"_0 ^ {m}", 2, False,
                  lambda a: a ^ narrow, unary),
        component("bvneg", lambda a: -a & mask, f"-_0 & {m}", 2, False,
                  lambda a: wrap(-a), unary),
        component("bvadd", lambda a, b: (a + b) & mask, f"(_0 + _1) & {m}", 2, True,
                  lambda a, b: wrap(a + b)),
        component("bvsub", lambda a, b: (a - b) & mask, f"(_0 - _1) & {m}", 2, False,
                  lambda a, b: wrap(a - b)),
        component("bvmul", lambda a, b: (a * b) & mask, f"(_0 * _1) & {m}", 3, True,
                  lambda a, b: wrap(a * b)),
        component("bvshl", lambda a, b: (a << b) & mask if b < width else 0,
                  f"(_0 << _1) & {m} if _1 < {width} else 0", 2, False, shift(np.left_shift)),
        component("bvlshr", lambda a, b: a >> b if b < width else 0, "_0 >> _1", 2, False,
                  shift(np.right_shift)),
        component("bvashr", arithmetic_shift, f"{signed_template} >> _1 & {m}", 3, False,
                  arithmetic_vector),
        component("bvudiv", lambda a, b: a // b if b else mask, f"_0 // _1 if _1 else {m}",
                  4, False, divide(np.floor_divide, lambda ua: np.uint64(mask))),
        component("bvurem", lambda a, b: a % b if b else a, "_0 % _1 if _1 else _0",
                  4, False, divide(np.mod, lambda ua: ua)),
        component("bvult", lambda a, b: a < b, "_0 < _1", 2, False, compare(np.less),
                  result=BOOL),
        component("bvule", lambda a, b: a <= b, "_0 <= _1", 2, False, compare(np.less_equal),
                  result=BOOL),
        component("=", lambda a, b: a == b, "_0 == _1", 2, True, np.equal, result=BOOL),
    )  # fmt: skip
