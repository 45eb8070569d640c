"""Honest programs pass, whatever unusual thing they do."""

from __future__ import annotations

from typing import Any

import pytest

from synth.problem import Limits
from verifiers.sandbox import Call, Iterated, Opaque, Record
from verifiers.verdict import Status

# name, source, arguments, value
HONEST: list[tuple[str, str, tuple[Any, ...], Any]] = [
    (
        "deep recursion",
        "import sys\nsys.setrecursionlimit(30000)\ndef f(n): return 0 if n == 0 else 1 + f(n - 1)",
        (20000,),
        20000,
    ),
    ("200 MB", "def f(n): return len(bytearray(n << 20)) >> 20", (200,), 200),
    (
        "much output",
        "def f(n):\n    for i in range(n): print('line', i)\n    return n",
        (20000,),
        20000,
    ),
    (
        "threads",
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def f(n):\n    with ThreadPoolExecutor(8) as p:\n"
        "        return sum(p.map(lambda x: x * x, range(n)))",
        (100,),
        328350,
    ),
    (
        "locks and queues",
        "import threading, queue\ndef f(n):\n    q = queue.Queue()\n"
        "    t = threading.Thread(target=lambda: [q.put(i) for i in range(n)])\n"
        "    t.start(); t.join()\n    return [q.get() for _ in range(n)]",
        (3,),
        [0, 1, 2],
    ),
    (
        "asyncio",
        "import asyncio\nasync def g(x):\n    await asyncio.sleep(0.001)\n    return x\n"
        "def f(n): return asyncio.run(asyncio.wait_for(g(n), 1))",
        (5,),
        5,
    ),
    ("a coroutine function", "async def f(x): return x + 1", (1,), 2),
    (
        "numpy",
        "import numpy as np\ndef f(n): return np.linalg.inv(np.eye(n)).sum(), np.arange(3) * 2",
        (4,),
        (4.0, [0, 2, 4]),
    ),
    ("big integers", "def f(n): return 3 ** n", (40_000,), 3**40_000),
    (
        "floats",
        "def f(x): return [x, -0.0, float('inf'), 0.1 + 0.2]",
        (1.5,),
        [1.5, -0.0, float("inf"), 0.1 + 0.2],
    ),
    ("a generator", "def f(n):\n    yield from range(n)", (3,), Iterated("generator", (0, 1, 2))),
    ("a lazy map", "def f(xs): return map(str, xs)", ([1, 2],), Iterated("map", ("1", "2"))),
    (
        "a dataclass",
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    y: list\n"
        "def f(x): return P(x, [x])",
        (1,),
        Record("P", (("x", 1), ("y", [1]))),
    ),
    (
        "enumerations and named tuples",
        "from enum import IntEnum\nfrom typing import NamedTuple\n"
        "class E(IntEnum):\n    A = 3\nclass T(NamedTuple):\n    x: int\n"
        "def f(): return [E.A, T(1)]",
        (),
        [3, (1,)],
    ),
    (
        "dictionaries of every kind",
        "from collections import *\ndef f():\n    d = defaultdict(list)\n    d[1].append(2)\n"
        "    return [d, Counter('aab'), OrderedDict(x=1)]",
        (),
        [{1: [2]}, {"a": 2, "b": 1}, {"x": 1}],
    ),
    (
        "module-level code",
        "TABLE = [i * i for i in range(1000)]\nprint('loading')\n"
        "if __name__ == '__main__':\n    raise SystemExit('not run')\ndef f(i): return TABLE[i]",
        (31,),
        961,
    ),
    (
        "a method of a class, as LeetCode asks",
        "class Solution:\n    def f(self, x): return x + 1\ndef f(x): return Solution().f(x)",
        (1,),
        2,
    ),
    (
        "rare types",
        "def f(): return [{1, 2}, frozenset([3]), b'x\\xff', 1 + 2j, range(3), ..., None, True]",
        (),
        [{1, 2}, frozenset([3]), b"x\xff", 1 + 2j, range(3), ..., None, True],
    ),
    (
        "text of every kind",
        "def f(s): return s + '\\ud800' + '\\U0001f600'",
        ("é",),
        "é\ud800\U0001f600",
    ),
    (
        "the standard library",
        "import decimal, fractions, datetime, statistics, hashlib, heapq, bisect, csv, zlib\n"
        "import zoneinfo, calendar, unicodedata, difflib, textwrap, secrets, uuid, logging\n"
        "def f(): return [hashlib.sha256(b'').hexdigest()[:4], statistics.median([1, 2, 3]), "
        "str(datetime.date(2024, 2, 29)), str(fractions.Fraction(1, 3)), zlib.crc32(b'x')]",
        (),
        ["e3b0", 2, "2024-02-29", "1/3", 2363233923],
    ),
    (
        "a function",
        "def f(): return len",
        (),
        Opaque("builtin_function_or_method", "<built-in function len>"),
    ),
    (
        "catching memory errors",
        "def f():\n    try: return len([0] * 10 ** 12)\n    except MemoryError: return 'caught'",
        (),
        "caught",
    ),
    (
        "randomness",
        "import random\ndef f():\n    random.seed(7)\n    return random.random() < 1",
        (),
        True,
    ),
]


