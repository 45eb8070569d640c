"""The wire: what is sent arrives exactly, and no bytes whatever do harm."""

from __future__ import annotations

import contextlib
import json
import math
import struct
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verifiers.sandbox import answers, encoding, protocol
from verifiers.sandbox.answers import Ended
from verifiers.sandbox.encoding import EncodingError, Iterated, Opaque, Record
from verifiers.sandbox.results import CallResult
from verifiers.sandbox.sandbox import batch_results, program_result
from verifiers.verdict import Status

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-9, 9).map(lambda n: n * 7**60)
    | st.floats()
    | st.complex_numbers()
    | st.text()
    | st.text(st.characters(min_codepoint=0xD700, max_codepoint=0xE010))
    | st.binary()
    | st.just(...)
    | st.builds(range, st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 9))
)
hashable = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.frozensets(inner, max_size=4),
    max_leaves=4,
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, max_size=5).map(tuple)
        | st.sets(hashable, max_size=5)
        | st.dictionaries(hashable, inner, max_size=5)
        | st.dictionaries(st.text(), inner, max_size=5)
    ),
    max_leaves=10,
)


def same(a: Any, b: Any) -> bool:
    """Equal in value and in every type; nan is nan, -0.0 is not 0.0."""
    if type(a) is not type(b):
        return False
    if type(a) is float:
        return struct.pack("d", a) == struct.pack("d", b) or (math.isnan(a) and math.isnan(b))
    if type(a) is complex:
        return same(a.real, b.real) and same(a.imag, b.imag)
    if type(a) in (list, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if type(a) is dict:
        return same(list(a.items()), list(b.items()))
    if type(a) in (set, frozenset):
        return len(a) == len(b) and all(any(same(x, y) for y in b) for x in a)
    return bool(a == b)


@given(values)
def test_what_is_sent_arrives_exactly(value: Any) -> None:
    assert same(encoding.decode(encoding.encode(value)), value)


@pytest.mark.parametrize("digits", [18, 19, 20, 4300, 4301, 20_000])
def test_integers_of_any_length_arrive(digits: int) -> None:
    for value in (7**digits, -(7**digits), 10**digits - 1):
        assert encoding.decode(encoding.encode([value])) == [value]


@given(values)
def test_the_text_can_be_sent_as_utf_8(value: Any) -> None:
    encoding.encode(value).encode()


def _plain(value: Any) -> bool:
    kind = type(value)
    if kind in (list, tuple, set, frozenset):
        return all(map(_plain, value))
    if kind is dict:
        return all(map(_plain, value)) and all(map(_plain, value.values()))
    if kind is Iterated:
        return all(map(_plain, value.items))
    if kind is Record:
        return all(_plain(item) for _, item in value.fields)
    exact = (type(None), bool, int, float, complex, str, bytes, bytearray, range, type(...), Opaque)
    return kind in exact


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(list("ltszdgriubBcneo")),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=25,
)


@given(st.sampled_from("ptx"), json_values)
@settings(max_examples=400)
def test_no_json_decodes_to_anything_but_builtins(form: str, node: Any) -> None:
    try:
        value = encoding.decode(form + json.dumps(node))
    except EncodingError:
        return
    assert _plain(value)


@given(st.text())
def test_no_text_raises_anything_but_an_encoding_error(text: str) -> None:
    with contextlib.suppress(EncodingError):
        encoding.decode(text)


@given(st.binary(max_size=400), st.integers(1, 5))
@settings(max_examples=300)
def test_no_bytes_in_the_answers_do_harm(data: bytes, calls: int) -> None:
    from synth.problem import Limits

    end = Ended(protocol.EXITED, 0, 3, data, data, data, 0.1, 1)
    results, whole = batch_results(end, calls, Limits())
    assert len(results) <= calls
    assert not whole or len(results) == calls
    assert not any(result.status is Status.PASSED for result in results)
    assert isinstance(program_result(end, Limits()), CallResult)


@given(st.lists(json_values, min_size=1, max_size=4), st.integers(1, 5))
@settings(max_examples=300)
def test_no_records_give_more_results_than_calls(rows: list[Any], calls: int) -> None:
    from synth.problem import Limits

    data = b""
    for row in rows:
        text = json.dumps(row).encode()
        data += struct.pack("=I", len(text)) + text
    results, whole = batch_results(
        Ended(protocol.EXITED, 0, 9, data, b"", b"", 0.1, 1), calls, Limits()
    )
    assert len(results) == calls if whole else len(results) <= calls


@pytest.mark.parametrize(
    "text",
    [
        "p" + "[" * 100_000,
        "p" + "[" * 400 + "]" * 400,
        "t" + '["l",' * 400 + "1" + "]" * 400,
        "p" + "9" * 5000,
        't["i", "' + "f" * 100 + 'g"]',
        't["d", 1, 2, 3]',
        't["s", ["l"]]',
        't["n", "1", "2", "0"]',
        't["u", "00"]',
        't["c", "x", 1]',
        't{"a": 1}',
        't["?"]',
        "t[]",
        "",
        "p",
        "x1",
        't["s",' + ",".join(str(i * (2**61 - 1)) for i in range(600)) + "]",
    ],
)
def test_hostile_texts_are_refused(text: str) -> None:
    with pytest.raises(EncodingError):
        encoding.decode(text)


