"""A problem as JSON and back, exactly: what the run log stores and a resume reads.

`problem_from_json(problem_to_json(p))` equals `p` to the type of every value and has its hash; nan
and -0.0 come back as themselves. The JSON is strict (no NaN token, no lone surrogate, no integer
of more than 64 bits), so every JSON library reads it alike, and the same problem gives the same
text.

Values: None, bool, str, finite float, int and list are themselves; every other is an object of one
key that names its type: `{"tuple": [...]}`, `{"set": [...]}`, `{"frozenset": [...]}`,
`{"dict": [[key, value], ...]}`, `{"bytes": base64}`, `{"complex": [re, im]}`, `{"float": "nan"}`,
`{"int": "0x..."}`, `{"str": base64 of UTF-8 with surrogates}`, `{"range": [start, stop, step]}`,
`{"ellipsis": true}`.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from synth.errors import ProblemError
from synth.problem import Case, Comparison, Example, Limits, Problem, Property, TestCode

FORMAT = 1
"""Raised when a reader of this format could no longer read what is written."""


def problem_to_json(problem: Problem) -> dict[str, Any]:
    """The problem as plain JSON data; ProblemError where a value is of no type we can store."""
    data: dict[str, Any] = {"format": FORMAT}
    for spec in fields(Problem):
        data[spec.name] = _encode_field(getattr(problem, spec.name), spec.name)
    return data


def problem_from_json(data: Mapping[str, Any]) -> Problem:
    """The problem that `problem_to_json` was given; ProblemError where `data` is not its output."""
    if not isinstance(data, Mapping):
        raise ProblemError(f"expected an object, got {type(data).__name__}", field="problem")
    if data.get("format") != FORMAT:
        raise ProblemError(
            f"a problem stored in format {data.get('format')!r}, this version reads {FORMAT}",
            field="format",
        )
    problem: Problem = _build(Problem, {key: data[key] for key in data if key != "format"}, "")
    return problem


def value_to_json(value: Any, *, field: str = "value") -> Any:
    """One value in the form at the top of this file."""
    try:
        return _encode(value)
    except _NotPlain as error:
        raise ProblemError(
            f"a value of type {error} cannot be stored; use plain Python data (numbers, str, "
            "bytes, list, tuple, dict, set, frozenset, None)",
            field=field,
        ) from None
    except RecursionError:
        raise ProblemError("nested too deeply to be stored", field=field) from None


def value_from_json(data: Any, *, field: str = "value") -> Any:
    """The value that `value_to_json` was given."""
    try:
        return _decode(data)
    except _NotStored as error:
        raise ProblemError(str(error), field=field) from None
    except RecursionError:
        raise ProblemError("nested too deeply to be read", field=field) from None


class _NotPlain(Exception):
    pass


class _NotStored(Exception):
    pass


def _encode(value: Any) -> Any:
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        return value if value.bit_length() < 64 else {"int": hex(value)}
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if kind is str:
        return _encode_text(value)
    if kind is list:
        return [_encode(item) for item in value]
    if kind is tuple:
        return {"tuple": [_encode(item) for item in value]}
    if kind is set or kind is frozenset:
        # Sets have no order of their own: sort by text, so that equal sets are stored alike.
        return {kind.__name__: sorted(map(_encode, value), key=json.dumps)}
    if kind is dict:
        return {"dict": [[_encode(key), _encode(item)] for key, item in value.items()]}
    if kind is bytes:
        return {"bytes": base64.b64encode(value).decode()}
    if kind is complex:
        return {"complex": [_encode(value.real), _encode(value.imag)]}
    if kind is range:
        return {"range": [_encode(value.start), _encode(value.stop), _encode(value.step)]}
    if value is Ellipsis:
        return {"ellipsis": True}
    raise _NotPlain(kind.__name__)


def _encode_text(text: str) -> Any:
    try:
        text.encode()
    except UnicodeEncodeError:  # two lone surrogates in a row would be read back as one character
        return {"str": base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()}
    return text


def _decode(data: Any) -> Any:
    if isinstance(data, list):
        return [_decode(item) for item in data]
    if not isinstance(data, Mapping):
        return data
    if len(data) != 1:
        raise _NotStored(f"expected an object of one key that names a type, got {len(data)} keys")
    ((kind, body),) = data.items()
    decode = _DECODERS.get(kind)
    if decode is None:
        raise _NotStored(f"unknown type {kind!r}; known: {', '.join(_DECODERS)}")
    try:
        return decode(body)
    except (TypeError, ValueError, OverflowError) as error:
        raise _NotStored(f"not a stored {kind}: {error}") from None


def _decode_complex(body: Any) -> complex:
    real, imaginary = map(_decode, body)
    return complex(real, imaginary)


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "tuple": lambda body: tuple(map(_decode, body)),
    "set": lambda body: set(map(_decode, body)),
    "frozenset": lambda body: frozenset(map(_decode, body)),
    "dict": lambda body: {_decode(key): _decode(item) for key, item in body},
    "bytes": lambda body: base64.b64decode(body, validate=True),
    "complex": _decode_complex,
    "float": float,
    "int": lambda body: int(body, 16),
    "str": lambda body: base64.b64decode(body, validate=True).decode("utf-8", "surrogatepass"),
    "range": lambda body: range(*map(_decode, body)),
    "ellipsis": lambda _: Ellipsis,
}

# Fields that hold a tuple of records, a record, or values a candidate takes and gives; the rest are
# text, numbers and tuples of text.
_RECORDS: dict[str, type] = {
    "examples": Example,
    "cases": Case,
    "tests": TestCode,
    "properties": Property,
}
_RECORD: dict[str, type] = {"comparison": Comparison, "limits": Limits}
_VALUES = {"args", "expected", "kwargs"}


def _encode_field(value: Any, path: str) -> Any:
    name = path.rpartition(".")[2]
    if name in _RECORDS:
        return [_encode_record(item, f"{path}[{index}]") for index, item in enumerate(value)]
    if name in _RECORD:
        return _encode_record(value, path)
    if name in _VALUES:
        # A mapping of another kind is stored as the dict it stands for.
        return value_to_json(dict(value) if name == "kwargs" else value, field=path)
    if isinstance(value, tuple):
        return [value_to_json(item, field=path) for item in value]
    return value_to_json(value, field=path)


def _encode_record(record: Any, path: str) -> dict[str, Any]:
    return {
        spec.name: _encode_field(getattr(record, spec.name), f"{path}.{spec.name}")
        for spec in fields(record)
    }


def _build(kind: type, data: Any, path: str) -> Any:
    if not isinstance(data, Mapping):
        raise ProblemError(f"expected an object, got {type(data).__name__}", field=path or None)
    known = {spec.name for spec in fields(kind)}
    for name in data:
        if name not in known:
            raise ProblemError(
                f"unknown; a {kind.__name__} has {', '.join(sorted(known))}",
                field=f"{path}.{name}" if path else str(name),
            )
    values = {}
    for name, item in data.items():
        values[name] = _decode_field(item, name, f"{path}.{name}" if path else name)
    try:
        return kind(**values)
    except (TypeError, ValueError, AttributeError) as error:
        raise ProblemError(str(error), field=path or None) from None


def _decode_field(data: Any, name: str, path: str) -> Any:
    if name in _RECORDS:
        if not isinstance(data, list):
            raise ProblemError(f"expected an array, got {type(data).__name__}", field=path)
        return tuple(
            _build(_RECORDS[name], item, f"{path}[{index}]") for index, item in enumerate(data)
        )
    if name in _RECORD:
        return _build(_RECORD[name], data, path)
    value = value_from_json(data, field=path)
    return tuple(value) if isinstance(value, list) and name not in _VALUES else value
