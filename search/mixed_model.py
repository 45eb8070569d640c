"""The Bayesian mixed model of AB-MCTS-M, by quadrature instead of sampling.

Inoue et al., "Wider or Deeper?" (2025), section 3.4: a result of group k is y ~ N(alpha_k,
sigma_y^2) with alpha_k ~ N(mu, sigma_alpha^2), mu ~ N(0.5, 0.2^2), sigma_alpha ~ HalfNormal(0.2),
sigma_y ~ HalfNormal(0.3). Given the two sigmas everything else is normal and integrates in closed
form (Gelman et al., "Bayesian Data Analysis", section 5.4), so a two-dimensional grid replaces the
published Markov chain: milliseconds instead of seconds, and no convergence to doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from search.backup import Statistics, views
from search.descent import Choice
from search.tree import Tree

Floats: TypeAlias = NDArray[np.float64]

MU_MEAN, MU_SIGMA = 0.5, 0.2
ALPHA_SCALE, NOISE_SCALE = 0.2, 0.3
# Scores are shares of tests; without a floor, equal scores in a group would let sigma_y go to 0,
# where the likelihood has a pole.
NOISE_FLOOR = 0.01
ALPHA_FLOOR = 0.002
COARSE, FINE = 20, 28
# Cells whose weight is below this share of the heaviest are not refined.
NEGLIGIBLE = 1e-5


@dataclass(frozen=True, slots=True)
class MixedPosterior:
    """The posterior on a grid of C cells over K groups.

    `weights` (C,) sum to 1; `alpha` and `noise` (C,) are a cell's sigmas; `mu_mean`, `mu_sigma`
    (C,) the posterior of mu given the cell; `counts`, `means` (K,) the groups' data.
    """

    weights: Floats
    alpha: Floats
    noise: Floats
    mu_mean: Floats
    mu_sigma: Floats
    counts: Floats
    means: Floats

    def draw(self, groups: NDArray[np.intp], generator: np.random.Generator) -> Floats:
        """One posterior predictive result for each of `groups`; -1 means a group not seen yet.

        The draws are independent, as the published Thompson step takes them: each from its own
        margin, not jointly.
        """
        n = len(groups)
        cumulative = np.cumsum(self.weights)
        cell = np.searchsorted(cumulative, generator.random(n) * cumulative[-1], side="right")
        cell = np.minimum(cell, len(cumulative) - 1)
        normal = generator.standard_normal((3, n))
        mu = self.mu_mean[cell] + self.mu_sigma[cell] * normal[0]
        alpha2, noise2 = self.alpha[cell] ** 2, self.noise[cell] ** 2
        seen = groups >= 0
        counts = np.where(seen, self.counts[groups], 0.0) if len(self.counts) else np.zeros(n)
        means = np.where(seen, self.means[groups], 0.0) if len(self.counts) else np.zeros(n)
        precision = counts / noise2 + 1.0 / alpha2
        center = (counts * means / noise2 + mu / alpha2) / precision
        level = center + normal[1] / np.sqrt(precision)
        drawn: Floats = level + self.noise[cell] * normal[2]
        return drawn


def fit(counts: Floats, totals: Floats, squares: Floats) -> MixedPosterior:
    """The posterior given K groups' numbers of results (at least 1), sums, and sums of squares.

    No groups at all gives the prior.
    """
    means = totals / np.maximum(counts, 1.0)
    data = _Sums.of(counts, means, squares)
    low = np.log([ALPHA_FLOOR, NOISE_FLOOR])
    high = np.log([5.0 * ALPHA_SCALE, 5.0 * NOISE_SCALE])
    weights, alpha, noise, _, _ = _evaluate(low, high, COARSE, data)
    heavy = weights > NEGLIGIBLE * weights.max()
    logs = np.log(np.stack([alpha[heavy], noise[heavy]]))
    step = (high - low) / (COARSE - 1)
    box_low = np.maximum(logs.min(axis=1) - step, low)
    box_high = np.minimum(logs.max(axis=1) + step, high)
    return MixedPosterior(*_evaluate(box_low, box_high, FINE, data), counts, means)


@dataclass(frozen=True, slots=True)
class _Sums:
    """What the grid needs of the groups: those with equally many results act through sums only.

    For each of U different numbers of results `n`: how many `groups`, the sum `offset` of their
    means' distances from the prior mean and the sum of `squares` of these; and over all groups
    the `scatter` of results around their means, and how many `results` there are.
    """

    n: Floats
    groups: Floats
    offset: Floats
    squares: Floats
    scatter: float
    results: float

    @staticmethod
    def of(counts: Floats, means: Floats, squares: Floats) -> _Sums:
        n, which = np.unique(counts, return_inverse=True)
        offset = means - MU_MEAN
        return _Sums(
            n,
            np.bincount(which, minlength=len(n)).astype(np.float64),
            np.bincount(which, offset, minlength=len(n)).astype(np.float64),
            np.bincount(which, offset * offset, minlength=len(n)).astype(np.float64),
            float(np.maximum(squares - counts * means * means, 0.0).sum()),
            float(counts.sum()),
        )


def _evaluate(
    low: Floats, high: Floats, size: int, data: _Sums
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Weights, sigma_alpha, sigma_y, and mean and sigma of mu, on a `size` x `size` grid that is
    even in the logarithms of the two sigmas."""
    log_alpha, log_noise = (
        grid.ravel()
        for grid in np.meshgrid(
            np.linspace(low[0], high[0], size), np.linspace(low[1], high[1], size), indexing="ij"
        )
    )
    alpha, noise = np.exp(log_alpha), np.exp(log_noise)
    # Of a group's mean around mu: (C, U).
    variance = alpha[:, None] ** 2 + noise[:, None] ** 2 / data.n[None, :]
    inverse = 1.0 / variance
    precision = MU_SIGMA**-2 + inverse @ data.groups
    weighted = inverse @ data.offset
    log_weight = (
        -0.5 * (np.log(variance) @ data.groups)
        - 0.5 * np.log(precision)
        - 0.5 * (inverse @ data.squares - weighted * weighted / precision)
        - (data.results - data.groups.sum()) * log_noise
        - 0.5 * data.scatter / noise**2
        - 0.5 * (alpha / ALPHA_SCALE) ** 2
        - 0.5 * (noise / NOISE_SCALE) ** 2
        + log_alpha  # the grid is even in logarithms
        + log_noise
    )
    weights = np.exp(log_weight - log_weight.max())
    return weights / weights.sum(), alpha, noise, MU_MEAN + weighted / precision, precision**-0.5


