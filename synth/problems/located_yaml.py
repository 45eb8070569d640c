"""YAML 1.2 (core schema) to plain data with lines.

Built from the parser's events, so that a scalar means what YAML 1.2 says: `on` and `NO` are text,
`012` is twelve, `12:30` and `2024-01-01` are text, `1_000` is text. Two keys alike, anchors that
contain themselves and tags that make objects are errors.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import Any

from synth.problems.located_data import DataError, Document, Path, dotted

MAX_NODES = 1_000_000
_MAX_DEPTH = 100
_STANDARD = "tag:yaml.org,2002:"


def load_yaml(text: str) -> Document:
    """The one document of a YAML text; DataError else."""
    from ruamel.yaml import YAML  # 60 ms
    from ruamel.yaml.error import MarkedYAMLError

    try:
        events = _shallow(YAML(typ="safe", pure=True).parse(text))
    except DataError:
        raise
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(part for part in (error.problem, error.context) if part)
        if "mapping values are not allowed" in reason:
            reason = "a second colon; put a text that contains ': ' in quotes"
        raise DataError(reason or "not YAML", mark.line + 1 if mark else None) from None
    except RecursionError:
        raise DataError("nested too deeply") from None
    except Exception as error:
        # The parser's own slips on broken input (IndexError, AttributeError, ...) are ours to
        # turn into an answer: the text is the user's, and it is not YAML.
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"not YAML: {reason}") from None
    return _Builder(events).document()


def _shallow(parsed: Iterable[Any]) -> list[Any]:
    """The events, unless they nest too deeply: the parser's time grows with depth squared, so it
    is stopped on the way down."""
    events = []
    depth = 0
    for event in parsed:
        kind = type(event).__name__
        depth += kind.endswith("StartEvent")
        depth -= kind.endswith("EndEvent")
        if depth > _MAX_DEPTH:
            raise DataError(f"nested more than {_MAX_DEPTH} deep", event.start_mark.line + 1)
        events.append(event)
    return events


class _Builder:
    def __init__(self, events: list[Any]) -> None:
        self.events = events
        self.position = 0
        self.lines: dict[Path, int] = {}
        self.text_lines: dict[Path, int] = {}
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.nodes = 0

    def document(self) -> Document:
        kinds = [type(event).__name__ for event in self.events]
        starts = [index for index, kind in enumerate(kinds) if kind == "DocumentStartEvent"]
        if not starts:
            return Document(None, {(): 1})
        if len(starts) > 1:
            line = self.events[starts[1]].start_mark.line + 1
            raise DataError("a second document begins; one is wanted (a list may hold many)", line)
        self.position = starts[0] + 1
        data = self._node(())
        return Document(data, self.lines, self.text_lines)

    def _next(self) -> Any:
        event = self.events[self.position]
        self.position += 1
        return event

    def _node(self, path: Path) -> Any:
        event = self._next()
        kind = type(event).__name__
        line = event.start_mark.line + 1
        self.lines.setdefault(path, line)
        before = self.nodes
        self._count(1, line)
        if kind == "AliasEvent":
            if event.anchor not in self.anchors:
                raise DataError(f"*{event.anchor} names no anchor before it", line)
            value, size = self.anchors[event.anchor]
            self._count(size, line)  # aliases of aliases grow without bound
            return value
        if kind == "ScalarEvent":
            if event.style in ("|", ">"):
                self.text_lines[path] = line + 1
            value = _scalar(event, line)
        elif kind == "SequenceStartEvent":
            value = self._sequence(event, path, line)
        else:
            value = self._mapping(event, path, line)
        if event.anchor:
            self.anchors[event.anchor] = (value, self.nodes - before)
        return value

    def _count(self, nodes: int, line: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise DataError(f"more than {MAX_NODES:,} values once aliases are written out", line)

    def _sequence(self, event: Any, path: Path, line: int) -> list[Any]:
        if event.tag not in (None, "!", f"{_STANDARD}seq"):
            raise DataError(f"unknown tag {event.tag}", line)
        items: list[Any] = []
        while type(self.events[self.position]).__name__ != "SequenceEndEvent":
            items.append(self._node((*path, len(items))))
        self.position += 1
        return items

    def _mapping(self, event: Any, path: Path, line: int) -> Any:
        if event.tag not in (None, "!", f"{_STANDARD}map", f"{_STANDARD}set"):
            raise DataError(f"unknown tag {event.tag}", line)
        mapping: dict[Any, Any] = {}
        while type(self.events[self.position]).__name__ != "MappingEndEvent":
            here = self.events[self.position].start_mark.line + 1
            key = _hashable(self._node((*path, "?")), here)
            self.lines.pop((*path, "?"), None)
            below: Path = (*path, key if isinstance(key, str | int) else str(key))
            if key in mapping:
                raise DataError(f"{dotted(below)}: a second time", here)
            self.lines[below] = here
            mapping[key] = self._node(below)
        self.position += 1
        return set(mapping) if event.tag == f"{_STANDARD}set" else mapping


def _hashable(key: Any, line: int) -> Any:
    if isinstance(key, list):
        return tuple(_hashable(item, line) for item in key)
    if isinstance(key, dict | set):
        raise DataError("a mapping cannot be a key", line)
    return key


_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITY = re.compile(r"[-+]?\.(inf|Inf|INF)")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def _scalar(event: Any, line: int) -> Any:
    text: str = event.value
    tag: str | None = event.tag
    if tag is None or (tag == "!" and event.style is None and event.implicit[0]):
        return _plain(text, line) if event.style is None else text
    if tag in ("!", f"{_STANDARD}str"):
        return text
    if tag == f"{_STANDARD}binary":
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except ValueError:
            raise DataError("!!binary wants base64", line) from None
    kinds: dict[str, tuple[type, ...]] = {
        "null": (type(None),),
        "bool": (bool,),
        "int": (int,),
        "float": (int, float),
    }
    wanted = kinds.get(tag.removeprefix(_STANDARD))
    if wanted is None:
        raise DataError(f"unknown tag {tag}", line)
    value = _plain(text, line)
    if type(value) not in wanted:
        raise DataError(f"{text!r} is not a {tag.removeprefix(_STANDARD)}", line)
    return float(value) if tag == f"{_STANDARD}float" else value


def _plain(text: str, line: int) -> Any:
    """An unquoted scalar by YAML 1.2.2, section 10.3.2."""
    if text in _WORDS:
        return _WORDS[text]
    try:
        if _INT.fullmatch(text):
            return int(text)
        if _BASED.fullmatch(text):
            return int(text, 0)
    except ValueError:
        raise DataError(f"a number of {len(text):,} digits is too long", line) from None
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITY.fullmatch(text):
        return float(text.replace(".", "", 1))
    return float("nan") if text in (".nan", ".NaN", ".NAN") else text
