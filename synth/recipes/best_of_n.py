"""best-of-n: drafts, and rounds of repair of the best of them. The baseline of every table.

Austin et al., "Program Synthesis with Large Language Models" (2021), with the repair of Chen et
al., "Teaching Large Language Models to Self-Debug" (2023). `rounds=0, first=0` is the published
baseline.
"""

from __future__ import annotations

from typing import Literal

from search.best_of_n import BestOfN
from synth.models.chat import Sampling
from synth.recipe import Recipe


def best_of_n(
    *,
    n: int = 8,
    rounds: int = 2,
    width: int = 4,
    siblings: int = 4,
    first: int = 1,
    parents: Literal["best", "medoids"] = "best",
    exemplars: int = 0,
    temperature: float = 0.8,
    top_p: float = 0.95,
    max_tokens: int = 1024,
    in_flight: int = 4,
) -> Recipe:
    """`n` drafts, the first alone and greedy; then `rounds` rounds that repair the `width` best.

    With `parents` "medoids" a round repairs the most different programs (needs `dedup`, which
    probes them); `exemplars` others are shown beside each. `siblings` drafts share a request,
    `in_flight` requests are open at once.
    """
    options = dict(locals())
    return Recipe(
        "best-of-n",
        BestOfN(
            n=n,
            rounds=rounds,
            width=width,
            siblings=siblings,
            first=first,
            parents=parents,
            exemplars=exemplars,
        ),
        sampling=Sampling(temperature, top_p, max_tokens),
        width=in_flight,
        options=options,
    )
