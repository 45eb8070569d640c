"""What is asked of the sandbox, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from verifiers.verdict import Cost, Status

NOT_MADE = "NotMade"  # the error type of a call that was not made after others had died


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `function` is a name the program defines, or `Class.method` (LeetCode's form)."""

    function: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TraceRequest:
    """Record how a call runs: at most `steps` block visits, values' reprs cut to `width`.

    A call that runs more than `events` lines is stopped there: ERROR with error_type `TraceLimit`,
    and the trace up to that point, which shows what an endless loop is doing.
    """

    steps: int = 200
    width: int = 80
    events: int = 100_000


@dataclass(frozen=True, slots=True)
class Step:
    """A block of straight-line code was left: its lines, and the locals it changed (reprs)."""

    function: str
    first_line: int
    last_line: int
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Trace:
    """Blocks in the order they ran, every line that ran, and whether steps were dropped."""

    steps: tuple[Step, ...]
    lines: frozenset[int]
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class CallResult:
    """How one call ended.

    PASSED means it returned `value`, ERROR that it raised (or that its answer made no sense);
    TIMEOUT, MEMORY, OUTPUT, CRASHED and FORBIDDEN are decided from outside. `args` are the
    positional arguments after the call if it changed one in place. `error` is `Type: message`,
    `error_bases` the exception's class and its bases by name, `line` the program's line (0
    unknown). For whole programs `value` is what was printed.
    """

    status: Status
    value: Any = None
    args: tuple[Any, ...] | None = None
    stdout: str = ""
    error: str = ""
    error_type: str = ""
    error_bases: tuple[str, ...] = ()
    line: int = 0
    cpu_seconds: float = 0.0
    trace: Trace | None = None

    @property
    def made(self) -> bool:
        """Whether the call was made: after two deaths the others inherit the status of the last."""
        return self.error_type != NOT_MADE or self.status is Status.ERROR  # a class of its own


@dataclass(frozen=True, slots=True)
class Execution:
    """One result per call (or input), always, and what it all took."""

    results: tuple[CallResult, ...]
    cost: Cost
