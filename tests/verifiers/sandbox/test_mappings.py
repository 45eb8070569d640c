"""A running process can have its memory gathered into few mappings, and goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from verifiers.sandbox import syscalls
from verifiers.sandbox.heap import HUGE
from verifiers.sandbox.mappings import Mapping, holes, parse, runs

ROOT = Path(__file__).resolve().parents[3]

_GATHER = """
import sys
sys.path.insert(0, sys.argv[1])
import ctypes, decimal, json, math, os, random, re, threading
from verifiers.sandbox import mappings
read = lambda: open("/proc/self/maps").read()
before = read()
mappings.fill(before)
rows = mappings.parse(read())
spans = [(a, b) for a, b in mappings.runs(rows) if sum(a <= row[0] < b for row in rows) > 1]
constant = [row for row in mappings.parse(before) if row[2] in ("r--p", "r-xp") and "/" in row[3]]
held = [ctypes.string_at(start, end - start) for start, end, *_ in constant]
def faults():
    pid = os.fork()
    if pid == 0:
        json.dumps([math.sin(1.0)])
        os._exit(0)
    return os.wait4(pid, 0)[2].ru_minflt
faults()
many = faults()
mappings.gather(read())
after = mappings.parse(read())
for (start, end, *_), content in zip(constant, held):
    assert ctypes.string_at(start, end - start) == content
for start, end in spans:
    assert any(row[0] <= start and end <= row[1] and row[2] == "rwxp" for row in after), after
assert len(after) < len(before.splitlines()) // 2
assert faults() < many
exec(compile("total = sum(i * i for i in range(100000))", "x", "exec"))
thread = threading.Thread(target=lambda: json.dumps(list(range(1000))))
thread.start(); thread.join()
while len(os.listdir("/proc/self/task")) > 1: pass  # joined, it still frees memory
assert re.search("b+", "abbb").group() == "bbb"
try:
    [].pop()
except IndexError:
    pass
import array, fractions
mappings.gather(read())  # again, with what has been loaded since
assert str(decimal.Decimal(1) / 3 + 0)[:5] == "0.333" and fractions.Fraction(1, 2) * 2 == 1
print("gathered")
"""

_ONE_AFTER_ANOTHER = """
import sys
sys.path.insert(0, sys.argv[1])
import ctypes
from verifiers.sandbox.mappings import one_after_another
libc = ctypes.PyDLL(None)
source, middle, target = (ctypes.create_string_buffer(8) for _ in range(3))
source.value = b"carried"
where = [ctypes.addressof(buffer) for buffer in (source, middle, target)]
for _ in range(3):
    middle.value = target.value = b""
    one_after_another(
        (libc.memcpy, where[1], where[0], 8),
        (libc.memcpy, where[2], where[1], 8),
        (libc.memset, where[1], ord("x"), 3),
    )
    assert (target.value, middle.value) == (b"carried", b"xxxried"), (target.value, middle.value)
