"""The formulas against enumeration of every draw."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import comb
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifiers.efficiency import (
    differential_performance,
    eff_at_k,
    efficient_at_k,
    enamel_score,
    geometric_mean,
    pass_at_k,
    percent_optimised,
    speedup,
)

scores = st.lists(st.floats(0, 2), min_size=1, max_size=7)


@given(st.integers(1, 7), st.data())
def test_pass_at_k_is_the_share_of_draws_with_a_right_program(n: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, n))
    k = data.draw(st.integers(1, n))
    right = [True] * correct + [False] * (n - correct)
    draws = [any(draw) for draw in combinations(right, k)]
    assert pass_at_k(n, correct, k) == pytest.approx(mean(draws))
    assert efficient_at_k(n, correct, k) == pass_at_k(n, correct, k)


@given(scores, st.data())
def test_eff_at_k_is_the_mean_best_score_over_all_draws(
    values: list[float], data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, len(values)))
    expected = mean(max(draw) for draw in combinations(values, k))
    assert eff_at_k(values, k) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("n", "correct", "k"),
    [(10**9, 1, 1), (10**6, 3, 5), (10_000, 2, 5000), (5000, 4000, 2), (200, 199, 1), (9, 0, 9)],
)
def test_pass_at_k_is_exact_for_many_programs_and_for_small_chances(
    n: int, correct: int, k: int
) -> None:
    exact = 1 - Fraction(comb(n - correct, k), comb(n, k))
    assert pass_at_k(n, correct, k) == pytest.approx(float(exact), rel=1e-13, abs=0)


def test_eff_at_k_of_right_and_wrong_is_pass_at_k() -> None:
    assert eff_at_k([1] * 30 + [0] * 170, 10) == pytest.approx(pass_at_k(200, 30, 10))


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 5)), min_size=1, max_size=6),
    st.integers(1, 9),
)
def test_differential_performance_is_that_of_the_fastest_group_matched(
    clusters: list[tuple[int, int]], cost: int
) -> None:
    # EvalPerf goes from fast to slow and scores the first group it matches by its cumulative share.
    ordered = sorted(clusters, reverse=True)
    total, expected = sum(share for _, share in ordered), 0.0
    for place, (reference, _) in enumerate(ordered):
        if cost <= reference:
            expected = 100 * sum(share for _, share in ordered[: place + 1]) / total
    assert differential_performance(cost, clusters)[0] == pytest.approx(expected)


def test_eff_at_k_gives_the_worked_example() -> None:
    assert eff_at_k([0, 0.5, 1, 0.25], 2) == pytest.approx(0.708333, abs=1e-6)


def test_eff_at_k_neither_overflows_nor_drifts_for_many_programs() -> None:
    values = [1.0] * 5000
    assert eff_at_k(values, 100) == pytest.approx(1.0)
    assert pass_at_k(200_000, 1, 1) == pytest.approx(1 / 200_000)


def test_a_program_as_fast_as_the_reference_scores_one() -> None:
    levels = [[1.0, 2.0], [3.0], [4.0]]
    assert enamel_score(levels, levels) == pytest.approx(1.0)


def test_levels_after_a_failed_one_score_nothing() -> None:
    reference = [[1.0], [1.0], [1.0]]
    assert enamel_score([[1.0], None, [1.0]], reference) == pytest.approx(0.3)
    assert enamel_score([[1.0], [2.5], [1.0]], reference) == pytest.approx(0.3)
    assert enamel_score([[1.5], [1.5], [1.5]], reference) == pytest.approx(0.5)


def test_differential_performance_is_the_share_matched_or_beaten() -> None:
    clusters = [(100.0, 0.5), (50.0, 0.3), (10.0, 0.2)]
    assert differential_performance(50.0, clusters) == pytest.approx((80.0, 200 / 3))
    assert differential_performance(5.0, clusters) == pytest.approx((100.0, 100.0))
    assert differential_performance(500.0, clusters) == (0.0, 0.0)


def test_a_wrong_or_slower_program_counts_as_no_speedup() -> None:
    assert speedup(2.0, 1.0) == 2.0
    assert speedup(1.0, 2.0) == 1.0
    assert speedup(1.0, None) == 1.0


def test_percent_optimised_wants_right_and_ten_percent_faster() -> None:
    assert percent_optimised([(1.1, 1.0), (1.05, 1.0), (2.0, None), (3.0, 1.0)]) == 50.0


def test_geometric_mean_of_reciprocal_ratios_is_one() -> None:
    assert geometric_mean([4.0, 0.25]) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: pass_at_k(3, 4, 1),
        lambda: pass_at_k(3, 1, 4),
        lambda: eff_at_k([], 1),
        lambda: enamel_score([[1.0]], [[1.0]], hardness=(1.0, 1.0)),
        lambda: enamel_score([[1.0]], [[1.0]], hardness=(1.0,), alpha=1.0),
        lambda: differential_performance(1.0, []),
        lambda: differential_performance(1.0, [(1.0, 0.0)]),
        lambda: enamel_score([[0.0]], [[0.0]], hardness=(1.0,)),
        lambda: enamel_score([[]], [[1.0]], hardness=(1.0,)),
        lambda: enamel_score([[1.0]], [[1.0]], hardness=(0.0,)),
        lambda: speedup(0.0, 1.0),
        lambda: speedup(1.0, 0.0),
        lambda: percent_optimised([(1.0, 0.0)]),
        lambda: percent_optimised([]),
        lambda: geometric_mean([1.0, 0.0]),
    ],
)
def test_senseless_arguments_are_refused(call) -> None:
    with pytest.raises(ValueError, match=r"must|no |one entry|wants"):
        call()
