"""Assert statements: which function they are about, and which of them are plain examples."""

from __future__ import annotations

import ast
import builtins
import re

from synth.problem import Example
from synth.problems.literal import example_of_statement


def called_by_asserts(body: list[ast.stmt]) -> str | None:
    """The function that asserts are about: the name called in every one, builtins and what the
    tests define aside; of several the outermost call on the left."""
    candidates: list[str] | None = None
    defined = {getattr(node, "name", None) for node in body}
    for node in body:
        if not isinstance(node, ast.Assert):
            continue
        # Breadth first: f(g(1)) is about f unless another assert lacks it.
        names = [
            inner.func.id
            for inner in ast.walk(node.test)
            if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name)
        ]
        names = [name for name in names if name not in _BUILTINS and name not in defined]
        candidates = names if candidates is None else [n for n in candidates if n in names]
    return candidates[0] if candidates else None


_BUILTINS = frozenset(dir(builtins)) | {"isclose", "Counter", "Decimal", "Fraction", "deque"}


def split_asserts(
    body: list[ast.stmt], entry_point: str | None, text: str
) -> tuple[list[str], list[tuple[Example, int]]]:
    """Asserts that state an example become one (with its line); the other statements stay text.

    Where a statement is neither an assert nor an import (a variable, a loop), what follows may
    depend on it, so all stays text.
    """
    examples: list[tuple[Example, int]] = []
    left: list[str] = []
    plain = all(isinstance(node, ast.Assert | ast.Import | ast.ImportFrom) for node in body)
    for node in body:
        example = example_of_statement(node, entry_point) if entry_point and plain else None
        if example is not None:
            examples.append((example, node.lineno))
        else:
            left.append(ast.get_source_segment(text, node) or ast.unparse(node))
    if all(re.match(r"(import|from)\b", item) for item in left):
        left = []  # imports that no statement is left to use
    return left, examples
