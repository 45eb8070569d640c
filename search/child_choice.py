"""Which child to follow: UCT and PUCT scores, progressive widening, virtual loss, and the tree
policy that puts them together.

Values are in [0, 1], so exploration constants need no further scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from search.backup import Statistics, blend, views
from search.batch import Batch
from search.descent import Choice
from search.retrieval_prior import flatten
from search.top_k import softmax
from search.tree import Tree

if TYPE_CHECKING:
    import numpy as np

# The formulas take one child's numbers, or arrays with one entry a child.
Numbers = TypeVar("Numbers", float, "np.ndarray[Any, np.dtype[Any]]")

# From so many children on they are scored in one go; below, numpy's overhead is the larger.
MANY = 24


def uct(mean: Numbers, visits: Numbers, parent_visits: float, exploration: float) -> Numbers:
    """Q + c sqrt(ln N / n). Kocsis and Szepesvari, "Bandit based Monte-Carlo Planning" (2006)."""
    width: Numbers = (math.log(max(1.0, parent_visits)) / visits) ** 0.5
    return mean + exploration * width


def puct(
    mean: Numbers, prior: Numbers, visits: Numbers, parent_visits: float, exploration: float
) -> Numbers:
    """Q + c P sqrt(N) / (1 + n). Silver et al., "Mastering the game of Go without human
    knowledge" (2017), after Rosin (2011)."""
    return mean + exploration * prior * math.sqrt(parent_visits) / (1.0 + visits)


def may_widen(children: int, visits: float, factor: float, power: float) -> bool:
    """Whether a node visited N times may have another child: children < k N^alpha (at least 1).

    Coulom (2007); Couetoux et al., "Continuous Upper Confidence Trees" (2011). Power 0 is a fixed
    branching factor.
    """
    allowed: float = factor * max(1.0, visits) ** power
    return children < max(1.0, allowed)


def with_virtual_loss(value: Numbers, visits: Numbers, pending: Numbers, loss: float) -> Numbers:
    """A mean over `visits` results as if `loss` of each pending one came back 0.

    `loss` 1 is Chaslot et al., "Parallel Monte-Carlo Tree Search" (2008); 0 leaves the value as
    it is and only the visit counts grow, as in Liu et al., "Watch the Unobserved" (2020).
    """
    return value * visits / (visits + loss * pending) if loss else value


@dataclass(frozen=True, slots=True)
class TreePolicy:
    """At a node: follow one of its open children, or generate a new one.

    `rule` "uct" or "puct" scores a child by `blend` of its subtree's mean and best value. PUCT's
    priors are softmax(value / `prior_temperature`) of the children's own values, flattened by
    `novelty` (`search.retrieval_prior`). `growth` "widening" generates while
    children < `widening` x N^`power`; "arm" scores GEN like a child whose results are the values
    the children of this node came with.
    """

    rule: str = "uct"
    exploration: float = 0.5
    max_weight: float = 0.0
    virtual_loss: float = 1.0
    growth: str = "widening"
    widening: float = 1.0
    power: float = 0.5
    prior_temperature: float = 0.2
    novelty: float = 0.0

    def pick(self, tree: Tree, stats: Statistics, batch: Batch, choice: Choice) -> int:
        """The child to follow, or the node itself to generate."""
        node = choice.node
        if not choice.n_open:
            return node
        visits = stats.visits[node] + stats.pending[node]
        arm = choice.can_generate and self.growth == "arm"
        if choice.can_generate and not arm:
            born = stats.born(tree, node) + batch.asked[node]
            if may_widen(born, visits, self.widening, self.power):
                return node
        children = choice.open_children()
        priors = self._priors(tree, children, arm=arm)
        best, highest = self._highest(stats, children, priors, visits)
        if arm and self._arm_score(tree, stats, batch, node, priors[-1], visits) >= highest:
            return node
        return best

    def _highest(
        self, stats: Statistics, children: Sequence[int], priors: Sequence[float], visits: int
    ) -> tuple[int, float]:
        """The child with the highest score, the first of equals, and its score."""
        if len(children) >= MANY:
            return self._highest_of_many(stats, children, priors, visits)
        best, highest = children[0], -math.inf
        for child, prior in zip(children, priors, strict=False):
            told = stats.visits[child]
            value = blend(stats.totals[child] / told, stats.bests[child], self.max_weight)
            score = self._score(value, told, stats.pending[child], prior, visits)
            if score > highest:
                best, highest = child, score
        return best, highest

    def _highest_of_many(
        self, stats: Statistics, children: Sequence[int], priors: Sequence[float], visits: int
    ) -> tuple[int, float]:
        import numpy as np

        places = np.array(children)
        told, pending, totals, bests = (
            column[places]
            for column in views(stats.visits, stats.pending, stats.totals, stats.bests)
        )
        value = blend(totals / told, bests, self.max_weight)
        prior = np.array(priors[: len(children)])
        scores = self._score(value, told, pending, prior, visits)
        first = int(scores.argmax())
        return children[first], float(scores[first])

    def _score(
        self, value: Numbers, told: Numbers, pending: Numbers, prior: Numbers, visits: int
    ) -> Numbers:
        value = with_virtual_loss(value, told, pending, self.virtual_loss)
        if self.rule == "uct":
            return uct(value, told + pending, visits, self.exploration)
        return puct(value, prior, told + pending, visits, self.exploration)

    def _arm_score(
        self, tree: Tree, stats: Statistics, batch: Batch, node: int, prior: float, visits: int
    ) -> float:
        told = stats.child_visits[node]
        pending = stats.child_pending[node] + batch.asked[node]
        if told + pending == 0:
            return math.inf
        # Before any child is told, expect one to be worth what its parent is.
        unknown = tree.values[node] if node else 0.5
        value = stats.child_totals[node] / told if told else unknown
        return self._score(value, told, pending, prior, visits)

    def _priors(self, tree: Tree, children: Sequence[int], *, arm: bool) -> list[float]:
        if self.rule == "uct":
            return [0.0] * (len(children) + arm)
        priors = softmax([tree.values[child] for child in children], self.prior_temperature)
        if arm:
            share = 1.0 / (len(children) + 1)
            priors = [prior * (1.0 - share) for prior in priors] + [share]
        return flatten(priors, self.novelty)
