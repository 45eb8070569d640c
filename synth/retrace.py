"""A logged run derived again, an event at a time: for logs that still grow, and for those who want
to see what lay between the events."""

from __future__ import annotations

from synth.errors import RunLogError
from synth.events import FACTS, Event, Started, encode
from synth.fold import Fold
from synth.problem_json import problem_from_json
from synth.recipe import Recipe
from synth.recipes import make_recipe


class Retrace:
    """The fold of a log. `follow` takes the events after `started`, one by one.

    `due` are decisions that follow from the facts so far and were not followed yet; `at` is when
    the last fact was. Until a fact is followed, `fold.effects` holds what it answers. `recipe`
    stands in for one that was passed as an object.
    """

    def __init__(self, started: Event, recipe: Recipe | None = None) -> None:
        if not isinstance(started, Started):
            raise RunLogError("the log does not begin with `started`; nothing can be replayed")
        if recipe is None:
            recipe = make_recipe(started.recipe["name"], started.recipe["options"])
        self.fold = Fold(started, problem_from_json(started.problem), recipe)
        self.due = self.fold.start()
        self.at = 0.0
        self._line = 1

    def follow(self, event: Event) -> None:
        """Feed a fact, or check a decision, byte for byte, against the one derived.

        RunLogError at one that differs.
        """
        self._line += 1
        if isinstance(event, FACTS):
            if self.due:
                raise RunLogError(
                    f"line {self._line}: expected {self.due[0].type}, found {event.type}"
                )
            self.due, self.at = self.fold.feed(event), event.at
        elif not self.due or encode(self.due[0]) != encode(event):
            wanted = encode(self.due[0]).decode().strip() if self.due else "nothing"
            raise RunLogError(
                f"line {self._line}: this version decides otherwise: logged "
                f"{encode(event).decode().strip()[:200]}, derived {wanted[:200]}"
            )
        else:
            self.due.pop(0)
