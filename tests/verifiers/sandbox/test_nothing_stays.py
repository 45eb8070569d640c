"""What a program leaves in shared memory and files, the next does not find."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from synth.problem import Limits
from tests.verifiers.sandbox.as_nobody import command_as_nobody
from verifiers.sandbox import Call
from verifiers.verdict import Status

ROOT = Path(__file__).resolve().parents[3]
LIMITS = Limits(seconds=0.5)


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
