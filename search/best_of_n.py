"""Best-of-n: n independent drafts, then rounds that repair the best of what failed.

Drafting is the baseline of Austin et al., "Program Synthesis with Large Language Models" (2021);
a round of repair is one turn of Chen et al., "Teaching Large Language Models to Self-Debug"
(2023), spent on the most valuable programs first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from search.tree import Expansion, Tree


@dataclass(slots=True)
class BestOfN:
    """`n` drafts in requests of at most `siblings` each, then `rounds` rounds of repair.

    A round repairs the `width` best leaves of the round before, once each; a node whose
    behaviour class another chosen node shares is passed over. With `parents` "medoids" it repairs
    the medoids of their behaviours instead (weighted k-medoids, where programs were probed): the
    most different rather than the best. `exemplars` other chosen nodes are shown beside each.
    With `rounds` 0 this is plain best-of-n, and the published default. A round starts when the
    one before is told in full, so the tree does not depend on timing. `first` drafts (0: none)
    are asked alone and told before the others are asked: where most problems are easy, the one
    cheap draft saves the rest.
    """

    n: int = 8
    rounds: int = 0
    width: int = 4
    siblings: int = 4
    first: int = 0
    draft: str = "draft"
    repair: str = "repair"
    parents: Literal["best", "medoids"] = "best"
    exemplars: int = 0
    _asked: int = field(default=0, init=False)
    _round: int = field(default=0, init=False)
    _queue: list[Expansion] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        least = {"n": 1, "rounds": 0, "width": 1, "siblings": 1, "first": 0, "exemplars": 0}
        for name, bound in least.items():
            if getattr(self, name) < bound:
                raise ValueError(f"{name} must be at least {bound}, got {getattr(self, name)}")
        if self.parents not in ("best", "medoids"):
            raise ValueError(f"parents is 'best' or 'medoids', not {self.parents!r}")

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        asked: list[Expansion] = []
        while len(asked) < slots:
            if self._asked < self.n:
                if self._asked == self.first and (tree.n_open or asked):
                    break
                goal = self.first if self._asked < self.first else self.n
                n = min(self.siblings, goal - self._asked)
                asked.append(Expansion((0,), self.draft, n, tree.draws[0] + len(asked)))
                self._asked += n
            elif self._next_round(tree, waiting=bool(asked)) and self._queue:
                asked.append(self._queue.pop(0))
            else:
                break
        return asked

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        pass  # everything it needs is in the tree

    def done(self, tree: Tree) -> bool:
        if self._asked < self.n or self._queue or tree.n_open:
            return False
        return self._round >= self.rounds or not self._chosen(tree, self._round + 1)

    def _next_round(self, tree: Tree, *, waiting: bool = False) -> bool:
        """Whether a repair can be asked now; opens the next round when the last one is over."""
        if self._queue:
            return True
        if waiting or tree.n_open or self._round >= self.rounds:
            return False
        self._round += 1
        chosen = self._chosen(tree, self._round)
        self._queue = []
        for node in chosen:
            shown = [other for other in chosen if other != node][: self.exemplars]
            self._queue.append(Expansion((node, *shown), self.repair, 1, tree.draws[node]))
        return bool(self._queue)

    def _chosen(self, tree: Tree, level: int) -> list[int]:
        """What a round repairs: programs at depth `level`."""
        leaves = [
            node
            for node in tree.done(range(1, len(tree)))
            if tree.depths[node] == level and not tree.solved[node]
        ]
        leaves.sort(key=lambda node: (-tree.values[node], node))
        chosen: list[int] = []
        seen: set[int] = set()
        for node in leaves:
            if tree.classes[node] >= 0 and tree.classes[node] in seen:
                continue
            seen.add(tree.classes[node])
            chosen.append(node)
        if self.parents == "medoids":
            return self._medoids(tree, chosen, leaves)
        return chosen[: self.width]

    def _medoids(self, tree: Tree, distinct: list[int], leaves: list[int]) -> list[int]:
        """The `width` most central of the distinct behaviours, each weighted by its leaves."""
        probed = [node for node in distinct if tree.outputs.get(tree.classes[node])]
        if len(probed) <= self.width:
            return distinct[: self.width]
        from search.dedup import shortlist

        counts = Counter(tree.classes[leaf] for leaf in leaves)
        kept = shortlist(
            [tree.outputs[tree.classes[node]] for node in probed],
            self.width,
            weights=[counts[tree.classes[node]] for node in probed],
        )
        return [probed[place] for place in kept.programs]
