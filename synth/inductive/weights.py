"""Component costs learned from programs: what samples use becomes cheap, what they do not dear.

The samples may be a model's answers, right or wrong, or a user's own code.  This is the one-level
case of learning a probabilistic grammar from completions (HYSYNTH, Barke et al. 2024): the
probability of a component is the share of samples that contain the tokens of its template.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import lru_cache
from math import log2

from synth.inductive.component import Component, parse_template

_DEAREST = 6


def features(tree: ast.AST) -> set[str]:
    """What tells components apart in a tree: methods, functions, operators, kinds of slice."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute):
                found.add(f".{called.attr}")
            elif isinstance(called, ast.Name):
                found.add(called.id)
        elif isinstance(node, ast.BinOp | ast.UnaryOp | ast.BoolOp):
            found.add(type(node.op).__name__)
        elif isinstance(node, ast.Compare):
            found.update(type(operator).__name__ for operator in node.ops)
        elif isinstance(node, ast.Subscript):
            found.add(_kind_of_index(node.slice))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            continue
    return found


def _kind_of_index(index: ast.expr) -> str:
    if not isinstance(index, ast.Slice):
        return "index"
    parts = [("lower", index.lower), ("upper", index.upper), ("step", index.step)]
    return "slice " + " ".join(name for name, part in parts if part is not None)


@lru_cache(maxsize=1024)
def _template_features(template: str) -> frozenset[str]:
    return frozenset(features(parse_template(template)))


def learn_weights(
    samples: Sequence[str], components: Sequence[Component], *, strength: float = 0.5
) -> dict[str, int]:
    """Costs by component name from program texts; those that do not parse are left out.

    ``strength`` mixes the learned cost (minus log2 of the smoothed share of samples, in
    half-octaves) with the component's own: 0 keeps the library's costs, 1 forgets them.
    """
    parsed = []
    for sample in samples:
        try:
            parsed.append(features(ast.parse(sample)))
        except SyntaxError:
            continue
    if not parsed:
        return {}
    costs: dict[str, int] = {}
    for component in components:
        wanted = _template_features(component.template)
        if not wanted:
            continue
        count = sum(wanted <= own for own in parsed)
        learned = 1 - 1.5 * log2((count + 0.25) / (len(parsed) + 0.25))
        mixed = (1 - strength) * component.cost + strength * min(learned, _DEAREST)
        costs[component.name] = max(1, min(_DEAREST, round(mixed)))
    return costs
