"""Published systems as short compositions of the shared parts, by name."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from synth.errors import UsageError
from synth.recipe import Recipe
from synth.registry import Registry

RECIPES = Registry(
    "recipe",
    "synth.recipes",
    {
        "best-of-n": "synth.recipes.best_of_n:best_of_n",
        "search": "synth.recipes.search:search",
    },
)


def make_recipe(name: str, options: Mapping[str, Any] | None = None) -> Recipe:
    """A fresh recipe by name; UsageError when the name or an option is wrong."""
    factory = RECIPES.get(name)
    options = dict(options or {})
    allowed = inspect.signature(factory).parameters
    open_ended = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in allowed.values())
    for option in options:
        if option not in allowed and not open_ended:
            raise UsageError(
                f"recipe {name!r} has no option {option!r}; it has: {', '.join(allowed)}"
            )
    try:
        recipe = factory(**options)
    except (TypeError, ValueError) as error:
        raise UsageError(f"recipe {name!r}: {error}") from error
    assert isinstance(recipe, Recipe)
    return recipe
