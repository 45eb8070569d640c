"""What any recipe can begin with: programs from elsewhere, and the model-free proposer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from search.prelude import Prelude
from search.tree import Expansion
from synth.actions.enumerate import EnumerateAction
from synth.actions.given import GivenAction
from synth.recipe import Recipe


def with_prelude(
    recipe: Recipe,
    *,
    candidates: Sequence[str] = (),
    enumerate_seconds: float = 0.0,
    n: int = 3,
) -> Recipe:
    """`recipe` after the programs of `candidates`, and `n` found from the examples within
    `enumerate_seconds`. The enumerator is passed over where a problem has no plain examples."""
    first: list[Expansion] = []
    actions = dict(recipe.actions)
    if candidates:
        first.append(Expansion((0,), "given", len(candidates), 0))
        actions["given"] = GivenAction(tuple(candidates))
    if enumerate_seconds > 0:
        first.append(Expansion((0,), "enumerate", n, len(first)))
        actions["enumerate"] = EnumerateAction(enumerate_seconds)
    if not first:
        return recipe
    return replace(recipe, strategy=Prelude(tuple(first), recipe.strategy), actions=actions)
