"""Strategies by name: `create("beam", {"width": 8})`, and `describe`, which turns one back.

A description is plain JSON, so a run log can carry it and a resumed run re-create the strategy.

| name | file | source | published defaults | ours |
|---|---|---|---|---|
| best-of-n | best_of_n.py | Austin et al. 2021 | n = 80 | n = 8 |
| beam | beam.py | Yao et al. 2023 (ToT) | b = 5, k = 5 | b = 4, k = 4, parents compete |
| stochastic-beam | beam.py | Kool et al. 2019 | - | temperature 0.2 |
| dfs, bfs | tree_search.py | CodeTree 2024 | depth 3, width 10, 20 programs | same |
| best-first | best_first.py | Koh et al. 2024 | branching 5, depth 5, n = 20 | 16 drafts first |
| rex | rex.py | Tang et al. 2024 | C = 20 | C = 20, 16 drafts, N by behaviour |
| mcts | mcts.py | Kocsis & Szepesvari 2006 | c = sqrt 2, mean | c = 0.15, max, widening |
| puct | mcts.py | Rosin 2011; Silver et al. 2017 | c = 1.25 | c = 0.8, max backup |
| lats | mcts.py | Zhou et al. 2023 | n = 5, w = 1 | n = 5, w = 0.5 |
| pg-td | mcts.py | Zhang et al. 2023 | c = 4, k = 3 tokens | as puct, over prefixes by line |
| sra-mcts | mcts.py, rollouts.py | Xu et al. 2024 | c = 0.5, 3 children, roll-out 2 x 1 | same |
| gumbel | gumbel.py | Danihelka et al. 2022 | m = 16, c_visit 50, c_scale 1 | m = 8 |
| ab-mcts-a | node_aggregation.py | Inoue et al. 2025 | NIX(0, 1, 1, .1) | same |
| ab-mcts-m | mixed_model.py | Inoue et al. 2025 | N(.5, .2), HN(.2), HN(.3) | same |
| rebase | rebase.py | Wu et al. 2024; PlanGEN 2025 | T = 0.1 | T = 0.1, W = 16 |
| chains | chains.py | CodeMonkeys 2025 | 10 x 8 | same |
| coarse-to-fine | coarse_to_fine.py | MAgICoRe 2024 | k = 40, 3 rounds | k = 8, 3 rounds |
| evolve | evolve.py | AlphaEvolve 2025, ShinkaEvolve 2025 | 2 islands, archive 40 | same |
| portfolio | portfolio.py | PlanGEN 2025 | modified UCB | same |
| model-bandit | model_bandit.py | ShinkaEvolve 2025 | UCB1 on improvement | same |

`limit`, where a strategy has it, bounds the programs it asks for; None, the default of most, leaves
that to the driver's budget. Every strategy names its actions in `draft` and `repair`
(pg-td's is "prefix"), and those that draw have a `seed`.

A package of yours adds a strategy through the entry-point group `synth.strategies`
(name = "package.module:Class", a dataclass that satisfies `search.strategy.Strategy`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from search.strategy import Strategy

GROUP = "synth.strategies"

# name -> (module, class, fields that differ from the class's own defaults).
BUILT_IN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "best-of-n": ("search.best_of_n", "BestOfN", {}),
    "beam": ("search.beam", "Beam", {}),
    "stochastic-beam": ("search.beam", "Beam", {"temperature": 0.2}),
    "dfs": ("search.tree_search", "TreeSearch", {}),
    "bfs": ("search.tree_search", "TreeSearch", {"order": "breadth"}),
    "best-first": ("search.best_first", "BestFirst", {}),
    "rex": ("search.rex", "Rex", {}),
    "mcts": ("search.mcts", "Mcts", {}),
    "puct": ("search.mcts", "Mcts", {"rule": "puct", "exploration": 0.8}),
    "pg-td": ("search.mcts", "Mcts", {"rule": "puct", "exploration": 0.8, "repair": "prefix"}),
    "lats": (
        "search.mcts",
        "Mcts",
        {
            "exploration": 0.5,
            "max_weight": 0.0,
            "widening": 5.0,
            "power": 0.0,
            "siblings": 5,
            "limit": 40,
        },
    ),
    "sra-mcts": (
        "search.mcts",
        "Mcts",
        {
            "exploration": 0.5,
            "max_weight": 0.0,
            "widening": 3.0,
            "power": 0.0,
            "siblings": 3,
            "rollout_steps": 1,
        },
    ),
    "ab-mcts-a": ("search.ab_mcts", "AbMcts", {}),
    "ab-mcts-m": ("search.ab_mcts", "AbMcts", {"prior": "mixed"}),
    "gumbel": ("search.gumbel", "Gumbel", {}),
    "coarse-to-fine": ("search.coarse_to_fine", "CoarseToFine", {}),
    "evolve": ("search.evolve", "Evolve", {}),
    "portfolio": ("search.portfolio", "Portfolio", {}),
    "model-bandit": ("search.model_bandit", "ModelBandit", {}),
    "rebase": ("search.rebase", "Rebase", {}),
    "chains": ("search.chains", "Chains", {}),
}


def names() -> list[str]:
    """Every strategy that can be created here, those of installed plug-ins included."""
    return sorted({*BUILT_IN, *(point.name for point in entry_points(group=GROUP))})


def create(name: str, options: Mapping[str, Any] | None = None) -> Strategy:
    """The strategy called `name`, its fields set from `options`.

    A description (`{"name": ..., "options": ...}`) inside `options` becomes the strategy it
    describes. ValueError names what exists when the name or an option is unknown.
    """
    strategy_type, presets = _find(name)
    known = _option_names(strategy_type)
    given = {**presets, **(options or {})}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ValueError(
            f"strategy {name!r} has no option {', '.join(unknown)}; it has {', '.join(known)}"
        )
    built: Strategy = strategy_type(**{key: _from_json(value) for key, value in given.items()})
    return built


def describe(strategy: Strategy) -> dict[str, Any]:
    """`{"name", "options"}` in plain JSON values; `create(**describe(s))` equals a fresh s."""
    strategy_type = type(strategy)
    return {
        "name": _name_of(strategy),
        "options": {
            name: _to_json(getattr(strategy, name)) for name in _option_names(strategy_type)
        },
    }


def _find(name: str) -> tuple[type[Any], dict[str, Any]]:
    if name in BUILT_IN:
        module, attribute, presets = BUILT_IN[name]
        return getattr(import_module(module), attribute), presets
    for point in entry_points(group=GROUP):
        if point.name == name:
            return point.load(), {}
    raise ValueError(f"no strategy is called {name!r}; there are {', '.join(names())}")


def _name_of(strategy: Strategy) -> str:
    strategy_type = type(strategy)
    fitting = [
        (len(presets), name)
        for name, (module, attribute, presets) in BUILT_IN.items()
        if (strategy_type.__module__, strategy_type.__qualname__) == (module, attribute)
        and all(getattr(strategy, key) == value for key, value in presets.items())
    ]
    if fitting:
        return max(fitting, key=lambda pair: pair[0])[1]
    for point in entry_points(group=GROUP):
        if point.value == f"{strategy_type.__module__}:{strategy_type.__qualname__}":
            return point.name
    raise ValueError(
        f"{strategy_type.__qualname__} has no name; add it to the entry points {GROUP!r} of your "
        "package so that a run log can name it"
    )


def _option_names(strategy_type: type[Any]) -> list[str]:
    if not is_dataclass(strategy_type):
        raise ValueError(
            f"{strategy_type.__qualname__} is not a dataclass, so its options are unknown; make "
            "it one"
        )
    return [field.name for field in fields(strategy_type) if field.init]


def _to_json(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list):
        return [_to_json(part) for part in value]
    if isinstance(value, Strategy):
        return describe(value)
    raise ValueError(f"an option is a plain value or a strategy, got {value!r}")


def _from_json(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_from_json(part) for part in value)
    if isinstance(value, Mapping):
        if set(value) - {"name", "options"} or "name" not in value:
            raise ValueError(f"a strategy is described by name and options, got {dict(value)!r}")
        return create(value["name"], value.get("options"))
    return value
