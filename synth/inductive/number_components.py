"""Components on int, bool and float."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from synth.inductive.component import Component
from synth.inductive.value_types import BOOL, FLOAT, INT, STR, A
from synth.inductive.values import round_float


def _nonzero(_: Any, divisor: Any) -> Any:
    return divisor != 0


def _power(base: int, exponent: int) -> int:
    if not 0 <= exponent <= 64 or abs(base) > 10**6:
        raise ValueError("power out of range")
    return int(base**exponent)


def _powers_fit(base: Any, exponent: Any) -> Any:
    """Where `_power` has a value that int64 holds exactly."""
    usual = (exponent >= 0) & (exponent <= 64) & (np.abs(base) <= 10**6)
    size = np.abs(base).astype(np.float64) ** np.where(usual, exponent, 0)
    return usual & (size < 2.0**53)


def _powers(base: Any, exponent: Any) -> Any:
    return np.power(base, np.clip(exponent, 0, 64))


def _is_prime(n: int) -> bool:
    if n > 10**6:
        raise ValueError("too large to test")
    return n > 1 and all(n % d for d in range(2, math.isqrt(n) + 1))


def _is_square(n: int) -> bool:
    return n >= 0 and math.isqrt(n) ** 2 == n


def _factorial(n: int) -> int:
    if n > 25:
        raise ValueError("too large")
    return math.factorial(n)


_ISQRT_MAX = 10**12

INTEGER = (
    Component("add", (INT, INT), INT, operator.add, "_0 + _1", 2, True, np.add),
    Component("sub", (INT, INT), INT, operator.sub, "_0 - _1", 2, False, np.subtract),
    Component("mul", (INT, INT), INT, operator.mul, "_0 * _1", 2, True, np.multiply),
    Component(
        "floordiv", (INT, INT), INT, operator.floordiv, "_0 // _1", 2, False,
        np.floor_divide, _nonzero,
    ),
    Component("mod", (INT, INT), INT, operator.mod, "_0 % _1", 2, False, np.mod, _nonzero),
    Component("max2", (INT, INT), INT, max, "max(_0, _1)", 3, True, np.maximum),
    Component("min2", (INT, INT), INT, min, "min(_0, _1)", 3, True, np.minimum),
    Component("abs", (INT,), INT, abs, "abs(_0)", 3, False, np.abs),
    Component("neg", (INT,), INT, operator.neg, "-_0", 3, False, np.negative),
    Component("pow", (INT, INT), INT, _power, "_0 ** _1", 4, False, _powers, _powers_fit),
    Component("gcd", (INT, INT), INT, math.gcd, "math.gcd(_0, _1)", 5, True, np.gcd,
              imports=("math",)),
    Component("factorial", (INT,), INT, _factorial, "math.factorial(_0)", 5, imports=("math",)),
)  # fmt: skip

BOOLEAN = (
    Component("eq", (INT, INT), BOOL, operator.eq, "_0 == _1", 2, True, np.equal),
    Component("lt", (INT, INT), BOOL, operator.lt, "_0 < _1", 2, False, np.less),
    Component("le", (INT, INT), BOOL, operator.le, "_0 <= _1", 2, False, np.less_equal),
    Component("ne", (INT, INT), BOOL, operator.ne, "_0 != _1", 3, True, np.not_equal),
    Component("even", (INT,), BOOL, lambda n: n % 2 == 0, "_0 % 2 == 0", 3, False,
              lambda n: n % 2 == 0),
    Component("odd", (INT,), BOOL, lambda n: n % 2 == 1, "_0 % 2 == 1", 3, False,
              lambda n: n % 2 == 1),
    Component("divisible", (INT, INT), BOOL, lambda n, d: n % d == 0, "_0 % _1 == 0", 3, False,
              lambda n, d: np.mod(n, d) == 0, _nonzero),
    Component("prime", (INT,), BOOL, _is_prime,
              "_0 > 1 and all(_0 % d for d in range(2, math.isqrt(_0) + 1))", 6,
              imports=("math",)),
    Component("square", (INT,), BOOL, _is_square, "_0 >= 0 and math.isqrt(_0) ** 2 == _0", 6,
              imports=("math",)),
    Component("and", (BOOL, BOOL), BOOL, lambda a, b: a and b, "_0 and _1", 2, True, np.minimum),
    Component("or", (BOOL, BOOL), BOOL, lambda a, b: a or b, "_0 or _1", 2, True, np.maximum),
    Component("not", (BOOL,), BOOL, operator.not_, "not _0", 2, False, lambda a: 1 - a),
    Component("bool_eq", (BOOL, BOOL), BOOL, operator.eq, "_0 == _1", 4, True, np.equal),
)  # fmt: skip

EQUALITY = (Component("same", (A, A), BOOL, operator.eq, "_0 == _1", 3, True),)


def _float(function: Any) -> Any:
    return lambda *values: round_float(float(function(*values)))


FLOATING = (
    Component("fadd", (FLOAT, FLOAT), FLOAT, _float(operator.add), "_0 + _1", 2, True),
    Component("fsub", (FLOAT, FLOAT), FLOAT, _float(operator.sub), "_0 - _1", 2),
    Component("fmul", (FLOAT, FLOAT), FLOAT, _float(operator.mul), "_0 * _1", 2, True),
    Component("fdiv", (FLOAT, FLOAT), FLOAT, _float(operator.truediv), "_0 / _1", 2),
    Component("fabs", (FLOAT,), FLOAT, abs, "abs(_0)", 3),
    Component("fmax", (FLOAT, FLOAT), FLOAT, max, "max(_0, _1)", 3, True),
    Component("fmin", (FLOAT, FLOAT), FLOAT, min, "min(_0, _1)", 3, True),
    Component("fpow", (FLOAT, INT), FLOAT, _float(lambda x, n: x**n if 0 <= n < 20 else 1 / 0),
              "_0 ** _1", 4),
    Component("sqrt", (FLOAT,), FLOAT, _float(math.sqrt), "math.sqrt(_0)", 4, imports=("math",)),
    Component("flt", (FLOAT, FLOAT), BOOL, operator.lt, "_0 < _1", 2),
    Component("fle", (FLOAT, FLOAT), BOOL, operator.le, "_0 <= _1", 2),
    Component("round", (FLOAT,), INT, round, "round(_0)", 3),
    Component("floor", (FLOAT,), INT, math.floor, "math.floor(_0)", 3, imports=("math",)),
    Component("ceil", (FLOAT,), INT, math.ceil, "math.ceil(_0)", 3, imports=("math",)),
    Component("round_to", (FLOAT, INT), FLOAT, lambda x, n: round_float(round(x, n)),
              "round(_0, _1)", 3),
    Component("float", (INT,), FLOAT, float, "float(_0)", 2),
    Component("truediv", (INT, INT), FLOAT, _float(operator.truediv), "_0 / _1", 3),
)  # fmt: skip

TEXT = (
    Component("str", (INT,), STR, str, "str(_0)", 2),
    Component("zfill_int", (INT, INT), STR, lambda n, w: str(n).zfill(_narrow(w)),
              "str(_0).zfill(_1)", 4),
    Component("binary", (INT,), STR, lambda n: f"{n:b}", "format(_0, 'b')", 4),
    Component("hexadecimal", (INT,), STR, lambda n: f"{n:x}", "format(_0, 'x')", 5),
    Component("chr", (INT,), STR, lambda n: chr(n) if 32 <= n < 127 else chr(-1), "chr(_0)", 4),
    Component("digits", (INT,), INT, lambda n: sum(map(int, str(abs(n)))),
              "sum(map(int, str(abs(_0))))", 5),
    Component("length_of_digits", (INT,), INT, lambda n: len(str(abs(n))), "len(str(abs(_0)))", 5),
)  # fmt: skip


def _narrow(width: int) -> int:
    if not 0 <= width <= 64:
        raise ValueError("width out of range")
    return width
