"""AB-MCTS: at every node, Thompson sampling decides between a new child and an old one.

Inoue et al., "Wider or Deeper? Scaling LLM Inference-Time Compute with Adaptive Branching Tree
Search" (2025). AB-MCTS-A (`search.node_aggregation`) draws from conjugate posteriors, AB-MCTS-M
from a mixed model in which every child is a group and GEN a group not seen yet
(`search.mixed_model`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from search.backup import Statistics, own_value
from search.batch import Batch, room
from search.bounds import at_least, at_least_if_given, one_of
from search.descent import Descent
from search.keyed_random import derive
from search.node_aggregation import Aggregated
from search.posteriors import prior_called
from search.tree import Expansion, State, Tree

if TYPE_CHECKING:
    from search.mixed_model import Mixed


@dataclass(slots=True)
class AbMcts:
    """Each expansion adds one child to the node a descent of Thompson draws ends in.

    | field | published | here |
    |---|---|---|
    | prior, A | Normal(m 0, kappa 1, nu 1, tau^2 .1), or Beta(.5, .5) | "normal", or "beta" |
    | prior, M | mu N(.5, .2), sigma_alpha HN(.2), sigma_y HN(.3) | "mixed" |
    | siblings | 1 | 1 |

    With several `models`, one for a new child is drawn by the same posterior over all results each
    has had in the tree. What failed counts 0. The published algorithm keeps parallel requests
    apart by its draws alone; here a node with a request in flight also has its GEN arm closed
    while any other is open (`search.descent`).
    """

    prior: str = "normal"
    siblings: int = 1
    models: tuple[str, ...] = ()
    limit: int | None = None
    draft: str = "draft"
    repair: str = "repair"
    seed: int = 0
    _stats: Statistics = field(default_factory=Statistics, init=False)
    _by_model: dict[str, tuple[int, float, float]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        one_of(self, "prior", ("normal", "beta", "mixed"))
        at_least(self, siblings=1)
        at_least_if_given(self, limit=1)

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        self._stats.see(tree)
        batch = Batch(tree, slots, room(tree, self.limit))
        descent = Descent(tree, self._stats, batch)
        while not batch.full:
            thompson = self._thompson(tree, len(batch.expansions))
            node = descent.choose(thompson.pick)
            asked = batch.add(
                (node,),
                self.repair if node else self.draft,
                n=descent.siblings(self.siblings),
                model=thompson.draw_model(self.models, self._by_model),
            )
            descent.expect(node, asked)
        descent.close()
        return batch.expansions

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        for node in self._stats.fresh(tree, nodes):
            value = own_value(tree, node)
            self._stats.settle(tree, node, value)
            if tree.states[node] is State.DONE and not tree.solved[node]:
                self._stats.open_children[tree.parents[node][0]].append(node)
            model = tree.models[node]
            if model is not None and tree.states[node] is not State.CANCELLED:
                n, total, squares = self._by_model.get(model, (0, 0.0, 0.0))
                self._by_model[model] = n + 1, total + value, squares + value * value

    def done(self, tree: Tree) -> bool:
        return room(tree, self.limit) == 0

    def _thompson(self, tree: Tree, position: int) -> Aggregated | Mixed:
        """The random decisions of one descent, keyed by which expansion of the tree it is for."""
        key = ("ab-mcts", len(tree), position)
        if self.prior == "mixed":
            from search.mixed_model import Mixed

            return Mixed(tree, self._stats, derive(self.seed, *key))
        return Aggregated(tree, self._stats, prior_called(self.prior), derive(self.seed, *key))
