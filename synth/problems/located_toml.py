"""TOML to plain data with lines."""

from __future__ import annotations

import bisect
import re
import tomllib
from datetime import date, datetime, time
from typing import Any

from synth.problems.located_data import DataError, Document, Path


def load_toml(text: str) -> Document:
    """The tables of a TOML text; DataError else. Dates stay the text they were written as."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).partition(" (at ")
        line = re.match(r"line (\d+)", place)
        last = text.count("\n", 0, len(text.rstrip())) + 1
        raise DataError(reason, int(line.group(1)) if line else last) from None
    except RecursionError:
        raise DataError("nested too deeply") from None
    except (ValueError, OverflowError) as error:  # a long integer, an impossible date
        raise DataError(str(error)) from None
    try:
        scan = _Scan(text)
        scan.statements()
        lines, text_lines = scan.lines, scan.text_lines
    except (IndexError, RecursionError):  # lines are a courtesy: the data stand without them
        lines, text_lines = {(): 1}, {}
    return Document(_without_dates(data), lines, text_lines)


def _without_dates(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_dates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_dates(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


_KEY = re.compile(r'[ \t]*("(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|[\w-]+)[ \t]*')
_BLANK = re.compile(r"(?:[ \t\n]+|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.S,
)
_SCALAR = re.compile(r"[^\s,\]}#]+(?: [0-9][^\s,\]}#]*)?")


class _Scan:
    """A walk over TOML that is known to be valid, noting where keys and values stand."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.lines: dict[Path, int] = {(): 1}
        self.text_lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}
        self.newlines = [match.start() for match in re.finditer("\n", text)]

    def statements(self) -> None:
        table: Path = ()
        self._skip()
        while self.position < len(self.text):
            if self.text[self.position] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip()

    def _header(self) -> Path:
        line = self._line()
        array = self.text.startswith("[[", self.position)
        self.position += 2 if array else 1
        path: Path = ()
        keys = self._keys()
        for index, key in enumerate(keys):
            path = (*path, key)
            if array and index == len(keys) - 1:
                self.lines.setdefault(path, line)
                self.counts[path] = self.counts.get(path, -1) + 1
            if path in self.counts:
                path = (*path, self.counts[path])
        self.lines.setdefault(path, line)
        self.position += 2 if array else 1
        return path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for key in self._keys():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self.position += 1  # the equals sign
        self._skip()
        self._value(path)

    def _value(self, path: Path) -> None:
        self.lines.setdefault(path, self._line())
        opening = self.text[self.position]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self.position += 1
            self._skip()
            while self.text[self.position] != "}":
                self._pair(path)
                self._comma()
            self.position += 1
        elif opening in "\"'":
            match = _STRING.match(self.text, self.position)
            if match is None:
                raise IndexError
            if match.group()[:4] in ('"""\n', "'''\n"):
                self.text_lines[path] = self._line() + 1
            self.position = match.end()
        else:
            match = _SCALAR.match(self.text, self.position)
            if match is None:
                raise IndexError
            self.position = match.end()

    def _array(self, path: Path) -> None:
        self.position += 1
        self._skip()
        index = 0
        while self.text[self.position] != "]":
            self._value((*path, index))
            index += 1
            self._comma()
        self.position += 1

    def _comma(self) -> None:
        self._skip()
        if self.text[self.position] == ",":
            self.position += 1
            self._skip()

    def _keys(self) -> list[str]:
        keys = []
        while True:
            match = _KEY.match(self.text, self.position)
            if match is None:
                raise IndexError
            key = match.group(1)
            if key[0] == '"':
                key = tomllib.loads(f"k = {key}")["k"]
            keys.append(key.strip("'"))
            self.position = match.end()
            if self.text[self.position] != ".":
                return keys
            self.position += 1

    def _skip(self) -> None:
        match = _BLANK.match(self.text, self.position)
        self.position = match.end() if match else self.position

    def _line(self) -> int:
        return bisect.bisect_left(self.newlines, self.position) + 1
