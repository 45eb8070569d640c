"""What each strategy promises of its own."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.batch import Batch, room
from search.beam import Beam, one_of_each_class
from search.best_first import BestFirst
from search.bug_kernel import BugKernel
from search.chains import Chains
from search.coarse_to_fine import CoarseToFine, vote
from search.evolve import Evolve, parent_weights
from search.gumbel import Gumbel, halving_scores
from search.mcts import Mcts
from search.model_bandit import ModelBandit, improvement, ucb1
from search.portfolio import Portfolio, modified_ucb
from search.posteriors import BetaPrior, NormalPrior
from search.rebase import Rebase, allocate
from search.registry import create, describe, names
from search.rex import Rex
from search.simulation import Result, simulate
from search.strategy import Strategy
from search.top_k import gumbel_top_k, softmax, top_k
from search.tree import Expansion, State, Tree
from search.tree_search import TreeSearch


class Search:
    """A strategy and its tree; every node gets the value a function of its id says."""

    def __init__(self, strategy: Strategy) -> None:
        self.strategy, self.tree = strategy, Tree()
        self.asked: list[Expansion] = []

    def ask(self, slots: int) -> list[range]:
        batch = self.strategy.ask(self.tree, slots)
        first = len(self.asked)
        self.asked.extend(batch)
        return [self.tree.add(expansion, index) for index, expansion in enumerate(batch, first)]

    def tell(self, node: int, value: float | None, **more: Any) -> None:
        """None: the node failed."""
        if value is None:
            self.tree.finish(node, state=State.FAILED)
        else:
            self.tree.finish(node, value=value, **more)
        self.strategy.tell(self.tree, [node])

    def level(self, values: Sequence[float | None], slots: int = 64) -> list[int]:
        """Ask, and tell what was asked these values in order; the parents that were expanded."""
        nodes = [node for made in self.ask(slots) for node in made]
        assert len(nodes) == len(values)
        for node, value in zip(nodes, values, strict=True):
            self.tell(node, value)
        return [self.tree.parents[node][0] for node in nodes]


def test_a_batch_numbers_draws_as_the_tree_will() -> None:
    tree = Tree()
    tree.add(Expansion((0,), "draft"))
    batch = Batch(tree, slots=3, nodes=4)
    assert batch.add((0,), "draft", n=3) == 3
    assert batch.add((0,), "draft", n=3) == 1
    assert batch.add((0,), "draft") == 0
    assert [expansion.draw for expansion in batch.expansions] == [1, 2]
    assert room(tree, 5) == 4


@given(st.lists(st.floats(-5, 5), max_size=12), st.integers(0, 12))
def test_top_k_is_the_front_of_a_stable_sort(scores: list[float], k: int) -> None:
    order = sorted(range(len(scores)), key=lambda i: -scores[i])
    assert top_k(scores, k) == order[:k]


def test_gumbel_top_k_samples_in_proportion_and_without_replacement() -> None:
    generator = random.Random(0)
    logits = [math.log(p) for p in (0.5, 0.3, 0.2)]
    draws = [gumbel_top_k(logits, 2, generator) for _ in range(4000)]
    assert all(len(set(draw)) == 2 for draw in draws)
    assert sum(draw[0] == 0 for draw in draws) / 4000 == pytest.approx(0.5, abs=0.03)
    # P(second is 1 | first is 0) = 0.3 / 0.5
    after = [draw[1] for draw in draws if draw[0] == 0]
    assert sum(second == 1 for second in after) / len(after) == pytest.approx(0.6, abs=0.04)


def test_beam_repairs_the_best_of_each_level_and_keeps_better_parents() -> None:
    search = Search(Beam(width=2, siblings=1, drafts=3, depth=2))
    assert search.level([0.2, 0.9, 0.5]) == [0, 0, 0]
    assert search.level([0.3, 0.6]) == [2, 3]
    assert search.level([0.1, 0.1]) == [2, 5]
    assert search.strategy.done(search.tree)


def test_a_published_beam_forgets_the_parents() -> None:
    search = Search(Beam(width=2, siblings=1, drafts=3, depth=2, elitist=False))
    search.level([0.2, 0.9, 0.5])
    search.level([0.3, 0.6])
    assert search.level([0.1, 0.1]) == [5, 4]


def test_of_one_behaviour_class_only_the_best_is_kept() -> None:
    tree = Tree()
    tree.add(Expansion((0,), "draft", n=4))
    for node, (value, label) in enumerate([(0.5, 7), (0.6, 7), (0.5, -1), (0.5, -1)], 1):
        tree.finish(node, value=value, behaviour=label)
    assert one_of_each_class(tree, [1, 2, 3, 4]) == [2, 3, 4]


def test_depth_first_goes_down_at_once_and_leaves_a_branch_that_falls() -> None:
    search = Search(TreeSearch(width=3, branching=2, depth=3, limit=20))
    assert search.level([0.5], slots=1) == [0]
    assert search.level([0.4], slots=1) == [1]  # fell below its parent: not built on
    assert search.level([0.6], slots=1) == [1]
    assert search.level([0.7], slots=1) == [3]  # at depth 3: a leaf
    assert search.level([0.6], slots=1) == [3]
    assert search.level([0.1], slots=1) == [0]


def test_breadth_first_finishes_a_level_before_the_next() -> None:
    search = Search(TreeSearch(order="breadth", width=2, branching=2, depth=3, limit=20))
    parents = [search.level([0.5], slots=1)[0] for _ in range(8)]
    assert parents == [0, 0, 1, 1, 2, 2, 3, 3]


def test_best_first_repairs_the_best_until_it_is_tired_of_it() -> None:
    search = Search(BestFirst(drafts=2, fatigue=0.07, root_value=0.0, limit=20))
    search.level([0.4, 0.6], slots=2)
    assert [search.level([0.1], slots=1)[0] for _ in range(4)] == [2, 2, 1, 2]


def test_repairs_that_change_nothing_tire_best_first_of_their_whole_line() -> None:
    search = Search(BestFirst(drafts=2, fatigue=0.07, root_value=0.0, limit=20))
    search.level([0.5, 0.6], slots=2)
    assert [search.level([0.6], slots=1)[0] for _ in range(3)] == [2, 3, 1]
    better = Search(BestFirst(drafts=2, fatigue=0.07, root_value=0.0, limit=20))
    better.level([0.5, 0.6], slots=2)
    steps = [better.level([value], slots=1)[0] for value in (0.6, 0.65, 0.65, 0.65)]
    assert steps == [2, 3, 4, 5]  # 4 is a new best, so its line is fresh


def test_best_first_repeats_one_request_in_eight_and_only_for_the_best() -> None:
    values = [0.3, 0.32, 0.34, 0.36, 0.38, 0.4, 0.42, 0.9]
    search = Search(BestFirst(drafts=8, root_value=0.0))
    search.level(values, slots=8)
    made = search.ask(8)
    assert [search.tree.parents[nodes[0]][0] for nodes in made] == [8, 8, 7, 6, 5, 4, 3, 2]
    # Told the first of its two repairs, it may be asked again beside the other.
    search.tell(made[0][0], 0.0)
    assert search.tree.parents[search.ask(1)[0][0]] == (8,)


def test_best_first_does_not_repeat_what_is_no_better_with_the_request_counted() -> None:
    search = Search(BestFirst(drafts=2, fatigue=0.06, root_value=0.0))
    search.level([0.5, 0.6], slots=2)
    made = search.ask(2)
    assert [search.tree.parents[nodes[0]][0] for nodes in made] == [2, 1]


def test_best_first_forgets_no_program_of_a_line_it_repeats() -> None:
    """The best of a line is asked twice at a time; what is left of the line comes up as before."""
    search = Search(BestFirst(drafts=1, root_value=0.0))
    search.level([0.5], slots=1)
    search.level([0.5], slots=1)
    search.level([0.5], slots=1)  # a line of three equal programs
    made = search.ask(3)
    assert {search.tree.parents[nodes[0]][0] for nodes in made} >= {3, 2}
    for (node,) in made:
        search.tell(node, 0.0)
    assert {search.tree.parents[nodes[0]][0] for nodes in search.ask(4)} == {1, 2, 3}


def test_rex_prefers_what_passes_more_and_was_repaired_less() -> None:
    counts = {1: 0, 2: 0}
    for seed in range(60):
        search = Search(Rex(seed=seed, root_value=0.0, drafts=2))
        search.ask(2)
        search.tell(1, 0.3)
        search.tell(2, 0.8)
        parent = search.level([0.1], slots=1)[0]
        if parent:
            counts[parent] += 1
    assert counts[2] > 50 > counts[1]


def test_a_repair_counts_for_every_program_of_its_behaviour_in_rex() -> None:
    def spread(behaviours: tuple[int, int]) -> int:
        """How many of forty second repairs go to the other of two equal programs."""
        other = 0
        for seed in range(40):
            search = Search(Rex(seed=seed, root_value=0.0, drafts=2, c=1.0))
            search.ask(2)
            for node, behaviour in zip((1, 2), behaviours, strict=True):
                search.tell(node, 0.9, behaviour=behaviour)
            for index in range(30):
                made = search.tree.add(Expansion((1,), "repair", 1, index), index)
                search.tell(made[0], None)
            other += search.level([0.1], slots=1)[0] == 2
        return other

    assert spread((5, 6)) > 30  # only the first is worn out
    assert spread((5, 5)) < 30  # both are


def test_rebase_divides_the_width_by_softmax_and_spends_it_all() -> None:
    assert allocate([0.5, 0.5], 16, 0.1) == [8, 8]
    assert allocate([1.0, 0.0], 8, 0.1) == [8, 0]
    assert allocate([0.6, 0.5], 10, 0.1) == [8, 2]  # shares 7.3 and 2.7, rounded up best first
    assert allocate([], 4, 0.1) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=10), st.integers(1, 40), st.floats(0.05, 2))
def test_rebase_shares_sum_to_the_width_and_rise_with_the_value(
    values: list[float], width: int, temperature: float
) -> None:
    counts = allocate(values, width, temperature)
    assert sum(counts) == width
    order = top_k(values, len(values))
    spent = [counts[i] for i in order]
    ceilings = [math.ceil(width * share) for share in softmax(values, temperature)]
    assert all(count <= ceiling for count, ceiling in zip(counts, ceilings, strict=True))
    assert spent == sorted(spent, reverse=True)


def test_a_finished_leaf_takes_its_share_of_the_width() -> None:
    search = Search(Rebase(width=4, depth=2, siblings=4))
    search.ask(9)
    search.tell(1, 1.0, solved=True)
    for node in (2, 3, 4):
        search.tell(node, 0.5)
    assert sum(len(nodes) for nodes in search.ask(9)) == 3


def test_chains_grow_evenly_and_go_on_from_the_last_program() -> None:
    search = Search(Chains(parallel=2, serial=3))
    assert search.level([0.5, None]) == [0, 0]
    assert search.level([0.4, 0.6]) == [1, 0]  # the second chain drafts again
    assert search.level([0.3, 0.7]) == [3, 4]
    assert search.strategy.done(search.tree)


def test_a_chain_may_go_on_from_its_best_program_instead() -> None:
    search = Search(Chains(parallel=1, serial=3, source="best"))
    search.level([0.5])
    search.level([0.4])
    assert search.level([0.1]) == [1]


def test_a_vote_is_weighted_by_value_and_unknown_behaviours_stand_alone() -> None:
    outcome = vote([3, 3, 5, -1, -1], [0.4, 0.4, 0.5, 0.1, 0.1])
    assert outcome.label == 3
    assert outcome.confidence == pytest.approx(0.8 / 1.5)
    assert outcome.quality > 0
    assert vote([1, 2], [0.0, 0.0]).confidence == 0.5


def test_a_vote_leaves_an_easy_problem_alone_and_refines_a_hard_one() -> None:
    for labels, values, asks in (
        ([1, 1, 1, 2], [0.8, 0.8, 0.8, 0.1], 0),  # sure, and above the mean
        ([1, 1, 2, 3], [0.3, 0.3, 0.5, 0.6], 4),  # unsure, and below it
    ):
        search = Search(CoarseToFine(k=4, hard="vote"))
        search.ask(4)
        for node, (label, value) in enumerate(zip(labels, values, strict=True), 1):
            search.tell(node, value, behaviour=label)
        assert len(search.ask(9)) == asks
        assert search.strategy.done(search.tree) == (asks == 0)


def test_sequential_halving_spends_each_phase_evenly_on_the_better_half() -> None:
    search = Search(Gumbel(considered=4, limit=20))
    search.level([0.1, 0.2, 0.8, 0.9])
    first = search.level([0.0] * 8)
    tops = [search.tree.path(node)[1] for node in range(5, 13)]
    assert sorted(tops) == [1, 1, 2, 2, 3, 3, 4, 4]
    assert len(first) == 8
    search.level([0.0] * 8)
    assert {search.tree.path(node)[1] for node in range(13, 21)} == {3, 4}


def test_halving_scores_add_scaled_values_to_the_noise() -> None:
    assert halving_scores([0.1, 0.2], [1.0, 0.5], [3, 5], 50.0, 0.1) == pytest.approx(
        [0.1 + 5.5, 0.2 + 2.75]
    )


def test_evolution_weighs_value_against_offspring() -> None:
    weights = parent_weights([0.2, 0.5, 0.8], [0, 0, 3], 10.0)
    assert weights[1] == pytest.approx(0.5)
    assert weights[0] < weights[2] < weights[1]


def test_evolution_keeps_one_elite_a_behaviour_and_shows_inspirations() -> None:
    search = Search(Evolve(islands=1, drafts=4, limit=30))
    search.ask(4)
    for node, (value, label) in enumerate([(0.5, 1), (0.4, 1), (0.3, 2), (0.2, 3)], 1):
        search.tell(node, value, behaviour=label)
    parents = {search.asked[-1].parents for _ in range(3) if search.ask(1)}
    assert all(2 not in group for group in parents)
    assert all(len(set(group)) == 3 for group in parents)


def test_migrants_reach_the_next_island() -> None:
    strategy = Evolve(islands=2, drafts=2, migration_interval=2, limit=40)
    search = Search(strategy)
    search.ask(4)
    for node in range(1, 5):
        search.tell(node, node / 10, behaviour=node)
    assert [len(island.elites) for island in strategy._islands] == [3, 3]


def test_a_model_earns_by_progress() -> None:
    assert improvement(0.2, 0.5) == 0
    assert improvement(0.9, 0.5) > 2 * improvement(0.7, 0.5)
    assert ucb1(0.0, 0, 10, 1.0) == math.inf
    search = Search(ModelBandit(inner=Chains(parallel=1, serial=40), models=("good", "bad")))
    for _ in range(40):
        nodes = search.ask(1)[0]
        parent = search.tree.parents[nodes[0]][0]
        base = search.tree.values[parent] if parent else 0.0
        good = search.tree.models[nodes[0]] == "good"
        search.tell(nodes[0], min(0.99, base + 0.5) if good else 0.0)
    used = search.tree.models[1:]
    assert used.count("good") > 24


def test_of_two_models_as_good_the_cheaper_is_asked_more() -> None:
    costs = {"small": 100.0, "large": 400.0}
    search = Search(ModelBandit(inner=Chains(parallel=60), models=("large", "small")))
    for _ in range(60):
        (node,) = search.ask(1)[0]
        name = str(search.tree.models[node])
        search.tree.finish(node, value=0.5, cost=costs[name])
        search.strategy.tell(search.tree, [node])
    used = search.tree.models[1:]
    assert used.count("small") > 3 * used.count("large") > 0

    dear = ModelBandit(inner=Chains(parallel=60), models=("large", "small"), rates=(0.1, 1.0))
    search = Search(dear)
    for _ in range(60):
        (node,) = search.ask(1)[0]
        search.tree.finish(node, value=0.5, cost=costs[str(search.tree.models[node])])
        search.strategy.tell(search.tree, [node])
    assert search.tree.models.count("large") > search.tree.models.count("small")


def test_a_batch_tries_every_model() -> None:
    search = Search(ModelBandit(inner=Chains(parallel=4), models=("a", "b", "c", "d")))
    search.ask(4)
    assert sorted(str(model) for model in search.tree.models[1:]) == ["a", "b", "c", "d"]


def test_portfolio_members_share_drafts_and_repair_on_their_own() -> None:
    members = (Beam(drafts=4, width=2, siblings=1), Chains(parallel=4, serial=2))
    search = Search(Portfolio(members=members, limit=64))
    made = [node for nodes in search.ask(64) for node in nodes]
    assert len(made) == 4  # eight were wanted
    for node in made:
        search.tell(node, node / 10)
    search.ask(64)
    repairs = [e.parents[0] for e in search.asked if e.action == "repair"]
    assert set(repairs) == {1, 2, 3, 4}
    assert max(repairs.count(node) for node in (1, 2)) == 1  # the beam keeps 3 and 4 alone
    assert search.tree.actions.count("draft") == 4


def test_a_request_in_flight_makes_a_member_of_a_portfolio_no_worse() -> None:
    members = (Chains(parallel=9, draft="one"), Chains(parallel=9, draft="other"))
    search = Search(Portfolio(members=members, exploration=0.0, diversity=0.0, limit=64))
    first, second = (nodes[0] for nodes in search.ask(2))
    search.tell(first, 0.6)
    search.tell(second, 0.4)
    # Counted as worth nothing, two in flight would bring 0.6 down to 0.2.
    assert {search.tree.actions[nodes[0]] for nodes in search.ask(4)} == {"one"}


def test_a_slot_goes_on_where_a_waiting_member_is_not_surely_better() -> None:
    def next_action(exploration: float) -> list[str]:
        members = (Beam(drafts=2, siblings=1, draft="wide"), Chains(parallel=9, draft="long"))
        search = Search(
            Portfolio(members=members, exploration=exploration, diversity=0.0, limit=64)
        )
        first, second = (nodes[0] for nodes in search.ask(2))
        search.tell(first, 0.6)
        search.tell(second, 0.4)
        search.ask(1)  # the beam's second draft: its level is not told before that is
        return [search.tree.actions[nodes[0]] for nodes in search.ask(1)]

    assert next_action(0.0) == []
    assert next_action(0.2) == ["long"]


def test_the_modified_bound_has_the_published_terms() -> None:
    assert modified_ucb(
        0.5, 4, 10, exploration=1.0, diversity=0.5, recovery=0.1, suitability=0.2
    ) == pytest.approx(0.5 + math.sqrt(2 * math.log(11) / 4) + 0.1 + 0.1 + 0.2)


def test_a_roll_out_halves_what_a_program_promised() -> None:
    strategy = Mcts(rollout_steps=1, rollout_width=2, limit=20)
    search = Search(strategy)
    search.ask(1)
    search.tell(1, 0.8)
    assert strategy._stats.visits[1] == 0  # not believed before its roll-out is told
    made = search.ask(3)  # the roll-out once; other slots draft
    assert [[search.tree.parents[node][0] for node in nodes] for nodes in made] == [
        [1, 1],
        [0],
        [0],
    ]
    search.tell(2, 0.2)
    search.tell(3, 0.4)
    assert strategy._stats.totals[1] == pytest.approx((0.8 + 0.4) / 2 + 0.2 + 0.4)


def test_posterior_draws_have_the_posteriors_moments() -> None:
    generator = random.Random(0)
    prior = NormalPrior()
    results = [0.2, 0.6, 0.7, 0.4, 0.6]
    n, total, squares = len(results), sum(results), sum(r * r for r in results)
    draws = [prior.draw(generator, n, total, squares) for _ in range(20_000)]
    mean = total / (1 + n)
    # Of a t with nu degrees of freedom: scale^2 nu / (nu - 2).
    nu, kappa = 1 + n, 1 + n
    average = total / n
    spread = 0.1 + squares - n * average**2 + n / kappa * average**2
    variance = spread / nu / kappa * nu / (nu - 2)
    assert sum(draws) / len(draws) == pytest.approx(mean, abs=0.01)
    assert sum((d - mean) ** 2 for d in draws) / len(draws) == pytest.approx(variance, rel=0.1)


@pytest.mark.parametrize("prior", [NormalPrior(), BetaPrior()], ids=["normal", "beta"])
def test_many_draws_at_once_are_drawn_from_the_same_posterior(
    prior: NormalPrior | BetaPrior,
) -> None:
    np = pytest.importorskip("numpy")
    generator = random.Random(1)
    one = sorted(prior.draw(generator, 5, 2.5, 1.6) for _ in range(8000))
    ones = np.ones(8000)
    many = np.sort(prior.draw_many(np.random.default_rng(1), 5 * ones, 2.5 * ones, 1.6 * ones))
    for quantile in (800, 2400, 4000, 5600, 7200):
        assert one[quantile] == pytest.approx(many[quantile], abs=0.02)


def test_ab_mcts_a_draws_among_few_as_among_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """One child did well, and its children too: both ways to draw follow it as often."""
    strategy = create("ab-mcts-a", {"limit": 1000})
    search = Search(strategy)
    search.tree.add(Expansion((0,), "draft", n=30))
    for node in range(1, 31):
        search.tell(node, 0.05 if node > 1 else 0.5)
    for index in range(12):
        made = search.tree.add(Expansion((1,), "repair", 1, index))
        search.tell(made[0], 0.7)
    shares = []
    for many in (1, 1000):
        monkeypatch.setattr("search.node_aggregation.MANY", many)
        followed = 0
        for seed in range(400):
            strategy.seed = seed  # type: ignore[attr-defined]
            (expansion,) = strategy.ask(search.tree, 1)
            followed += search.tree.path(expansion.parents[0])[1:2] == [1]
        shares.append(followed / 400)
    assert shares[0] == pytest.approx(shares[1], abs=0.1)
    assert min(shares) > 5 / 30  # thirty children: at random it would be 1 in 30


def test_several_models_are_arms_of_ab_mcts() -> None:
    for prior in ("normal", "beta", "mixed"):
        search = Search(create("ab-mcts-a", {"prior": prior, "models": ("a", "b"), "limit": 60}))
        for _ in range(40):
            nodes = search.ask(1)[0]
            search.tell(nodes[0], 0.8 if search.tree.models[nodes[0]] == "a" else 0.1)
        assert search.tree.models.count("a") > search.tree.models.count("b")


@pytest.mark.parametrize(
    ("name", "options", "cure"),
    [
        ("beam", {"width": 0}, "width must be at least 1"),
        ("beam", {"widht": 3}, "no option widht; it has width, siblings"),
        ("baem", {}, "no strategy is called 'baem'; there are"),
        ("dfs", {"order": "sideways"}, "order must be one of depth, breadth"),
        ("mcts", {"max_weight": 2}, r"max_weight must be in \[0, 1\]"),
        ("mcts", {"prior_temperature": 0}, "prior_temperature must be above 0"),
        ("rebase", {"temperature": 0.0}, "temperature must be above 0"),
        ("mcts", {"limit": True}, "limit must be at least 1, got True"),
        ("portfolio", {"members": ()}, "members must be strategies"),
        ("portfolio", {"suitability": (0.1,)}, "one number a member"),
        ("portfolio", {"members": ({"nmae": "beam"},)}, "described by name and options"),
        ("model-bandit", {"models": ("a", "a")}, "distinct names"),
        ("ab-mcts-a", {"prior": "gamma"}, "one of normal, beta, mixed"),
    ],
)
def test_a_wrong_option_is_refused_with_the_cure(
    name: str, options: dict[str, Any], cure: str
) -> None:
    with pytest.raises(ValueError, match=cure):
        create(name, options)


def test_descriptions_nest_and_use_the_most_telling_name() -> None:
    assert describe(create("bfs"))["name"] == "bfs"
    assert describe(create("ab-mcts-m"))["name"] == "ab-mcts-m"
    assert describe(create("stochastic-beam", {"temperature": 0.5}))["name"] == "beam"
    nested = describe(create("portfolio"))["options"]["members"]
    assert [member["name"] for member in nested] == ["best-of-n", "best-first", "rebase"]
    assert "mcts" in names()


PLUG_IN = """
from dataclasses import dataclass

from search.tree import Expansion


@dataclass
class Once:
    action: str = "draft"

    def ask(self, tree, slots):
        return [] if self.done(tree) else [Expansion((0,), self.action)]

    def tell(self, tree, nodes):
        pass

    def done(self, tree):
        return len(tree) > 1
"""


def test_an_installed_package_adds_a_strategy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugged_in_once.py").write_text(PLUG_IN)
    info = tmp_path / "plugged_in_once-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged-in-once\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[synth.strategies]\nonce = plugged_in_once:Once\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "once" in names()
    strategy = create("once", {"action": "plan"})
    assert describe(strategy) == {"name": "once", "options": {"action": "plan"}}
    assert len(simulate(strategy, BugKernel()).tree) == 2


def test_a_class_without_a_name_is_not_described() -> None:
    class Nameless(Beam):
        pass

    with pytest.raises(ValueError, match=r"entry points 'synth\.strategies'"):
        describe(Nameless())


def test_results_default_to_done() -> None:
    assert Result().state is State.DONE
