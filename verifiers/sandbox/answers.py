"""From a child's raw answers and the way it ended to results: the trusted side's reading.

Everything here is fed by bytes the candidate may have written; nothing in it can raise past
`EncodingError`, which becomes an ERROR.
"""

from __future__ import annotations

import json
import math
import re
import signal
from dataclasses import dataclass
from typing import Any

from verifiers.sandbox import encoding, protocol, results
from verifiers.sandbox.results import CallResult, Step, Trace
from verifiers.verdict import Status

_RETURNED = ["", None, "v", "p"]  # nothing printed or traced, a value that is plain JSON
LOADED = b'[0.0,"",null,"l"]'  # the record before those of the calls
_HEADROOM = 1024  # what a record holds beside the value
_BLOCKS, _LINES = 1_000, 20_000  # of a trace: what follows was not recorded but made up
_LITTLE, _WORST = 64 << 10, 28  # not worth counting in; bytes of values a byte of text
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Ended:
    """A process's end as the zygote saw it."""

    cause: int
    status: int
    records: int
    answers: bytes
    stdout: bytes
    stderr: bytes
    cpu_seconds: float
    memory_bytes: int

    @property
    def exit_code(self) -> int | None:
        """The exit status of a process that left by itself."""
        plain = self.cause == protocol.EXITED and self.status & 0x7F == 0
        return self.status >> 8 if plain else None


def split(answers: bytes, most: int) -> list[bytes]:
    """The length-prefixed records, the first `most`; a record that is cut off is not one.

    Of empty ones there is room for 16 million, and reading them all would take seconds.
    """
    records: list[bytes] = []
    place = 0
    while place + 4 <= len(answers) and len(records) < most:
        end = place + 4 + int.from_bytes(answers[place : place + 4], "little")
        if end > len(answers):
            break
        records.append(answers[place + 4 : end])
        place = end
    return records


def footprint(text: bytes) -> int:
    """Bytes that these records take as values, about and at most: an empty dict is 64, and what
    stands before a comma a pointer of 8 and a small object."""
    if len(text) <= _LITTLE:
        return _WORST * len(text)
    nested = text.count(b"[") + text.count(b"{")
    return len(text) + 64 * nested + 56 * text.count(b",")


_UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    MemoryError,
)


def read_all(records: list[bytes], cap: int) -> list[CallResult]:
    """Records as results, one each, their JSON loaded in one go where it can be."""
    try:
        text = (b"[%b]" % b",".join(records)).decode()
        rows, end = _DECODER.raw_decode(text)
    except _UNREADABLE:
        rows, end, text = [], 0, ""
    if len(rows) != len(records) or end != len(text):
        return [read(record, cap) for record in records]
    longest = 2 * cap + _HEADROOM
    return [
        # The usual record, a scalar returned and nothing printed, is half of all the driver reads.
        CallResult(Status.PASSED, row[5], cpu_seconds=row[0])
        if type(row) is list
        and row[1:5] == _RETURNED
        and len(row) == 6
        and type(row[5]) in encoding.SCALARS
        and type(row[0]) is float
        and 0.0 <= row[0] < math.inf
        and len(record) <= longest
        else _result(row, record, cap)
        for row, record in zip(rows, records, strict=True)
    ]


def read(record: bytes, cap: int) -> CallResult:
    """One record as a result."""
    try:
        return _result(json.loads(record), record, cap)
    except _UNREADABLE as error:
        return _unreadable(error)


def _result(fields: Any, record: bytes, cap: int) -> CallResult:
    if len(record) > 2 * cap + _HEADROOM:
        return CallResult(Status.OUTPUT, error="OutputError: the answer is too large")
    try:
        nesting = record.count(b"[") + record.count(b"{")
        return _read(fields, shallow=nesting <= encoding.MAX_DEPTH)
    except _UNREADABLE as error:
        return _unreadable(error)


def _unreadable(error: BaseException) -> CallResult:
    return CallResult(
        Status.ERROR,
        error=f"EncodingError: the answer cannot be read: {_clean(str(error))[:200]}",
        error_type="EncodingError",
    )


def is_module_failure(record: bytes) -> bool:
    """Whether the first record says that the program did not load."""
    if record == LOADED:
        return False
    try:
        return bool(json.loads(record)[3] == "m")
    except _UNREADABLE:
        return False


