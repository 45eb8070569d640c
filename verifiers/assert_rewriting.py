"""Rewrites test code so that a failed assertion says what its two sides were.

For tests that have to run as they are: the plain `AssertionError` of `assert f(x) == y` says
nothing, and a model repairs little without the values. Each side is still evaluated once, in order.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Collection
from dataclasses import dataclass

from verifiers.parsing import parse
from verifiers.value_text import without_addresses

_MARK = "__sides__"
_LEFT, _RIGHT, _EXPLAIN = "__left__", "__right__", "__explain__"
_HELPER = f'''
def {_EXPLAIN}(left, right):
    import json
    def text(value):
        try:
            shown = repr(sorted(value)) if type(value) in (set, frozenset) else repr(value)
        except BaseException:
            shown = "<" + type(value).__name__ + ">"
        return shown if len(shown) <= 400 else shown[:260] + "..." + shown[-130:]
    return "{_MARK}" + json.dumps([text(left), text(right)])
'''


@dataclass(frozen=True, slots=True)
class Rewritten:
    """`texts` maps a line of the new source to the assertion there as it was written."""

    source: str
    texts: dict[int, str]


def rewritten(source: str, names: Collection[str], before: str = "") -> Rewritten:
    """`before` and then `source` with explaining assertions; `names` are those by which the
    program is called: the side that uses one is the actual value.

    Raises:
        SyntaxError: it does not parse.
    """
    explainer = _Explainer(frozenset(names))
    tree = explainer.visit(parse(source))
    originals = [explainer.texts[id(n)] for n in ast.walk(tree) if isinstance(n, ast.Assert)]
    head = f"{before.rstrip()}\n{_HELPER}\n"
    body = ast.unparse(ast.fix_missing_locations(tree))
    skipped = head.count("\n")
    lines = [n.lineno + skipped for n in ast.walk(parse(body)) if isinstance(n, ast.Assert)]
    return Rewritten(head + body, dict(zip(lines, originals, strict=True)))


def sides(error: str) -> tuple[str, str] | None:
    """(expected, actual) out of a rewritten assertion's error; None for any other."""
    _, mark, text = error.partition(_MARK)
    if not mark:
        return None
    try:
        expected, actual = json.loads(text)
    except ValueError:
        return None
    return without_addresses(str(expected)), without_addresses(str(actual))


class _Explainer(ast.NodeTransformer):
    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self.texts: dict[int, str] = {}  # by the id of the new node, which the tree keeps alive

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        test, message = node.test, node.msg
        made = ast.Assert(test, message)
        self.texts[id(made)] = f"assert {ast.unparse(test)}"
        if message is None and isinstance(test, ast.Compare) and len(test.ops) == 1:
            first, second = _LEFT, _RIGHT
            made.test = ast.Compare(
                ast.NamedExpr(ast.Name(_LEFT, ast.Store()), test.left),
                test.ops,
                [ast.NamedExpr(ast.Name(_RIGHT, ast.Store()), test.comparators[0])],
            )
            if self._asks(test.left) or not self._asks(test.comparators[0]):
                first, second = second, first
            shown = [ast.Name(first, ast.Load()), ast.Name(second, ast.Load())]
            made.msg = ast.Call(ast.Name(_EXPLAIN, ast.Load()), list[ast.expr](shown), [])
        return ast.copy_location(made, node)

    def _asks(self, node: ast.expr) -> bool:
        return any(isinstance(n, ast.Name) and n.id in self._names for n in ast.walk(node))