def test_subclasses_travel_as_the_builtin_they_extend() -> None:
    from collections import Counter, OrderedDict, namedtuple
    from enum import Enum, IntEnum

    class Colour(IntEnum):
        RED = 1

    class Shade(Enum):
        DARK = 1

    point = namedtuple("point", "x y")
    value = [Colour.RED, point(1, 2), Counter("aa"), OrderedDict(a=1), Shade.DARK]
    arrived = encoding.decode(encoding.encode(value))
    assert arrived[:4] == [1, (1, 2), {"a": 2}, {"a": 1}]
    assert [type(item) for item in arrived] == [int, tuple, dict, dict, Opaque]


def test_numpy_arrays_travel_as_lists_and_scalars_as_items() -> None:
    import numpy as np

    value = (np.arange(6).reshape(2, 3), np.float64(0.5), np.int8(3), np.bool_(True), np.str_("x"))
    arrived = encoding.decode(encoding.encode(value))
    assert arrived == ([[0, 1, 2], [3, 4, 5]], 0.5, 3, True, "x")
    assert [type(item) for item in arrived] == [list, float, int, bool, str]


def test_cycles_and_depths_are_opaque() -> None:
    cycle: list[Any] = []
    cycle.append({"again": cycle})
    assert encoding.decode(encoding.encode(cycle)) == [{"again": Opaque("list", "contains itself")}]
    deep: list[Any] = []
    for _ in range(1000):
        deep = [deep]
    assert "nested too deep" in encoding.encode(deep)


def test_hostile_objects_cannot_stop_the_encoder() -> None:
    class Hostile:
        def __repr__(self) -> str:
            raise RuntimeError

    class Name(type):
        def __getattribute__(cls, name: str) -> Any:
            return super().__getattribute__(name)

    class Odd(metaclass=Name):
        pass

    arrived = encoding.decode(encoding.encode([Hostile(), Odd()]))
    assert arrived[0].text == "<no repr>"
    assert isinstance(arrived[1], Opaque)


def test_what_was_drained_is_an_iterator_again_inside() -> None:
    text = encoding.encode([iter([1, 2])])
    assert encoding.decode(text) == [Iterated("list_iterator", (1, 2))]
    assert list(encoding.decode(text, live=True)[0]) == [1, 2]
    assert encoding.encode(encoding.decode(text)) == text


def test_records_are_split_only_where_they_are_whole() -> None:
    whole = struct.pack("=I", 3) + b"abc"
    assert answers.split(whole + whole, 9) == [b"abc", b"abc"]
    assert answers.split(whole + whole[:-1], 9) == [b"abc"]
    assert answers.split(b"\xff\xff\xff\xff", 9) == []


def test_no_more_records_are_split_than_there_can_be() -> None:
    from synth.problem import Limits

    assert len(answers.split(bytes(400), 9)) == 9
    end = Ended(protocol.EXITED, 0, 0, bytes(protocol.REGION_BYTES - 64), b"", b"", 0.1, 1)
    began = time.process_time()
    results, _ = batch_results(end, 2, Limits())
    assert "Forgery" in results[0].error
    assert isinstance(program_result(end, Limits()), CallResult)
    assert time.process_time() - began < 1  # it took seven seconds, in the driver


def test_a_set_half_of_which_has_one_hash_is_refused() -> None:
    alike = [k * (2**61 - 1) for k in range(1, 4_000)]
    with pytest.raises(EncodingError, match="same hash"):
        encoding.decode("t" + json.dumps(["s", *range(4_000), *alike]))
    assert len(encoding.decode("t" + json.dumps(["s", *range(-4_000, 4_000)]))) == 8_000


@pytest.mark.parametrize("seconds", ["NaN", "Infinity", "-1.0"])
def test_a_time_that_no_clock_shows_is_malformed(seconds: str) -> None:
    record = f'[{seconds},"",null,"v","p",1]'.encode()
    for result in (answers.read(record, 1024), *answers.read_all([record], 1024)):
        assert result.status is Status.ERROR
        assert result.cpu_seconds == 0.0


def test_a_trace_longer_than_any_that_is_recorded_is_cut() -> None:
    blocks = [["f", n, n, [["v", "1"]] * 500] for n in range(3_000)]
    trace = [blocks, list(range(0, 60_000, 2)), False]
    record = json.dumps([0.1, "", trace, "v", "p", 1]).encode()
    found = answers.read(record, 1 << 24).trace
    assert found is not None
    assert len(found.steps) <= 1_000
    assert len(found.lines) <= 20_000


def test_names_and_reprs_hold_no_lone_surrogates() -> None:
    opaque = encoding.decode(r't["o","A\ud800","\ud800x"]')
    assert opaque == Opaque("A?", "?x")
    record = encoding.decode(r't["r","R\ud800",["a\udfff"],1]')
    assert record == Record("R?", (("a?", 1),))


def test_answers_that_are_too_large_together_are_not_read() -> None:
    large = b'[0.1,"",null,"v","p","' + b"x" * 1000 + b'"]'
    from synth.problem import Limits

    records = [answers.LOADED, large, large, large]
    stream = b"".join(len(record).to_bytes(4, "little") + record for record in records)
    end = Ended(protocol.EXITED, 0, 4, stream, b"", b"", 0.1, 0)
    results, _ = batch_results(end, 3, Limits(), room=28 * 2500)
    assert [result.status for result in results] == [Status.PASSED, Status.PASSED, Status.OUTPUT]
