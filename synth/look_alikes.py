"""Which programs of a run do the same: as text, and by what they were seen to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from synth.context import Behaviour
from synth.node import Node
from synth.program import Program


@dataclass(slots=True)
class LookAlikes:
    """Classes of told programs. Everything is counted in told order, never in order of arrival, so
    that the tree does not depend on timing."""

    _keys: dict[str, int] = field(default_factory=dict)
    _classes: dict[tuple[Any, ...], int] = field(default_factory=dict)
    # Behaviour -> (how many expansions were told before it was, the program told with it).
    _standing: dict[Behaviour, tuple[int, Program]] = field(default_factory=dict)

    def place(self, node: Node, probed: Behaviour | None, told: int) -> tuple[int, int | None]:
        """The class of a judged node, and the first node of the same text if it is not itself.

        The class goes by the outputs on the probe inputs, else by the verdict's outcomes. `told`
        is the number of expansions told before.
        """
        assert node.program is not None
        assert node.verdict is not None
        first = self._keys.setdefault(node.program.key, node.id)
        outputs: tuple[Any, ...] = ()
        if probed is not None:
            self._standing.setdefault(probed, (told, node.program))
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
        """For each program the one whose verdict serves for it: itself, an earlier one here, or one
        among the first `horizon` expansions told."""
        own: dict[Behaviour, Program] = {}
        stands: dict[Program, Program] = {}
        for program, behaviour in behaviours.items():
            told, other = self._standing.get(behaviour, (horizon, program))
            if not behaviour.outputs:
                stands[program] = program
            elif told < horizon:
                stands[program] = other
            else:
                stands[program] = own.setdefault(behaviour, program)
        return stands
