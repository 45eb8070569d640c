"""The rules of selection on small tables where the right answer can be seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.behaviour import classes
from search.selection.credibility import credibility, credible_tests_passed
from search.selection.dual_agreement import bayesian_agreement, dual_agreement
from search.selection.evidence import Evidence
from search.selection.page_rank import page_rank
from search.selection.votes import agreement, majority, share_of_tests

RULES = [
    majority,
    agreement,
    share_of_tests,
    dual_agreement,
    bayesian_agreement,
    page_rank,
    credible_tests_passed,
]


@st.composite
def evidences(draw):
    n, inputs, tests = draw(st.integers(1, 12)), draw(st.integers(0, 6)), draw(st.integers(0, 8))
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    return Evidence.of(
        rng.integers(0, 3, (n, inputs)),
        passes=rng.random((n, tests)) < 0.5,
        weights=rng.integers(1, 5, n),
        test_weights=rng.integers(1, 4, tests),
    )


@settings(max_examples=80, deadline=None, derandomize=True)
@given(evidences(), st.integers(0, 999))
def test_scores_follow_the_programs_when_their_order_changes(evidence, seed):
    order = np.random.default_rng(seed).permutation(len(evidence))
    for rule in RULES:
        assert rule(evidence.only(order)) == pytest.approx(rule(evidence)[order], rel=1e-4), rule


@settings(max_examples=80, deadline=None, derandomize=True)
@given(evidences())
def test_a_program_sampled_twice_is_a_program_of_twice_the_weight(evidence):
    counts = evidence.weights.astype(int)
    copies = np.repeat(np.arange(len(evidence)), counts)
    repeated = Evidence.of(
        evidence.outputs[copies], passes=evidence.passes[copies], test_weights=evidence.test_weights
    )
    for rule in RULES:
        assert rule(repeated) == pytest.approx(rule(evidence)[copies], rel=1e-4), rule


@settings(max_examples=80, deadline=None, derandomize=True)
@given(evidences())
def test_programs_that_do_the_same_score_the_same(evidence):
    rows = np.concatenate([evidence.outputs, evidence.passes], axis=1)
    for rule in RULES:
        scores = rule(evidence)
        assert scores.shape == (len(evidence),)
        assert np.isfinite(scores).all()
        for p in range(len(evidence)):
            twins = (rows == rows[p]).all(axis=1)
            assert scores[twins] == pytest.approx(scores[p])


def table():
    """Four right programs, five wrong in four ways; six good tests and three tests that the wrong
    ones' mistakes made up."""
    outputs = np.zeros((9, 6), int)
    outputs[4:6, 3:] = 1
    outputs[6], outputs[7], outputs[8] = 2, 3, 4
    passes = np.zeros((9, 9), bool)
    passes[:4, :6] = True
    passes[4:6, :3] = True
    passes[4:6, 6:8] = True
    passes[6, 8] = True
    return Evidence.of(outputs, passes=passes)


def test_every_rule_finds_the_right_programs_where_the_case_is_clear():
    for rule in RULES:
        scores = rule(table())
        assert set(np.flatnonzero(scores == scores.max())) == {0, 1, 2, 3}, rule


def test_dual_agreement_is_root_of_programs_times_tests():
    assert dual_agreement(table()) == pytest.approx([2 * 6] * 4 + [2**0.5 * 5] * 2 + [1, 0, 0])


def test_agreement_forgives_an_odd_input_that_majority_does_not():
    outputs = np.zeros((5, 10), int)
    outputs[0, 0], outputs[1, 1], outputs[2, 2] = 1, 2, 3
    outputs[3:] = 9
    evidence = Evidence.of(outputs)
    assert set(np.flatnonzero(majority(evidence) == majority(evidence).max())) == {3, 4}
    assert set(np.argsort(-agreement(evidence))[:3]) == {0, 1, 2}


def test_tests_that_everything_passes_are_not_credible():
    passes = np.ones((10, 6), bool)
    passes[5:, 3:] = False  # the last three tests tell the halves apart
    found = credibility(Evidence.of(np.zeros((10, 1), int), passes=passes))
    assert (np.abs(found.discrimination[:3]) < 0.05).all()
    assert (found.discrimination[3:] > 0.3).all()
    assert (found.right[:5] > found.right[5:]).all()


def test_without_tests_test_based_rules_tell_nothing_apart():
    evidence = Evidence.of([[1, 2], [1, 3], [4, 4]])
    for rule in (share_of_tests, dual_agreement, page_rank, credible_tests_passed):
        assert len(set(rule(evidence).tolist())) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"passes": np.zeros((2, 4))}, "3 programs"),
        ({"weights": [1, 2]}, "one for each of the 3 programs"),
        ({"weights": [1, 2, -1]}, "at least 0"),
        ({"passes": np.zeros((3, 4)), "test_weights": [1]}, "one for each of the 4 tests"),
        ({"failed": np.zeros((3, 5))}, "want that of outputs"),
    ],
)
def test_evidence_that_does_not_fit_together_is_refused(arguments, told):
    with pytest.raises(ValueError, match=told):
        Evidence.of(np.zeros((3, 2), int), **arguments)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(evidences())
def test_page_rank_is_networkx_page_rank(evidence):
    networkx = pytest.importorskip("networkx")
    pytest.importorskip("scipy")
    found = classes(evidence.passes.astype(np.uint32), weights=evidence.weights)
    graph = networkx.Graph()
    graph.add_nodes_from(("program", c) for c in range(len(found)))
    graph.add_nodes_from(("test", t) for t in range(evidence.passes.shape[1]))
    for c, row in enumerate(found.outputs):
        for t in np.flatnonzero(row):
            weight = float(found.counts[c] * evidence.test_weights[t])
            graph.add_edge(("program", c), ("test", int(t)), weight=weight)
    ours = page_rank(evidence)
    if graph.number_of_edges() == 0:
        assert (ours == 0).all()
        return
    ranks = networkx.pagerank(graph, tol=1e-13, max_iter=2000)
    expected = [ranks["program", int(c)] for c in found.of_program]
    assert ours == pytest.approx(expected, rel=1e-6)
