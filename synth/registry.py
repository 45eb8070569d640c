"""Names for things a user can plug in: ours, and those of installed packages.

A package adds one through an entry point (group `synth.recipes`, `synth.actions`, ...), an
object can always be passed instead of a name.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from synth.errors import UsageError


@dataclass(frozen=True, slots=True)
class Registry:
    """`kind` is the word for messages, `group` the entry-point group, `known` maps a name to
    `module:attribute`, imported when asked for."""

    kind: str
    group: str
    known: Mapping[str, str]

    def names(self) -> list[str]:
        """Every name, ours first."""
        return [*self.known, *(name for name in self._plugged() if name not in self.known)]

    def get(self, name: str) -> Any:
        """The object of that name; UsageError names the nearest when there is none."""
        if name in self.known:
            module, _, attribute = self.known[name].partition(":")
            return getattr(import_module(module), attribute)
        plugged = self._plugged()
        if name in plugged:
            return plugged[name].load()
        near = difflib.get_close_matches(name, self.names(), n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(self.names())}"
        raise UsageError(f"no {self.kind} {name!r}; {hint}")

    def _plugged(self) -> dict[str, Any]:
        from importlib.metadata import entry_points

        return {point.name: point for point in entry_points(group=self.group)}
