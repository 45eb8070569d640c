"""A bandit over models, around any strategy: who writes the next program.

Lange et al., "ShinkaEvolve" (2025), section 3.3: UCB1 (Auer et al., 2002) on how far a program
improves on the one it came from, so that a model earns by progress and not by easy starts. Per
cost: Tran-Thanh et al., "Knapsack based optimal policies for budget-limited multi-armed bandits"
(AAAI 2012), section 3.2, whose fractional KUBE takes the arm of the best bound over cost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from search.best_of_n import BestOfN
from search.bounds import at_least
from search.strategy import Strategy
from search.tree import Expansion, State, Tree


def ucb1(total: float, pulls: int, all_pulls: int, exploration: float) -> float:
    """Mean + c sqrt(ln T / n); infinite before the first pull."""
    if pulls == 0:
        return math.inf
    return total / pulls + exploration * math.sqrt(math.log(max(1, all_pulls)) / pulls)


def improvement(value: float, base: float) -> float:
    """exp(max(0, value - base)) - 1: progress only, larger steps worth more than their sum."""
    return math.expm1(max(0.0, value - base))


@dataclass(slots=True)
class ModelBandit:
    """`inner` decides where, this decides which of `models` does it.

    `exploration` is UCB1's constant: published 1.0. A draft improves on nothing (base 0), what
    failed earns 0, what was cancelled was never pulled; requests in flight count as pulls, so a
    batch tries several models. What a program of a model costs is the mean of its nodes' costs in
    the tree (tokens) times its entry in `rates`, the relative price of its tokens (all alike where
    empty), so that a model twice as dear has to earn twice as much. An expansion for which
    `inner` names a model is left alone, and so are the actions of `free`, which no model does.
    """

    inner: Strategy = field(default_factory=BestOfN)
    models: tuple[str, ...] = ()
    exploration: float = 1.0
    free: tuple[str, ...] = ()
    rates: tuple[float, ...] = ()
    _pulls: dict[str, int] = field(default_factory=dict, init=False)
    _earned: dict[str, float] = field(default_factory=dict, init=False)
    _costs: dict[str, tuple[float, int]] = field(default_factory=dict, init=False)
    _told: set[int] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        at_least(self, exploration=0)
        if self.rates and (len(self.rates) != len(self.models) or min(self.rates) <= 0):
            raise ValueError(f"ModelBandit: rates are a positive number a model: {self.rates!r}")
        if isinstance(self.models, str) or len(set(self.models)) != len(self.models):
            raise ValueError(f"ModelBandit: models must be distinct names, got {self.models!r}")

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        return [self._named(expansion) for expansion in self.inner.ask(tree, slots)]

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        for node in nodes:
            model = tree.models[node]
            if node in self._told:
                continue
            self._told.add(node)
            if model not in self.models:
                continue
            if tree.states[node] is State.CANCELLED:
                self._pulls[model] -= 1
                continue
            total, count = self._costs.get(model, (0.0, 0))
            self._costs[model] = (total + tree.costs[node], count + 1)
            if tree.states[node] is State.DONE:
                parent = tree.parents[node][0]
                base = tree.values[parent] if parent else 0.0
                earned = improvement(tree.values[node], base)
                self._earned[model] = self._earned.get(model, 0.0) + earned
        self.inner.tell(tree, nodes)

    def done(self, tree: Tree) -> bool:
        return self.inner.done(tree)

    def _named(self, expansion: Expansion) -> Expansion:
        if expansion.model is not None or not self.models or expansion.action in self.free:
            return expansion
        pulls = sum(self._pulls.values())
        scores = [
            ucb1(self._earned.get(model, 0.0), self._pulls.get(model, 0), pulls, self.exploration)
            for model in self.models
        ]
        scores = [
            score / self._cost(model, rate)
            for model, rate, score in zip(
                self.models, self.rates or [1.0] * len(self.models), scores, strict=True
            )
        ]
        model = self.models[scores.index(max(scores))]
        self._pulls[model] = self._pulls.get(model, 0) + expansion.n
        return replace(expansion, model=model)

    def _cost(self, model: str, rate: float) -> float:
        """Of a program by `model`; that of all while it has none, 1 where nothing is known."""
        known = [self._costs[model]] if model in self._costs else [*self._costs.values()]
        total = sum(cost for cost, _ in known)
        return rate * (total / sum(count for _, count in known) if total else 1.0)
