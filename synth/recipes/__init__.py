"""Published systems as short compositions of the shared parts, by name."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from synth.errors import UsageError
from synth.recipe import Recipe
from synth.registry import Registry

RECIPES = Registry(
    "recipe",
    "synth.recipes",
    {
        "best-of-n": "synth.recipes.best_of_n:best_of_n",
        "enumerate": "synth.recipes.enumerate:enumerate_",
        "search": "synth.recipes.search:search",
    },
)


def make_recipe(name: str, options: Mapping[str, Any] | None = None) -> Recipe:
    """A fresh recipe by name; UsageError when the name or an option is wrong.

    Two options go with every recipe: `candidates`, sources of programs that enter the tree first,
    and `enumerate`, how many seconds the model-free proposer may try before the model is asked.
    """
    factory = RECIPES.get(name)
    options = dict(options or {})
    prelude: dict[str, Any] = {
        key: options.pop(key) for key in ("candidates", "enumerate") if key in options
    }
    allowed = inspect.signature(factory).parameters
    open_ended = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in allowed.values())
    for option in options:
        if option not in allowed and not open_ended:
            known = ", ".join([*allowed, "candidates", "enumerate"])
            raise UsageError(f"recipe {name!r} has no option {option!r}; it has: {known}")
    try:
        recipe = factory(**options)
        assert isinstance(recipe, Recipe)
        return _with_prelude(recipe, prelude)
    except (TypeError, ValueError) as error:
        raise UsageError(f"recipe {name!r}: {error}") from error


def _with_prelude(recipe: Recipe, prelude: Mapping[str, Any]) -> Recipe:
    from synth.recipes.prelude import with_prelude

    if not prelude:
        return recipe
    made = with_prelude(
        recipe,
        candidates=tuple(prelude.get("candidates", ())),
        enumerate_seconds=float(prelude.get("enumerate", 0.0)),
    )
    return replace(made, options={**recipe.options, **prelude})
