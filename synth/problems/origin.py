"""Where the parts of a problem were read from, so that a message can name file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from synth.errors import ProblemError


@dataclass(frozen=True, slots=True)
class Origin:
    """A file, and the line of each field of the Problem, by dotted path (`examples[2].expected`).

    `first_line` is where the problem begins, for a file that holds many.
    """

    file: str | None = None
    lines: Mapping[str, int] = field(default_factory=dict)
    first_line: int | None = None

    def line(self, path: str) -> int | None:
        """The line of a field, or of the nearest part above it that is known."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = re.sub(r"(\.?[^.\[\]]+|\[[^\[\]]*\])$", "", path) if path[-1] != "." else ""
        return self.first_line

    def error(self, message: str, path: str, *, line: int | None = None) -> ProblemError:
        """A ProblemError about a field, with its place."""
        return ProblemError(
            message, file=self.file, line=line or self.line(path), field=path or None
        )
