"""JSON to plain data with lines. NaN and Infinity are read, as Python writes them."""

from __future__ import annotations

import json
import re
from typing import Any

from synth.problems.located_data import DataError, Document, Path, dotted


def load_json(text: str) -> Document:
    """The value of a JSON text; DataError else, also where an object has two keys alike."""
    return Document(_loads(text), _lines(text))


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(_reason(error, text), error.lineno) from None
    except RecursionError:
        raise DataError("nested too deeply") from None
    except ValueError as error:  # an integer of more than 4,300 digits
        raise DataError(str(error)) from None


def _reason(error: json.JSONDecodeError, text: str) -> str:
    if error.pos >= len(text.rstrip()):
        return f"{error.msg}, but the text ends here"
    return f"{error.msg}, found {text[error.pos : error.pos + 12].splitlines()[0]!r}"


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+|\n')


def _lines(text: str) -> dict[Path, int]:
    """The line of every path in valid JSON. Kept flat: depth costs no stack."""
    lines: dict[Path, int] = {(): 1}
    path: list[str | int] = []  # the last part: the index or key of what comes next
    kinds: list[str] = []
    line = 1
    await_key = False
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token == "\n":
            line += 1
        elif token in "]}":
            kinds.pop()
            path.pop()
            await_key = False
        elif token == ":":
            await_key = False
        elif token == ",":
            await_key = kinds[-1] == "{"
            if not await_key:
                index = path[-1]
                path[-1] = int(index) + 1
        elif await_key:
            path[-1] = json.loads(token)
            place: Path = tuple(path)
            if place in lines:
                raise DataError(f"{dotted(place)}: a second time", line)
            lines[place] = line
        else:
            lines.setdefault(tuple(path), line)
            if token in "[{":
                kinds.append(token)
                path.append(0 if token == "[" else "")
                await_key = token == "{"
    return lines


def load_json_line(text: str, line: int) -> Any:
    """One line of a JSONL file; DataError with that line else."""
    try:
        return _loads(text)
    except DataError as error:
        raise DataError(str(error), line) from None
