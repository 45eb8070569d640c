"""What a caller of the sandbox can rely on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from synth.errors import SandboxError
from synth.problem import Limits
from synth.program import Program
from tests.verifiers.sandbox.as_nobody import command_as_nobody
from verifiers.sandbox import Call, Opaque, Sandbox, TraceRequest, probe, protocol
from verifiers.sandbox.profile import for_source
from verifiers.sandbox.requests import request
from verifiers.verdict import Status, Trust

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


_LEAVES_WORD = """
import ctypes, fcntl, os, sys
def shared():
    frame = sys._getframe()
    while "region" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["region"]
def look(place):
    found = bytes(shared()[place:place + 5])
    shared()[place:place + 5] = b"hello"
    return found
def flags():
    found = [fcntl.fcntl(n, fcntl.F_GETFL) & (os.O_APPEND | os.O_NONBLOCK) for n in range(3)]
    for n in range(3):
        fcntl.fcntl(n, fcntl.F_SETFL, os.O_APPEND | os.O_NONBLOCK)
        os.write(n, b"hello")
    return found
def settings(command):
    try:
        return fcntl.fcntl(0, command, 1)
    except OSError:
        return "refused"
"""


_MISCOUNTS = """
import struct, sys, time
def f(counts):
    frame = sys._getframe()
    while "region" not in frame.f_locals:
        frame = frame.f_back
    while True:
        for count in counts:
            struct.pack_into("=Q", frame.f_locals["region"], 8, count)
            time.sleep(0.05)
"""


@pytest.mark.parametrize("counts", [[0, 1], [1 << 63, 0], [0, 1, 2, 3]])
def test_a_program_that_miscounts_its_calls_gains_no_time(counts: list[int], runner: Any) -> None:
    limits = Limits(seconds=0.2)
    execution = runner.run(_MISCOUNTS, Call("f", (counts,)), limits=limits)
    assert execution.results[0].status is Status.TIMEOUT
    assert execution.cost.wall_seconds < 5


@pytest.mark.parametrize("place", [2000, 15_000, 20_000, 9_000_000, (64 << 20) - 8])
def test_what_a_program_writes_into_shared_memory_the_next_does_not_find(
    place: int, runner: Any
) -> None:
    for _ in range(4):  # as many as there are workers, at least twice each
        answers = [runner.run(_LEAVES_WORD, Call("look", (place,))).results[0] for _ in range(2)]
        assert [answer.value for answer in answers] == [bytes(5)] * 2


def test_what_a_program_sets_on_the_standard_files_the_next_does_not_find(runner: Any) -> None:
    for _ in range(8):
        assert runner.run(_LEAVES_WORD, Call("flags")).results[0].value == [0, 0, 0]


def test_when_the_standard_files_were_read_the_next_does_not_learn(runner: Any) -> None:
    source = (
        "import os, time\ndef f():\n"
        "    seen = [os.fstat(n) for n in range(3)]\n"
        "    for n in range(3): os.pread(n, 1, 0)\n"
        "    return [(s.st_atime_ns == s.st_mtime_ns, oct(s.st_mode)) for s in seen]"
    )
    seen = []
    for _ in range(8):
        seen.append(runner.run(source, Call("f")).results[0].value)
        time.sleep(0.02)
    assert [all(same for same, _ in row) for row in seen] == [True] * 8
    assert len(set(map(str, seen))) == 1


def test_the_mode_and_times_of_the_standard_files_are_as_new_for_the_next(tmp_path: Path) -> None:
    # Which belong to an ordinary user, who may set them; root's do not belong to its children.
    command = [sys.executable, "-P", "-c", _SETS_MODES, str(ROOT)]
    if os.geteuid() == 0:
        command = command_as_nobody(command)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/")
    assert done.stdout.split() == ["True", "True"], done.stdout + done.stderr


_SETS_MODES = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import Sandbox

TESTS = '''
import os
def test_it():
    for n in range(3):
        found = os.fstat(n)
        assert found.st_mode & 0o777 != 0o600 and found.st_atime > 99
        os.fchmod(n, 0o600)
        os.utime(n, (9, 9))
'''

async def main():
    async with Sandbox(workers=1) as sandbox:
        for _ in range(2):
            ask = sandbox.run_together(TESTS, Program("x = 1", "x"), Limits(), kind="pytest")
            print((await ask).passed)

asyncio.run(main())
"""