class Mixed:
    """The draws of one descent of AB-MCTS-M."""

    __slots__ = ("_generator", "_stats", "_tree")

    def __init__(self, tree: Tree, stats: Statistics, seed: int) -> None:
        self._tree, self._stats = tree, stats
        self._generator = np.random.default_rng(seed)

    def pick(self, choice: Choice) -> int:
        """The child to follow, or the node itself to generate: the highest draw wins.

        Every told child is a group, those that failed or are solved too; only open ones are arms.
        """
        if not choice.n_open:
            return choice.node
        stats = self._stats
        born = np.array(self._tree.children[choice.node], dtype=np.intp)
        visits, totals, squares = views(stats.visits, stats.totals, stats.squares)
        groups = born[visits[born] > 0]
        posterior = fit(visits[groups].astype(np.float64), totals[groups], squares[groups])
        children = np.frombuffer(choice.children, dtype=np.int64)
        children = children[np.frombuffer(choice.blocked, dtype=np.bool_)[children] == 0]
        arms = np.searchsorted(groups, children)  # children are listed by id
        if choice.can_generate:
            arms = np.append(arms, -1)
        best = int(posterior.draw(arms, self._generator).argmax())
        return int(children[best]) if best < len(children) else choice.node

    def draw_model(
        self, models: Sequence[str], seen: Mapping[str, tuple[int, float, float]]
    ) -> str | None:
        """Which model generates: models are groups of the same mixed model, over the whole tree."""
        if not models:
            return None
        data = np.array([seen[model] for model in models if model in seen]).reshape(-1, 3)
        posterior = fit(data[:, 0], data[:, 1], data[:, 2])
        tried = [model for model in models if model in seen]
        arms = [tried.index(model) if model in seen else -1 for model in models]
        drawn = posterior.draw(np.array(arms, dtype=np.intp), self._generator)
        return models[int(drawn.argmax())]
