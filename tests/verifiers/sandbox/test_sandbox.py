"""What a caller of the sandbox can rely on."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path
from typing import Any

import pytest

from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import Call, Opaque, TraceRequest
from verifiers.sandbox.profile import for_source
from verifiers.verdict import Status

ROOT = Path(__file__).resolve().parents[3]

LIMITS = Limits(seconds=0.5)


def test_a_call_that_dies_does_not_lose_the_others(runner: Any) -> None:
    source = "import os\ndef f(x):\n    if x == 2: os._exit(3)\n    return x"
    results = runner.run(source, *(Call("f", (x,)) for x in range(5))).results
    assert [result.value for result in results] == [0, 1, None, 3, 4]
    assert results[2].status is Status.CRASHED
    assert "exit status 3" in results[2].error


def test_after_two_deaths_the_rest_inherits(runner: Any) -> None:
    source = "import os\ndef f(x):\n    if x: os.abort()\n    return x"
    results = runner.run(source, *(Call("f", (x,)) for x in (0, 1, 0, 1, 0, 0))).results
    statuses = [result.status for result in results]
    assert statuses == [Status.PASSED, Status.CRASHED, Status.PASSED] + [Status.CRASHED] * 3
    assert [result.made for result in results] == [True] * 4 + [False] * 2


def test_a_program_cannot_say_that_a_call_of_its_was_not_made(runner: Any) -> None:
    source = "class NotMade(Exception): pass\ndef f(x): raise NotMade"
    (result,) = runner.run(source, Call("f", (1,))).results
    assert result.error_type == "NotMade"
    assert result.made


@pytest.mark.parametrize(
    ("source", "status", "word", "line"),
    [
        ("def f(:", Status.ERROR, "SyntaxError", 1),
        ("\nimport no_such_module", Status.ERROR, "ModuleNotFoundError", 2),
        ("x = 1\n1 / 0", Status.ERROR, "ZeroDivisionError", 2),
        ("raise SystemExit(0)", Status.ERROR, "SystemExit", 1),
        ("import os\nos._exit(0)", Status.CRASHED, "exit status 0", 0),
        ("x = 1\nwhile True:\n    x += 1", Status.TIMEOUT, "CPU time", 0),
        ("def g(): pass", Status.ERROR, "defines no 'f'", 0),
        ("f = 3", Status.ERROR, "not a function", 0),
        ("x = '\\0'\n" + "(" * 300, Status.ERROR, "SyntaxError", 0),
    ],
)
def test_a_program_that_does_not_load_gives_every_call_its_status(
    source: str, status: Status, word: str, line: int, runner: Any
) -> None:
    results = runner.run(source, Call("f"), Call("f"), limits=LIMITS).results
    assert len(results) == 2
    for result in results:
        assert result.status is status
        assert word in result.error
        assert not line or result.line == line


def test_a_time_out_says_where_it_was(runner: Any) -> None:
    source = "def g(x):\n    while True:\n        x += 1\ndef f(x):\n    return g(x)"
    result = runner.run(source, Call("f", (1,)), limits=LIMITS).results[0]
    assert result.status is Status.TIMEOUT
    assert result.line in (2, 3)
    assert "in g" in result.error
    in_c = runner.run("def f():\n    return sum(range(10 ** 12))", Call("f"), limits=LIMITS)
    assert in_c.results[0].line == 2


def test_imports_beside_the_allowed_are_forbidden(runner: Any) -> None:
    limits = Limits(imports=("math",))
    allowed = runner.run("import math\ndef f(): return math.pi > 3", Call("f"), limits=limits)
    assert allowed.results[0].value is True
    refused = runner.run("import os\ndef f(): return 1", Call("f"), limits=limits)
    assert refused.results[0].status is Status.FORBIDDEN
    through_a_library = runner.run(
        "import math\ndef f():\n    import random", Call("f"), limits=limits
    )
    assert through_a_library.results[0].status is Status.FORBIDDEN


def test_runs_repeat_hashes_and_random_numbers(runner: Any) -> None:
    source = "import random\ndef f(): return random.random(), list({'a', 'b', 'c', 'd'})"
    seen = {str(runner.run(source, Call("f")).results[0].value) for _ in range(4)}
    assert len(seen) == 1


@pytest.mark.parametrize("line", ["import random", "random = __import__('random')"])
def test_random_numbers_repeat_however_the_module_came(line: str, runner: Any) -> None:
    source = f"{line}\ndef f(): return random.randrange(10 ** 9)"
    assert runner.run(source, Call("f")).results[0].value == random.Random(0).randrange(10**9)


def test_programs_go_where_what_they_import_is_ready() -> None:
    assert for_source("def f(): return 'import random'") == "plain"
    assert for_source("import math, re\nfrom typing import List") == "plain"
    assert for_source("def f():\n    from dataclasses import dataclass") == "library"
    assert for_source("import math, random as r") == "library"
    assert for_source("import numpy.linalg as la\nimport random") == "numpy"
    assert for_source("x = 1", least="library") == "library"


def test_a_program_may_use_every_processor_again(runner: Any) -> None:
    source = "import os\ndef f(): return sorted(os.sched_getaffinity(0))"
    for _ in range(6):
        assert runner.run(source, Call("f")).results[0].value == sorted(os.sched_getaffinity(0))


def test_a_trace_shows_blocks_variables_and_coverage(runner: Any) -> None:
    source = "def f(n):\n    t = 0\n    for i in range(n):\n        t += i\n    return t\n"
    result = runner.run(source, Call("f", (2,)), trace=TraceRequest()).results[0]
    assert result.value == 1
    assert result.trace.lines == {2, 3, 4, 5}
    assert [step.variables.get("t") for step in result.trace.steps] == [
        "0",
        None,
        None,
        None,
        "1",
        None,
        None,
    ]
    assert result.trace.steps[-1].variables == {"return": "1"}


def test_a_traced_endless_loop_is_stopped_and_shown(runner: Any) -> None:
    source = "def f(n):\n    while n > 0:\n        n += 1\n    return n\n"
    ask = TraceRequest(events=5000, steps=10)
    result = runner.run(source, Call("f", (1,)), trace=ask).results[0]
    assert result.error_type == "TraceLimit"
    assert result.trace.truncated
    assert result.trace.steps[-1].variables.get("n", "") > "2"


def test_a_session_keeps_state_and_survives_deaths(runner: Any) -> None:
    source = (
        "seen = []\ndef f(x):\n    if x < 0: 1 / 0\n    if x > 9:\n        while True: pass\n"
        "    seen.append(x)\n    return len(seen)"
    )

    async def talk() -> list[Any]:
        async with runner.sandbox.open(Program(source), LIMITS) as session:
            return [await session.call(Call("f", (x,))) for x in (1, 1, -1, 1, 10, 1, 10, 1, 1)]

    results = runner.wait(talk())
    assert [result.value for result in results] == [1, 2, None, 3, None, 1, None, None, None]
    assert results[2].error_type == "ZeroDivisionError"
    assert [result.status for result in results[4:]] == [
        Status.TIMEOUT,
        Status.PASSED,
        *[Status.TIMEOUT] * 3,
    ]


@pytest.mark.parametrize("unread", [0, 1 << 20])
def test_a_session_that_ends_unasked_says_so_when_it_is_asked(unread: int, runner: Any) -> None:
    # It was told at once, and could be taken for the answer to the message that came just then.
    source = (
        "import os, threading\n"
        "def late(): threading.Timer(0.1, os._exit, (3,)).start()\n"
        "def early():\n"
        "    import sys\n"
        "    frame = sys._getframe()\n"
        "    while 'replies' not in frame.f_locals: frame = frame.f_back\n"
        "    real = sys.modules['verifiers.sandbox.harness']\n"
        "    def receive(descriptor):\n"
        "        os.read(descriptor, 10)\n"
        '        real.send(frame.f_locals[\'replies\'], b\'[0.0,"",null,"v","p",5]\')\n'
        "        threading.Event().wait(0.1)\n"
        "        os._exit(3)\n"
        "    real.receive = receive\n"
    )

    async def talk() -> None:
        async with runner.sandbox.open(Program(source), Limits()) as session:
            launchers = set(runner.sandbox._pool._all)
            assert (await session.call(Call("early" if unread else "late"))).status is Status.PASSED
            if unread:
                assert (await session.call(Call("f", ("a" * unread,)))).value == 5
            await asyncio.sleep(0.3)
            ended = await session.call(Call("late"))
            assert "exit status 3" in ended.error
            assert (await session.call(Call("late"))).status is Status.PASSED  # in a fresh process
        assert launchers == set(runner.sandbox._pool._all)

    runner.wait(talk())


def test_large_messages_cross_a_session_both_ways(runner: Any) -> None:
    async def talk() -> Any:
        limits = Limits(output_kb=4096)
        async with runner.sandbox.open(Program("def f(x): return x + x"), limits) as session:
            return await session.call(Call("f", ("a" * 700_000,)))

    assert len(runner.wait(talk()).value) == 1_400_000


SPAWNING = """
import os, subprocess, sys
def f(text):
    left = os.listdir(".")
    with open("note", "w") as file:
        file.write(text)
    said = subprocess.run("cat note | tr a-z A-Z", shell=True, capture_output=True, text=True)
    counted = subprocess.check_output([sys.executable, "-c", "print(6 * 7)"], text=True)
    pid = os.fork()
    if pid == 0:
        os._exit(5)
    return left, said.stdout, counted, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""


