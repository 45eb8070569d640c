"""What compilers and run times say, in the few words that help to repair a program.

The text ends up in a prompt, which has room for some three hundred characters: a page of template
instantiations, warnings that come before the error, or a thousand equal lines of a stack trace
would leave none for what matters. All of it may be written by the candidate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ROOM = 280
_ONE = 150
_ERROR = re.compile(r"(?:fatal )?error(?:\[E\d+\])?: +(.*)")
_PLACED = re.compile(r"(?:\./|/\S*/)?([\w.+-]+):(\d+):(?:\d+:)? *(.*)")
_INCLUDED = re.compile(r"(?:In file included|\s+) from ([\w.]+):(\d+)")
_UNDEFINED = re.compile(r"undefined (?:reference to|symbol:?) .*")
_SYMBOL = re.compile(r"\s+symbol: +(.*)")
_TOO_LONG = re.compile(r"CPU time limit exceeded|Killed signal|SIGXCPU|signal: killed")
_TOO_LARGE = re.compile(
    r"out of memory|virtual memory exhausted|[Cc]annot allocate memory|OutOfMemoryError"
    r"|memory allocation of \d+ bytes failed"
)
_STARVED = re.compile(
    r"OutOfMemory|out of memory|bad_alloc|memory allocation of \d+ bytes failed"
    r"|Array buffer allocation failed|Cannot allocate memory"
)
# The line of a run time's last words that says what happened.
_TELLING = re.compile(
    r"^(?:Exception in thread|terminate called|thread '.*' .*panicked at|panic: |fatal error: "
    r"|runtime: |(?:Uncaught )?\w*(?:Error|Exception)\b(?: \[\w+\])?: |.*: Assertion `)",
    re.MULTILINE,
)
_ABORTED = re.compile(r"^(?:terminate called|.*: Assertion `|pure virtual method called)", re.M)
_LINE = re.compile(r"\b(?:program\.\w+|Main\.java):(\d{1,9})\b")


def of_compiler(said: str, code: int, name: str, source: str) -> tuple[str, int]:
    """The first errors of a compilation that ended with `code`, with the lines of the source they
    are in, and the first such line (0: none is known). `name` is the file the source was in."""
    errors = list(dict.fromkeys(_errors(said, name)))
    if not errors:
        return _without_place(said, code), 0
    rows = source.split("\n")
    parts: list[str] = []
    for line, text in errors:
        part = f"line {line}: {_cut(text, _ONE)}" if line else _cut(text, _ONE)
        quoted = rows[line - 1].strip() if 0 < line <= len(rows) else ""
        if quoted and "\n" not in quoted:
            part += f"\n    {_cut(quoted, 60)}"
        if parts and len("\n".join([*parts, part])) > _ROOM:
            break
        parts.append(part)
    left = len(errors) - len(parts)
    if left:
        parts.append(f"and {left} more")
    return "\n".join(parts), next((line for line, _ in errors if line), 0)


def _errors(said: str, name: str) -> Iterator[tuple[int, str]]:
    """(line of the program, message) of each error. An error in a header belongs to the line of
    the program that led there, which compilers name first."""
    place = 0
    pending: tuple[int, str] | None = None  # javac names the symbol two lines later
    for row in said.splitlines():
        included, placed, symbol = _INCLUDED.match(row), _PLACED.match(row), _SYMBOL.match(row)
        if symbol and pending:
            pending = (pending[0], f"{pending[1]}: {symbol[1]}")
        if included and included[1] == name:
            place = int(included[2])
        if undefined := _UNDEFINED.search(row):
            yield 0, undefined[0]
            continue
        if not placed:
            continue
        file, number, text = placed[1], int(placed[2][:9]), placed[3]
        error = _ERROR.match(text)
        if error is None and not name.endswith(".go"):  # whose errors are not called so
            if file == name and ("required from" in text or "expansion of" in text):
                place = number
            continue
        if pending:
            yield pending
        message = error[1] if error else text
        pending = (number if file == name else place, message)
    if pending:
        yield pending


def _without_place(said: str, code: int) -> str:
    if code in (-9, -24) or _TOO_LONG.search(said):
        return "compiling it takes too long"
    if _TOO_LARGE.search(said):
        return "compiling it takes too much memory"
    if "File size limit exceeded" in said:
        return "what it compiles to is too large"
    return _cut(said.strip(), _ROOM) or f"the compiler ended with status {code}"


def of_run(stderr: str) -> tuple[str, int]:
    """What a program that ended badly said at last, what happened first, and the line of its
    source that is named there (0: none)."""
    said = stderr.strip()
    telling = _TELLING.search(said)
    place = _LINE.search(said, telling.start() if telling else 0) or _LINE.search(said)
    if telling and telling.start() > 120:  # else what is before it is worth its room
        said = said[telling.start() :]
    return _cut(said, 2000), int(place[1]) if place else 0


def is_starved(stderr: str) -> bool:
    """Whether a run time says that it got no more memory."""
    return _STARVED.search(stderr) is not None


def is_aborted(stderr: str) -> bool:
    """Whether the C library says that it ended the program: an assertion, an exception that was
    not caught. The first process of a pid namespace is spared SIGABRT and ends by another signal.
    """
    return _ABORTED.search(stderr) is not None


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 3] + "..."
