"""The events of a log that another process may be writing, as they come."""

from __future__ import annotations

from pathlib import Path

from synth.errors import RunLogError
from synth.events import Event, decode


class LogTail:
    """Read a log from its beginning; each `read` brings the whole lines added since the last."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._lines = 0

    def read(self) -> list[Event]:
        """New events. RunLogError when there is no log, or a line is not an event."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            raise RunLogError(f"{self.path}: no such run") from None
        whole = data[: data.rfind(b"\n") + 1]
        events: list[Event] = []
        for line in whole.splitlines(keepends=True):
            self._lines += 1
            try:
                events.append(decode(line))
            except RunLogError as error:
                raise RunLogError(f"{self.path}:{self._lines}: {error}") from error
        self._offset += len(whole)
        return events
