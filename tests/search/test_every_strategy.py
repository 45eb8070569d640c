"""What holds for every strategy, whatever happens to the nodes it asks for."""

from __future__ import annotations

import copy
import pickle
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from search.bug_kernel import BugKernel
from search.registry import BUILT_IN, create, describe, names
from search.simulation import Record, simulate
from search.strategy import Strategy
from search.tree import Expansion, State, Tree


@dataclass(frozen=True)
class Sample:
    """A strategy small enough to be driven to its end, and the most nodes it may ever ask."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    most: int = 0

    def fresh(self) -> Strategy:
        return create(self.name, self.options)

    def __str__(self) -> str:
        changed = "-".join(f"{key}={value}" for key, value in self.options.items())
        return f"{self.name}-{changed}".replace(" ", "")[:60]


AB_MCTS = {"name": "ab-mcts-a", "options": {"limit": 15}}
CHAINS = {"name": "chains", "options": {"parallel": 3, "serial": 4}}

SAMPLES = [
    Sample("best-of-n", {"n": 6, "rounds": 2, "width": 2, "siblings": 2, "first": 1}, 10),
    Sample("beam", {"width": 2, "siblings": 2, "drafts": 4, "depth": 3}, 16),
    Sample("beam", {"width": 3, "siblings": 1, "drafts": 3, "depth": 3, "elitist": False}, 12),
    Sample("stochastic-beam", {"width": 2, "siblings": 2, "drafts": 3, "depth": 3}, 15),
    Sample("dfs", {"width": 3, "branching": 2, "depth": 4, "limit": 15}, 15),
    Sample("bfs", {"width": 3, "branching": 2, "depth": 4, "limit": 15, "slack": 0.2}, 15),
    Sample("best-first", {"drafts": 2, "fatigue": 0.1, "limit": 15}, 15),
    Sample("best-first", {"drafts": 3, "siblings": 3, "fatigue": 1.0, "limit": 14}, 14),
    Sample("rex", {"limit": 15}, 15),
    Sample("rex", {"drafts": 1, "root_value": 0.0, "limit": 15}, 15),
    Sample("mcts", {"limit": 20}, 20),
    Sample("mcts", {"limit": 20, "growth": "arm", "siblings": 2, "depth": 3}, 20),
    Sample("mcts", {"limit": 20, "rollout_steps": 2, "virtual_loss": 0.0}, 20),
    Sample("puct", {"limit": 20, "novelty": 0.5, "max_weight": 1.0}, 20),
    Sample("puct", {"limit": 20, "growth": "arm"}, 20),
    Sample("pg-td", {"limit": 20}, 20),
    Sample("lats", {"limit": 20}, 20),
    Sample("sra-mcts", {"limit": 20, "depth": 2}, 20),
    Sample("ab-mcts-a", {"limit": 20, "models": ("a", "b")}, 20),
    Sample("ab-mcts-a", {"limit": 20, "prior": "beta", "siblings": 2}, 20),
    Sample("ab-mcts-m", {"limit": 12, "models": ("a", "b")}, 12),
    Sample("gumbel", {"considered": 4, "limit": 20}, 20),
    Sample("gumbel", {"considered": 3, "limit": 17, "max_weight": 1.0}, 17),
    Sample("coarse-to-fine", {"k": 3, "rounds": 3}, 12),
    Sample("coarse-to-fine", {"k": 4, "rounds": 2, "hard": "vote", "siblings": 2}, 12),
    Sample("evolve", {"drafts": 2, "limit": 20, "migration_interval": 3, "archive": 3}, 20),
    Sample("evolve", {"islands": 1, "limit": 15, "best_inspirations": 0}, 15),
    Sample("model-bandit", {"models": ("a", "b")}, 8),
    Sample("model-bandit", {"inner": AB_MCTS, "models": ("a", "b", "c")}, 15),
    Sample("portfolio", {"limit": 20}, 20),
    Sample("portfolio", {"members": (AB_MCTS, CHAINS), "suitability": (0.5, 0.1)}, 27),
    Sample("rebase", {"width": 6, "depth": 3, "siblings": 2}, 18),
    Sample("chains", {"parallel": 3, "serial": 4}, 12),
    Sample("chains", {"parallel": 2, "serial": 5, "source": "best"}, 10),
]

# These have counted what they asked for; what a driver passes over, they do not ask again.
LEVELS = {"best-of-n", "beam", "stochastic-beam", "rebase", "coarse-to-fine", "portfolio",
          "dfs", "bfs", "gumbel", "model-bandit"}  # fmt: skip


def machine(sample: Sample) -> Callable[[], RuleBasedStateMachine]:
    class Machine(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            self.strategy = sample.fresh()
            self.tree = Tree()
            self.wanted: list[Expansion] = []  # asked, not admitted yet
            self.admitted = 0
            self.open: list[range] = []
            self.told: list[range] = []
            self.events: list[tuple[str, Any]] = []
            self.cancelled = 0

        @precondition(lambda self: not self.wanted)
        @rule(slots=st.integers(1, 9))
        def ask(self, slots: int) -> None:
            was_done = self.strategy.done(self.tree)
            before = len(self.tree)
            batch = self.strategy.ask(self.tree, slots)
            assert len(self.tree) == before, "ask must not change the tree"
            assert len(batch) <= slots
            assert not (was_done and batch), "asked although it was done"
            draws: Counter[int] = Counter()
            for expansion in batch:
                for parent in expansion.parents:
                    assert parent == 0 or self.tree.states[parent] is State.DONE
                    assert not self.tree.solved[parent]
                place = expansion.parents[0]
                assert expansion.draw == self.tree.draws[place] + draws[place]
                draws[place] += 1
            self.wanted = list(batch)
            self.events.append(("ask", (slots, batch)))

        @precondition(lambda self: self.wanted)
        @rule(some=st.integers(1, 9), fewer=st.booleans())
        def admit(self, some: int, fewer: bool) -> None:
            """The driver takes some of what was asked, in order; a budget may cut the last."""
            for position in range(min(some, len(self.wanted))):
                expansion = self.wanted.pop(0)
                if fewer and position == some - 1:
                    expansion = replace(expansion, n=1)
                self._add(expansion)
            assert len(self.tree) - 1 - self.cancelled <= sample.most

        @precondition(lambda self: self.wanted)
        @rule(chance=st.integers(0, 9))
        def pass_over(self, chance: int) -> None:
            """An action that does not apply: rare, and the strategy hears nothing of it."""
            if chance == 0 and sample.name not in LEVELS:
                self.wanted.pop(0)
                self.wanted = [replace(e, draw=-1) for e in self.wanted]

        def _add(self, expansion: Expansion) -> None:
            expansion = replace(expansion, draw=self.tree.draws[expansion.parents[0]])
            self.open.append(self.tree.add(expansion, self.admitted))
            self.admitted += 1
            self.events.append(("add", expansion))

        @precondition(lambda self: self.open)
        @rule(data=st.data())
        def finish_any_of_those_in_flight(self, data: st.DataObject) -> None:
            nodes = self.open.pop(data.draw(st.integers(0, len(self.open) - 1)))
            results = []
            for node in nodes:
                state = data.draw(
                    st.sampled_from([State.DONE, State.DONE, State.FAILED, State.CANCELLED])
                )
                quarters = data.draw(st.integers(0, 4))
                label = data.draw(st.integers(-1, 3))
                results.append((node, state, quarters / 4, quarters == 4, label))
            self._settle(results)

        def _settle(self, results: list[Any]) -> None:
            for node, state, value, solved, label in results:
                done = state is State.DONE
                self.cancelled += state is State.CANCELLED
                self.tree.finish(
                    node,
                    state=state,
                    value=value if done else float("nan"),
                    solved=solved and done,
                    cost=10.0,
                    behaviour=label if done else -1,
                )
            ids = [result[0] for result in results]
            self.strategy.tell(self.tree, ids)
            self.told.append(range(ids[0], ids[-1] + 1))
            self.events.append(("tell", results))

        @precondition(lambda self: self.told)
        @rule(data=st.data())
        def telling_again_changes_nothing(self, data: st.DataObject) -> None:
            nodes = data.draw(st.sampled_from(self.told))
            other = copy.deepcopy(self.strategy)
            self.strategy.tell(self.tree, list(nodes))
            assert self.strategy.done(self.tree) == other.done(self.tree)
            if not self.wanted:
                mine = copy.deepcopy(self.strategy).ask(self.tree, 9)
                assert mine == other.ask(self.tree, 9)

        @invariant()
        def it_never_stops_short_of_done(self) -> None:
            if not self.open and not self.wanted and not self.strategy.done(self.tree):
                assert copy.deepcopy(self.strategy).ask(self.tree, 1)

        def teardown(self) -> None:
            """Folding the same events again gives the same expansions: state is what was told."""
            if not hasattr(self, "events"):
                return
            again, tree, index = sample.fresh(), Tree(), 0
            for kind, what in self.events:
                if kind == "ask":
                    slots, batch = what
                    again.done(tree)
                    assert again.ask(tree, slots) == batch
                elif kind == "add":
                    tree.add(what, index)
                    index += 1
                else:
                    for node, state, value, solved, label in what:
                        done = state is State.DONE
                        tree.finish(
                            node,
                            state=state,
                            value=value if done else float("nan"),
                            solved=solved and done,
                            cost=10.0,
                            behaviour=label if done else -1,
                        )
                    again.tell(tree, [result[0] for result in what])

    return Machine


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_no_history_of_results_breaks_a_strategy(sample: Sample) -> None:
    run_state_machine_as_test(
        machine(sample),
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )


def shape(record: Record) -> list[tuple[Any, ...]]:
    tree = record.tree
    return [
        (tree.parents[i], tree.actions[i], tree.models[i], tree.states[i], str(tree.values[i]))
        for i in range(len(tree))
    ]


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_told_in_asked_order_the_tree_is_the_same_at_1_8_and_64_workers(sample: Sample) -> None:
    for seed in range(3):
        worlds = [BugKernel(seed=seed, draft_rate=0.8, spread=3.0) for _ in range(3)]
        records = [
            simulate(sample.fresh(), world, width=8, workers=workers, stop_when_solved=False)
            for world, workers in zip(worlds, (1, 8, 64), strict=True)
        ]
        assert shape(records[0]) == shape(records[1]) == shape(records[2])
        assert len(records[0].tree) - 1 <= sample.most


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_an_arrival_order_is_replayed_exactly(sample: Sample) -> None:
    world = BugKernel(seed=5, draft_rate=0.8, spread=5.0)
    first = simulate(sample.fresh(), world, order="arrival", stop_when_solved=False)
    again = simulate(
        sample.fresh(),
        BugKernel(seed=5, draft_rate=0.8, spread=0.0),
        told=first.told,
        stop_when_solved=False,
    )
    assert again.told == first.told
    assert shape(again) == shape(first)


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_strategy_is_rebuilt_from_its_description(sample: Sample) -> None:
    description = describe(sample.fresh())
    assert create(**description) == sample.fresh()
    assert describe(create(**description)) == description


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_snapshot_goes_on_as_the_original_does(sample: Sample) -> None:
    def round_of(strategy: Strategy, tree: Tree, world: BugKernel) -> list[Expansion]:
        batch = strategy.ask(tree, 3)
        for expansion in batch:
            nodes = tree.add(expansion, tree.expansions[-1] + 1)
            for node, result in zip(nodes, world.answer(tree, expansion, nodes), strict=True):
                tree.finish(node, state=result.state, value=result.value, behaviour=node % 3)
            strategy.tell(tree, list(nodes))
        return batch

    strategy, tree, world = sample.fresh(), Tree(), BugKernel(seed=2, draft_rate=0.9, fails=0.0)
    for _ in range(2):
        round_of(strategy, tree, world)
    saved = pickle.dumps((strategy, tree, world))
    for _ in range(3):
        after = round_of(strategy, tree, world)
        twin_strategy, twin_tree, twin_world = pickle.loads(saved)
        assert round_of(twin_strategy, twin_tree, twin_world) == after
        saved = pickle.dumps((twin_strategy, twin_tree, twin_world))


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_it_finishes_when_every_request_fails(sample: Sample) -> None:
    record = simulate(sample.fresh(), BugKernel(fails=1.0))
    assert len(record.tree) - 1 <= sample.most
    assert set(record.tree.states[1:]) == {State.FAILED}


def test_every_strategy_has_a_sample_here() -> None:
    assert set(BUILT_IN) == {sample.name for sample in SAMPLES}
    assert set(names()) >= set(BUILT_IN)
