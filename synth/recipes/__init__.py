"""Published systems as short compositions of the shared parts, by name."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from synth.errors import UsageError
from synth.recipe import Recipe, Selector
from synth.registry import Registry

RECIPES = Registry(
    "recipe",
    "synth.recipes",
    {
        "best-of-n": "synth.recipes.best_of_n:best_of_n",
        "enumerate": "synth.recipes.enumerate:enumerate_",
        "hybrid": "synth.recipes.hybrid:hybrid",
        "given": "synth.recipes.given:given",
        "search": "synth.recipes.search:search",
    },
)


# Options that go with every recipe.
COMMON = (
    "candidates", "enumerate", "dedup", "select", "comparisons", "accuracy", "roles", "value",
    "prune", "trace", "lint",
)  # fmt: skip


def make_recipe(name: str, options: Mapping[str, Any] | None = None) -> Recipe:
    """A fresh recipe by name; UsageError when the name or an option is wrong.

    With every recipe go `candidates`, sources of programs that enter the tree first; `enumerate`,
    seconds the model-free proposer may try before the model is asked; `dedup`, whether look-alikes
    share a verdict; `trace` and `lint`, what feedback holds besides (`Recipe`); `roles`, which
    model does which action, by names; and `select`, a rule of `synth.selectors` by which the
    program is chosen when all are drawn (the first verified one does not end the search then):
    "value" goes by the value, "tournament" asks a judge that is right with `accuracy` about at most
    `comparisons` pairs (`synth.tournament`). `value` names what the strategy is told of a node
    (`synth.value_guide`), and a node below `prune` is told to be worth nothing.
    """
    factory = RECIPES.get(name)
    own = {key: value for key, value in (options or {}).items() if key not in COMMON}
    common = {key: value for key, value in (options or {}).items() if key in COMMON}
    allowed = inspect.signature(factory).parameters
    open_ended = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in allowed.values())
    for option in own:
        if option not in allowed and not open_ended:
            known = ", ".join([*allowed, *COMMON])
            raise UsageError(f"recipe {name!r} has no option {option!r}; it has: {known}")
    try:
        recipe = factory(**own)
        assert isinstance(recipe, Recipe)
        return _with_common(recipe, common)
    except (TypeError, ValueError) as error:
        raise UsageError(f"recipe {name!r}: {error}") from error


def _with_common(recipe: Recipe, common: Mapping[str, Any]) -> Recipe:
    from synth.recipes.prelude import with_prelude

    if not common:
        return recipe
    recipe = with_prelude(
        recipe,
        candidates=tuple(common.get("candidates", ())),
        enumerate_seconds=float(common.get("enumerate", 0.0)),
    )
    if common.get("select") != "tournament" and {"comparisons", "accuracy"} & common.keys():
        raise UsageError("comparisons and accuracy are of a judge: they go with select=tournament")
    if common.get("select") == "value":
        recipe = replace(recipe, stop_when_solved=False)  # verified ones first, then by value
    elif common.get("select"):
        recipe = replace(recipe, select=_selector(common), stop_when_solved=False)
    roles = dict(common.get("roles", {}))
    if common.get("value") or common.get("prune"):
        from synth.value_guide import guide

        prune = float(common.get("prune", 0.0))
        value = guide(str(common.get("value") or "passed"), prune=prune, judge=roles.get("judge"))
        recipe, common = replace(recipe, value=value), {**common, "value": value.text}
    return replace(
        recipe,
        dedup=bool(common.get("dedup", False)),
        trace=bool(common.get("trace", False)),
        lint=bool(common.get("lint", False)),
        roles=roles,
        options={**recipe.options, **common},
    )


def _selector(common: Mapping[str, Any]) -> Selector:
    from synth.selectors import TOURNAMENT, SelectByBehaviour

    if common["select"] != TOURNAMENT:
        return SelectByBehaviour(common["select"])
    from synth.tournament import SelectByTournament

    given = {name: common[name] for name in ("comparisons", "accuracy") if name in common}
    return SelectByTournament(**given, judge=dict(common.get("roles", {})).get("judge"))
