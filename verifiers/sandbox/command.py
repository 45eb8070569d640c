"""Compiling and running programs that are not Python: what the child of a zygote does.

Compiling starts a process and brings its files back; running replaces this very process, so that
the zygote's clock and the wait status are the program's own. Standard library only.
"""

from __future__ import annotations

import fnmatch
import json
import mmap
import os
import resource
import signal
import time
from typing import Any

from verifiers.sandbox import harness

_ARTIFACT_BYTES = 16 << 20
_PROCESSES = 64  # and threads, of a program; compilers may have more


def run_command(job: dict[str, Any], region: mmap.mmap) -> None:
    """Write the files into the scratch directory, then compile or run there."""
    answers = harness.Answers(region)
    answers.begin(time.thread_time())
    os.chdir(job["scratch"])
    for name, data in job["files"].items():
        with open(name, "wb") as file:
            file.write(data)
        os.chmod(name, 0o755)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    scratch = job["scratch"]
    environment = {"PATH": "/usr/bin:/bin", "HOME": scratch, "TMPDIR": scratch, "LC_ALL": "C.UTF-8"}
    environment |= job["environment"]
    if job["collect"] is None:
        if job["stdin_copy"]:
            with open(job["stdin_copy"], "wb") as copy:
                while os.sendfile(copy.fileno(), 0, None, 1 << 30):
                    pass
            os.lseek(0, 0, os.SEEK_SET)
        _limit(resource.RLIMIT_FSIZE, job["output"])
        _limit(resource.RLIMIT_NPROC, _PROCESSES)
        if job["reserves"]:
            _limit(resource.RLIMIT_DATA, job["memory"])
        os.execve(job["command"][0], job["command"], environment)
    child = os.fork()
    if child == 0:
        try:
            os.dup2(1, 2)
            _limit(resource.RLIMIT_DATA, job["memory"])
            # One second more, so that the signal that compilers report comes first.
            resource.setrlimit(resource.RLIMIT_CPU, (job["seconds"], job["seconds"] + 1))
            os.execve(job["command"][0], job["command"], environment)
        finally:
            os._exit(127)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    said = harness.printed()[:20_000]
    names = sorted(
        name
        for name in os.listdir(".")
        if any(fnmatch.fnmatch(name, pattern) for pattern in job["collect"])
    )
    if code or sum(os.path.getsize(name) for name in names) > _ARTIFACT_BYTES:
        names = []
    answers.add(json.dumps([code, said, names]).encode())
    for name in names:
        with open(name, "rb") as file:
            answers.add(file.read())


def _limit(which: int, value: int) -> None:
    resource.setrlimit(which, (value, value))
