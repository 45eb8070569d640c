"""The quadrature of AB-MCTS-M against a Markov chain that shares no code with it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.mixed_model import ALPHA_FLOOR, NOISE_FLOOR, MixedPosterior, fit


def chain(
    groups: list[list[float]], *, walkers: int = 400, steps: int = 1500, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gibbs and Metropolis draws of the published model, all results kept one by one.

    Returns mu, and the predictive draws of every group (walkers * kept, K) and of a new group.
    """
    generator = np.random.default_rng(seed)
    k = len(groups)
    which = np.repeat(np.arange(k), [len(group) for group in groups])
    y = np.concatenate([np.asarray(group) for group in groups])
    n = np.bincount(which, minlength=k)
    sums = np.bincount(which, y, minlength=k)
    mu = generator.normal(0.5, 0.2, walkers)
    log_a = np.log(np.abs(generator.normal(0, 0.2, walkers)) + 0.02)
    log_s = np.log(np.abs(generator.normal(0, 0.3, walkers)) + 0.05)
    alpha = np.tile(sums / n, (walkers, 1))

    def log_alpha_sigma(log_a: np.ndarray, z: np.ndarray, mu: np.ndarray) -> np.ndarray:
        # Non-centred: given z, sigma_alpha acts through the results.
        level = mu[:, None] + np.exp(log_a)[:, None] * z
        error = y[None, :] - level[:, which]
        return -0.5 * (error**2).sum(1) / noise**2 - 0.5 * (np.exp(log_a) / 0.2) ** 2 + log_a

    kept_mu, kept, new = [], [], []
    for step in range(steps):
        a, noise = np.exp(log_a), np.exp(log_s)
        precision = n / noise[:, None] ** 2 + 1 / a[:, None] ** 2
        center = (sums / noise[:, None] ** 2 + mu[:, None] / a[:, None] ** 2) / precision
        alpha = center + generator.standard_normal((walkers, k)) / np.sqrt(precision)
        precision_mu = k / a**2 + 1 / 0.2**2
        center_mu = (alpha.sum(1) / a**2 + 0.5 / 0.2**2) / precision_mu
        mu = center_mu + generator.standard_normal(walkers) / np.sqrt(precision_mu)
        # sigma_alpha twice: centred (moves when groups differ), non-centred (when they do not).
        for centred in (True, False):
            proposal = log_a + 0.6 * generator.standard_normal(walkers)
            if centred:
                spread = ((alpha - mu[:, None]) ** 2).sum(1)

                def density(log_a: np.ndarray, spread: np.ndarray = spread) -> np.ndarray:
                    a = np.exp(log_a)
                    return -k * log_a - 0.5 * spread / a**2 - 0.5 * (a / 0.2) ** 2 + log_a

                ratio = density(proposal) - density(log_a)
                accept = np.log(generator.random(walkers)) < ratio
                log_a = np.where(accept, proposal, log_a)
            else:
                z = (alpha - mu[:, None]) / np.exp(log_a)[:, None]
                ratio = log_alpha_sigma(proposal, z, mu) - log_alpha_sigma(log_a, z, mu)
                accept = np.log(generator.random(walkers)) < ratio
                log_a = np.where(accept, proposal, log_a)
                alpha = mu[:, None] + np.exp(log_a)[:, None] * z
        error = ((y[None, :] - alpha[:, which]) ** 2).sum(1)
        proposal = log_s + 0.4 * generator.standard_normal(walkers)
        scale, scale_new = np.exp(log_s), np.exp(proposal)
        ratio = (
            -len(y) * (proposal - log_s)
            - 0.5 * error * (scale_new**-2 - scale**-2)
            - 0.5 * (scale_new**2 - scale**2) / 0.3**2
            + proposal
            - log_s
        )
        accept = (np.log(generator.random(walkers)) < ratio) & (scale_new >= NOISE_FLOOR)
        log_s = np.where(accept, proposal, log_s)
        if step >= steps // 3:
            noise = np.exp(log_s)
            kept_mu.append(mu)
            kept.append(alpha + noise[:, None] * generator.standard_normal((walkers, k)))
            fresh = mu + np.exp(log_a) * generator.standard_normal(walkers)
            new.append(fresh + noise * generator.standard_normal(walkers))
    return np.concatenate(kept_mu), np.concatenate(kept), np.concatenate(new)


