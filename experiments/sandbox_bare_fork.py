"""The limit `bench_sandbox.py` measures against: fork, run program and check, nothing else.

A worker of that benchmark in a file of its own, so that its process holds what our zygote
preloads and nothing more: every module costs a fork. Programs and names come by a file.
"""

import gc
import json
import os
import resource
import sys
import time


def cpu() -> float:
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    return total


def run(program: str) -> bool:
    pid = os.fork()
    if pid == 0:
        try:
            exec(program, {})
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def main() -> None:
    with open(sys.argv[1]) as file:
        job = json.load(file)
    for name in job["preload"]:
        __import__(name)
    programs = job["programs"]
    del job
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        start_cpu, start = cpu(), time.perf_counter()
        latencies, passed = [], 0
        count = int(line)
        for program in programs[:count] if count > 0 else [programs[2]] * -count:
            began = time.perf_counter()
            passed += run(program)
            latencies.append(time.perf_counter() - began)
        row = {
            "wall": time.perf_counter() - start,
            "cpu": cpu() - start_cpu,
            "passed": passed,
            "latencies": latencies,
        }
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
