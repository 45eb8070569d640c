"""kill -9, whenever it comes: the run is taken up again and ends in the same tree."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from synth.api import replay
from synth.events import Answered, Finished, Told, encode
from synth.run_log import list_runs, read_events

KILLS = 10
ROOT = Path(__file__).resolve().parents[2]


def start(directory: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.flow.killed_run", str(directory)], cwd=ROOT
    )


def told(path: Path) -> list[bytes]:
    return [encode(event) for event in read_events(path) if isinstance(event, Told)]


def size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.glob("*.jsonl"))


def test_a_run_killed_ten_times_ends_in_the_same_tree_and_no_completion_is_repeated(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    assert start(whole).wait() == 0
    # Kill at ten sizes of the log, drawn at random: the process dies at any point in between.
    kills = sorted(random.randrange(1, size(whole)) for _ in range(KILLS))
    resumed = 0
    for wanted in kills:
        process = start(killed)
        while process.poll() is None and size(killed) < wanted:
            time.sleep(0.001)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
        resumed += 1
    assert start(killed).wait() == 0
    (first,), (last,) = list_runs(whole), list_runs(killed)
    assert told(first.path) == told(last.path), kills
    assert isinstance(read_events(last.path)[-1], Finished)
    replay(last.path)
    # What the log holds was never asked again: each logged completion was given exactly once, or
    # died with a process before it could be logged (and only then was asked again).
    logged = [
        event
        for event in read_events(last.path)
        if isinstance(event, Answered) and event.kind == "completion"
    ]
    assert len({(event.expansion, event.step) for event in logged}) == len(logged)
    given = Counter((killed / "notes").read_text().split())
    once = Counter((whole / "notes").read_text().split())
    assert given.keys() == once.keys()
    lost = sum(given.values()) - sum(once.values())
    assert lost <= resumed * 4, "at most the calls in flight at a kill are lost"
