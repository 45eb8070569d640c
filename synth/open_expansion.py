"""An expansion that was asked and not told yet: a coroutine between its effects."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from search.tree import Expansion
from synth.context import Context, Effect, Refused
from synth.look_alikes import Judged, Seen
from synth.node import Node
from synth.program import Program


@dataclass(slots=True)
class OpenExpansion:
    """`index` is its number in the run, `nodes` the ids reserved for what it makes. `steps` counts
    its effects so far, each known by its step; `made` is what came out, None while it goes on, and
    `error` why nothing did. `unfit` says that the conversation, not the server, was at fault.
    `seen` are the look-alikes it may go by, `judged` what they lent it; `ranking` is a selector's.
    """

    index: int
    expansion: Expansion
    nodes: range
    model: str
    coroutine: Coroutine[Any, Any, list[Node]] | None = None
    context: Context | None = None
    steps: int = 0
    answers: dict[int, Any] = field(default_factory=dict)
    waiting: tuple[int, ...] = ()
    made: list[Node] | None = None
    error: str = ""
    unfit: bool = False
    seen: Seen | None = None
    judged: dict[Program, Judged] = field(default_factory=dict)
    ranking: tuple[int, ...] = ()

    @property
    def ready(self) -> bool:
        return self.made is not None

    def advance(self) -> dict[int, Effect]:
        """Run on, with what was answered, up to the next effects, by their steps; empty at the
        end. Nothing happens while an answer is missing (see `answered`)."""
        assert self.coroutine is not None
        answers = [self.answers[step] for step in self.waiting]
        refusals = [str(answer) for answer in answers if isinstance(answer, Refused)]
        error = refusals[0] if refusals else ""
        given: list[Any] | None = answers if self.waiting else None
        while True:
            try:
                if error:
                    effects = self.coroutine.throw(Refused(error))
                else:
                    effects = self.coroutine.send(given)
            except StopIteration as stop:
                self.made = stop.value
                break
            except Refused as refused:
                self.made, self.error = [], str(refused)
                break
            self.waiting = tuple(range(self.steps, self.steps + len(effects)))
            self.steps += len(effects)
            if effects:
                return dict(zip(self.waiting, effects, strict=True))
            given, error = [], ""
        self.coroutine = None
        return {}

    @property
    def answered(self) -> bool:
        """Whether every effect it waits for has its answer."""
        return all(step in self.answers for step in self.waiting)