def gen_share(old: np.ndarray, new: np.ndarray, generator: np.random.Generator) -> float:
    """How often GEN wins when every arm draws on its own, as the published step does."""
    shuffled = np.stack([generator.permutation(column) for column in old.T], axis=1)
    return float((generator.permutation(new) > shuffled.max(1)).mean())


def quadrature(
    groups: list[list[float]], generator: np.random.Generator, *, draws: int = 40_000
) -> tuple[MixedPosterior, np.ndarray]:
    """The posterior, and draws of GEN and of every group: (draws, 1 + K)."""
    posterior = fit(
        np.array([float(len(group)) for group in groups]),
        np.array([sum(group) for group in groups]),
        np.array([sum(y * y for y in group) for group in groups]),
    )
    arms = np.tile(np.arange(-1, len(groups)), draws).astype(np.intp)
    return posterior, posterior.draw(arms, generator).reshape(draws, len(groups) + 1)


CASES = {
    "two groups, one result each": [[0.2], [0.7]],
    "a good group and two bad ones": [[0.8, 0.9, 0.85], [0.1], [0.2, 0.3]],
    "five noisy groups": [[0.3, 0.6], [0.5, 0.2, 0.9], [0.4], [0.7, 0.1], [0.55]],
    "one long group": [[0.5, 0.55, 0.45, 0.6, 0.4, 0.52, 0.48, 0.61]],
    "nothing works": [[0.0, 0.05], [0.1], [0.02], [0.0, 0.1, 0.03]],
}


@pytest.mark.parametrize("name", CASES)
def test_the_chance_of_gen_is_within_2_points_of_a_long_markov_chain(name: str) -> None:
    groups = CASES[name]
    mu, old, new = chain(groups)
    generator = np.random.default_rng(1)
    posterior, drawn = quadrature(groups, generator)
    assert posterior.weights @ posterior.mu_mean == pytest.approx(mu.mean(), abs=0.01)
    share = float((drawn[:, 0] > drawn[:, 1:].max(1)).mean())
    assert share == pytest.approx(gen_share(old, new, generator), abs=0.02)
    assert drawn[:, 0].mean() == pytest.approx(new.mean(), abs=0.01)
    assert drawn[:, 1:].mean(0) == pytest.approx(old.mean(0), abs=0.01)


def test_without_results_the_posterior_is_the_prior() -> None:
    empty = np.array([])
    posterior = fit(empty, empty, empty)
    assert posterior.weights.sum() == pytest.approx(1)
    assert posterior.mu_mean == pytest.approx(0.5)
    assert posterior.mu_sigma == pytest.approx(0.2)
    for sigmas, scale, floor in (
        (posterior.alpha, 0.2, ALPHA_FLOOR),
        (posterior.noise, 0.3, NOISE_FLOOR),
    ):
        at = floor / scale / math.sqrt(2)
        # The mean of a half-normal that is cut off below its floor.
        mean = scale * math.sqrt(2 / math.pi) * math.exp(-(at**2)) / math.erfc(at)
        assert posterior.weights @ sigmas == pytest.approx(mean, abs=0.003)


@settings(deadline=None)
@given(
    st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=6), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
def test_the_order_of_groups_does_not_matter(groups: list[list[float]], random: object) -> None:
    def posterior(groups: list[list[float]]) -> np.ndarray:
        fitted = fit(
            np.array([float(len(group)) for group in groups]),
            np.array([sum(group) for group in groups]),
            np.array([sum(y * y for y in group) for group in groups]),
        )
        assert np.isfinite(fitted.weights).all()
        return fitted.weights @ np.stack([fitted.mu_mean, fitted.alpha, fitted.noise], axis=1)

    assert posterior(groups) == pytest.approx(posterior(groups[::-1]), rel=1e-6)
