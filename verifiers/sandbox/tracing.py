"""How a call ran: its blocks in order with the variables each changed, and the lines covered.

A block is straight-line code, as in LDB (Zhong et al. 2024, "Debug like a Human", section 3): a
debugging model is shown what the variables were after each. Runs in the candidate's process, with
`sys.settrace`: standard library only.
"""

from __future__ import annotations

import ast
import reprlib
import sys
from collections import deque
from collections.abc import Callable, Mapping
from itertools import pairwise
from types import CodeType, FrameType
from typing import Any

Block = list[Any]  # [function, first line, last line, [[variable, repr], ...]]


class TraceLimit(BaseException):
    """The traced call ran for too many lines; what was seen until then is reported."""


class Tracer:
    """Follows one call. Keeps the first and the last blocks when there are too many."""

    def __init__(self, source: str, name: str, *, steps: int, width: int, events: int) -> None:
        self._name, self._events = name, events
        self._leaders = leaders(source)
        self._first: list[Block] = []
        self._last: deque[Block] = deque(maxlen=max(1, steps // 2))
        self._room = max(1, steps - steps // 2)
        self._lines: set[int] = set()
        self._open: dict[FrameType, tuple[int, int]] = {}
        self._known: dict[FrameType, dict[str, str]] = {}
        self._raised: dict[FrameType, str] = {}
        self._dropped = False
        self._repr = reprlib.Repr()
        self._repr.maxstring = self._repr.maxother = self._repr.maxlong = width
        self._repr.maxlist = self._repr.maxtuple = self._repr.maxdict = self._repr.maxset = 12
        self._width = width

    def run(
        self, target: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Any:
        """Make the call under trace; its value or its exception."""
        sys.settrace(self._enter)
        try:
            return target(*args, **kwargs)
        finally:
            sys.settrace(None)

    def report(self) -> list[Any]:
        """Blocks, covered lines, and whether blocks were dropped, as JSON-able data."""
        return [[*self._first, *self._last], sorted(self._lines), self._dropped]

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != self._name or _is_comprehension(frame.f_code):
            return None
        self._known[frame] = {}
        return self._follow

    def _follow(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self._events -= 1
            if self._events <= 0:
                sys.settrace(None)
                raise TraceLimit("stopped: the traced call ran for too many lines")
            line = frame.f_lineno
            self._lines.add(line)
            self._raised.pop(frame, None)  # it was caught
            started = self._open.get(frame)
            if started is None:
                self._open[frame] = (line, line)
            elif line in self._leaders or line <= started[1]:
                self._close(frame)
                self._open[frame] = (line, line)
            else:
                self._open[frame] = (started[0], line)
        elif event == "exception":
            if not issubclass(argument[0], StopIteration):  # how every loop over a generator ends
                self._raised[frame] = argument[0].__name__
        elif event == "return":
            # A frame that an exception leaves is said to return None.
            raised = self._raised.pop(frame, None)
            end = ["return", self._text(argument)] if raised is None else ["raised", raised]
            self._close(frame, [end])
            self._known.pop(frame, None)
            self._open.pop(frame, None)
        return self._follow

    def _close(self, frame: FrameType, extra: list[list[str]] | None = None) -> None:
        first, last = self._open.get(frame, (frame.f_lineno, frame.f_lineno))
        known, changed = self._known[frame], []
        for name, value in frame.f_locals.items():
            text = self._text(value)
            if known.get(name) != text:
                known[name] = text
                changed.append([name, text])
        block = [frame.f_code.co_name, first, last, changed + (extra or [])]
        if len(self._first) < self._room:
            self._first.append(block)
        else:
            self._dropped |= len(self._last) == self._last.maxlen
            self._last.append(block)

    def _text(self, value: Any) -> str:
        try:
            text = self._repr.repr(value)
        except Exception:
            text = f"<{type(value).__name__}>"
        return text if len(text) <= self._width else text[: self._width - 3] + "..."


def _is_comprehension(code: CodeType) -> bool:
    return code.co_name in ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")


def leaders(source: str) -> frozenset[int]:
    """The lines that begin a block: first in a body, loop headers, first after a compound."""
    found: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        for field in ("body", "orelse", "finalbody"):
            body = getattr(node, field, None)
            if not isinstance(body, list) or not body:
                continue
            found.add(body[0].lineno)
            for before, after in pairwise(body):
                if isinstance(before, _COMPOUND) or isinstance(after, ast.For | ast.While):
                    found.add(after.lineno)
    return frozenset(found)


_COMPOUND = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.Try, ast.Match)
