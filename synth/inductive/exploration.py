"""Exploration: one search over a fixed set of examples, cheapest expressions first.

Every scope that has a goal takes turns, the one with the cheapest next level first; a level that
turns out long yields to dearer but unexplored ones.  Effort is counted in steps, not seconds,
so that the order of everything is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import log2
from typing import Any

from synth.inductive.cell_rules import CellRules
from synth.inductive.comprehension import advance
from synth.inductive.constants import literal_cost, mine
from synth.inductive.deduction import subgoals
from synth.inductive.goals import Goal, Means
from synth.inductive.grid_components import GRID, GRIDS, is_grid
from synth.inductive.grid_library import MAP, PIECES, REGIONAL
from synth.inductive.library import library, universe
from synth.inductive.number_components import BOOLEAN, INTEGER
from synth.inductive.scope import Scope
from synth.inductive.task import Task
from synth.inductive.term import Term, Variable, literal, shape
from synth.inductive.value_types import NONE, PATTERN, STR
from synth.inductive.values import size

# Steps after which a level counts as one cost unit dearer (two: three times as many, ...).
_PATIENT_STEPS = 400
_MOST_TERMS = 1_200_000
# Steps of a turn before the turns are compared again.
_SLICE = 8
_PAIR_COST = 2


class _Turn:
    """A scope with its goals, and how far it has come."""

    def __init__(self, scope: Scope, offset: int) -> None:
        self.scope = scope
        self.offset = offset
        self.level = 0
        self.steps = 0
        self.goals: list[Goal] = []
        self.fresh: list[Goal] = []
        self.running: Iterator[Goal | None] | None = None

    @property
    def priority(self) -> float:
        return self.offset + self.level + 1 + log2(1 + self.steps / _PATIENT_STEPS)


class Exploration:
    """A search for the programs of a task over its examples, all of which it uses.

    Iterate `steps()`; it yields the terms that are right on all examples as they are found, and
    None after every small amount of work.  ``limit()`` is the cost beyond which terms are useless.
    """

    def __init__(
        self,
        task: Task,
        variables: Sequence[Variable],
        *,
        seeds: Sequence[Term] = (),
        limit: Callable[[], int] = lambda: 60,
    ) -> None:
        self.task = task
        self.limit = limit
        self._found: list[Term] = []
        self._shapes: set[Any] = set()
        rows = len(task.inputs)
        columns = [tuple(row[place] for row in task.inputs) for place in range(len(variables))]
        kinds = universe(task.types, task.result, _extra_types(task))
        grids = task.only is None and _all_grids(task)
        if grids:
            kinds = {*kinds, MAP, PIECES}
        components = library(
            kinds, add=task.add, exclude=task.exclude, only=_GRID_LIBRARY if grids else task.only,
            weights=dict(task.weights) if task.weights else None, textual=_textual(task),
        )  # fmt: skip
        mined = mine(columns, task.outputs, kinds, task.constants, everyday=task.everyday)
        constants = [literal(held.value, held.type, cost, rows) for held, cost in mined]
        leaves = [
            Term(variable, (), variable.type, 1, column)
            for variable, column in zip(variables, columns, strict=True)
        ]
        sizes = [size(value) for row in task.inputs for value in row]
        longest = 2 * max([*sizes, *map(size, task.outputs), 10]) + 20
        # Grids are recoloured by deduced comprehensions; enumerating more of them is in vain.
        wanted = kinds - {PATTERN, NONE} if task.everyday and not grids else set()
        self.root = Scope(
            rows, [*leaves, *constants, *seeds], components, longest=longest,
            constants=constants, wanted=frozenset(wanted),
            partial=not grids,
        )  # fmt: skip
        self._turns: dict[int, _Turn] = {}
        self._means = Means(
            branches=task.branches,
            joins=task.only is None or any(c.smt == "str.++" for c in task.only),
            literals=task.everyday,
        )
        self._cell_rules = CellRules(self.root.bank, task.outputs, task.result) if grids else None
        self._add_root_goals()

    @property
    def candidates(self) -> int:
        """Expressions evaluated so far, over all scopes."""
        total, stack = 0, [self.root, *(turn.scope for turn in self._turns.values())]
        seen: set[int] = set()
        while stack:
            scope = stack.pop()
            if id(scope) not in seen:
                seen.add(id(scope))
                total += scope.bank.candidates
                stack.extend(inner for inner in scope.inner.values() if inner is not None)
        return total

    @property
    def floor(self) -> int:
        """Every program that enumeration alone could still find costs more than this."""
        return min((turn.offset + turn.level for turn in self._turns.values()), default=0)

    def _accept(self, term: Term) -> None:
        key = shape(term)
        if key not in self._shapes:
            self._shapes.add(key)
            self._found.append(term)

    def _add_root_goals(self) -> None:
        task, bank = self.task, self.root.bank
        if task.result.name == "tuple" and task.outputs:
            self._add_member_goals()
        else:
            bank.watch(task.result, task.outputs)
            bank.on_watched = self._accept
        goal = Goal(
            self.root, task.result, task.outputs, self._accept, limit=self.limit, means=self._means
        )
        self._add(goal)
        if len(set(task.outputs)) == 1 and task.everyday:
            value = task.outputs[0]
            kind = NONE if value is None else task.result
            self._accept(literal(value, kind, literal_cost(value) + 2, len(task.outputs)))

    def _add_member_goals(self) -> None:
        """A tuple is found member by member."""
        task = self.task
        members = task.result.arguments
        best: list[Term | None] = [None] * len(members)

        def member(place: int) -> Callable[[Term], None]:
            def emit(term: Term) -> None:
                held = best[place]
                if held is not None and held.cost <= term.cost:
                    return
                best[place] = term
                if None not in best:
                    self._accept(_pack([t for t in best if t is not None], task))

            return emit

        for place, kind in enumerate(members):
            column = tuple(output[place] for output in task.outputs)
            goal = Goal(self.root, kind, column, member(place), limit=self.limit, means=self._means)
            if len(set(column)) == 1:
                goal.emit(literal(column[0], kind, literal_cost(column[0]) + 1, len(column)))
            self._add(goal)

    def _add(self, goal: Goal) -> None:
        turn = self._turns.get(id(goal.scope))
        if turn is None:
            turn = self._turns[id(goal.scope)] = _Turn(goal.scope, goal.offset)
        turn.offset = min(turn.offset, goal.offset)
        turn.fresh.append(goal)

    def steps(self) -> Iterator[Term | None]:
        """Terms as they are found, None after every small amount of work; never ends by itself
        unless everything within the limit has been enumerated or memory is used up."""
        while True:
            yield from self._flush()
            open_turns = [t for t in self._turns.values() if t.offset + t.level < self.limit()]
            if not open_turns:
                return
            turn = min(open_turns, key=lambda t: t.priority)
            if turn.running is None:
                turn.running = self._round(turn)
                turn.steps = 0
            for _ in range(_SLICE):
                try:
                    made = next(turn.running)
                except StopIteration:
                    turn.running = None
                    break
                turn.steps += 1
                if made is not None:
                    self._add(made)
                yield None
                if self._found:
                    break
            if turn.running is None and self._weight() > _MOST_TERMS:
                yield from self._flush()
                return

    def _weight(self) -> float:
        """Memory in use, in terms; a row of a matrix is a quarter of a term."""
        banks = [turn.scope.bank for turn in self._turns.values()]
        return sum(bank.size - 0.75 * bank.lazy for bank in banks)

    def _flush(self) -> Iterator[Term]:
        found, self._found = self._found, []
        yield from sorted(found, key=lambda term: term.cost)

    def _round(self, turn: _Turn) -> Iterator[Goal | None]:
        """One more level of a scope, then every way to meet its goals with what is there."""
        goals, turn.fresh = turn.fresh, []
        turn.goals.extend(goals)
        # A goal that joins late catches up before the next level starts.
        for goal in goals if turn.level else ():
            for _ in goal.check():
                yield None
        for _ in advance(turn.scope, turn.level + 1):
            yield None
        turn.level += 1
        for goal in turn.goals:
            if goal.best is not None and goal.best <= turn.level:
                continue
            for _ in goal.after_level():
                yield None
            if self._cell_rules is None:
                yield from subgoals(goal)
        for term in self._cell_rules.rules(self.limit()) if self._cell_rules else ():
            if term is not None:
                self._accept(term)
            yield None


def _all_grids(task: Task) -> bool:
    values = [value for row in task.inputs for value in row]
    return task.result == GRID and all(map(is_grid, [*values, *task.outputs]))


_ARITHMETIC = {"add", "sub", "floordiv", "mod", "eq", "lt"}
_GRID_LIBRARY = (*GRIDS, *REGIONAL, *(c for c in (*INTEGER, *BOOLEAN) if c.name in _ARITHMETIC))


def _textual(task: Task) -> bool:
    """Whether all arguments are text or lists of text."""
    return all(kind == STR or (kind.is_list and kind.element == STR) for kind in task.types)


def _extra_types(task: Task) -> list[Any]:
    return [kind for component in task.add for kind in (*component.arguments, component.result)]


def _pack(members: list[Term], task: Task) -> Term:
    from synth.inductive.component import Component

    holes = ", ".join(f"_{place}" for place in range(len(members)))
    comma = "," if len(members) == 1 else ""
    component = Component(
        "tuple", task.result.arguments, task.result, lambda *values: values, f"({holes}{comma})"
    )
    cost = _PAIR_COST + sum(term.cost for term in members)
    return Term(component, tuple(members), task.result, cost, task.outputs)