_READS_AHEAD = """
import ctypes, sys
def inbox():
    frame = sys._getframe()
    while not hasattr(frame.f_locals.get("self"), "inbox"):
        frame = frame.f_back
    return frame.f_locals["self"].inbox
def f(pages):
    memory = inbox()
    buffer = (ctypes.c_size_t * 10)()  # Py_buffer, whose first word is the address
    ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(memory), buffer, 0)
    there = (ctypes.c_ubyte * (len(memory) // 4096))()
    address = ctypes.c_void_p(buffer[0])
    assert ctypes.CDLL(None).mincore(address, ctypes.c_size_t(len(memory)), there) == 0
    for page in pages:
        memory[page * 4096]
    return [there[page] & 1 for page in pages]
"""


def test_what_a_program_read_of_the_inbox_the_next_cannot_tell(runner: Any) -> None:
    pages = [400, 401, 9000, (64 << 20) // 4096 - 1]
    for _ in range(6):
        assert runner.run(_READS_AHEAD, Call("f", (pages,))).results[0].value == [0] * 4
    runner.run("def f(x): return len(x)", Call("f", ("a" * 100_000,)))
    assert runner.run(_READS_AHEAD, Call("f", (pages,))).results[0].value == [0] * 4


# F_SETSIG, F_SETOWN, F_SETLEASE, F_NOTIFY, F_ADD_SEALS, F_SET_RW_HINT, F_SET_FILE_RW_HINT
@pytest.mark.parametrize("command", [8, 10, 1024, 1026, 1033, 1036, 1038])
def test_settings_that_would_stay_on_a_file_are_refused(command: int, runner: Any) -> None:
    assert runner.run(_LEAVES_WORD, Call("settings", (command,))).results[0].value == "refused"


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


CHECK = """
def check(candidate):
    for i in range(3):
        assert candidate(i) == i + 1
    assert candidate(7) == 9, "seven"
    xs = [1, 2]
    assert candidate(xs) is None
    assert xs == [2, 1]
    try:
        candidate("x")
    except TypeError:
        caught = True
    assert caught
"""


@pytest.mark.parametrize("mode", ["judge", "run_together"])
def test_each_assert_is_judged_by_itself(mode: str, runner: Any) -> None:
    source = "def f(x):\n    if type(x) is list: return x.reverse()\n    return x + 1"
    judgement = runner.wait(
        getattr(runner.sandbox, mode)(CHECK, Program(source, "f"), LIMITS, kind="check")
    )
    assert [(check.line, check.passed) for check in judgement.checks] == [
        (4, True),
        (5, False),
        (7, True),
        (8, True),
        (13, True),
    ]
    assert judgement.checks[1].error == "AssertionError: seven"
    assert judgement.trust is (Trust.ISOLATED if mode == "judge" else Trust.SHARED)


def test_the_judge_says_when_a_value_could_not_travel(runner: Any) -> None:
    tests = "assert f(lambda x: x)(1) == 1"
    source = "def f(g): return g"
    judged = runner.wait(runner.sandbox.judge(tests, Program(source, "f"), LIMITS, kind="asserts"))
    assert not judged.passed
    assert judged.needs_live
    together = runner.sandbox.run_together(tests, Program(source, "f"), LIMITS, kind="asserts")
    assert runner.wait(together).passed


def test_tests_that_do_not_parse_or_end_are_called_broken(runner: Any) -> None:
    for tests in ("assert f(", "while True: pass\nassert f(1)"):
        ask = runner.sandbox.judge(
            tests, Program("def f(x): return x", "f"), LIMITS, kind="asserts"
        )
        judgement = runner.wait(ask)
        assert judgement.broken
        assert not judgement.passed


DOCTEST = """
>>> f(1)
2
>>> f(2)
4
>>> f("a")
Traceback (most recent call last):
    ...
TypeError: can only concatenate str (not "int") to str
"""


def test_doctest_examples_are_judged_one_by_one(runner: Any) -> None:
    ask = runner.sandbox.judge(
        DOCTEST, Program("def f(x): return x + 1", "f"), LIMITS, kind="doctest"
    )
    assert [check.passed for check in runner.wait(ask).checks] == [True, False, True]


PYTEST = """
import pytest
from solution import f

@pytest.fixture
def two():
    return 2

@pytest.mark.parametrize("x", [1, 2])
def test_next(x):
    assert f(x) == x + 1

class TestMore:
    def test_fixture(self, two, tmp_path):
        (tmp_path / "x").write_text("x")
        assert f(two) == 4
"""


@pytest.mark.parametrize(
    ("source", "passed"),
    [
        ("def f(x): return x + 1", [True, True, False]),
        ("import os\nos._exit(0)", [False, False]),
        ("import sys\nsys.exit(0)", [False, False]),
        ("import pytest\npytest.skip('forged', allow_module_level=True)", [False, False]),
        ("def f(", [False, False]),
    ],
)
def test_a_pytest_file_runs_and_leaving_early_does_not_pass(
    source: str, passed: list[bool], runner: Any
) -> None:
    ask = runner.sandbox.run_together(PYTEST, Program(source, "f"), Limits(), kind="pytest")
    judgement = runner.wait(ask)
    assert [check.passed for check in judgement.checks] == passed


LAST = """
import pytest
from solution import f

@pytest.mark.parametrize("x", [1, 2, 3])
def test_f(x):
    assert f(x) == x
"""


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("while True: pass", Status.TIMEOUT),
        ("import os; os._exit(0)", Status.CRASHED),
        ("import pytest; pytest.exit('enough', returncode=0)", Status.CRASHED),
    ],
)
def test_a_run_that_ends_amid_the_parameters_of_its_last_test_does_not_pass(
    ending: str, status: Status, runner: Any
) -> None:
    program = Program(f"def f(x):\n    if x == 2:\n        {ending}\n    return x", "f")
    judgement = runner.wait(runner.sandbox.run_together(LAST, program, LIMITS, kind="pytest"))
    first, second = judgement.checks
    assert first.passed
    assert second.status is status
    assert second.name == "test_f (1 of 3 were run)"
    assert second.place == (3 if status is Status.TIMEOUT else 0)


