"""A running process can have its code moved to huge pages and its mappings joined."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from verifiers.sandbox.heap import HUGE
from verifiers.sandbox.mappings import interpreter_span, joinable, parse

ROOT = Path(__file__).resolve().parents[3]

_MOVE = """
import sys
sys.path.insert(0, sys.argv[1])
from verifiers.sandbox import mappings
read = lambda: open("/proc/self/maps").read()
before = read()
start, size = mappings.interpreter_span(before)
import ctypes
bytes_before = ctypes.string_at(start, size)
mappings.make_huge(before)
assert ctypes.string_at(start, size) == bytes_before
after = [line for line in read().splitlines() if line.startswith(f"{start:x}-")] if size else []
import json, math, os, random, re, threading
count = len(read().splitlines())
mappings.merge(read())
assert len(read().splitlines()) < count
def faults():
    pid = os.fork()
    if pid == 0:
        json.dumps([math.sin(1.0)])
        os._exit(0)
    return os.wait4(pid, 0)[2].ru_minflt
faults()
before_that = faults()
rights = [row[2:] for row in mappings.parse(read()) if row[3]]
mappings.hand_on(read())
assert rights == [row[2:] for row in mappings.parse(read()) if row[3]]
assert faults() < before_that
exec(compile("total = sum(i * i for i in range(100000))", "x", "exec"))
thread = threading.Thread(target=lambda: json.dumps(list(range(1000))))
thread.start(); thread.join()
assert re.search("b+", "abbb").group() == "bbb"
print(size, *after)
"""


def test_a_process_goes_on_with_its_code_moved_and_its_mappings_joined_and_handed_on() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", _MOVE, str(ROOT)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    size, *line = done.stdout.split()
    if int(size):  # else this interpreter's file has no whole huge page
        addresses, mode, _, device, *_ = line
        start, end = (int(address, 16) for address in addresses.split("-"))
        assert (start % HUGE, end - start >= int(size)) == (0, True)
        assert (mode, device) == ("r-xp", "00:00")  # anonymous, and not writable


def test_only_whole_huge_pages_of_what_is_read_only_are_taken() -> None:
    here = _address_of_the_interpreter() // HUGE * HUGE
    file = "fe:00 7   /lib/python.so"

    def row(start: int, end: int, mode: str, what: str = file) -> str:
        return f"{start:x}-{end:x} {mode} 00000000 {what}\n"

    code = row(here - 4096, here + HUGE + 4096, "r-xp")
    assert interpreter_span(code) == (here, HUGE)
    more = row(here + HUGE + 4096, here + 3 * HUGE - 4096, "r--p")
    assert interpreter_span(code + more) == (here, 2 * HUGE)
    assert interpreter_span(code + more.replace("r--p", "rw-p")) == (here, HUGE)
    assert interpreter_span(code + more.replace("python.so", "other.so")) == (here, HUGE)
    assert interpreter_span(code + row(here + HUGE + 8192, here + 9 * HUGE, "r--p")) == (here, HUGE)
    assert interpreter_span(row(here, here + HUGE - 4096, "r-xp"))[1] == 0
    assert interpreter_span(row(here, here + HUGE, "r-xp", "00:00 0")) == (0, 0)
    assert interpreter_span("") == (0, 0)


def test_a_library_is_joined_to_code_and_data_and_nothing_else_is_touched() -> None:
    library, other = "fe:00 7 /lib/a.so", "fe:00 8 /lib/b.so"
    rows = [
        (1, 2, "r--p", library),
        (2, 3, "r-xp", library),
        (3, 4, "r--p", library),
        (4, 5, "r--p", library),
        (5, 6, "rw-p", library),
        (6, 7, "r--p", other),  # data of its own kind, without code
        (7, 8, "r--p", ""),
        (9, 10, "r-xp", other),
    ]
    assert joinable(rows) == [(1, 2, 5), (3, 4, 5), (4, 5, 3)]
    lines = [f"{a:x}-{b:x} {mode} 0 {file or '00:00 0'}" for a, b, mode, file in rows]
    assert parse("\n".join(lines)) == rows


def _address_of_the_interpreter() -> int:
    import ctypes

    place = ctypes.cast(ctypes.pythonapi.PyObject_Malloc, ctypes.c_void_p).value
    assert place is not None
    return place