def _read(fields: Any, *, shallow: bool) -> CallResult:
    seconds, stdout, steps, kind = fields[:4]
    if not isinstance(seconds, float) or not isinstance(stdout, str):
        raise encoding.EncodingError("malformed record")
    if not 0.0 <= seconds < math.inf:  # a nan would make nan of every sum of costs
        raise encoding.EncodingError("malformed record")
    stdout = _clean(stdout)
    trace = _trace(steps)
    if kind == "v":
        form, value = fields[4], fields[5]
        if form != "p" or not shallow:
            value = encoding.rebuild(form, value, shallow=shallow)
        arguments = tuple(encoding.rebuild(fields[6], fields[7])) if len(fields) > 6 else None
        return CallResult(Status.PASSED, value, arguments, stdout, cpu_seconds=seconds, trace=trace)
    if kind == "o":
        return CallResult(
            Status.OUTPUT,
            error="OutputError: the answer is larger than allowed",
            cpu_seconds=seconds,
        )
    if kind not in ("x", "m"):
        raise encoding.EncodingError("malformed record")
    name, message, bases, line = fields[4:8]
    if not (isinstance(name, str) and isinstance(message, str) and isinstance(line, int)):
        raise encoding.EncodingError("malformed record")
    names = tuple(_clean(str(base))[:100] for base in bases[:20])
    status = Status.ERROR
    if "MemoryError" in names:
        status = Status.MEMORY
    elif "ForbiddenImport" in names:
        status = Status.FORBIDDEN
    elif "OSError" in names and message.startswith("[Errno 27]"):
        status = Status.OUTPUT  # the cap on standard output, met as a file's
    return CallResult(
        status,
        stdout=stdout,
        error=_clean(f"{name[:100]}: {message[:2000]}"),
        error_type=_clean(name[:100]),
        error_bases=names,
        line=line if 0 < line < 1 << 31 else 0,
        cpu_seconds=seconds,
        trace=trace,
    )


def _trace(steps: Any) -> Trace | None:
    if steps is None:
        return None
    blocks, lines, truncated = steps
    return Trace(
        tuple(
            Step(
                _clean(str(function)[:100]),
                int(first),
                int(last),
                {_clean(str(name)[:100]): _clean(str(text)[:1000]) for name, text in changed[:100]},
            )
            for function, first, last, changed in blocks[:_BLOCKS]
        ),
        frozenset(int(line) for line in lines[:_LINES]),
        truncated is True,
    )


def _clean(text: str) -> str:
    """Without lone surrogates, which no terminal, log or model would take."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


# ---- ends without an answer

_PLACE = r'File "(?:[^"\n]*/)?%s", line (\d+) in (\S+)'


def ended_badly(end: Ended, seconds: float, file: str = "program.py") -> CallResult:
    """The result of the call that was running when the process ended without answering it; `file`
    is the program's, whose line is told."""
    place = re.search(_PLACE % re.escape(file), end.stderr.decode("utf-8", "replace"))
    line = int(place[1]) if place and len(place[1]) < 10 else 0
    where = f", at line {line} in {place[2][:100]}" if place and line else ""
    status, error = _judge_end(end, seconds)
    name = error.partition(":")[0]
    return CallResult(
        status, error=error + where, error_type=name, line=line, cpu_seconds=end.cpu_seconds
    )


def not_made(died: CallResult) -> CallResult:
    """The result of a call that was not made, since others before it had ended as `died` did."""
    why = f"{results.NOT_MADE}: not tried, after what came before it had not ended well"
    return CallResult(died.status, error=why, error_type=results.NOT_MADE)


def _judge_end(end: Ended, seconds: float) -> tuple[Status, str]:
    if end.cause == protocol.CPU_TIME:
        return Status.TIMEOUT, f"TimeoutError: more than {seconds:g} s of CPU time"
    if end.cause == protocol.WALL_TIME:
        return Status.TIMEOUT, f"TimeoutError: idle or waiting for much longer than {seconds:g} s"
    if end.cause == protocol.MISFRAMED:
        return Status.OUTPUT, "OutputError: the answer is larger than allowed"
    code = end.exit_code
    if code is not None:
        return Status.CRASHED, f"EarlyExit: left with exit status {code} without answering"
    number = end.status & 0x7F
    if number == signal.SIGSYS:
        return (
            Status.FORBIDDEN,
            "ForbiddenCall: a system call that is not allowed (such as starting a process)",
        )
    if number == signal.SIGXFSZ:
        return Status.OUTPUT, "OutputError: more output than allowed"
    if number == signal.SIGXCPU or (number == signal.SIGKILL and end.cpu_seconds >= seconds):
        return Status.TIMEOUT, f"TimeoutError: more than {seconds:g} s of CPU time"
    if number == signal.SIGKILL:
        return Status.MEMORY, "MemoryError: killed by the kernel, which had no memory left"
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return Status.CRASHED, f"Crash: killed by {name}"
