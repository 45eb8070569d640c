"""Synthesis: a resumable search for programs of a task, with counterexamples and patience.

Many examples are not searched all at once: a diverse few are, and an example that a found
program gets wrong joins them (counterexample-guided inductive synthesis, Solar-Lezama 2008).  The
first program found is not the answer: the search goes on until nothing cheaper is left, or until
patience runs out, because the cheapest consistent program is the one that generalises.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from synth.inductive.exploration import Exploration
from synth.inductive.seeds import Seed, seed_term
from synth.inductive.task import Task
from synth.inductive.term import Environment, Term, Variable, evaluate, shape
from synth.inductive.values import size

MOST_COST = 60
_AT_ONCE = 8
_START = 6
_MOST_AT_ONCE = 32
_KEPT = 40


@dataclass(frozen=True, slots=True)
class Limits:
    """When a search ends.

    ``seconds`` and ``candidates`` bound it in all.  ``patience`` is how many seconds it goes
    on after its last improvement, and never less than ``effort`` times the time that took.
    """

    seconds: float = 10.0
    candidates: int | None = None
    patience: float = 2.0
    effort: float = 1.0
    most_cost: int = MOST_COST


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is: for display."""

    seconds: float
    candidates: int
    floor: int
    best_cost: int | None
    programs: int


@dataclass(frozen=True, slots=True)
class Found:
    """A term that is right on all examples, and when it was found."""

    term: Term
    seconds: float

    @property
    def cost(self) -> int:
        return self.term.cost


class Synthesis:
    """One search that can be run a while, looked at, and run on.

    ``seeds`` are expressions from elsewhere (`synth.inductive.seeds`).

    ``stopped`` says why the last run ended: ``cheapest`` (nothing cheaper is left to enumerate),
    ``patience``, ``seconds``, ``candidates``, ``memory``, or ``asked``.
    """

    def __init__(
        self,
        task: Task,
        *,
        seeds: Sequence[Seed] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.task = task
        self.variables = tuple(
            Variable(name, kind) for name, kind in zip(task.parameters, task.types, strict=True)
        )
        self.found: list[Found] = []
        self.stopped = ""
        self.seconds = 0.0
        self._improved_at = 0.0
        self._most_cost = MOST_COST
        self._clock = clock
        made = (seed_term(seed, task, self.variables) for seed in seeds)
        self._seeds = [term for term in made if term is not None]
        self._shapes: set[Any] = set()
        self._past_candidates = 0
        self._places = _first_places(task)
        self._explore()

    def _explore(self) -> None:
        task = self.task.with_examples(self._places)
        self._exploration = Exploration(
            task,
            self.variables,
            seeds=[_on(term, self._places) for term in self._seeds],
            limit=self._limit,
        )
        self._steps = self._exploration.steps()

    def _limit(self) -> int:
        return min(self._most_cost, self.best_cost + 1) if self.found else self._most_cost

    @property
    def best_cost(self) -> int:
        return self.found[0].cost if self.found else self._most_cost

    @property
    def candidates(self) -> int:
        """Expressions evaluated so far."""
        return self._past_candidates + self._exploration.candidates

    @property
    def floor(self) -> int:
        """Enumeration is complete up to this cost."""
        return self._exploration.floor

    def environments(self) -> Iterator[Environment]:
        for row in self.task.inputs:
            yield dict(zip(self.variables, row, strict=True))

    def run(
        self,
        limits: Limits,
        *,
        should_stop: Callable[[], bool] | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Iterator[Found]:
        """Search on, yielding every improvement; ends at a limit and can be called again.

        The limits count from the start of this call.  ``should_stop`` is asked, and ``progress``
        told, a few times a second.
        """
        self._most_cost = limits.most_cost
        clock, start, before = self._clock, self._clock(), self.seconds
        candidates_before = self.candidates
        told = start
        ticks = 0
        self.stopped = ""
        while not self.stopped:
            step = next(self._steps, self)
            now = clock()
            self.seconds = before + now - start
            if step is self:
                exhausted = all(cost >= self._limit() for cost in [self.floor + 1])
                self.stopped = "cheapest" if exhausted else "memory"
                return
            if isinstance(step, Term):
                improvement = self._consider(step)
                if improvement is not None:
                    yield improvement
            ticks += 1
            if now - start >= limits.seconds:
                self.stopped = "seconds"
            elif self.found:
                waited = self.seconds - self._improved_at
                if waited >= max(limits.patience, limits.effort * self._improved_at):
                    self.stopped = "patience"
            bounded = ticks % 64 == 0 and limits.candidates is not None
            if bounded and self.candidates - candidates_before >= (limits.candidates or 0):
                self.stopped = "candidates"
            if now - told >= 0.1:
                told = now
                if should_stop is not None and should_stop():
                    self.stopped = "asked"
                if progress is not None:
                    progress(self.progress())

    def progress(self) -> Progress:
        best = self.found[0].cost if self.found else None
        return Progress(self.seconds, self.candidates, self.floor, best, len(self.found))

    def _consider(self, term: Term) -> Found | None:
        """Check a term on all examples; a failure becomes one of the searched examples."""
        key = shape(term)
        if key in self._shapes:
            return None
        self._shapes.add(key)
        for place in range(len(self.task.inputs)):
            if not self.right_on(term, place):
                if place not in self._places and len(self._places) < _MOST_AT_ONCE:
                    self._past_candidates = self.candidates
                    self._places = [*self._places, place]
                    self._explore()
                return None
        improves = not self.found or term.cost < self.best_cost
        found = Found(term, self.seconds)
        self.found.append(found)
        self.found.sort(key=lambda held: held.cost)
        del self.found[_KEPT:]
        if improves:
            self._improved_at = self.seconds
            return found
        return None

    def right_on(self, term: Term, place: int) -> bool:
        environment = dict(zip(self.variables, self.task.inputs[place], strict=True))
        try:
            value = evaluate(term, environment)
        except Exception:
            return False
        return self.task.right(place, value)


def _on(term: Term, places: Sequence[int]) -> Term:
    """A term with its outputs on some of the examples only."""
    values = tuple(term.values[place] for place in places) if term.values else ()
    arguments = tuple(_on(argument, places) for argument in term.arguments)
    return Term(term.head, arguments, term.type, term.cost, values, term.local)


def _first_places(task: Task) -> list[int]:
    """All examples if they are few; else a small diverse set, the shortest input included."""
    count = len(task.inputs)
    if count <= _AT_ONCE:
        return list(range(count))
    sizes = [sum(map(size, row)) for row in task.inputs]
    order = sorted(range(count), key=lambda place: (sizes[place], place))
    chosen = [order[0]]
    outputs = {repr(task.outputs[order[0]])}
    # Middling inputs say most: tiny ones are special, huge ones slow.
    middle = sorted(order, key=lambda place: abs(sizes[place] - sizes[order[count // 2]]))
    for place in middle:
        if len(chosen) >= _START:
            break
        if place not in chosen and repr(task.outputs[place]) not in outputs:
            chosen.append(place)
            outputs.add(repr(task.outputs[place]))
    for place in middle:
        if len(chosen) >= _START:
            break
        if place not in chosen:
            chosen.append(place)
    return sorted(chosen)