def test_a_program_may_start_processes_where_the_problem_says_so(runner: Any) -> None:
    limits = Limits(spawn=True)
    for _ in range(3):
        (result,) = runner.run(SPAWNING, Call("f", ("abc",)), limits=limits).results
        assert result.value == ([], "ABC", "42\n", 5), result
    (refused,) = runner.run(SPAWNING, Call("f", ("abc",))).results
    assert refused.status is not Status.PASSED
    whole = Program("import subprocess\nprint(subprocess.check_output(['seq', '3']).decode())")
    printed = runner.wait(runner.sandbox.run_stdin(whole, [""], limits)).results[0]
    assert printed.value.split() == ["1", "2", "3"]
    tests = (
        "import subprocess, sys\nfrom solution import f\n"
        "def test_both():\n    assert f('x')[1] == 'X'\n"
        "    assert subprocess.call(['true']) == 0\n"
    )
    program = Program(SPAWNING, "f")
    for allowed in (True, False):
        ask = runner.sandbox.run_together(tests, program, Limits(spawn=allowed), kind="pytest")
        assert runner.wait(ask).passed is allowed


def test_what_a_program_started_ends_with_it(runner: Any) -> None:
    source = (
        "import subprocess\ndef f():\n"
        "    subprocess.Popen(['sleep', '1000'], start_new_session=True)\n    return 1"
    )
    assert runner.run(source, Call("f", ()), limits=Limits(spawn=True)).results[0].value == 1
    assert runner.left_over() == []


def test_scratch_files_of_one_run_are_not_there_in_the_next(runner: Any) -> None:
    tests = "import os\nfrom solution import f\ndef test_it():\n    assert f() == []\n"
    source = (
        "import os, tempfile\nplace = tempfile.gettempdir()\n"
        "left = [n for n in os.listdir(place) if n.startswith('mark')]\n"
        "open(os.path.join(place, 'mark'), 'w').write('x')\ndef f(): return left"
    )
    for _ in range(3):
        ask = runner.sandbox.run_together(tests, Program(source, "f"), Limits(), kind="pytest")
        assert runner.wait(ask).passed


def test_values_that_cannot_travel_say_what_they_were(runner: Any) -> None:
    source = "class Foo:\n    def __repr__(self): return 'Foo!'\ndef f(): return [Foo()]"
    assert runner.run(source, Call("f")).results[0].value == [Opaque("Foo", "Foo!")]
