"""Verdicts kept from run to run, in one SQLite file on the trusted side.

The key names all that decides a verdict: the program's source, the problem's evidence, limits and
objective, the verifier's settings, the interpreter, and this package's own code, so a verdict never
outlives what it rests on. The file belongs to the user and is not among the trees that a sandboxed
program sees: a candidate can neither read nor write it.

How a program met a time or memory limit says something of the machine, too, and what it cost is
only a measurement; such verdicts are not kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from synth.errors import UsageError
from synth.problem import Problem
from synth.program import Program
from verifiers.certificate import interpreter
from verifiers.verdict import Status, Verdict

_APPLICATION = 0x53594E56  # "SYNV": what tells our file from other people's
_VERSION = 1
# How these ended depends on the machine's load as well as on the program.
MACHINE_DEPENDENT = frozenset({Status.TIMEOUT, Status.CRASHED, Status.MEMORY})


class VerdictStore:
    """At most `rows` verdicts in the file at `path`, which is made, for its owner only, if missing.

    Several processes may share it. A file that cannot be read or written later on costs a run its
    memory and nothing else: `get` finds nothing, `put` keeps nothing.

    Raises:
        UsageError: the path cannot be opened, or holds something else.
    """

    def __init__(self, path: str | os.PathLike[str], *, rows: int = 200_000) -> None:
        if rows <= 0:
            raise UsageError(f"rows must be above 0, got {rows}")
        self._path = Path(path)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._database = _opened(self._path)
            self._prune(rows)
        except (OSError, sqlite3.Error) as error:
            raise UsageError(
                f"{self._path} cannot be used to keep verdicts: {error}; name another file, or "
                "delete this one"
            ) from None

    def get(self, key: str) -> Verdict | None:
        """The verdict kept under a key, or None."""
        try:
            row = self._database.execute(
                "SELECT verdict FROM verdicts WHERE key = ?", (key,)
            ).fetchone()
            return None if row is None else Verdict.from_json(json.loads(row[0]))
        except (sqlite3.Error, ValueError, TypeError, LookupError, AttributeError):
            return None

    def put(self, key: str, problem: Problem, verdict: Verdict) -> bool:
        """Keeps a verdict, if it is one to keep; whether it was."""
        if not is_lasting(problem, verdict):
            return False
        try:
            text = json.dumps(verdict.to_json(), separators=(",", ":"))
            if Verdict.from_json(json.loads(text)) != verdict:
                return False  # a detail that JSON does not give back as it was
            self._database.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?)", (key, text))
        except (sqlite3.Error, ValueError, TypeError, RecursionError):
            return False
        return True

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM verdicts").fetchone()[0])

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _prune(self, rows: int) -> None:
        """Drops the oldest verdicts, down to `rows`."""
        self._database.execute(
            "DELETE FROM verdicts WHERE rowid <= "
            "(SELECT rowid FROM verdicts ORDER BY rowid DESC LIMIT 1 OFFSET ?)",
            (rows,),
        )


def verdict_key(problem: Problem, program: Program, settings: Mapping[str, Any]) -> str:
    """What a verdict is kept under; `settings` are the verifier's that decide what is checked."""
    named = [
        program.source,
        program.entry_point,
        program.language,
        problem.hash,
        dict(settings),
        _surroundings(),
    ]
    text = json.dumps(named, sort_keys=True)  # surrogates as escapes: any source has a key
    return hashlib.sha256(text.encode()).hexdigest()


def is_lasting(problem: Problem, verdict: Verdict) -> bool:
    """Whether a verdict would come out the same on another day."""
    measured = problem.objective == "fastest" and verdict.cost.instructions is None
    return not measured and not any(
        o.status in MACHINE_DEPENDENT or o.error.startswith("ToolChainError")
        for o in verdict.outcomes
    )


@lru_cache(maxsize=1)
def _surroundings() -> list[str]:
    """The interpreter, the libraries programs meet, and the code that judges."""
    from importlib import metadata

    versions = []
    for name in ("numpy", "hypothesis", "pytest", "crosshair-tool"):
        with suppress(metadata.PackageNotFoundError):
            versions.append(f"{name} {metadata.version(name)}")
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        code.update(path.read_bytes())
    return [interpreter(), *versions, code.hexdigest()]


def _opened(path: Path) -> sqlite3.Connection:
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    database = sqlite3.connect(path, timeout=5.0, isolation_level=None)
    try:
        (application,) = database.execute("PRAGMA application_id").fetchone()
        tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if tables and (application, version) != (_APPLICATION, _VERSION):
            raise sqlite3.DatabaseError("it holds something else")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute(f"PRAGMA application_id = {_APPLICATION}")
        database.execute(f"PRAGMA user_version = {_VERSION}")
        database.execute("CREATE TABLE IF NOT EXISTS verdicts (key TEXT PRIMARY KEY, verdict TEXT)")
    except BaseException:
        database.close()
        raise
    return database
