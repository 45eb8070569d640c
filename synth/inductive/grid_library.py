"""Components on regions, maps and pieces of grids, each made of its template alone.

A *map* is a grid-shaped table that only cell rules read (`synth.inductive.cell_rules`): what a
cell's region is like, what the cell sees, where it lies.  It is a type of its own, so that maps of
maps are not enumerated.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache
from types import FunctionType
from typing import Any

from synth.inductive import grid_maps, grid_pieces, grid_regions
from synth.inductive.component import Component
from synth.inductive.grid_components import GRID
from synth.inductive.value_types import INT, Type, list_of
from synth.inductive.values import freeze, thaw

MAP = Type("map")
PIECES = list_of(GRID)

_CARRIED = {
    name: f"{module.__name__}.{name}"
    for module in (grid_regions, grid_maps, grid_pieces)
    for name, held in vars(module).items()
    if isinstance(held, FunctionType) and held.__module__ == module.__name__
}


def _space() -> dict[str, Any]:
    space: dict[str, Any] = {}
    for module in (grid_regions, grid_maps, grid_pieces):
        space.update((name, getattr(module, name)) for name in _CARRIED if hasattr(module, name))
    # The features of one grid share its regions; frozen grids can be keys.
    for name in ("regions", "enclosed", "of_colour"):
        space[name] = lru_cache(maxsize=2048)(space[name])
    return space


_SPACE = _space()


def _made(
    name: str, arguments: tuple[Type, ...], result: Type, template: str, cost: int
) -> Component:
    """A component that computes what its template says."""
    holes = ", ".join(f"_{place}" for place in range(len(arguments)))
    run: Callable[..., Any] = eval(f"lambda {holes}: {template}", _SPACE)
    flat = result in (GRID, MAP)
    listed = any(kind == PIECES for kind in arguments)

    def function(*values: Any) -> Any:
        # Pieces are compared with lists that their functions make.
        value = run(*map(thaw, values, arguments)) if listed else run(*values)
        return tuple(map(tuple, value)) if flat else freeze(value)

    used = {node.id for node in ast.walk(ast.parse(template)) if isinstance(node, ast.Name)}
    imports = tuple(_CARRIED[item] for item in sorted(used & set(_CARRIED)))
    return Component(name, arguments, result, function, template, cost, imports=imports)


_KINDS = {
    "corners": "regions(_0, True, False)",
    "sides": "regions(_0, False, False)",
    "mixed": "regions(_0, True, True)",
}
_FEATURES = {
    "painted": (
        "extent", "tall", "wide", "solid", "at_edge", "upright", "even_sided", "openings",
    ),
    "ranked": ("extent", "tall", "wide", "lowest", "rightmost"),
    "shared": ("outline", "own_colour", "extent"),
}  # fmt: skip
_MIXED_FEATURES = {
    "painted": ("extent", "colours_in", "main_colour", "odd_colour", "at_edge", "even_sided"),
    "ranked": ("extent", "colours_in"),
    "shared": ("outline", "look"),
}
_STEPS = {"right": "0, 1", "left": "0, -1", "below": "1, 0", "above": "-1, 0", "south_east": "1, 1",
          "south_west": "1, -1", "north_east": "-1, 1", "north_west": "-1, -1"}  # fmt: skip


def _maps() -> list[Component]:
    texts: dict[str, str] = {}
    for kind, found in _KINDS.items():
        for way, features in (_MIXED_FEATURES if kind == "mixed" else _FEATURES).items():
            for feature in features:
                texts[f"{way} {feature} {kind}"] = f"{way}(_0, {found}, {feature})"
        texts[f"layers {kind}"] = f"layers(_0, {found})"
        texts[f"boxed {kind}"] = f"boxed(_0, {found})"
        if kind != "sides":
            texts[f"rows_down {kind}"] = f"rows_down(_0, {found})"
            texts[f"columns_in {kind}"] = f"columns_in(_0, {found})"
    for corners in (False, True):
        shut = f"enclosed(_0, {corners})"
        for feature in ("extent", "surrounding", "solid", "upright"):
            texts[f"enclosed {feature} {corners}"] = f"painted(_0, {shut}, {feature})"
        texts[f"neighbours {corners}"] = f"neighbours(_0, {corners})"
        texts[f"adjacent {corners}"] = f"adjacent(_0, {corners})"
        texts[f"row_numbers {corners}"] = f"row_numbers(_0, {corners})"
        texts[f"column_numbers {corners}"] = f"column_numbers(_0, {corners})"
    texts["enclosed rank"] = "ranked(_0, enclosed(_0, False), extent)"
    for way, step in _STEPS.items():
        texts[f"seen {way}"] = f"seen(_0, {step})"
        texts[f"beside {way}"] = f"moved(_0, {', '.join(str(-int(n)) for n in step.split(', '))})"
        if way in ("right", "below", "south_east", "south_west"):
            texts[f"between {way}"] = f"between(_0, {step})"
    for label, step in {"rows": "1, 0", "columns": "0, 1", "diagonals": "1, 1"}.items():
        for period in (2, 3):
            texts[f"stripes {label} {period}"] = f"stripes(_0, {step}, {period})"
    for place in (0, -1):
        texts[f"row_colours {place}"] = f"row_colours(_0, {place})"
        texts[f"column_colours {place}"] = f"column_colours(_0, {place})"
    for sign in (-1, 1):
        texts[f"diagonals {sign}"] = f"diagonals(_0, {sign})"
    for name in ("alike", "rings", "row_counts", "column_counts", "row_main", "column_main",
                 "uniform_lines", "colour_ranks"):  # fmt: skip
        texts[name] = f"{name}(_0)"
    return [_made(name, (GRID,), MAP, text, 2) for name, text in texts.items()]


def _pieces() -> list[Component]:
    cuts = {f"boxes {kind}": f"boxes(_0, {found})" for kind, found in _KINDS.items()}
    cuts |= {
        "cut_out corners": f"cut_out(_0, {_KINDS['corners']})",
        "cut_out mixed": f"cut_out(_0, {_KINDS['mixed']})",
        "colour boxes": "boxes(_0, of_colour(_0))",
        "insides": "insides(_0)", "panels": "panels(_0)", "squares": "squares(_0)",
        "thirds": "thirds(_0)",
    }  # fmt: skip
    made = [_made(name, (GRID,), PIECES, text, 2) for name, text in cuts.items()]
    picks = {
        f"{'most' if sign > 0 else 'least'} {value}": f"greatest(_0, {value}, {sign})"
        for value in ("cells", "area", "variety", "likeness")
        for sign in (1, -1)
    }
    picks |= {f"odd {key}": f"odd_one(_0, {key})" for key in
              ("itself", "mask", "main_cell", "cells", "variety", "area", "likeness")}  # fmt: skip
    picks |= {"commonest": "commonest(_0)", "first piece": "_0[0]", "last piece": "_0[-1]",
              "second piece": "_0[1]", "third piece": "_0[2]",
              "stacked": "stacked(_0)", "stacked up": "stacked(_0[::-1])",
              "in_a_row": "in_a_row(_0)", "in_a_column": "in_a_column(_0)"}  # fmt: skip
    made += [_made(name, (PIECES,), GRID, text, 2) for name, text in picks.items()]
    made += [
        _made(f"by {value} {sign}", (PIECES,), PIECES, f"by_value(_0, {value}, {sign})", 2)
        for value in ("cells", "area")
        for sign in (1, -1)
    ]
    made.append(_made("how many pieces", (PIECES,), INT, "len(_0)", 2))
    return made


def _whole() -> list[Component]:
    rows = "panel_rows(_0)"
    texts = {
        "summary main": f"summary({rows}, main_cell)",
        "kaleidoscope": "kaleidoscope(_0)", "unrepeated": "unrepeated(_0)",
        "without_lines": "without_lines(_0)",
        "dropped mixed": f"dropped(_0, {_KINDS['mixed']})",
        "dropped": f"dropped(_0, {_KINDS['corners']})",
    }  # fmt: skip
    made = [_made(name, (GRID,), GRID, text, 2) for name, text in texts.items()]
    made += [
        _made("summary cells", (GRID,), MAP, f"summary({rows}, cells)", 2),
        _made("summary variety", (GRID,), MAP, f"summary({rows}, variety)", 2),
        _made("completed", (GRID, INT), GRID, "completed(_0, _1)", 2),
        _made("window", (GRID, GRID, INT), GRID, "window(_0, _1, _2)", 2),
        _made("tiled", (GRID, INT, INT), GRID, "tiled(_0, _1, _2)", 2),
        _made("bar", (INT, INT), GRID, "bar(_0, _1)", 2),
    ]
    made += [
        _made(f"number of {kind}", (GRID,), INT, f"len({found})", 2)
        for kind, found in _KINDS.items()
    ]
    return made


REGIONAL: tuple[Component, ...] = (*_maps(), *_pieces(), *_whole())