@pytest.mark.parametrize("case", HONEST, ids=lambda case: case[0])
def test_an_honest_program_passes(case: tuple[str, str, tuple[Any, ...], Any], runner: Any) -> None:
    _, source, args, value = case
    result = runner.run(source, Call("f", args), limits=Limits(seconds=5)).results[0]
    assert result.status is Status.PASSED, result
    assert result.value == value
    assert type(result.value) is type(value)


def test_there_are_enough_honest_programs() -> None:
    assert len(HONEST) >= 15


def test_a_second_and_a_half_of_compute_passes_within_two(runner: Any) -> None:
    source = (
        "import time\ndef f(s):\n    end = time.process_time() + s\n"
        "    while time.process_time() < end: pass\n    return 'done'"
    )
    result = runner.run(source, Call("f", (1.5,)), limits=Limits(seconds=2)).results[0]
    assert result.value == "done"
    assert 1.4 < result.cpu_seconds < 2.5


def test_each_call_of_a_batch_has_its_own_time(runner: Any) -> None:
    source = (
        "import time\ndef f(s):\n    end = time.process_time() + s\n"
        "    while time.process_time() < end: pass\n    return s"
    )
    calls = [Call("f", (0.4,))] * 4
    results = runner.run(source, *calls, limits=Limits(seconds=0.8)).results
    assert [result.value for result in results] == [0.4] * 4


def test_output_and_arguments_changed_in_place_come_back(runner: Any) -> None:
    source = "def f(xs, d):\n    print('hello')\n    xs.sort()\n    d['x'] = (1,)"
    result = runner.run(source, Call("f", ([2, 1], {}))).results[0]
    assert result.stdout == "hello\n"
    assert result.args == ([1, 2], {"x": (1,)})
    untouched = runner.run("def f(xs): return sorted(xs)", Call("f", ([2, 1],))).results[0]
    assert untouched.args is None


def test_every_value_makes_the_round_trip_as_an_argument(runner: Any) -> None:
    values = [
        1,
        -0.0,
        2**80,
        "\ud800",
        b"\x00",
        (1, [2]),
        {1: {2}},
        frozenset(),
        None,
        1j,
        range(2),
    ]
    results = runner.run("def f(x): return x", *(Call("f", (value,)) for value in values)).results
    for result, value in zip(results, values, strict=True):
        assert repr(result.value) == repr(value)


def test_keyword_arguments_and_methods_are_called(runner: Any) -> None:
    source = "class Solution:\n    def add(self, a, b=2): return a + b"
    results = runner.run(
        source, Call("Solution.add", (1,)), Call("Solution.add", (1,), {"b": 5})
    ).results
    assert [result.value for result in results] == [3, 6]


def test_whole_programs_read_standard_input_each_in_its_own_process(runner: Any) -> None:
    from synth.program import Program

    source = "import sys\nn = int(input())\nprint(sum(map(int, sys.stdin.read().split())) * n)"
    ask = runner.sandbox.run_stdin(Program(source), ["2\n1 2\n3", "1\n5", "x"], Limits())
    results = runner.wait(ask).results
    assert [result.value for result in results[:2]] == ["12\n", "5\n"]
    assert results[2].status is Status.ERROR
    assert results[2].error_type == "ValueError"
    assert results[2].line == 2


def test_half_a_megabyte_of_input_and_every_way_to_read_it(runner: Any) -> None:
    from synth.program import Program

    text = "7\n" * 250_000
    for way in (
        "sys.stdin.read()",
        "open(0).read()",
        "os.read(0, 10 ** 7).decode()",
        "sys.stdin.buffer.read().decode()",
        "''.join(sys.stdin)",
    ):
        source = f"import os, sys\nprint(sum(map(int, {way}.split())))"
        result = runner.wait(runner.sandbox.run_stdin(Program(source), [text], Limits())).results[0]
        assert result.value == "1750000\n", way
