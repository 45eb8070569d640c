"""Draws from the conjugate posteriors of a mean, from counts, sums and sums of squares.

The normal-inverse-chi-squared update is Murphy, "Conjugate Bayesian analysis of the Gaussian
distribution" (2007), section 5; its prior here (m = 0, kappa = 1, nu = 1, tau^2 = 0.1) and the
Beta(0.5, 0.5) are those of Inoue et al., "Wider or Deeper?" (2025).
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

SMALLEST = 1e-300  # a gamma draw can round to 0


@dataclass(frozen=True, slots=True)
class NormalPrior:
    """Of the mean mu of normal results with unknown variance sigma^2.

    mu | sigma^2 ~ N(mean, sigma^2 / kappa) and sigma^2 ~ scaled-inverse-chi^2(nu, tau2).
    """

    mean: float = 0.0
    kappa: float = 1.0
    nu: float = 1.0
    tau2: float = 0.1

    def draw(self, random: random.Random, n: int, total: float, squares: float) -> float:
        """mu from the posterior after `n` results with this sum and sum of squares."""
        kappa, nu = self.kappa + n, self.nu + n
        spread = self.nu * self.tau2
        if n:
            average = total / n
            shift = self.mean - average
            # Rounding can make the scatter negative.
            spread += max(0.0, squares - total * average) + n * self.kappa / kappa * shift * shift
        # chi^2 with nu degrees of freedom is Gamma(nu / 2, scale 2).
        chi2 = 2.0 * random.gammavariate(nu / 2, 1.0) or SMALLEST
        mean = (self.kappa * self.mean + total) / kappa
        return mean + math.sqrt(spread / chi2 / kappa) * random.gauss()

    def draw_many(
        self, generator: np.random.Generator, n: Floats, totals: Floats, squares: Floats
    ) -> Floats:
        """`draw` for each entry of three arrays of one length; every n at least 1."""
        import numpy as np

        kappa = self.kappa + n
        averages = totals / n
        scatter = np.maximum(0.0, squares - totals * averages)
        spread = (
            self.nu * self.tau2 + scatter + n * self.kappa / kappa * (self.mean - averages) ** 2
        )
        chi2 = np.maximum(2.0 * generator.standard_gamma((self.nu + n) / 2), SMALLEST)
        drawn: Floats = (self.kappa * self.mean + totals) / kappa
        drawn += np.sqrt(spread / chi2 / kappa) * generator.standard_normal(len(n))
        return drawn


@dataclass(frozen=True, slots=True)
class BetaPrior:
    """Of the mean of results in [0, 1], each counted as that share of a success."""

    a: float = 0.5
    b: float = 0.5

    def draw(self, random: random.Random, n: int, total: float, squares: float) -> float:
        """The mean, after `n` results with this sum."""
        return random.betavariate(self.a + total, self.b + max(0.0, n - total))

    def draw_many(
        self, generator: np.random.Generator, n: Floats, totals: Floats, squares: Floats
    ) -> Floats:
        """`draw` for each entry of the arrays."""
        import numpy as np

        return generator.beta(self.a + totals, self.b + np.maximum(0.0, n - totals))


def prior_called(kind: str) -> NormalPrior | BetaPrior:
    """The prior called "normal" or "beta"."""
    return NormalPrior() if kind == "normal" else BetaPrior()
