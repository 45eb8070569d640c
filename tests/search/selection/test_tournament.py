"""Judged comparisons: both orders, remembered, and worth their price."""

import numpy as np
import pytest

from search.selection.tournament import tournament


def test_each_pair_is_shown_in_both_orders_and_only_once():
    shown = []

    def judge(a, b):
        shown.append((a, b))
        return float(a == 7)

    result = tournament([5, 7, 9], [0.4, 0.3, 0.2], judge, accuracy=0.8, comparisons=3)
    assert len(shown) == len(set(shown)) == result.calls
    assert {(b, a) for a, b in shown} == set(shown)
    assert result.programs[0] == 7
    cache = dict.fromkeys([(5, 7), (7, 5), (5, 9), (9, 5), (7, 9), (9, 7)], 0.5)
    again = tournament([5, 7, 9], [0.4, 0.3, 0.2], judge, accuracy=0.8, comparisons=3, cache=cache)
    assert again.calls == 0


def test_a_judge_that_always_prefers_the_first_changes_nothing():
    result = tournament([0, 1, 2], [0.5, 0.3, 0.1], lambda a, b: 1.0, accuracy=0.9)
    assert result.programs == (0, 1, 2)
    assert result.probability == pytest.approx([0.5, 0.3, 0.1])
    assert set(result.verdicts.values()) <= {0.5}


def test_probabilities_follow_bayes_rule():
    result = tournament(
        [0, 1], [0.6, 0.2], lambda a, b: float(a == 1), accuracy=0.75, comparisons=1
    )
    weights = np.array([0.6 * 0.25, 0.2 * 0.75, 0.2 * 0.5])
    expected = dict(zip([0, 1], weights[:2] / weights.sum(), strict=True))
    got = dict(zip(result.programs, result.probability, strict=True))
    assert got == pytest.approx(expected)


def test_nothing_is_asked_when_the_choice_is_certain():
    result = tournament([3, 4], [0.95, 0.001], lambda a, b: 1 / 0, accuracy=0.8)
    assert result.calls == 0
    assert result.programs == (3, 4)


def test_a_good_judge_finds_what_the_evidence_missed():
    rng = np.random.default_rng(0)
    found = {True: 0, False: 0}
    for _ in range(300):
        prior = np.sort(rng.dirichlet(np.ones(5)))[::-1] * 0.9
        right = rng.choice(6, p=np.append(prior, 0.1))

        def judge(a, b, right=right):
            if right not in (a, b):
                return 0.5
            says_right = rng.random() < 0.85
            return float((a == right) == says_right)

        result = tournament(range(5), prior, judge, accuracy=0.85, comparisons=6)
        found[True] += result.programs[0] == right
        found[False] += right == 0
    assert found[True] > found[False] + 60


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (([], [], None, 0.8), "0 programs"),
        (([1, 2], [0.5], None, 0.8), "2 programs"),
        (([1, 2], [0.8, 0.8], None, 0.8), "sum to 1.6"),
        (([1, 2], [0.4, 0.4], None, 0.5), "above 0.5"),
        (([1, 2], [0.4, 0.4], lambda a, b: 7.0, 0.8), "the judge answered 7"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, told):
    programs, probability, judge, accuracy = arguments
    with pytest.raises(ValueError, match=told):
        tournament(programs, probability, judge, accuracy=accuracy)
