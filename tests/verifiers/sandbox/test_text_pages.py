"""The interpreter's code can be moved to huge pages under a running process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from verifiers.sandbox.heap import HUGE
from verifiers.sandbox.text_pages import interpreter_span

ROOT = Path(__file__).resolve().parents[3]

_MOVE = """
import sys
sys.path.insert(0, sys.argv[1])
from verifiers.sandbox import text_pages
read = lambda: open("/proc/self/maps").read()
before = read()
start, size = text_pages.interpreter_span(before)
import ctypes
bytes_before = ctypes.string_at(start, size)
text_pages.make_huge(before)
assert ctypes.string_at(start, size) == bytes_before
after = [line for line in read().splitlines() if line.startswith(f"{start:x}-")] if size else []
import json, random, re, threading
exec(compile("total = sum(i * i for i in range(100000))", "x", "exec"))
thread = threading.Thread(target=lambda: json.dumps(list(range(1000))))
thread.start(); thread.join()
assert re.search("b+", "abbb").group() == "bbb"
print(size, *after)
"""


def test_a_process_goes_on_after_its_code_was_moved() -> None:
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


def _address_of_the_interpreter() -> int:
    import ctypes

    place = ctypes.cast(ctypes.pythonapi.PyObject_Malloc, ctypes.c_void_p).value
    assert place is not None
    return place
