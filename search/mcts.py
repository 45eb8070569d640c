"""Monte Carlo tree search over whole programs.

Every node is a program with a value, so there is no separate roll-out to a terminal state unless
one is asked for. UCT or PUCT, mean or max backups, progressive widening or generation as an arm,
virtual loss: `search.child_choice` and `search.backup` hold the formulas.

Zhou et al., "Language Agent Tree Search" (LATS, 2023): 5 children a node, UCT with w = 1.
Antoniades et al., "SWE-Search" (2024): hybrid values. Xu et al., "SRA-MCTS" (2024): C = 0.5, 3
children, V = V/2 + V_rollout/2.

Zhang et al., "Planning with Large Language Models for Code Generation" (PG-TD, 2023) search over
prefixes of a program: a prefix is worth the best of its completions. Registered as "pg-td", that is
PUCT with the max backup where `repair` names the action "prefix": a node is a program completed
from some prefix and stands for one a little longer, cut out of that program; its children are
other completions of that. Published: tokens as steps, 3 children by token probability, c = 4; here
lines, as many children as widening allows, and the completions' own values for the prior.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from search.backup import Statistics, own_value
from search.batch import Batch, room
from search.bounds import at_least, at_least_if_given, one_of, within
from search.child_choice import TreePolicy
from search.descent import Choice, Descent
from search.rollouts import RollOuts
from search.tree import Expansion, State, Tree


@dataclass(slots=True)
class Mcts:
    """Each expansion adds `siblings` children to the node a descent from the root ends in.

    | field | published | here |
    |---|---|---|
    | exploration | sqrt 2 (UCT), 1 (LATS), 0.5 (SRA-MCTS), 1.25 (PUCT) | 0.15; 0.5 LATS, 0.8 PUCT |
    | max_weight | 0 mean (UCT), 1 max (PG-TD) | 1 |
    | widening, power | 1, 0.5 (Couetoux); 5, 0 (LATS); 3, 0 (SRA-MCTS) | 2, 0.5 |
    | virtual_loss | 1 (Chaslot), 0 (Liu) | 0 |
    | rollout_width x rollout_steps | 2 x 1 (SRA-MCTS) | none |

    Ours were chosen on `experiments/strategies`, on problems other than those its tables report:
    programs are few and repairs keep most of a program, so the best value below a node says more
    than the mean. An exploration of 0.1 gains a point or two with 64 programs and loses three
    (eight slots) to six (one slot) with 512. The other policy fields are those of
    `search.child_choice.TreePolicy`. `depth` bounds how deep a program may lie (None: not at all).
    With `rollout_steps` each new program is continued greedily: `rollout_width` repairs, the best
    of them again, and so on; its value becomes half its own and half the best the roll-out saw.
    Roll-outs are ordinary nodes: nothing paid for is dropped. With a fixed branching factor (LATS,
    SRA-MCTS) the root has no more children than that either: where half of the drafts follow a
    wrong idea, three are too few, and one slot finds less than eight, which draft to fill up. What
    failed counts as a visit with value 0; what was cancelled never was.
    """

    rule: str = "uct"
    exploration: float = 0.15
    max_weight: float = 1.0
    virtual_loss: float = 0.0
    growth: str = "widening"
    widening: float = 2.0
    power: float = 0.5
    prior_temperature: float = 0.2
    novelty: float = 0.0
    siblings: int = 1
    depth: int | None = None
    rollout_steps: int = 0
    rollout_width: int = 2
    limit: int | None = None
    draft: str = "draft"
    repair: str = "repair"
    _stats: Statistics = field(default_factory=Statistics, init=False)
    _rollouts: RollOuts = field(default_factory=RollOuts, init=False)

    def __post_init__(self) -> None:
        at_least(self, exploration=0, virtual_loss=0, widening=0, siblings=1)
        at_least_if_given(self, limit=1, depth=1)
        at_least(self, rollout_steps=0, rollout_width=1)
        within(self, 0, 1, "max_weight", "power", "novelty")
        one_of(self, "rule", ("uct", "puct"))
        one_of(self, "growth", ("widening", "arm"))
        if not self.prior_temperature > 0:
            raise ValueError(
                f"Mcts: prior_temperature must be above 0, got {self.prior_temperature}"
            )

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        self._stats.see(tree)
        batch = Batch(tree, slots, room(tree, self.limit))
        while self._rollouts.queue and not batch.full:
            batch.add((self._rollouts.queue.pop(0),), self.repair, n=self.rollout_width)
        policy, descent = self._policy(), Descent(tree, self._stats, batch)

        def pick(choice: Choice) -> int:
            return policy.pick(tree, self._stats, batch, choice)

        while not batch.full:
            node = descent.choose(pick)
            action = self.repair if node else self.draft
            asked = batch.add((node,), action, n=descent.siblings(self.siblings))
            descent.expect(node, asked)
        descent.close()
        return batch.expansions

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        for node in self._stats.fresh(tree, nodes):
            below_a_roll_out = self._rollouts.covers(tree.parents[node][0])
            if self.rollout_steps and not below_a_roll_out and self._may_be_built_on(tree, node):
                self._rollouts.begin(node, self.rollout_steps)
                continue
            self._settle(tree, node, own_value(tree, node))
            if below_a_roll_out:
                self._advance(tree, tree.parents[node][0])
        if room(tree, self.limit) == 0:
            for program, value in self._rollouts.abandon(tree):
                self._settle(tree, program, value)

    def done(self, tree: Tree) -> bool:
        return room(tree, self.limit) == 0

    def _policy(self) -> TreePolicy:
        return TreePolicy(
            rule=self.rule,
            exploration=self.exploration,
            max_weight=self.max_weight,
            virtual_loss=self.virtual_loss,
            growth=self.growth,
            widening=self.widening,
            power=self.power,
            prior_temperature=self.prior_temperature,
            novelty=self.novelty,
        )

    def _may_be_built_on(self, tree: Tree, node: int) -> bool:
        if tree.states[node] is not State.DONE or tree.solved[node]:
            return False
        return self.depth is None or tree.depths[node] < self.depth

    def _settle(self, tree: Tree, node: int, value: float) -> None:
        self._stats.settle(tree, node, value)
        if self._may_be_built_on(tree, node):
            self._stats.open_children[tree.parents[node][0]].append(node)

    def _advance(self, tree: Tree, tip: int) -> None:
        """All of a roll-out's step may be told now: go on with the next, or settle its program."""
        if self._stats.child_pending[tip]:
            return
        ended = self._rollouts.step(
            tree, tip, [node for node in tree.children[tip] if self._may_be_built_on(tree, node)]
        )
        if ended is not None:
            program, value = ended
            self._settle(tree, program, value)
