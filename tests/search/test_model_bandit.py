"""Several models as arms of a bandit."""

from __future__ import annotations

import math

from search.chains import Chains
from search.model_bandit import ModelBandit, improvement, ucb1
from tests.search.stepping import Search


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
