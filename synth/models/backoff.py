"""How long to wait before asking a server again."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential, with jitter so that many callers do not come back at once.

    Before try k + 1 it waits between half and the whole of min(`first` * 2**(k - 1), `longest`)
    seconds, or what the server asks for if that is longer. `attempts` counts the first try.
    """

    attempts: int = 6
    first: float = 0.5
    longest: float = 30.0
    jitter: random.Random = field(default_factory=random.Random, repr=False, compare=False)

    def delay(self, failures: int, asked: float | None = None) -> float:
        """Seconds to wait after the `failures`-th failure in a row; `asked` by the server."""
        wait = min(self.first * 2.0 ** (failures - 1), self.longest)
        return max(wait * (0.5 + self.jitter.random() / 2), asked or 0.0)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to be left alone: `Retry-After` (RFC 9110, 10.2.3), in seconds
    or as a date, or the finer `retry-after-ms`; None where it says nothing readable."""
    try:
        if milliseconds := headers.get("retry-after-ms"):
            return max(0.0, float(milliseconds) / 1000)
        said = headers.get("retry-after")
        if not said:
            return None
        if said.strip().replace(".", "", 1).isdigit():
            return float(said)
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
