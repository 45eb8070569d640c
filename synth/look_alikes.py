"""Which programs of a run do the same: as text, and by what they were seen to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from synth.context import Behaviour
from synth.node import Node
from synth.program import Program

# How many judged programs of one behaviour must have come to one verdict before the next is spared
# its own. On recorded samples one confirmation loses 2.5 points of solved problems with 32 probes,
# two or three almost none (experiments/dedup).
CONFIRMATIONS = 2


@dataclass(frozen=True, slots=True)
class _Judged:
    """A program judged on its own: how many expansions were told before it, and its score."""

    told: int
    program: Program
    score: float


@dataclass(slots=True)
class LookAlikes:
    """Classes of told programs. Everything is counted in told order, never in order of arrival, so
    that the tree does not depend on timing."""

    _keys: dict[str, int] = field(default_factory=dict)
    _classes: dict[tuple[Any, ...], int] = field(default_factory=dict)
    _judged: dict[Behaviour, list[_Judged]] = field(default_factory=dict)

    def place(
        self, node: Node, probed: Behaviour | None, told: int, judged: bool
    ) -> tuple[int, int | None]:
        """The class of a judged node, and the first node of the same text if it is not itself.

        The class goes by the outputs on the probe inputs, else by the verdict's outcomes. `told`
        is the number of expansions told before; `judged` says that the verdict is its own.
        """
        assert node.program is not None
        assert node.verdict is not None
        first = self._keys.setdefault(node.program.key, node.id)
        outputs: tuple[Any, ...] = ()
        if probed is not None:
            if judged:
                own = _Judged(told, node.program, node.verdict.score)
                self._judged.setdefault(probed, []).append(own)
            outputs = probed.outputs
        outputs = outputs or tuple(
            (outcome.name, outcome.status.value, outcome.actual, outcome.error)
            for outcome in node.verdict.outcomes
        )
        return (
            self._classes.setdefault(outputs, len(self._classes)),
            None if first == node.id else first,
        )

    def stand_ins(
        self, behaviours: Mapping[Program, Behaviour], horizon: int
    ) -> dict[Program, Program]:
        """For each program the one whose verdict serves for it: itself, or one of its behaviour,
        where enough were judged among the first `horizon` expansions told, and all alike."""
        stands: dict[Program, Program] = {}
        for program, behaviour in behaviours.items():
            judged = [j for j in self._judged.get(behaviour, ()) if j.told < horizon]
            agreed = len({j.score for j in judged}) == 1 and len(judged) >= CONFIRMATIONS
            stands[program] = judged[0].program if behaviour.outputs and agreed else program
        return stands