print("done")
"""


def run(text: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-c", text, str(ROOT)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(syscalls.MACHINE != "x86_64", reason="not done there")
def test_a_process_goes_on_with_its_memory_gathered_and_faults_less_in_children() -> None:
    assert run(_GATHER).split() == ["gathered"]


def test_functions_of_the_c_library_follow_one_another() -> None:
    assert run(_ONE_AFTER_ANOTHER).split() == ["done"]


LIBRARY, OTHER = "fe:00 7 /lib/a.so", "fe:00 8 /lib/b.so"


def test_runs_are_neighbours_of_which_a_copy_would_do_as_well() -> None:
    rows = [
        (1, 2, "r--p", LIBRARY),
        (2, 3, "r-xp", LIBRARY),
        (3, 4, "rw-p", LIBRARY),
        (4, 5, "rw-p", ""),
        (5, 6, "r--s", OTHER),  # a file that cannot be written through this
        (7, 8, "r-xp", OTHER),
        (11, 12, "---p", ""),  # cannot be read
        (12, 13, "rw-p", ""),
        (13, 14, "rw-s", "00:01 9 /memfd:x"),  # shared with others
        (14, 15, "r--s", "00:01 9 /memfd:x"),  # which write there
        (15, 16, "rw-p", "00:00 0 [heap]"),
        (20, 21, "r--p", "00:00 0 [vvar]"),
        (21, 22, "r-xp", "00:00 0 [vdso]"),
        (31, 32, "rw-p", "00:00 0 [stack]"),
    ]
    assert runs(rows) == [(1, 6), (7, 8), (12, 13), (15, 16)]
    lines = [f"{a:x}-{b:x} {mode} 0 {file or '00:00 0'}" for a, b, mode, file in rows]
    found = parse("\n".join(lines))
    assert [row[:3] for row in found] == [row[:3] for row in rows]
    assert runs(found) == runs(rows)


def test_huge_pages_are_filled_unless_something_immovable_lies_there_or_the_heap_grows() -> None:
    quarter = HUGE // 4

    def row(first: int, last: int, mode: str = "rw-p", file: str = "") -> Mapping:
        return first * quarter, last * quarter, mode, file

    def found(*rows: Mapping) -> list[tuple[int, int]]:
        return [(start // quarter, end // quarter) for start, end in holes(list(rows))]

    assert found(row(1, 2), row(3, 4)) == [(0, 1), (2, 3)]
    assert found(row(1, 2), row(5, 6)) == [(0, 1), (2, 4), (4, 5), (6, 8)]
    assert found(row(0, 4), row(4, 8, "r-xp", LIBRARY)) == []
    assert found(row(2, 9)) == [(0, 2), (9, 12)]
    assert found(row(1, 2), row(3, 4, "r-xp", "00:00 0 [vdso]")) == []
    assert found(row(1, 2), row(3, 9, "rw-s", "00:01 9 /memfd:x")) == []
    assert found(row(1, 2), row(3, 6, "rw-p", "00:00 0 [heap]")) == [(0, 1), (2, 3)]
    assert found(row(9, 10, "rw-p", "00:00 0 [stack]")) == []


_LOOPS = """
import sys
sys.path.insert(0, sys.argv[1])
import ctypes, os, signal
from verifiers.sandbox import spawn_loop, syscalls
wake, write = os.pipe()
order = (ctypes.c_ubyte * 8)()
child = ctypes.c_int()
flags = syscalls.SIGCHLD | syscalls.CLONE_PARENT_SETTID
clone = syscalls.prepare("clone", flags, 0, ctypes.addressof(child), 0, 0)
if sys.argv[2] == "machine":
    loop = spawn_loop.machine_loop(wake, ctypes.addressof(order), clone)
else:
    loop = spawn_loop.python_loop(wake, order, clone)
assert loop is not None
os.write(write, bytes([0, 0, 0, 1, 0]))
pids = set()
result = loop()
if result == spawn_loop.CHILD:
    os._exit(7)
assert result == spawn_loop.PIPES, result
for _ in range(3):
    pid, status = os.wait()
    assert os.waitstatus_to_exitcode(status) == 7
    pids.add(pid)
assert len(pids) == 3 and child.value in pids
os.close(write)
result = loop()  # makes the fourth, and then hears that nobody is there
if result == spawn_loop.CHILD:
    os._exit(8)
assert result == spawn_loop.HUNG_UP, result
assert os.waitstatus_to_exitcode(os.wait()[1]) == 8
wake, write = os.pipe()
bad = syscalls.prepare("clone", 0x10000 | syscalls.SIGCHLD, 0, 0, 0, 0)  # a thread of nothing
if sys.argv[2] == "machine":
    loop = spawn_loop.machine_loop(wake, ctypes.addressof(order), bad)
else:
    loop = spawn_loop.python_loop(wake, order, bad)
os.write(write, bytes(1))
assert loop() < 0
print("looped")
"""


@pytest.mark.parametrize("kind", ["machine", "python"])
def test_the_spawn_loop_makes_a_child_a_byte_and_says_why_it_ends(kind: str) -> None:
    if kind == "machine" and syscalls.MACHINE != "x86_64":
        pytest.skip("no machine loop here")
    done = subprocess.run(
        [sys.executable, "-P", "-c", _LOOPS, str(ROOT), kind],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["looped"]
