"""The draws that are never made must not be missed."""

from __future__ import annotations

import numpy as np
import pytest

from search.beta_arms import MANY, BetaArms


def arms(n: int, seed: int = 0) -> BetaArms:
    """Nine in ten are poor; one in ten may win."""
    generator, made = np.random.default_rng(seed), BetaArms()
    for arm in range(n):
        value = 0.5 * generator.random() if arm % 10 else 0.6 + 0.3 * generator.random()
        made.add(1 + 20 * value, 1 + 20 * (1 - value) + int(generator.integers(0, 4)), arm)
    return made


@pytest.mark.parametrize("logit", [0.0, 2.0, 4.0])
def test_the_winners_are_those_of_drawing_every_arm(
    logit: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a low, a fitting and a hopeless threshold: two samples of winners, chi-squared."""
    monkeypatch.setattr(BetaArms, "_steer", lambda self, spare: None)
    made, barred, rounds = arms(MANY), [0, 20], 4000
    made._logit = logit
    generator = np.random.default_rng(1)
    counts = np.zeros((2, 2, MANY))  # by whom, first or second, arm
    for _ in range(rounds):
        for place, arm in enumerate(made.highest(2, generator, barred)):
            counts[0, place, arm] += 1
        draws = generator.beta(made.a, made.b)
        draws[barred] = -1
        for place, arm in enumerate(np.argsort(-draws)[:2]):
            counts[1, place, arm] += 1
    assert counts[0][:, barred].sum() == 0
    for place in (0, 1):
        mine, every = counts[:, place]
        often = mine + every > 30
        freedom = int(often.sum())
        statistic = float(((mine - every) ** 2 / np.maximum(mine + every, 1))[often].sum())
        assert freedom > 10
        assert statistic < freedom + 4 * (2 * freedom) ** 0.5


def test_the_threshold_finds_its_way_and_the_full_draw_is_rare() -> None:
    made, generator, above = arms(4000), np.random.default_rng(2), []
    for step in range(200):
        chosen = made.highest(1, generator)
        assert len(chosen) == 1
        made.lose(chosen[0], 1)
        if step >= 50:
            above.append(int(made._above(np.array([], dtype=np.intp), generator)[2].sum()))
    assert min(above) >= 1
    assert np.mean(above) < 100


def test_what_is_barred_and_what_does_not_exist_is_never_chosen() -> None:
    few = arms(5)
    generator = np.random.default_rng(3)
    assert sorted(few.highest(9, generator)) == [0, 1, 2, 3, 4]
    assert sorted(few.highest(9, generator, [1, 2])) == [0, 3, 4]
    assert few.highest(2, generator, range(5)) == []
    assert BetaArms().highest(1, generator) == []


def test_losses_reach_every_arm_of_a_kind() -> None:
    made = BetaArms()
    for kind in (7, 8, 7):
        made.add(2.0, 3.0, kind)
    made.lose(7, 2)
    fresh = BetaArms()
    for losses, kind in ((2, 7), (0, 8), (2, 7)):
        fresh.add(2.0, 3.0 + losses, kind)
    assert made.b == fresh.b
    assert made._peaks == pytest.approx(fresh._peaks)
