"""What lint says: one finding, and how it is printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found; `code` is stable, for scripts; `field` a dotted path into the Problem."""

    severity: Severity
    code: str
    message: str
    field: str | None = None
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place += f":{self.line}" if place else f"line {self.line}"
        parts = [part for part in (place, self.field, self.severity) if part]
        return f"{': '.join(parts)}: {self.message} [{self.code}]"


Found = tuple[Severity, str, str, str]
"""Severity, code, field, message."""
