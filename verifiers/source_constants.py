"""The constants a program is written with: its branches are at and beside them."""

from __future__ import annotations

import ast
from typing import Any

from verifiers.parsing import UNPARSABLE, parse

_LARGEST = 100_000


def constants_of(source: str) -> list[Any]:
    """Numbers and strings written in the source, each once, in order; docstrings aside."""
    try:
        tree = parse(source)
    except UNPARSABLE:
        return []
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found: dict[tuple[type, Any], Any] = {}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and id(node) not in documentation
            and (
                (isinstance(node.value, str) and len(node.value) <= 200)
                # Larger ones are moduli and the like; as an input they would take for ever.
                or (isinstance(node.value, int | float) and abs(node.value) <= _LARGEST)
            )
        ):
            found.setdefault((type(node.value), node.value), node.value)
    return list(found.values())[:50]