def test_a_run_that_ends_in_the_second_round_of_a_loop_does_not_pass(runner: Any) -> None:
    tests = "for x in (1, 2):\n    assert f(x) == x"
    program = Program("import os\ndef f(x): return x if x == 1 else os._exit(0)", "f")
    judgement = runner.wait(runner.sandbox.run_together(tests, program, LIMITS, kind="asserts"))
    assert [check.status for check in judgement.checks] == [Status.PASSED, Status.CRASHED]


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


_DRIVER = """
import asyncio, pathlib, sys
sys.path.insert(0, sys.argv[1])
from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import Call, Sandbox

def tree(pid):
    found = [pid]
    for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += tree(int(child))
    return found

async def main():
    async with Sandbox(workers=1) as sandbox:
        programs = ["import time\\ndef f(): time.sleep(100)", "def f():\\n    while True: pass"]
        limits = Limits(seconds=100.0)
        ask = sandbox.run(Program(programs[int(sys.argv[2])], "f"), [Call("f", ())], limits)
        task = asyncio.create_task(ask)
        (warden,) = [launcher._process.pid for launcher in sandbox._pool._all]
        while len(tree(warden)) < 3:
            await asyncio.sleep(0.01)
        print(*tree(warden), flush=True)
        await task

asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["0", "1"])
def test_a_driver_that_is_killed_takes_all_with_it(kind: str, runner: Any) -> None:
    driver = subprocess.Popen(
        [sys.executable, "-P", "-c", _DRIVER, str(ROOT), kind], stdout=subprocess.PIPE, text=True
    )
    assert driver.stdout is not None
    pids = [int(pid) for pid in driver.stdout.readline().split()]
    assert len(pids) == 3
    driver.kill()
    driver.wait()
    driver.stdout.close()
    deadline = time.monotonic() + 20
    while any(map(_runs, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(_runs, pids))


def _first_child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"  # one that nobody has waited for yet is as good as gone


async def test_many_programs_run_at_once_and_cancelling_harms_none() -> None:
    async with Sandbox(workers=2) as sandbox:
        program = Program("def f(x): return x * 2")
        slow = Program("import time\ndef f(x): time.sleep(30)")
        tasks = [
            asyncio.create_task(sandbox.run(program, [Call("f", (i,))], Limits()))
            for i in range(50)
        ]
        hanging = [
            asyncio.create_task(sandbox.run(slow, [Call("f", (i,))], Limits(seconds=20)))
            for i in range(3)
        ]
        done = await asyncio.gather(*tasks)
        assert [execution.results[0].value for execution in done] == [2 * i for i in range(50)]
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
        again = await sandbox.run(program, [Call("f", (7,))], Limits())
        assert again.results[0].value == 14


async def test_who_waits_for_a_process_that_does_not_come_up_starts_one() -> None:
    async with Sandbox(workers=1) as sandbox:
        program = Program("import numpy\ndef f(): return 1")
        first, *others = (
            asyncio.create_task(sandbox.run(program, [Call("f")], Limits())) for _ in range(3)
        )
        await asyncio.sleep(0.05)  # the zygote that has numpy is coming up
        first.cancel()
        done = await asyncio.wait_for(asyncio.gather(*others), 60)
        assert [execution.results[0].value for execution in done] == [1, 1]


async def test_cancelling_what_was_sent_ahead_harms_no_start_and_no_session() -> None:
    async with Sandbox(workers=1) as sandbox:
        slow = Program("import numpy, time\ndef f(): time.sleep(0.4)\ndef g(): return 1")

        def later(function: str) -> asyncio.Task[Any]:
            return asyncio.create_task(sandbox.run(slow, [Call(function)], Limits()))

        async def talk() -> Any:
            async with sandbox.open(slow, Limits()) as session:
                return (await session.call(Call("g"))).value

        starting = [later("g"), later("g")]
        await asyncio.sleep(0.05)
        ahead = later("g")
        await asyncio.sleep(0.05)
        ahead.cancel()
        done = await asyncio.gather(*starting)
        assert [execution.results[0].value for execution in done] == [1, 1]

        first = later("f")
        await asyncio.sleep(0.05)
        session = asyncio.create_task(talk())
        await asyncio.sleep(0.05)
        ahead = later("f")
        await first
        await asyncio.sleep(0.05)  # the session has it now, and waits for what was sent ahead
        ahead.cancel()
        assert await session == 1


async def test_a_zygote_that_is_killed_is_replaced() -> None:
    async with Sandbox(workers=1) as sandbox:
        program = Program("def f(x): return x")
        for _ in range(2):
            for launcher in list(sandbox._pool._all):
                assert launcher._process is not None
                launcher._process.kill()
            execution = await sandbox.run(program, [Call("f", (1,))], Limits())
            assert execution.results[0].value == 1


async def test_a_zygote_that_is_stopped_is_replaced() -> None:
    async with Sandbox(workers=1) as sandbox:
        program = Program("def f(x): return x")
        (launcher,) = sandbox._pool._all
        assert launcher._process is not None
        zygote = _first_child(launcher._process.pid)
        os.kill(zygote, signal.SIGSTOP)
        try:
            execution = await sandbox.run(program, [Call("f", (1,))], Limits())
            assert execution.results[0].value == 1
            assert not _runs(zygote)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(zygote, signal.SIGKILL)


def test_other_event_loops_may_use_it_too(runner: Any) -> None:
    async def elsewhere() -> Any:
        return await runner.sandbox.run(Program("def f(): return 5"), [Call("f")], Limits())

    assert asyncio.run(elsewhere()).results[0].value == 5


def test_what_does_not_fit_behind_the_header_is_refused() -> None:
    job = {"source": "a" * (protocol.INBOX_BYTES - protocol.REQUEST.size)}
    with pytest.raises(SandboxError, match="split it"):  # it was waited for until the time was up
        request(protocol.BATCH, job, LIMITS)


async def test_a_sandbox_that_is_not_open_says_so() -> None:
    with pytest.raises(SandboxError, match="async with"):
        await Sandbox().run(Program(""), [], Limits())


async def test_a_machine_without_a_required_layer_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import verifiers.sandbox.pool as pool

    monkeypatch.setattr(pool, "REQUIRED", ("pid namespace", "a layer nobody has"))
    with pytest.raises(SandboxError, match="a layer nobody has"):
        async with Sandbox():
            pass
    async with Sandbox(unsafe=True) as sandbox:
        execution = await sandbox.run(Program("def f(): return 5"), [Call("f")], Limits())
        assert execution.results[0].value == 5


WITHOUT_NAMESPACES = r"""
import asyncio, ctypes, os
libc = ctypes.CDLL(None)
uid, gid = os.getuid(), os.getgid()
if libc.unshare(0x10000000):
    raise SystemExit("cannot try")
