"""Every rule by name, the trained combination among them."""

import numpy as np
import pytest

from search.selection.combination import trained
from search.selection.evidence import Evidence
from search.selection.rank import LEARNED, RULES, rank
from tests.search.selection.test_combination import problem
from tests.search.selection.test_rules import table


@pytest.mark.parametrize("rule", [LEARNED, *RULES])
def test_every_rule_ranks_one_program_of_each_behaviour(rule):
    evidence = table()
    ranking = rank(evidence, rule=rule)
    assert len(ranking.programs) == len(evidence.classes()) == len(set(ranking.programs))
    assert ranking.programs[0] in {0, 1, 2, 3}
    assert (np.diff(ranking.scores) <= 0).all()
    assert ranking.preference.sum() + ranking.none == pytest.approx(1)
    assert (ranking.preference >= 0).all()


def test_ties_go_to_the_heavier_behaviour_and_its_simplest_program():
    evidence = Evidence.of([[1], [2], [2]], complexity=[1, 9, 5])
    assert rank(evidence, rule="tests").programs == (2, 0)


@pytest.mark.parametrize("with_tests", [True, False])
def test_the_shipped_combination_helps_on_problems_of_another_kind(with_tests):
    model = trained(with_tests=with_tests)
    chosen, chance = [], []
    for seed in range(60):
        evidence, right = problem(seed)
        if not with_tests:
            evidence = Evidence.of(evidence.outputs)
        chosen.append(right[model.choose(evidence).programs[0]])
        chance.append(right.mean())
    assert np.mean(chosen) > np.mean(chance) + 0.3


def test_learned_abstains_where_it_is_asked_for_certainty():
    evidence = Evidence.of(np.arange(20).reshape(20, 1))
    assert rank(evidence, at_least=0.9).abstain
    assert not rank(evidence).abstain


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match="choose one of learned, majority"):
        rank(table(), rule="best")
