"""AB-MCTS: posteriors, and what is drawn from them."""

from __future__ import annotations

import random

import pytest

from search.posteriors import BetaPrior, NormalPrior
from search.registry import create
from search.tree import Expansion
from tests.search.stepping import Search


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
