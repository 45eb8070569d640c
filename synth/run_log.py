"""The log of a run: one append-only file of JSON lines, safe against a crash at any byte.

An event is written whole before anything follows from it; what was paid for is on the disk
(fsync) before it is used. A line cut by a crash is dropped when the log is opened again.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth.errors import RunLogError
from synth.events import Answered, Event, Finished, Started, decode, encode

SUFFIX = ".jsonl"


def runs_directory() -> Path:
    """Where runs are kept: `$SYNTH_RUNS`, else `synth/runs` in the user's data directory."""
    named = os.environ.get("SYNTH_RUNS")
    if named:
        return Path(named)
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "synth" / "runs"


class RunLog:
    """An open log, held by one process at a time.

    `events` are those found when it was opened. A second opener gets a RunLogError.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise RunLogError(f"{path}: another process is writing this run") from None
        data, events, whole = path.read_bytes(), [], 0
        try:
            for number, line in enumerate(data.splitlines(keepends=True), 1):
                if not line.endswith(b"\n"):
                    break  # cut by a crash
                events.append(_decode(line, path, number))
                whole += len(line)
        except RunLogError:
            os.close(self._file)
            raise
        self.events: list[Event] = events
        if whole < len(data):
            os.ftruncate(self._file, whole)
        os.lseek(self._file, whole, os.SEEK_SET)

    def append(self, *events: Event) -> None:
        """Write events in one piece; returns when those that cost money are on the disk."""
        if not events:
            return
        data = b"".join(map(encode, events))
        while data:
            data = data[os.write(self._file, data) :]
        if any(isinstance(event, Answered) and event.kind == "completion" for event in events):
            os.fsync(self._file)

    def close(self) -> None:
        if self._file >= 0:
            os.fsync(self._file)
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> RunLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _decode(line: bytes, path: Path, number: int) -> Event:
    try:
        return decode(line)
    except RunLogError as error:
        raise RunLogError(f"{path}:{number}: {error}") from error


def read_events(path: Path) -> list[Event]:
    """All whole events of a log that may be growing."""
    return list(_read(path))


def _read(path: Path) -> Iterator[Event]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise RunLogError(f"{path}: no such run") from None
    for number, line in enumerate(data.splitlines(keepends=True), 1):
        if line.endswith(b"\n"):
            yield _decode(line, path, number)


def find_run(name: str, directory: Path | None = None) -> Path:
    """The log a user means by `name`: a path, a run id, a unique prefix or `last`."""
    if name.endswith(SUFFIX) and Path(name).exists():
        return Path(name)
    directory = directory or runs_directory()
    logs = sorted(directory.glob(f"*{SUFFIX}")) if directory.is_dir() else []
    if name == "last" and logs:
        return max(logs, key=lambda path: path.stat().st_mtime)
    exact = directory / f"{name}{SUFFIX}"
    found = [exact] if exact in logs else [path for path in logs if path.name.startswith(name)]
    if len(found) == 1 and name:
        return found[0]
    if len(found) > 1:
        raise RunLogError(f"{name!r} means {len(found)} runs, e.g. {found[0].stem}; say more of it")
    raise RunLogError(f"no run {name!r} in {directory}; `synth runs` lists them")


def new_run_id(problem: str, created: str, salt: str) -> str:
    """A readable, sortable id: date and time, the problem's id, four digits against clashes."""
    slug = re.sub(r"[^a-z0-9]+", "-", problem.lower()).strip("-")[:32] or "problem"
    digits = re.sub(r"\D", "", created)
    return f"{digits[:8]}-{digits[8:14]}-{slug}-{salt}"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A line of `synth runs`, read from the two ends of a log."""

    run: str
    path: Path
    created: str
    problem: str
    recipe: str
    models: tuple[str, ...]
    reason: str
    verified: bool
    usage: dict[str, Any]


def list_runs(directory: Path | None = None) -> list[RunSummary]:
    """All runs of a directory, oldest first; damaged logs are listed as such."""
    directory = directory or runs_directory()
    if not directory.is_dir():
        return []
    return [_summary(path) for path in sorted(directory.glob(f"*{SUFFIX}"))]


def _summary(path: Path) -> RunSummary:
    with path.open("rb") as file:
        first = file.readline()
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1_000_000))
        last = file.read().splitlines(keepends=True)[-1:]
    try:
        started = decode(first)
        if not isinstance(started, Started):
            raise RunLogError("does not begin with `started`")
    except RunLogError:
        return RunSummary(path.stem, path, "", "", "", (), "damaged", False, {})
    reason, verified, usage = "unfinished", False, {}
    if last and last[0].endswith(b"\n") and b'"type":"finished"' in last[0][:24]:
        finished = decode(last[0])
        assert isinstance(finished, Finished)
        reason, verified, usage = finished.reason, finished.verified, dict(finished.usage)
    return RunSummary(
        started.run,
        path,
        started.created,
        started.problem.get("id", "") if isinstance(started.problem, dict) else "",
        started.recipe["name"],
        tuple(model["name"] for model in started.models),
        reason,
        verified,
        usage,
    )
