"""One example of a problem file: which call it writes down, and what comes of it."""

from __future__ import annotations

import ast
from typing import Any

from synth.problem import Example
from synth.problems.annotation import converted
from synth.problems.literal import (
    Call,
    NotLiteral,
    NotPython,
    call_value,
    example_of_comparison,
    parse_expression,
    read_literal,
)
from synth.problems.schema import ExampleForm, ShapeError, shown
from synth.problems.signature import Signature


def example_of(
    form: ExampleForm | str, entry_point: str | None, signature: Signature | None
) -> tuple[str | None, Example]:
    """The example, and the function's name where it says one.

    Values written as data become what the signature annotates; values written as Python text stay
    as they are. ShapeError, its path relative to the example, where it is ambiguous or no example.
    """
    if isinstance(form, str):
        return _of_text(form, entry_point)
    call = _call(form, signature)
    expected, raises = _result(form, signature)
    return call.name or None, Example(call.args, expected, call.kwargs, raises)


def _of_text(text: str, entry_point: str | None) -> tuple[str, Example]:
    try:
        node = parse_expression(text.strip().removeprefix("assert "))
    except NotPython as error:
        raise ShapeError(f"{shown(text)} is not Python: {error}", ()) from None
    name = entry_point
    if name is None and isinstance(node, ast.Compare):
        for side in (node.left, *node.comparators):
            if isinstance(side, ast.Call) and isinstance(side.func, ast.Name):
                name = side.func.id
                break
    example = example_of_comparison(node, name) if name else None
    if example is None or name is None:
        raise ShapeError(
            f"{shown(text)} is not an example such as {entry_point or 'f'}(1, 'a') == 2 with "
            "plain values; other checks go under asserts",
            (),
        )
    return name, example


def _call(form: ExampleForm, signature: Signature | None) -> Call:
    given = form.model_fields_set
    inputs = sorted(given & {"input", "args", "call"})
    if len(inputs) > 1 or ("kwargs" in given and inputs not in ([], ["args"])):
        have = " and ".join([*inputs, *(["kwargs"] if "kwargs" in given else [])])
        raise ShapeError(f"{have} are given; one says what the function gets", ())
    if not inputs and "kwargs" not in given:
        raise ShapeError(
            "no input; give input (the one argument), args (a list of all arguments) or call "
            "(Python text)",
            (),
        )
    if inputs == ["call"]:
        try:
            return call_value(parse_expression(form.call))
        except (NotPython, NotLiteral) as error:
            raise ShapeError(str(error), ("call",)) from None
    args = (form.input,) if inputs == ["input"] else tuple(form.args)
    return _annotated(Call("", args, dict(form.kwargs)), signature)


def _annotated(call: Call, signature: Signature | None) -> Call:
    if signature is None:
        return call
    named = {item.name: item.annotation for item in signature.parameters}
    positional = [
        item.annotation for item in signature.parameters if item.positional and not item.variadic
    ]
    positional += [None] * (len(call.args) - len(positional))
    return Call(
        call.name,
        tuple(map(converted, call.args, positional)),
        {key: converted(item, named.get(key)) for key, item in call.kwargs.items()},
    )


def _result(form: ExampleForm, signature: Signature | None) -> tuple[Any, str | None]:
    """The expected value, or the name of the expected exception."""
    results = sorted(form.model_fields_set & {"output", "expected", "returns", "raises"})
    if not results:
        raise ShapeError(
            "no result; give output (the value), returns (Python text) or raises (an exception's "
            "name)",
            (),
        )
    if len(results) > 1:
        raise ShapeError(f"{' and '.join(results)} are given; one says what comes out", ())
    if results == ["raises"]:
        raises = form.raises.strip().rpartition(".")[2]
        if not raises.isidentifier():
            raise ShapeError(f"{form.raises!r} is not the name of an exception", ("raises",))
        return None, raises
    if results == ["returns"]:
        return _python_value(form.returns), None
    expected = form.output if results == ["output"] else form.expected
    return converted(expected, signature.returns) if signature else expected, None


def _python_value(value: Any) -> Any:
    if isinstance(value, list | dict | set):
        raise ShapeError(
            "must be Python text in quotes, such as '(1, {2})'; for the value as it is use output",
            ("returns",),
        )
    if not isinstance(value, str):
        return value
    try:
        return read_literal(value)
    except (NotPython, NotLiteral) as error:
        raise ShapeError(
            f"{shown(value)} is not a Python value ({error}); a text needs quotes within the "
            "quotes, or use output",
            ("returns",),
        ) from None
