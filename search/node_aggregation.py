"""AB-MCTS-A's decision at a node, from conjugate posteriors.

Inoue et al., "Wider or Deeper?" (2025), section 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from search.backup import Statistics, own_value, views
from search.descent import Choice
from search.keyed_random import derive, stream
from search.posteriors import BetaPrior, NormalPrior
from search.tree import Tree

# From so many children on their draws are made in one go; below, numpy's overhead is the larger.
MANY = 24


class Aggregated:
    """The draws of one descent."""

    __slots__ = ("_prior", "_random", "_seed", "_stats", "_tree")

    def __init__(
        self, tree: Tree, stats: Statistics, prior: NormalPrior | BetaPrior, seed: int
    ) -> None:
        self._tree, self._stats, self._prior = tree, stats, prior
        self._seed = seed
        self._random = stream(seed)

    def pick(self, choice: Choice) -> int:
        """The child to follow, or the node itself to generate a new one there.

        GEN has seen the values the node's children came with, CONT those found below the
        children, a child those of its whole subtree. GEN and CONT draw first; if CONT wins, the
        children do.
        """
        if not choice.n_open or (choice.can_generate and self._generates(choice.node)):
            return choice.node
        if len(choice.children) >= MANY:
            return self._highest_of_many(choice)
        stats, draw, random = self._stats, self._prior.draw, self._random
        best, highest = choice.node, float("-inf")
        for child in choice.open_children():
            drawn = draw(random, stats.visits[child], stats.totals[child], stats.squares[child])
            if drawn > highest:
                best, highest = child, drawn
        return best

    def draw_model(
        self, models: Sequence[str], seen: Mapping[str, tuple[int, float, float]]
    ) -> str | None:
        """Which model generates: the highest draw over all each has done (count, sum, squares)."""
        if not models:
            return None
        draws = [
            self._prior.draw(self._random, *seen.get(model, (0, 0.0, 0.0))) for model in models
        ]
        return models[draws.index(max(draws))]

    def _generates(self, node: int) -> bool:
        stats, prior = self._stats, self._prior
        n, total, squares = (
            stats.child_visits[node],
            stats.child_totals[node],
            stats.child_squares[node],
        )
        value = own_value(self._tree, node) if node else 0.0
        generate = prior.draw(self._random, n, total, squares)
        go_on = prior.draw(
            self._random,
            stats.visits[node] - (node > 0) - n,
            stats.totals[node] - value - total,
            stats.squares[node] - value * value - squares,
        )
        return generate >= go_on

    def _highest_of_many(self, choice: Choice) -> int:
        import numpy as np

        children = np.frombuffer(choice.children, dtype=np.int64)
        stats = self._stats
        n, totals, squares = (
            array[children] for array in views(stats.visits, stats.totals, stats.squares)
        )
        generator = np.random.default_rng(derive(self._seed, choice.node))
        drawn = self._prior.draw_many(generator, n, totals, squares)
        drawn[np.frombuffer(choice.blocked, dtype=np.bool_)[children]] = -np.inf
        return int(children[drawn.argmax()])
