"""Components: functions and templates say the same; user callables become components."""

from __future__ import annotations

import ast
import importlib
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synth.inductive.component import Component, component_from_callable
from synth.inductive.library import library, universe
from synth.inductive.rendering import Renderer
from synth.inductive.term import Term, Variable
from synth.inductive.value_types import (
    BOOL,
    FLOAT,
    INT,
    PATTERN,
    STR,
    Type,
    bits,
    dict_of,
    list_of,
    set_of,
    tuple_of,
)  # fmt: skip
from synth.inductive.values import coerce, freeze, thaw

_KINDS = universe(
    [STR, list_of(INT), FLOAT, dict_of(STR, INT), set_of(INT), list_of(FLOAT)], tuple_of(INT, INT)
)
_ALL = [*library(_KINDS), *library({bits(64), BOOL}), *library({bits(8), BOOL})]


def _values(kind: Type) -> st.SearchStrategy[Any]:
    if kind.name.startswith("bits"):
        width = int(kind.name[4:])
        return st.integers(0, (1 << width) - 1) | st.integers(0, min(70, (1 << width) - 1))
    if kind == PATTERN:
        return st.sampled_from([r"\d+", r"[A-Z]", r"\w+"])
    if kind == STR:
        return st.text("aB1 ,-", max_size=6)
    if kind == FLOAT:
        return st.floats(-50, 50).map(lambda x: round(x, 3))
    if kind in (INT, BOOL):
        return st.integers(-3, 12) if kind == INT else st.booleans()
    if kind.name == "list":
        return st.lists(_values(kind.element), max_size=4)
    if kind.name == "tuple":
        return st.tuples(*map(_values, kind.arguments))
    if kind.name == "set":
        return st.sets(_values(kind.element), max_size=4)
    return st.dictionaries(*map(_values, kind.arguments), max_size=3)


def run_template(component: Component, arguments: list[Any]) -> Any:
    """A component by its Python text."""
    names = [f"a{place}" for place in range(component.arity)]
    variables = [Variable(n, k) for n, k in zip(names, component.arguments, strict=True)]
    term = Term(
        component, tuple(Term(v, (), v.type, 1, ()) for v in variables), component.result, 1, ()
    )
    renderer = Renderer(dict(zip(variables, names, strict=True)))
    tree = ast.fix_missing_locations(ast.Expression(renderer.expression(term)))
    space: dict[str, Any] = dict(zip(names, arguments, strict=True))
    for item in renderer.imports:
        module, _, member = item.partition(".")
        loaded = importlib.import_module(module)
        space[member or module] = getattr(loaded, member) if member else loaded
    return eval(compile(tree, "<template>", "eval"), space)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_every_template_computes_what_its_function_computes(data: st.DataObject) -> None:
    for component in data.draw(st.lists(st.sampled_from(_ALL), min_size=20, max_size=20)):
        arguments = [data.draw(_values(kind)) for kind in component.arguments]
        frozen = [coerce(freeze(v), k) for v, k in zip(arguments, component.arguments, strict=True)]
        try:
            value = component.function(*frozen)
        except Exception:
            continue  # guarded more strictly than Python is allowed
        made = run_template(
            component, [thaw(f, k) for f, k in zip(frozen, component.arguments, strict=True)]
        )
        assert coerce(freeze(made), component.result) == value, (component.name, arguments)


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_every_vector_form_computes_what_its_function_computes(data: st.DataObject) -> None:
    for component in [c for c in _ALL if c.vector is not None]:
        rows = data.draw(
            st.lists(st.tuples(*map(_values, component.arguments)), min_size=1, max_size=3)
        )
        columns = [
            np.array(column, dtype=np.uint64 if kind.name == "bits64" else np.int64).view(np.int64)
            for column, kind in zip(zip(*rows, strict=True), component.arguments, strict=True)
        ]
        usable = np.ones(len(rows), dtype=bool)
        with np.errstate(all="ignore"):
            if component.vector_valid is not None:
                usable = component.vector_valid(*columns)
            made = np.asarray(component.vector(*columns)).astype(np.int64)
        wide = component.result.name == "bits64"
        for place, row in enumerate(rows):
            if usable[place]:
                value = made.view(np.uint64)[place] if wide else made[place]
                assert int(value) == int(component.function(*row)), (component.name, row)


def test_an_annotated_callable_is_a_component_on_ordinary_values() -> None:
    def evens(xs: list[int]) -> list[int]:
        assert isinstance(xs, list)
        return [x for x in xs if x % 2 == 0]

    component = component_from_callable(evens)
    assert component.arguments == (list_of(INT),)
    assert component.function((1, 2, 4)) == (2, 4)
    assert component.template == "evens(_0)"


def test_a_callable_without_annotations_is_refused_by_parameter_name() -> None:
    def odd(x, y: int) -> int:  # type: ignore[no-untyped-def]
        return x + y

    with pytest.raises(TypeError, match="annotate 'x'"):
        component_from_callable(odd)


def test_excluded_components_are_gone_and_weights_override_costs() -> None:
    kinds = universe([list_of(INT)], INT)
    assert all(c.name != "sum" for c in library(kinds, exclude={"sum"}))
    assert {c.cost for c in library(kinds, weights={"sum": 5}) if c.name == "sum"} == {5}
