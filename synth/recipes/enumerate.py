"""enumerate: the model-free proposer alone. No model, no key, no GPU."""

from __future__ import annotations

from search.prelude import Nothing
from synth.recipe import Recipe
from synth.recipes.prelude import with_prelude


def enumerate_(*, seconds: float = 10.0, n: int = 5) -> Recipe:
    """The `n` best programs that agree with every example, found within `seconds`."""
    recipe = Recipe("enumerate", Nothing(), options={"seconds": seconds, "n": n})
    return with_prelude(recipe, enumerate_seconds=seconds, n=n)
