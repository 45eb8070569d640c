"""A portfolio: several strategies on one problem, a bandit deciding which asks next.

Parmar et al., "PlanGEN" (2025), section 3.3: an upper confidence bound with terms for diversity,
recovery and a prior suitability chooses among best-of-n, tree of thought and REBASE.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from search.awaited import Awaited
from search.batch import Batch, room
from search.best_first import BestFirst
from search.best_of_n import BestOfN
from search.bounds import at_least, at_least_if_given
from search.rebase import Rebase
from search.strategy import Strategy
from search.tree import Expansion, State, Tree


def modified_ucb(
    mean: float,
    pulls: int,
    all_pulls: int,
    *,
    exploration: float,
    diversity: float,
    recovery: float,
    suitability: float,
) -> float:
    """R / n + c sqrt(2 ln(T + 1) / n) + diversity / (n + 1) + recovery + suitability.

    `mean` R / n of the rewards so far and `pulls` n of this arm; infinite before its first pull.
    Pulls in flight count in n and not in the mean: they make an arm less uncertain and not worse
    (Liu et al., "Watch the Unobserved", 2020). The terms `recovery` and `suitability` come
    weighted.
    """
    if pulls == 0:
        return math.inf
    bound = exploration * math.sqrt(2.0 * math.log(all_pulls + 1) / pulls)
    return mean + bound + diversity / (pulls + 1) + recovery + suitability


def default_members() -> tuple[Strategy, ...]:
    """One that only drafts, one that goes deep, one that divides.

    Their requests are small where the choice is the portfolio's: eight slots of four drafts each
    would spend half of a budget of 64 before anything is known.
    """
    return BestOfN(n=64, siblings=1), BestFirst(), Rebase()


@dataclass(slots=True)
class _Member:
    """One strategy, the tree as it alone would see it, and where that tree's nodes really are."""

    strategy: Strategy
    tree: Tree = field(default_factory=Tree)
    there: list[int] = field(default_factory=lambda: [0])  # own node -> node of the real tree
    pulls: int = 0  # nodes asked for it, less those cancelled
    settled: int = 0  # of them told
    reward: float = 0.0
    last: float = 0.0
    recoveries: int = 0

    @property
    def mean(self) -> float:
        return self.reward / max(1, self.settled)


_Kind: TypeAlias = tuple[str, str | None]
_Owner: TypeAlias = tuple[int, int]  # a member, and which of its nodes it is


@dataclass(slots=True)
class _Request:
    """An expansion on its way: for each of its children, who will have it, the payer first."""

    owners: list[list[_Owner]]
    kind: _Kind | None  # of a draft


