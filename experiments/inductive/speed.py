"""Candidates a second by kind of value, and what a cold start costs.

    python experiments/inductive/speed.py [--seconds 5]

One unsolvable task a kind, so that the whole time is enumeration; CPU time.  The fast path is
evaluation of int, bool and bit-vector columns as matrices; without it the same components
run one candidate at a time.
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import subprocess
import sys
import time
from typing import Any

from synth.inductive import Limits, Synthesis, make_task
from synth.inductive import exploration as exploration_module
from synth.inductive.library import library

TASKS: dict[str, tuple[list[tuple[tuple[Any, ...], Any]], dict[str, Any]]] = {
    "int, two arguments": (
        [((a, b), (a * 7919 + b * 104729) % 10007) for a, b in
         [(3, 5), (10, 2), (7, 7), (1, 9), (12, 30), (8, 41)]], {}),
    "64-bit words": (
        [((x,), x * 0x9E3779B97F4A7C15 % (1 << 64)) for x in (3, 10, 77, 1 << 40, 12345, 99999)],
        {"types": ["bits64"], "result": "bits64"}),
    "str": (
        [((s,), s[::-1].upper() + "#" + s.swapcase()[1:3] + "!!") for s in
         ("hello world", "Program By", "a-b c-d", "Zed 9 0", "xyzzy 42")], {"branches": False}),
    "list[int]": (
        [((xs,), [sum(xs) ** 2 % 97, len(xs) ** 3, 5]) for xs in
         ([1, 2, 3], [9, 8], [4, 4, 4, 1], [7], [2, 0, 5])], {"branches": False}),
}  # fmt: skip


def rate(name: str, seconds: float, *, fast: bool) -> tuple[int, float]:
    pairs, options = TASKS[name]
    original = exploration_module.library
    if not fast:

        def slow(*arguments: Any, **named: Any) -> Any:
            return [dataclasses.replace(c, vector=None) for c in library(*arguments, **named)]

        exploration_module.library = slow
    try:
        search = Synthesis(make_task(pairs, **options), clock=time.process_time)
        for _ in search.run(Limits(seconds=seconds, patience=seconds)):
            pass
    finally:
        exploration_module.library = original
    return search.candidates, search.seconds


def cold_start() -> None:
    code = (
        "import time; a = time.perf_counter(), time.process_time();"
        "from synth.inductive import synthesize, Limits;"
        "b = time.process_time() - a[1];"
        "r = synthesize([(('Ada Lovelace',), 'A. Lovelace'), (('Alan Turing',), 'A. Turing')],"
        " limits=Limits(seconds=2, patience=0.2), check_seconds=0);"
        "c = time.process_time() - a[1];"
        # ru_maxrss of a child starts at its parent's.
        "m = int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) / 1024;"
        "print(f'{b:.2f} {c:.2f} {r.best.seconds:.3f} {m:.0f}')"
    )
    rows = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        rows.append(list(map(float, done.stdout.split())))
    middle = [sorted(column)[1] for column in zip(*rows, strict=True)]
    print(f"\ncold start (median of 3): import {middle[0]:.2f} s CPU, answer judged after "
          f"{middle[1]:.2f} s, found {middle[2]:.3f} s into the search, "
          f"peak memory {middle[3]:.0f} MB")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=5.0)
    seconds = parser.parse_args().seconds
    print("| values | candidates/s, fast path | without | ratio |\n|---|---|---|---|")
    for name in TASKS:
        fast, fast_seconds = rate(name, seconds, fast=True)
        slow, slow_seconds = rate(name, seconds, fast=False)
        a, b = fast / fast_seconds, slow / slow_seconds
        print(f"| {name} | {a:,.0f} | {b:,.0f} | {a / b:.1f} |", flush=True)
    cold_start()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process, {8 * seconds:.0f} s of search: {peak:.0f} MB")


if __name__ == "__main__":
    main()
