"""Progress of a search: one live line on a terminal, plain lines otherwise, on standard error."""

from __future__ import annotations

import sys
import time
from typing import Any

from synth.events import Asked, Event, Finished, Told
from synth.fold import Fold


class Progress:
    """A context manager whose `watch` hears of every event."""

    def __init__(self, title: str, *, quiet: bool = False, live: bool = True) -> None:
        self._title, self._quiet, self._wants_live = title, quiet, live
        self._live: Any = None
        self._began = time.monotonic()
        self._line = ""

    def __enter__(self) -> Progress:
        if not self._quiet and self._wants_live and sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(
                console=Console(stderr=True),
                get_renderable=self._render,
                refresh_per_second=8,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def watch(self, event: Event, fold: Fold) -> None:
        self._line = self._state(fold)
        if self._quiet or self._live is not None:
            return
        if isinstance(event, Told):
            for row in event.nodes:
                if row["state"] == "cancelled":
                    continue
                state = "solved" if row["solved"] else row["state"]
                value = "" if row["state"] != "done" else f" {row['value']:.2f}"
                error = f" ({row['error'][:80]})" if row["error"] else ""
                action = fold.nodes[row["id"]].action
                print(f"node {row['id']} {action}: {state}{value}{error}", file=sys.stderr)
        elif isinstance(event, Asked | Finished):
            pass  # plain output has a line a program
        sys.stderr.flush()

    def _state(self, fold: Fold) -> str:
        tree, usage = fold.tree, fold.ledger.usage
        best = f"best {tree.values[tree.best]:.2f}" if tree.best else "no program yet"
        done = len(tree) - 1 - tree.n_open
        return f"{done} programs, {tree.n_open} open, {best}, {usage.tokens} tokens"

    def _render(self) -> Any:
        from rich.spinner import Spinner

        seconds = time.monotonic() - self._began
        return Spinner("dots", f"{self._title}: {self._line or 'starting'}, {seconds:.0f} s")