@dataclass(slots=True)
class Portfolio:
    """Each slot goes to the member with the highest bound that has something to ask.

    | field | published (PlanGEN) | here |
    |---|---|---|
    | members | best-of-n, tree of thought, REBASE | best-of-n, best-first, REBASE |
    | exploration | 1 | 0.2: rewards here are values, which lie close together |
    | diversity, recovery | unspecified weights | 0.1, 0.1 |
    | suitability | a model's opinion, by member | (): none; a recipe may ask a model |

    A member sees only its own nodes: it searches as it would alone. Drafts are shared: one that
    another member paid for is given away before a new one is asked. While the preferred member
    waits for results, the slot goes to the next whose bound reaches the mean of the one waited
    for, which may yet prove better; if none does, the slot waits too. A member's reward for each
    node of an expansion is the best value that came of it; it recovers when a result beats the one
    before, which had fallen below its mean. A member drops out when it is done; the portfolio is
    done when all are.
    """

    members: tuple[Strategy, ...] = field(default_factory=default_members)
    exploration: float = 0.2
    diversity: float = 0.1
    recovery: float = 0.1
    suitability: tuple[float, ...] = ()
    limit: int | None = None
    _members: list[_Member] = field(default_factory=list, init=False, compare=False)
    _awaited: Awaited[_Request] = field(default_factory=Awaited, init=False)
    # Who has each node, the member that pays for it first.
    _owners: dict[int, list[_Owner]] = field(default_factory=dict, init=False)
    # The drafts there are of an action and model, and those asked and not in the tree yet.
    _drafts: dict[_Kind, list[int]] = field(default_factory=dict, init=False)
    _drafting: dict[_Kind, list[_Request]] = field(default_factory=dict, init=False)
    _told: set[int] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        at_least(self, exploration=0, diversity=0, recovery=0)
        at_least_if_given(self, limit=1)
        if not self.members or not all(isinstance(each, Strategy) for each in self.members):
            raise ValueError(f"Portfolio: members must be strategies, got {self.members!r}")
        if self.suitability and len(self.suitability) != len(self.members):
            raise ValueError(
                f"Portfolio: suitability needs one number a member ({len(self.members)}), got "
                f"{len(self.suitability)}; give as many, or none"
            )
        self._members = [_Member(strategy) for strategy in self.members]

    def ask(self, tree: Tree, slots: int) -> list[Expansion]:
        self._see(tree, asking=True)
        batch = Batch(tree, slots, room(tree, self.limit))
        arms = list(range(len(self._members)))
        awaited = -math.inf
        while arms and not batch.full:
            arm = max(arms, key=self._bound)
            if self._bound(arm) < awaited:
                break  # a slot is better left idle than spent on what is surely worse
            if self._ask_member(tree, arm, batch):
                continue
            member = self._members[arm]
            if member.tree.n_open:
                awaited = max(awaited, member.mean)
            arms.remove(arm)
        return batch.expansions

    def tell(self, tree: Tree, nodes: Sequence[int]) -> None:
        self._see(tree)
        fresh = [node for node in nodes if node not in self._told and node in self._owners]
        self._told.update(fresh)
        by_member: dict[int, list[int]] = {}
        for node in fresh:
            for arm, own in self._owners[node]:
                self._finish(tree, node, self._members[arm].tree, own)
                by_member.setdefault(arm, []).append(own)
        for arm, own_nodes in by_member.items():
            member = self._members[arm]
            paid = [own for own in own_nodes if self._owners[member.there[own]][0] == (arm, own)]
            self._reward(member, paid)
            member.strategy.tell(member.tree, own_nodes)

    def done(self, tree: Tree) -> bool:
        if room(tree, self.limit) == 0:
            return True
        return all(member.strategy.done(member.tree) for member in self._members)

    def _see(self, tree: Tree, *, asking: bool = False) -> None:
        """Tell the members where what they asked for is, and cancel what was not admitted."""
        for arrival in self._awaited.arrivals(tree, asking=asking):
            request = arrival.note
            if request.kind is not None:
                self._drafting[request.kind].remove(request)
                self._drafts.setdefault(request.kind, []).extend(arrival.nodes)
            for node, owners in zip(arrival.nodes, request.owners, strict=False):
                self._owners[node] = owners
                for arm, own in owners:
                    self._members[arm].there[own] = node
            for owners in request.owners[len(arrival.nodes) :]:
                self._members[owners[0][0]].pulls -= 1
                for arm, own in owners:
                    self._cancel(self._members[arm], [own])

    def _cancel(self, member: _Member, nodes: Sequence[int]) -> None:
        for node in nodes:
            member.tree.finish(node, state=State.CANCELLED)
        if nodes:
            member.strategy.tell(member.tree, nodes)

    def _ask_member(self, tree: Tree, arm: int, batch: Batch) -> bool:
        """One expansion of this member that costs something; whether it had one."""
        member = self._members[arm]
        while expansions := member.strategy.ask(member.tree, 1):
            expansion = expansions[0]
            own = list(member.tree.add(expansion, len(member.there)))
            member.there.extend([-1] * expansion.n)
            kind = (expansion.action, expansion.model) if expansion.parents == (0,) else None
            if kind is not None:
                own = self._share(tree, arm, own, kind)
                if not own:
                    continue
            parents = tuple(member.there[node] for node in expansion.parents)
            asked = batch.add(parents, expansion.action, n=len(own), model=expansion.model)
            self._cancel(member, own[asked:])
            if not asked:
                return False
            request = _Request([[(arm, node)] for node in own[:asked]], kind)
            self._awaited.ask(batch.expansions[-1], request)
            if kind is not None:
                self._drafting.setdefault(kind, []).append(request)
            member.pulls += asked
            return True
        return False

    def _share(self, tree: Tree, arm: int, own: list[int], kind: _Kind) -> list[int]:
        """Give the member drafts that others asked for; those of `own` still to be paid."""
        member, left, told = self._members[arm], list(own), []
        for node in self._drafts.get(kind, []):
            if left and all(owner != arm for owner, _ in self._owners[node]):
                mine = left.pop(0)
                member.there[mine] = node
                self._owners[node].append((arm, mine))
                if node in self._told:
                    self._finish(tree, node, member.tree, mine)
                    told.append(mine)
        for request in self._drafting.get(kind, []):
            for owners in request.owners:
                if left and all(owner != arm for owner, _ in owners):
                    owners.append((arm, left.pop(0)))
        if told:
            member.strategy.tell(member.tree, told)
        return left

    def _finish(self, tree: Tree, node: int, own_tree: Tree, own: int) -> None:
        done = tree.states[node] is State.DONE
        own_tree.finish(
            own,
            state=tree.states[node],
            value=tree.values[node] if done else math.nan,
            solved=tree.solved[node],
            cost=tree.costs[node],
            behaviour=tree.classes[node],
        )

    def _bound(self, arm: int) -> float:
        member = self._members[arm]
        return modified_ucb(
            member.mean,
            member.pulls,
            sum(each.pulls for each in self._members),
            exploration=self.exploration,
            diversity=self.diversity,
            recovery=self.recovery * member.recoveries / max(1, member.settled),
            suitability=self.suitability[arm] if self.suitability else 0.0,
        )

    def _reward(self, member: _Member, nodes: Sequence[int]) -> None:
        """Nodes this member paid for were told."""
        settled = [node for node in nodes if member.tree.states[node] is not State.CANCELLED]
        member.pulls -= len(nodes) - len(settled)
        if not settled:
            return
        value = max((member.tree.values[node] for node in member.tree.done(settled)), default=0.0)
        if member.last < member.mean and value > member.last:
            member.recoveries += 1
        member.last = value
        member.reward += value * len(settled)
        member.settled += len(settled)
