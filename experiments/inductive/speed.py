"""Candidates a second by kind of value, and what a cold start costs.

    python experiments/inductive/speed.py [--seconds 5]

One unsolvable task a kind, so that the whole time is enumeration; CPU time.  *Matrices* evaluate
int, bool and bit-vector columns in blocks, *compiled* also keeps their hashes in a table in machine
code; *plain* runs the same components one candidate at a time.  Ways alternate; medians of rounds.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
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


def rate(name: str, seconds: float, way: str) -> float:
    pairs, options = TASKS[name]
    os.environ["SYNTH_COMPILED"] = str(int(way == "compiled"))
    original = exploration_module.library
    if way == "plain":

        def slow(*arguments: Any, **named: Any) -> Any:
            return [dataclasses.replace(c, vector=None) for c in library(*arguments, **named)]

        exploration_module.library = slow
    try:
        search = Synthesis(make_task(pairs, **options), clock=time.process_time)
        for _ in search.run(Limits(seconds=seconds, patience=seconds)):
            pass
    finally:
        exploration_module.library = original
    return search.candidates / search.seconds


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
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    ways = ("compiled", "matrices", "plain")
    for name in list(TASKS)[:2]:
        rate(name, 1.0, "compiled")  # machine code is made, or read, once
    print("| values | compiled | matrices | plain | compiled / matrices | matrices / plain |")
    print("|---|---|---|---|---|---|")
    for name in TASKS:
        rounds = [[rate(name, given.seconds, way) for way in ways] for _ in range(given.rounds)]
        a, b, c = (sorted(column)[given.rounds // 2] for column in zip(*rounds, strict=True))
        gains = sorted(row[0] / row[1] for row in rounds), sorted(row[1] / row[2] for row in rounds)
        first, second = (gain[given.rounds // 2] for gain in gains)
        print(
            f"| {name} | {a:,.0f} | {b:,.0f} | {c:,.0f} | {first:.2f} | {second:.1f} |", flush=True
        )
    cold_start()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process, searches of {given.seconds:g} s: {peak:.0f} MB")


if __name__ == "__main__":
    main()
