"""Compare 64 neighbouring array elements at once, giving one bit each.

A k-medoids candidate concerns only the objects that are nearer to it than to their second medoid, a
third to a fiftieth of all. Comparing 64 lanes into a bit mask and then visiting the set bits lets
the compiler use the widest vector compare there is and skips everything else. numba cannot express
the compare itself, so it is written in LLVM IR, which every target lowers (AVX-512, AVX2, NEON).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir  # type: ignore[import-untyped]  # ships no types
from numba import types
from numba.extending import intrinsic

LANES = 64


def _load_lanes(context: Any, builder: Any, array_type: Any, array: Any, base: Any) -> Any:
    element = context.get_data_type(array_type.dtype)
    vector = ir.VectorType(element, LANES)
    data = context.make_array(array_type)(context, builder, value=array).data
    pointer = builder.bitcast(builder.gep(data, [base]), vector.as_pointer())
    # Rows start wherever they start: without this LLVM assumes a 256-byte boundary and faults.
    return builder.load(pointer, align=context.get_abi_sizeof(element))


def _splat(builder: Any, value: Any) -> Any:
    vector = ir.VectorType(value.type, LANES)
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.IntType(32)(0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), zeros)


def _less(builder: Any, dtype: Any, left: Any, right: Any) -> Any:
    if isinstance(dtype, types.Float):
        return builder.fcmp_ordered("<", left, right)
    if dtype.signed:
        return builder.icmp_signed("<", left, right)
    return builder.icmp_unsigned("<", left, right)


def _bits(builder: Any, lanes: Any) -> Any:
    return builder.bitcast(lanes, ir.IntType(64))


def _lanes_below(typing_context: Any, left: Any, right: Any, base: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        a = _load_lanes(context, builder, signature.args[0], args[0], args[2])
        b = _load_lanes(context, builder, signature.args[1], args[1], args[2])
        return _bits(builder, _less(builder, signature.args[0].dtype, a, b))

    return types.uint64(left, right, types.uint64), codegen


def _lanes_equal(typing_context: Any, array: Any, value: Any, base: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lanes = _load_lanes(context, builder, signature.args[0], args[0], args[2])
        return _bits(builder, builder.icmp_signed("==", lanes, _splat(builder, args[1])))

    return types.uint64(array, array.dtype, types.uint64), codegen


def _lanes_invalid(typing_context: Any, array: Any, base: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lanes = _load_lanes(context, builder, signature.args[0], args[0], args[1])
        zero = ir.Constant(lanes.type, None)
        dtype = signature.args[0].dtype
        if isinstance(dtype, types.Float):
            infinity = ir.Constant(lanes.type.element, float("inf"))
            too_large = builder.fcmp_ordered("==", lanes, _splat(builder, infinity))
            negative = builder.fcmp_unordered("<", lanes, zero)  # true for NaN
            return _bits(builder, builder.or_(negative, too_large))
        return _bits(builder, _less(builder, dtype, lanes, zero))

    return types.uint64(array, types.uint64), codegen


def _bit_count(typing_context: Any, mask: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), codegen


def _lowest_bit(typing_context: Any, mask: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.IntType(1)(0))

    return types.uint64(types.uint64), codegen


def _intrinsic(definition: Callable[..., Any]) -> Callable[..., Any]:
    return cast(Callable[..., Any], intrinsic(definition))


lanes_below = _intrinsic(_lanes_below)
"""`lanes_below(a, b, base)`: bit l is set where a[base + l] < b[base + l]; same element type."""

lanes_equal = _intrinsic(_lanes_equal)
"""`lanes_equal(a, value, base)`: bit l is set where the integer a[base + l] equals value."""

lanes_invalid = _intrinsic(_lanes_invalid)
"""`lanes_invalid(a, base)`: bit l is set where a[base + l] is negative, infinite or NaN."""

lowest_bit = _intrinsic(_lowest_bit)
"""`lowest_bit(mask)`: the position of the lowest set bit; 64 for zero."""

bit_count = _intrinsic(_bit_count)
"""`bit_count(mask)`: how many bits are set."""
