"""The program under test as the judge's process sees it: a callable whose calls travel.

Each call goes to the driver, which asks the program's own process and sends the answer back as
plain values. Arguments the program changed in place are changed here, too. Runs inside the judge's
process: standard library only.
"""

from __future__ import annotations

import builtins
import json
from typing import Any

from verifiers.sandbox import encoding, harness
from verifiers.sandbox.testcode import ProgramDied, Report, run_tests

_dumps = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


class Channel:
    """The pair of pipes to the driver, and one question at a time over it.

    A StopIteration of the program's ends no loop of the tests (`all(map(f, cases))` would hold of a
    program that raises it at once) but is a RuntimeError, as it is for generators (PEP 479), unless
    the tests say that they wait for one: `stops`.
    """

    def __init__(self, requests: int, replies: int, *, stops: bool = False) -> None:
        self.requests, self.replies, self.stops = requests, replies, stops
        self.asked = 0

    def ask(self, function: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The program's return value, or its exception raised here."""
        arguments = encoding.encode((list(args), kwargs))
        harness.send(self.replies, _dumps(["call", function, arguments]).encode())
        self.asked += 1
        answer = json.loads(harness.receive(self.requests))
        status, value, changed, name, message, bases = answer
        if changed is not None:
            for mine, theirs in zip(args, encoding.decode(changed, live=True), strict=False):
                _overwrite(mine, theirs)
        if status == "passed":
            return encoding.decode(value, live=True)
        if status == "error" and "StopIteration" in bases and not self.stops:
            raise RuntimeError(f"the program raised {name}: {message}")
        if status == "error":
            raise _exception(name, message, bases)
        raise ProgramDied(status, message)


class Proxy:
    """A function of the program; anything else asked of it is its name."""

    def __init__(self, channel: Channel, function: str) -> None:
        self._channel, self._function = channel, function
        self.__name__ = self.__qualname__ = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._channel.ask(self._function, args, kwargs)


def _overwrite(mine: Any, theirs: Any) -> None:
    """Make a mutable argument hold what the program left in it."""
    if type(mine) is not type(theirs):
        return
    if isinstance(mine, list | bytearray):
        mine[:] = theirs
    elif isinstance(mine, dict | set):
        mine.clear()
        mine.update(theirs)


def _exception(name: str, message: str, bases: list[str]) -> Exception:
    """An exception that tests can catch as the one the program raised: by a built-in base."""
    for base in bases:
        known = getattr(builtins, base, None)
        if isinstance(known, type) and issubclass(known, Exception):
            kind: type[Exception] = known if base == name else type(name, (known,), {})
            try:
                return kind(message)
            except TypeError:  # such as UnicodeDecodeError, which wants five arguments
                break
    unknown: type[Exception] = type(name or "Exception", (Exception,), {})
    return unknown(message)


def run_judge(job: dict[str, Any], requests: int, replies: int) -> None:
    """Run tests against proxies; the last message holds the reports."""
    channel = Channel(requests, replies, stops="StopIteration" in job["tests"])
    names = {name: Proxy(channel, name) for name in job["names"]}
    try:
        reports: dict[int, Report] = {}
        run_tests(
            job["tests"],
            job["kind"],
            names,
            job["entry_point"],
            lambda report: reports.update({report[0]: report}),
            lambda: channel.asked,
        )
        message: list[Any] = ["done", [reports[line] for line in sorted(reports)]]
    except SyntaxError as error:
        message = ["broken", f"SyntaxError: {error}"]
    harness.send(replies, _dumps(message).encode())
    # Leaving by itself would race with the driver's END, and two ends are out of frame.
    harness.receive(requests)
