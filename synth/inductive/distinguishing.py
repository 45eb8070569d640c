"""Where the leading programs differ: an input whose right output would tell them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

from synth.inductive.program import outcome
from synth.inductive.random_inputs import random_inputs
from synth.inductive.task import Task
from synth.inductive.term import Term, Variable
from synth.inductive.values import BOTTOM, size, thaw

_PROBES = 120


@dataclass(frozen=True, slots=True)
class Question:
    """An input, and what each program answers (the string ``error`` where it raises)."""

    arguments: tuple[Any, ...]
    outputs: tuple[Any, ...]


class Behaviour:
    """The outputs of programs on unlabeled and random inputs."""

    def __init__(self, task: Task, variables: Sequence[Variable], terms: Sequence[Term]) -> None:
        self.task = task
        probes = random_inputs(task.inputs, task.types, _PROBES, seed=1)
        self.inputs = [*task.unlabeled, *probes]
        self.columns = [
            tuple(outcome(term, dict(zip(variables, row, strict=True))) for row in self.inputs)
            for term in terms
        ]

    def agreement(self, place: int) -> float:
        """How often the other programs agree with one of them, 1.0 when there are none."""
        own = self.columns[place]
        pairs = [
            own[row] == other[row]
            for number, other in enumerate(self.columns)
            if number != place
            for row in range(len(self.inputs))
        ]
        return sum(pairs) / len(pairs) if pairs else 1.0

    def failures(self, place: int) -> float:
        """The share of inputs on which a program raises."""
        column = self.columns[place]
        return sum(value is BOTTOM for value in column) / len(column) if column else 0.0

    def question(self, weights: Sequence[float]) -> Question | None:
        """The input that splits the programs best (most expected bits by their weights), smaller
        ones and those the user gave first; None when no input splits them."""
        best: tuple[float, int] | None = None
        for row, arguments in enumerate(self.inputs):
            mass: Counter[Any] = Counter()
            for column, weight in zip(self.columns, weights, strict=True):
                mass[column[row]] += weight  # type: ignore[assignment]
            total = sum(mass.values())
            bits = -sum(m / total * log2(m / total) for m in mass.values() if m)
            if len(mass) < 2:
                continue
            given = row < len(self.task.unlabeled)
            score = bits + 0.3 * given - 0.002 * sum(map(size, arguments))
            if best is None or score > best[0]:
                best = (score, row)
        if best is None:
            return None
        row = best[1]
        arguments = tuple(map(thaw, self.inputs[row], self.task.types))
        outputs = tuple(
            "error" if column[row] is BOTTOM else thaw(column[row], self.task.result)
            for column in self.columns
        )
        return Question(arguments, outputs)
