"""The learned combination: it learns what helps, is calibrated on new problems, and can abstain."""

import numpy as np
import pytest

from search.selection.combination import (
    FEATURES,
    PROBLEM_FEATURES,
    Combination,
    describe,
)
from search.selection.evidence import Evidence


def problem(seed, solvable=True):
    """Wrong programs scatter and right ones agree; tests are right two times in three."""
    rng = np.random.default_rng(seed)
    n, inputs, tests = 24, 8, 12
    truth = rng.integers(0, 5, inputs)
    outputs = np.where(rng.random((n, inputs)) < 0.5, truth, rng.integers(0, 5, (n, inputs)))
    right = np.zeros(n, bool)
    if solvable:
        right[: rng.integers(1, 6)] = True
    outputs[right] = truth
    asked = rng.integers(0, inputs, tests)
    expected = np.where(rng.random(tests) < 0.66, truth[asked], rng.integers(0, 5, tests))
    return Evidence.of(outputs, passes=outputs[:, asked] == expected), (outputs == truth).all(
        axis=1
    )


def shares(described, right):
    return np.array([np.mean(right[list(members)]) for members in described.classes.members])


@pytest.fixture(scope="module")
def trained():
    problems = [problem(seed, solvable=seed % 4 > 0) for seed in range(80)]
    described = [describe(evidence) for evidence, _ in problems]
    labels = [shares(d, right) for d, (_, right) in zip(described, problems, strict=True)]
    return Combination.fit(described, labels)


def test_what_it_learns_holds_on_problems_it_has_not_seen(trained):
    chosen, likely, alone = [], [], []
    for seed in range(1000, 1150):
        evidence, right = problem(seed, solvable=seed % 4 > 0)
        choice = trained.choose(evidence)
        chosen.append(right[choice.programs[0]])
        likely.append(choice.probability[0])
        alone.append(right[np.argmax(evidence.passes.sum(axis=1))])
    assert np.mean(chosen) >= np.mean(alone)
    assert abs(np.mean(chosen) - np.mean(likely)) < 0.12
    sure = np.array(likely) > 0.7
    assert np.mean(np.array(chosen)[sure]) > np.mean(np.array(chosen)[~sure]) + 0.2


def test_preferences_and_none_sum_to_one(trained):
    evidence, _ = problem(5)
    choice = trained.choose(evidence)
    assert choice.preference.sum() + choice.none == pytest.approx(1)
    assert ((choice.probability >= 0) & (choice.probability <= 1)).all()
    assert (np.diff(choice.probability) <= 0).all()
    assert len(choice.programs) == len(choice.classes)


def test_it_abstains_below_what_was_asked_for(trained):
    evidence, _ = problem(5)
    best = trained.choose(evidence).probability[0]
    assert trained.choose(evidence, at_least=best + 0.001).abstain
    assert not trained.choose(evidence, at_least=best).abstain


def test_problems_without_tests_or_with_one_program_are_chosen_from_too(trained):
    alone = trained.choose(Evidence.of([[1, 2, 3]]))
    assert alone.programs == (0,)
    untested = trained.choose(Evidence.of([[1, 2], [1, 2], [3, 4]]))
    assert untested.programs[0] in (0, 1)
    assert len(trained.choose(Evidence.of(np.zeros((3, 0), int))).programs) == 1


def test_the_simplest_program_of_a_class_is_shown(trained):
    evidence = Evidence.of([[1, 2]] * 3, complexity=[9, 4, 7])
    assert trained.choose(evidence).programs == (1,)


def test_features_are_named_and_finite():
    for seed in range(20):
        described = describe(problem(seed)[0])
        assert described.features.shape == (len(described.classes), len(FEATURES))
        assert described.problem.shape == (len(PROBLEM_FEATURES),)
        assert np.isfinite(described.features).all()
        assert np.isfinite(described.problem).all()


def test_training_needs_a_label_for_every_problem():
    with pytest.raises(ValueError, match="1 problems and 0 labels"):
        Combination.fit([describe(problem(0)[0])], [])
