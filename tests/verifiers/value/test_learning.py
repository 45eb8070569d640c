"""Learned values: they learn, are calibrated, honest about unseen problems, and plain JSON."""

from __future__ import annotations

import json
import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.errors import UsageError
from synth.problem import Problem
from synth.program import Program
from verifiers.value.boosting import Boosted
from verifiers.value.calibration import Isotonic, Platt, calibration_from_json
from verifiers.value.evidence import Evidence
from verifiers.value.features import NAMES, describe
from verifiers.value.learned import read_learned
from verifiers.value.logistic import Logistic
from verifiers.value.reliability import auc, auc_within, brier, calibration_error, reliability
from verifiers.value.training import Labelled, calibrated_out_of_fold, out_of_fold, split, train

COLUMNS = ("passed", "closeness", "logprob_mean", "size")


def world(problems: int = 30, each: int = 12, seed: int = 1) -> Labelled:
    """Candidates that are right with a known chance, which `passed` and the product of two others
    decide; some numbers are unknown."""
    draw = random.Random(seed)
    rows, labels, groups = [], [], []
    for group in range(problems):
        for _ in range(each):
            row = dict.fromkeys(NAMES, math.nan)
            a, b, c = (draw.uniform(-1, 1) for _ in range(3))
            row |= {"passed": a, "closeness": b, "logprob_mean": c, "size": draw.random()}
            odds = 3 * a + 4 * b * c - 0.5
            if draw.random() < 0.1:
                row["size"] = math.nan
            rows.append(row)
            labels.append(draw.random() < 1 / (1 + math.exp(-odds)))
            groups.append(group)
    return Labelled(rows, labels, groups)


@pytest.mark.parametrize("kind", ["logistic", "boosted"])
def test_a_learned_value_ranks_unseen_problems_better_than_chance(kind):
    data = world()
    scores = out_of_fold(data, kind=kind, names=COLUMNS)
    assert auc(scores, data.labels) > 0.75


def test_trees_find_what_a_sum_cannot():
    data = world(problems=60)
    flat, trees = (out_of_fold(data, kind=kind, names=COLUMNS) for kind in ("logistic", "boosted"))
    assert auc(trees, data.labels) > auc(flat, data.labels) + 0.02


@pytest.mark.parametrize("kind", ["logistic", "boosted"])
def test_values_are_calibrated_on_unseen_problems(kind):
    data = world(problems=80)
    scores = out_of_fold(data, kind=kind, names=COLUMNS)
    values = calibrated_out_of_fold(data, scores)
    assert calibration_error(values, data.labels) < 0.08


@pytest.mark.parametrize("kind", ["logistic", "boosted"])
def test_a_stored_model_gives_the_same_values(kind):
    data = world(problems=8)
    model = train(data, kind=kind, names=COLUMNS)
    again = read_learned(model.to_text())
    assert again == model
    rows = [[row[name] for name in COLUMNS] for row in data.rows]
    assert [again.of_features(row) for row in rows] == [model.of_features(row) for row in rows]


def test_training_twice_gives_the_same_bytes():
    assert train(world(8), names=COLUMNS).to_text() == train(world(8), names=COLUMNS).to_text()


def test_a_trained_model_scores_candidates_and_says_what_it_needs():
    model = train(world(8), names=COLUMNS)
    problem = Problem(id="p", statement="s")
    scores = model.score(problem, [Evidence(None), Evidence(Program("def f(): pass", "f"))])
    assert all(0.0 <= score <= 1.0 for score in scores)
    assert model.needs == {"logprobs"}
    assert train(world(8), names=("passed", "size")).needs == frozenset()
    assert model.trained["problems"] == 8
    assert set(model.trained) >= {"auc", "auc_within_problem", "calibration_error", "kind"}


def test_boosting_agrees_with_a_known_implementation():
    ensemble = pytest.importorskip("sklearn.ensemble")
    data = world(problems=60)
    rows = [[row[name] for name in COLUMNS] for row in data.rows]
    half = len(rows) // 2
    ours = Boosted.fit(rows[:half], data.labels[:half], trees=60, depth=3, least=5, penalty=2)
    theirs = ensemble.HistGradientBoostingClassifier(
        max_iter=60, max_depth=3, learning_rate=0.08, l2_regularization=2.0, early_stopping=False
    ).fit(rows[:half], data.labels[:half])
    here = auc([ours.log_odds(row) for row in rows[half:]], data.labels[half:])
    there = auc(list(theirs.predict_proba(rows[half:])[:, 1]), data.labels[half:])
    assert here > there - 0.02


def test_logistic_regression_agrees_with_a_known_implementation():
    linear = pytest.importorskip("sklearn.linear_model")
    draw = random.Random(0)
    rows = [[draw.gauss(0, 1), draw.gauss(3, 2)] for _ in range(400)]
    labels = [draw.random() < 1 / (1 + math.exp(-x + 0.5 * (y - 3))) for x, y in rows]
    ours = Logistic.fit(rows, labels, penalty=1.0)
    scaled = [
        [(x - m) / s for x, m, s in zip(row, ours.means, ours.scales, strict=True)] for row in rows
    ]
    theirs = linear.LogisticRegression(C=1.0).fit(scaled, labels)
    assert list(ours.weights) == pytest.approx(list(theirs.coef_[0]), abs=1e-3)
    assert ours.bias == pytest.approx(theirs.intercept_[0], abs=1e-3)


