"""search: any strategy of `search/` by name, over the draft, repair and prefix actions."""

from __future__ import annotations

from typing import Any, Literal

from synth.actions.draft import DraftAction
from synth.actions.prefix import PrefixAction
from synth.actions.repair import RepairAction
from synth.models.chat import Sampling
from synth.recipe import Recipe


def search(
    *,
    strategy: str = "mcts",
    temperature: float = 0.8,
    top_p: float = 0.95,
    max_tokens: int = 1024,
    in_flight: int = 4,
    seed: int = 0,
    cut: Literal["line", "unsure"] = "line",
    **options: Any,
) -> Recipe:
    """The strategy `strategy` with its own `options` (see `search/registry.py`); `seed` keys its
    draws where it draws any. `cut` says where a strategy over prefixes (pg-td) keeps a program:
    line by line, or up to the line the model was least sure of."""
    from search.registry import create

    made = create(strategy, options)
    if hasattr(made, "seed"):
        made = create(strategy, {**options, "seed": seed})
    return Recipe(
        "search",
        made,
        {"draft": DraftAction(), "repair": RepairAction(), "prefix": PrefixAction(cut=cut)},
        sampling=Sampling(temperature, top_p, max_tokens),
        width=in_flight,
        options={
            "strategy": strategy,
            "temperature": temperature,
            "top_p": top_p,
            "max_tokens": max_tokens,
            "in_flight": in_flight,
            "seed": seed,
            **({"cut": cut} if cut != "line" else {}),
            **options,
        },
    )
