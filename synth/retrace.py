"""A logged run derived again, an event at a time: for logs that still grow, and for those who want
to see what lay between the events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from search.tree import Expansion, Tree
from synth.budget import Amount
from synth.errors import RunLogError, UsageError
from synth.events import FACTS, Answered, Asked, Event, Finished, Started, Told, encode
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


class AsLogged:
    """The fold of a log with the decisions the log holds, for those who only look.

    Nothing is asked of the strategy, so runs of other versions can be seen as well; what a model
    was asked is derived by today's actions. `follow`, `fold`, `at` and `recipe` as in `Retrace`.
    """

    def __init__(self, started: Event, recipe: Recipe | None = None) -> None:
        if not isinstance(started, Started):
            raise RunLogError("the log does not begin with `started`; nothing can be shown")
        recipe = replace(recipe or _recipe_of(started), strategy=_NoStrategy())
        self.fold = _LoggedFold(started, problem_from_json(started.problem), recipe)
        self.at = 0.0
        self._line = 1

    def expect(self, event: Event) -> None:
        """Let `fold.effects` hold what `event` answers: that a selector began, no event says."""
        if isinstance(event, Answered):
            self.fold.expect(event.expansion)

    def follow(self, event: Event) -> None:
        """Take a fact or a decision. RunLogError where this version cannot make sense of it."""
        self._line += 1
        try:
            self.expect(event)
            if isinstance(event, FACTS):
                self.fold.feed(event)
                self.at = event.at
            else:
                self.fold.decide(event)
        except RunLogError as error:
            raise RunLogError(f"line {self._line}: {error}") from error
        except (LookupError, TypeError, ValueError) as error:
            raise RunLogError(
                f"line {self._line}: this version cannot read this {event.type} event "
                f"({type(error).__name__}: {error})"
            ) from error


def as_logged(events: Sequence[Event], recipe: Recipe | None = None) -> tuple[Fold, float]:
    """The fold a log describes, and how many seconds in its last fact was."""
    if not events:
        raise RunLogError("the log is empty; nothing can be shown")
    logged = AsLogged(events[0], recipe)
    for event in events[1:]:
        logged.follow(event)
    return logged.fold, logged.at


def _recipe_of(started: Started) -> Recipe:
    name, options = started.recipe["name"], dict(started.recipe["options"])
    try:
        return make_recipe(name, options)
    except UsageError:
        pass
    try:  # a value model whose file is gone: the values are in the log
        return make_recipe(name, options | {"value": None})
    except UsageError:  # an option that another version had: its actions are what counts here
        return make_recipe(name)


class _NoStrategy:
    """Stands where a strategy would: the log says what was asked."""

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        return []

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        pass

    def done(self, tree: Tree) -> bool:
        return False


class _LoggedFold(Fold):
    """A fold that is told its decisions."""

    def _advance(self) -> list[Event]:
        return []

    def expect(self, expansion: int) -> None:
        """Begin the selector, where it is its effect that was answered."""
        if expansion < 0 and self._selection is None:
            self._end("selecting")

    def decide(self, event: Event) -> None:
        if isinstance(event, Asked):
            wanted = Expansion(event.parents, event.action, event.n, event.draw, event.model)
            admitted, _ = self._admit(wanted)
            self._begin(wanted, admitted[1] if admitted else Amount(tokens=1 << 30))
        elif isinstance(event, Told):
            opened = self._open[event.expansion]
            rows = zip(opened.made or (), event.nodes, strict=False)
            if opened.made is None:
                self._ready.append(opened.index)
            opened.made = [
                replace(node, value=row["value"], solved=row["solved"])
                if row["state"] == "done"
                else replace(node, draft=None)
                for node, row in rows
            ]
            self._tell(opened)
        elif isinstance(event, Finished):
            self.reason, self.ranking = event.reason, event.ranking
