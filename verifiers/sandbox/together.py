"""Tests and program in one process: for tests that need live objects, and trusted less.

The program could, with effort, forge a pass here: it shares the interpreter with what judges it.
Leaving early is not enough: the report must carry a nonce the runner was handed before the program
was loaded, and name every check the driver counted in the tests from outside.

Runs inside a child of the zygote; pytest is imported where the tests are a pytest file.
"""

from __future__ import annotations

import builtins
import json
import mmap
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from verifiers.sandbox import harness
from verifiers.sandbox.testcode import run_tests

_dumps = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def run_together(job: dict[str, Any], region: mmap.mmap) -> None:
    """Load the program, run the tests on it; a record a report, and one that says done."""
    answers = harness.Answers(region)
    answers.begin(time.thread_time())
    nonce, leave, write, clock = job.pop("nonce"), os._exit, answers.add, time.thread_time
    room = [int(job["cap"])]

    def emit(*message: Any) -> None:
        record = _dumps([nonce, *message]).encode()
        room[0] -= len(record)
        if room[0] > 0:
            write(record, clock())

    try:
        if job["kind"] == "pytest":
            run_pytest(job, emit)
        else:
            mine = dict(vars(builtins))  # before the program can patch them
            namespace = harness.load(job["source"], "program", job["imports"])
            names = {
                name: value
                for name, value in namespace.items()
                if name[:2] != "__" and (name not in mine or name == job["entry_point"])
            }
            names["__builtins__"] = mine
            answers.begin(clock())
            run_tests(
                job["tests"],
                job["kind"],
                names,
                job["entry_point"],
                lambda report: emit("check", report[:3]),
            )
        emit("done", None)
    except BaseException as error:
        emit("module", harness.failure(error))
    leave(0)


def run_pytest(job: dict[str, Any], emit: Callable[..., None]) -> None:
    """Write the files into the scratch directory, run pytest there.

    First it is told how many tests pytest found under each name, then comes a report a test.
    """
    import pytest

    os.chdir(job["scratch"])
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.path.insert(0, job["scratch"])
    sys.dont_write_bytecode = True
    for name, text in job["files"].items():
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)

    class Emitter:
        def pytest_collection_finish(self, session: Any) -> None:
            names = [item.nodeid.partition("[")[0] for item in session.items]
            emit("collected", {name: names.count(name) for name in dict.fromkeys(names)})

        def pytest_runtest_logreport(self, report: Any) -> None:
            if report.when != "call" and report.outcome == "passed":
                return
            line = (report.location[1] or 0) + 1
            statement, place = _places(report, job)
            status = {"passed": "passed", "skipped": "error"}.get(report.outcome, "failed")
            if status == "failed" and place:  # the program raised, rather than answer wrongly
                status = "error"
            text = "" if status == "passed" else _short(report)
            emit("check", [line, status, text, report.nodeid, statement, place])

        def pytest_collectreport(self, report: Any) -> None:
            if report.failed:
                emit("check", [0, "error", _short(report), report.nodeid, *_places(report, job)])

    options = ["-q", "-p", "no:cacheprovider", "--rootdir", job["scratch"]]
    # Descriptor 2 stays ours: where a program was when its time ran out is written there.
    options += ["-c", os.devnull, "--tb=short", "--capture=sys"]
    pytest.main([*options, job["test_file"]], plugins=[Emitter()])


def _short(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        return str(crash.message).strip()[:2000]
    if isinstance(report.longrepr, tuple):  # of a skip: file, line, reason
        return str(report.longrepr[2])[:2000]
    lines = str(report.longrepr).splitlines()
    marked = [line[1:].strip() for line in lines if line.startswith("E ")]
    return "\n".join(marked or lines).strip()[-2000:]


def _places(report: Any, job: dict[str, Any]) -> tuple[str, int]:
    """Where a test failed: its statement there, and the program's line, 0 where it was not in it.

    Read from the traceback as pytest would print it."""
    traceback = getattr(report.longrepr, "reprtraceback", None)
    statement, place = "", 0
    for entry in getattr(traceback, "reprentries", ()):
        location = getattr(entry, "reprfileloc", None)
        name = os.path.basename(str(getattr(location, "path", "")))
        if name == job["test_file"]:
            code = [line.strip() for line in entry.lines if not line.startswith("E ")]
            code = [line for line in code if line.strip("^~ ")]
            statement, place = " ".join(code)[:400], 0
        elif location is not None and name == job["module_file"]:
            place = int(location.lineno)
    return statement, place