for name, text in ("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1"):
    open(f"/proc/self/{name}", "w").write(text)
try:
    open("/proc/sys/user/max_user_namespaces", "w").write("0")
except OSError:
    raise SystemExit("cannot try")
from synth.errors import SandboxError
from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import Call, Sandbox, probe
assert not probe().usable
async def run(unsafe, source):
    async with Sandbox(workers=1, unsafe=unsafe) as sandbox:
        return (await sandbox.run(Program(source), [Call("f")], Limits(seconds=0.4))).results[0]
try:
    asyncio.run(run(False, "def f(): return 1"))
except SandboxError as error:
    assert "no pid namespace" in str(error), error
else:
    raise SystemExit("was not refused")
for source, status in (
    ("def f(): return 1", "passed"),
    ("import os\ndef f():\n    while True: os.fork()", "forbidden"),
    ("def f():\n    while True: pass", "timeout"),
    ("def f(): return open('/etc/passwd').read()", "error"),
):
    result = asyncio.run(run(True, source))
    assert result.status == status, result
print("fine")
"""


def test_a_machine_without_user_namespaces_is_refused_and_can_be_forced() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NAMESPACES], capture_output=True, text=True, timeout=120
    )
    if "cannot try" in done.stderr:
        pytest.skip("this machine does not let a test take its namespaces away")
    assert done.stdout == "fine\n", done.stderr


def test_the_probe_names_every_layer(runner: Any) -> None:
    report = probe()
    assert report.usable
    assert {"pid namespace", "seccomp", "landlock"} <= {layer.name for layer in report.layers}
    assert all(layer.lost for layer in report.layers)
    assert all(layer.available or layer.reason for layer in report.layers)


def test_values_that_cannot_travel_say_what_they_were(runner: Any) -> None:
    source = "class Foo:\n    def __repr__(self): return 'Foo!'\ndef f(): return [Foo()]"
    assert runner.run(source, Call("f")).results[0].value == [Opaque("Foo", "Foo!")]