def test_unknown_features_are_worth_something_of_their_own():
    rows = [[math.nan] if i % 2 else [1.0 * (i % 3)] for i in range(200)]
    labels = [i % 2 == 1 for i in range(200)]
    for kind in (Logistic, Boosted):
        model = kind.fit(rows, labels, penalty=1.0)
        assert model.log_odds([math.nan]) > 1.0 > -1.0 > model.log_odds([1.0])


@given(st.lists(st.tuples(st.floats(-5, 5), st.booleans()), min_size=2, max_size=40))
def test_calibration_never_turns_a_ranking_round(pairs):
    scores, labels = [score for score, _ in pairs], [label for _, label in pairs]
    for calibration in (Platt.fit(scores, labels), Isotonic.fit(scores, labels)):
        values = [calibration(score) for score in sorted(scores)]
        assert all(0.0 <= value <= 1.0 for value in values)
        assert all(a <= b + 1e-12 for a, b in pairwise(values))
        assert calibration_from_json(json.loads(json.dumps(calibration.to_json()))) == calibration


def test_a_constant_score_is_calibrated_to_the_share_that_is_right():
    scores, labels = [-6.907] * 97, [i % 3 == 0 for i in range(97)]
    for calibration in (Platt.fit(scores, labels), Isotonic.fit(scores, labels)):
        assert calibration(-6.907) == pytest.approx(33 / 97, abs=0.01)


def test_platts_sigmoid_finds_the_one_that_made_the_labels():
    draw = random.Random(3)
    scores = [draw.uniform(-4, 4) for _ in range(4000)]
    labels = [draw.random() < 1 / (1 + math.exp(-(1.5 * s - 1))) for s in scores]
    found = Platt.fit(scores, labels)
    assert (found.slope, found.offset) == (
        pytest.approx(1.5, abs=0.15),
        pytest.approx(-1, abs=0.15),
    )


def test_a_fold_holds_whole_problems_and_every_row_once():
    groups = [place // 3 for place in range(30)]
    held = split(groups, 4, seed=0)
    assert sorted(i for places, _ in held for i in places) == list(range(30))
    for places, others in held:
        assert not {groups[i] for i in places} & {groups[i] for i in others}


def test_area_under_the_curve_counts_pairs():
    assert auc([0.9, 0.1], [True, False]) == 1.0
    assert auc([0.1, 0.9], [True, False]) == 0.0
    assert auc([0.5, 0.5], [True, False]) == 0.5
    assert auc([0.5], [True]) is None
    values, labels = [0.1, 0.4, 0.35, 0.8], [False, False, True, True]
    assert auc(values, labels) == 0.75
    assert auc_within([1, 1, 2, 2], values, labels) is None
    assert auc_within([1, 2, 1, 2], values, labels) == 1.0


def test_calibration_error_is_nought_for_true_probabilities_and_large_for_false_ones():
    values, labels = [0.5] * 10 + [1.0] * 10, [True, False] * 5 + [True] * 10
    assert calibration_error(values, labels) == 0.0
    assert calibration_error([1.0] * 10, [False] * 10) == 1.0
    assert brier([1.0, 0.0], [True, False]) == 0.0
    assert [(b.low, b.count) for b in reliability(values, labels)] == [(0.5, 10), (0.9, 10)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "damaged"),
        ("[]", "not a value model"),
        ('{"format": "other"}', "not a value model"),
        ('{"format": "synth-value-1"}', "damaged"),
        (
            '{"format": "synth-value-1", "features": ["gone"], "calibration": {"kind": "platt", '
            '"slope": 1, "offset": 0}, "model": {"kind": "boosted", "bias": 0, "trees": []}}',
            "needs the feature 'gone'",
        ),
        (
            '{"format": "synth-value-1", "features": ["size"], "calibration": {"kind": "platt", '
            '"slope": 1, "offset": 0}, "model": {"kind": "boosted", "bias": 0, "trees": ['
            '{"features": [0], "thresholds": [1], "lefts": [0], "rights": [0], '
            '"unknown_left": [true], "values": [0]}]}}',
            "damaged tree",
        ),
    ],
)
def test_a_file_that_is_no_model_is_refused_in_one_line(text, message):
    with pytest.raises(UsageError, match=message) as caught:
        read_learned(text, "v.json")
    assert "v.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_too_few_problems_or_one_kind_of_label_is_refused():
    few = world(problems=2)
    with pytest.raises(ValueError, match="programs of 2 problems"):
        train(few)
    alike = Labelled(few.rows, [True] * len(few.rows), list(range(len(few.rows))))
    with pytest.raises(ValueError, match="all 24 programs are right"):
        train(alike)


def test_features_read_the_verdict_the_program_and_its_place():
    from verifiers.verdict import Outcome, Status, Verdict

    outcomes = (
        Outcome("example", "1", Status.PASSED),
        Outcome("example", "2", Status.FAILED, expected="4", actual="5"),
    )
    item = Evidence(
        Program("def f(x):\n    for i in range(x):\n        if i:\n            return i\n", "f"),
        Verdict(outcomes),
        logprobs=(-0.1, -2.0),
        depth=2,
        parent_score=0.0,
    )
    (row,) = describe(Problem(id="p", statement="one two", entry_point="f"), [item])
    assert (row["passed"], row["wrong_answers"], row["gain"], row["depth"]) == (0.5, 0.5, 0.5, 2.0)
    assert (row["loops"], row["branches"], row["depth_of_code"]) == (1.0, 1.0, 4.0)
    assert row["logprob_minimum"] == -2.0
    assert 0.5 < row["closeness"] < 1.0
