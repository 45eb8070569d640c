"""A recipe: which strategy, actions, value model and selector a search is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from search.strategy import Strategy
from synth.actions.action import Action
from synth.actions.draft import DraftAction
from synth.actions.repair import RepairAction
from synth.context import Context
from synth.models.chat import Sampling
from synth.node import Node
from synth.problem import Problem
from verifiers.cost import objective_value


class ValueModel(Protocol):
    """How good each of `nodes` is, in [0, 1]; higher is searched first. Batched.

    Awaits only on `ctx`, as an action does; its model calls count in the budget.
    """

    async def __call__(self, ctx: Context, nodes: Sequence[Node]) -> Sequence[float]: ...


class Selector(Protocol):
    """Which program to return: ids of `nodes` (all told, with a program), best first.

    Awaits only on `ctx`, as an action does; its model calls count in the budget.
    """

    async def __call__(self, ctx: Context, nodes: Sequence[Node]) -> Sequence[int]: ...


async def tests_passed(ctx: Context, nodes: Sequence[Node]) -> Sequence[float]:
    """The share of gating checks passed."""
    return [node.verdict.score if node.verdict else 0.0 for node in nodes]


def verified_first(problem: Problem, nodes: Sequence[Node]) -> list[int]:
    """Verified before unverified, then by value, then the objective, then the behaviour most
    nodes agree on, then the earliest."""
    votes: dict[int, int] = {}
    for node in nodes:
        if node.behaviour >= 0:
            votes[node.behaviour] = votes.get(node.behaviour, 0) + 1

    def rank(node: Node) -> tuple[float, ...]:
        cost = 0.0
        if node.verified and node.program is not None and node.verdict is not None:
            cost = objective_value(problem, node.program, node.verdict)
        return (
            -node.solved,
            -node.verified,
            -node.value,
            cost,
            -votes.get(node.behaviour, 0),
            node.id,
        )

    return [node.id for node in sorted(nodes, key=rank)]


async def select_verified_first(ctx: Context, nodes: Sequence[Node]) -> Sequence[int]:
    """The default selector: `verified_first`, which needs nothing run."""
    return verified_first(ctx.problem, nodes)


@dataclass(frozen=True, slots=True)
class Recipe:
    """One search, ready to run once (strategies keep state: make a new one for each run).

    `name` and `options` re-create it through the registry; they are what a run log stores.
    `width` is the logical number of expansions in flight: what the search is a function of,
    while the number of workers only decides how fast it goes. A verified program whose maker gives
    it a lower confidence than `conclusive` does not end the search. With `dedup` every program
    is first run on probe inputs, and one that does there what earlier ones did gets their verdict
    instead of one of its own. With `trace` the feedback on a failing program shows what its
    variables held, block by block (LDB), and which lines ran; with `lint` what ruff and mypy say
    of it, which votes. `roles` maps an action to the name of the model that does it; of
    several models without roles, a bandit chooses (`search.model_bandit`).
    """

    name: str
    strategy: Strategy
    actions: Mapping[str, Action] = field(
        default_factory=lambda: {"draft": DraftAction(), "repair": RepairAction()}
    )
    value: ValueModel = tests_passed
    select: Selector = select_verified_first
    dedup: bool = False
    trace: bool = False
    lint: bool = False
    roles: Mapping[str, str] = field(default_factory=dict)
    sampling: Sampling = field(default_factory=Sampling)
    width: int = 4
    stop_when_solved: bool = True
    conclusive: float = 0.6
    options: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "options": dict(self.options)}


RecipeFactory = Callable[..., Recipe]
