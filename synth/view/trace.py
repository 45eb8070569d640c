"""A run as it went: the fold of its log, with the calls and the times that the fold forgets.

The log keeps what models and verifiers answered, not what they were asked: that follows from the
run's earlier events, so it is read off the fold before the answer is fed to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from synth.context import Enumerate, Judge, Mend, ModelCall
from synth.errors import RunLogError
from synth.events import Answered, Asked, Event, Finished, Resumed, Told
from synth.fold import EffectId, Fold
from synth.models.chat import Completion, Request
from synth.recipe import Recipe
from synth.retrace import AsLogged


@dataclass(slots=True)
class Call:
    """A request to a model, programs to verify or to run on other inputs, or an enumeration.

    `begun` is when it was wanted, so a wait for a free worker is part of it; `ended` is None
    while it is under way, and for good when the search ended first. `revision` grows with every
    change.
    """

    id: int
    expansion: int
    step: int
    kind: Literal["model", "verify", "run", "enumerate", "mend"]
    begun: float
    model: str | None = None
    request: Request | None = None
    programs: int = 0
    ended: float | None = None
    completion: Completion | None = None
    error: str = ""
    revision: int = 0


@dataclass(slots=True)
class Moment:
    """When a node was asked for and told, in seconds; what the run had spent by then; its place
    in the order of telling (-1: not told)."""

    asked: float
    told: float | None = None
    order: int = -1
    tokens: int = 0
    dollars: float = 0.0
    revision: int = 0


@dataclass(slots=True)
class Trace:
    """Follow the events of one log, all at once or as they come.

    `calls` in order of beginning, `moments` by node id.
    """

    recipe: Recipe | None = None
    calls: list[Call] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=lambda: [Moment(0.0, 0.0)])
    revision: int = 0
    finished: bool = False
    _logged: AsLogged | None = None
    _by_effect: dict[EffectId, Call] = field(default_factory=dict)
    _told: int = 0

    @property
    def fold(self) -> Fold:
        if self._logged is None:
            raise RunLogError("the log does not begin with `started`; nothing can be shown")
        return self._logged.fold

    @property
    def seconds(self) -> float:
        """When the last fact was."""
        return self._logged.at if self._logged else 0.0

    def follow(self, events: Iterable[Event]) -> None:
        """Take the next events of the log; RunLogError where they do not follow from the last."""
        for event in events:
            self.revision += 1
            if self._logged is None:
                self._logged = AsLogged(event, self.recipe)
            else:
                self._logged.expect(event)
                self._begin()
                self._before(event)
                self._logged.follow(event)
            self._after(event)

    def _before(self, event: Event) -> None:
        if isinstance(event, Answered):
            self._answer(event)
        elif isinstance(event, Resumed):
            for effect_id in self.fold.effects:  # begun anew: what was under way is lost
                call = self._by_effect[effect_id]
                call.begun, call.revision = event.at, self.revision

    def _after(self, event: Event) -> None:
        self._begin()
        if isinstance(event, Asked):
            for _ in event.nodes:
                self.moments.append(Moment(self.seconds, revision=self.revision))
        elif isinstance(event, Told):
            self._tell(event)
        if isinstance(event, Finished | Resumed):
            self.finished = isinstance(event, Finished)
            for moment in self.moments:
                if moment.told is None:  # cancelled by the end, open again by a resume
                    moment.revision = self.revision

    def _begin(self) -> None:
        for effect_id, effect in self.fold.effects.items():
            if effect_id in self._by_effect:
                continue
            expansion, step = effect_id
            call = Call(len(self.calls), expansion, step, "enumerate", self.seconds)
            if isinstance(effect, ModelCall):
                call.kind, call.model, call.request = "model", effect.model, effect.request
            elif isinstance(effect, Mend):
                call.kind = "mend"
            elif not isinstance(effect, Enumerate):
                call.kind = "verify" if isinstance(effect, Judge) else "run"
                call.programs = len(effect.programs)
            call.revision = self.revision
            self._by_effect[effect_id] = call
            self.calls.append(call)

    def _answer(self, event: Answered) -> None:
        call = self._by_effect.get((event.expansion, event.step))
        if call is None:
            return  # the fold refuses it, with its line
        call.ended, call.revision = event.at, self.revision
        if event.kind == "completion":
            call.completion = Completion.from_json(event.result)
        elif event.kind in ("error", "refused"):
            call.error = str(event.result)

    def _tell(self, event: Told) -> None:
        usage = self.fold.ledger.usage
        for row in event.nodes:
            moment = self.moments[row["id"]]
            moment.told, moment.order = self.seconds, self._told
            moment.tokens, moment.dollars = usage.tokens, usage.dollars
            moment.revision = self.revision
            self._told += 1

    def state_of(self, node: int) -> str:
        """`open`, `done`, `failed` or `cancelled` (asked for, and the run ended before it was
        told)."""
        if self.moments[node].told is None:
            return "cancelled" if self.finished else "open"
        return self.fold.nodes[node].state.name.lower()
