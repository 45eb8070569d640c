"""Plain data out of YAML, JSON or TOML, with the line on which each part stands.

The readers are `load_yaml`, `load_json` and `load_toml` of the modules beside this one. Each gives
a Document or raises DataError with the line; no bytes make them raise anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]
"""Keys and indices from the top: `("examples", 2, "output")`."""


class DataError(ValueError):
    """Text that is not of its format; `line` counts from 1."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Document:
    """`data` and the line of each path in it; `text_lines` says where the first line of a text
    stands, where that is not the line of its key."""

    data: Any
    lines: Mapping[Path, int] = field(default_factory=dict)
    text_lines: Mapping[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int | None:
        """The line of a path, or of the nearest part above it that is known."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None

    def text_line(self, path: Path) -> int | None:
        """The line on which the text at `path` begins."""
        return self.text_lines.get(path, self.line(path))

    def at(self, prefix: Path) -> Document:
        """The part under `prefix` as a document of its own."""
        data = self.data
        for key in prefix:
            data = data[key]
        size = len(prefix)

        def below(lines: Mapping[Path, int]) -> dict[Path, int]:
            return {path[size:]: line for path, line in lines.items() if path[:size] == prefix}

        return Document(data, below(self.lines), below(self.text_lines))


def decode_utf8(raw: bytes) -> str:
    """The text of UTF-8 bytes, a byte order mark dropped; DataError with the line else."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"not UTF-8: byte 0x{raw[error.start]:02x}; save the file as UTF-8", line
        ) from None
    return text.replace("\r\n", "\n")


def dotted(path: Path) -> str:
    """A path as people read it: `examples[2].output`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text
