"""Greedy roll-outs: look a few repairs ahead before a new program's value is believed.

Xu et al., "SRA-MCTS" (2024): branch 2, follow the better, V = V/2 + V_rollout/2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from search.tree import State, Tree


@dataclass(slots=True)
class RollOuts:
    """Roll-outs under way. `queue` holds the programs whose children are to be asked next."""

    queue: list[int] = field(default_factory=list)
    _program: dict[int, int] = field(default_factory=dict)  # tip -> program it is rolled for
    _left: dict[int, int] = field(default_factory=dict)  # program -> steps still to ask
    _best: dict[int, float] = field(default_factory=dict)  # program -> best value seen below

    def begin(self, program: int, steps: int) -> None:
        self._program[program] = program
        self._left[program] = steps - 1
        self.queue.append(program)

    def covers(self, parent: int) -> bool:
        """Whether the children of `parent` belong to a roll-out that is under way."""
        return parent in self._program

    def step(self, tree: Tree, tip: int, repairable: Sequence[int]) -> tuple[int, float] | None:
        """All children of `tip` are told, `repairable` of them can be built on. Go on with the
        best of these, or end: the program and the value it gets."""
        program = self._program.pop(tip)
        values = [
            tree.values[node] for node in tree.children[tip] if tree.states[node] is State.DONE
        ]
        best = max([self._best.get(program, 0.0), *values])
        self._best[program] = best
        solved = any(tree.solved[node] for node in tree.children[tip])
        if self._left[program] and repairable and not solved:
            self._left[program] -= 1
            next_tip = max(repairable, key=lambda node: (tree.values[node], -node))
            self._program[next_tip] = program
            self.queue.append(next_tip)
            return None
        told = any(tree.states[node] is not State.CANCELLED for node in tree.children[tip])
        return program, self._end(tree, program, blended=told)

    def abandon(self, tree: Tree) -> list[tuple[int, float]]:
        """Nothing more can be asked: end what only waits to be, with what was seen so far."""
        ended = []
        for tip in self.queue:
            program = self._program.pop(tip)
            ended.append((program, self._end(tree, program, blended=tip != program)))
        self.queue.clear()
        return ended

    def _end(self, tree: Tree, program: int, *, blended: bool) -> float:
        del self._left[program]
        best, own = self._best.pop(program, 0.0), tree.values[program]
        return (own + best) / 2 if blended else own
