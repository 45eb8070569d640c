"""Functions of ours that a program carries along as source text, so that it stands alone.

A component names what its template calls among its imports, as ``synth.inductive.MODULE.FUNCTION``;
in the program's text the function stands in place of the import, with the functions it calls.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterable
from functools import lru_cache
from types import FunctionType
from typing import Any

PREFIX = "synth.inductive."


def is_carried(item: str) -> bool:
    """Whether an import of a component is a function to be carried."""
    return item.startswith(PREFIX)


def carried_text(imports: Iterable[str]) -> str:
    """The definitions of the carried functions among the imports, callees first; may be empty."""
    return "\n\n\n".join(_definitions(imports).values())


def carried_names(imports: Iterable[str]) -> set[str]:
    """The names that `carried_text` defines: a program cannot be called by one of them."""
    return set(_definitions(imports))


def _definitions(imports: Iterable[str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for item in filter(is_carried, imports):
        module, _, name = item.rpartition(".")
        _collect(getattr(importlib.import_module(module), name), texts)
    return texts


def _collect(function: Any, texts: dict[str, str]) -> None:
    if function.__name__ in texts:
        return
    text, called = _definition(function)
    for other in called:
        _collect(function.__globals__[other], texts)
    texts[function.__name__] = text


@lru_cache(maxsize=256)
def _definition(function: Any) -> tuple[str, tuple[str, ...]]:
    """Source without annotations and with one line of docstring, and the functions of ours that it
    uses."""
    tree = ast.parse(inspect.getsource(function)).body[0]
    assert isinstance(tree, ast.FunctionDef)
    _Bare().visit(tree)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    called = sorted(
        name
        for name in names
        if isinstance(held := function.__globals__.get(name), FunctionType)
        and held.__module__.startswith(PREFIX)
        and held is not function
    )
    return ast.unparse(ast.fix_missing_locations(tree)), tuple(called)


class _Bare(ast.NodeTransformer):
    """Takes annotations away, and the docstring but for its first line."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.returns = None
        text = ast.get_docstring(node)
        if text:
            node.body[0] = ast.Expr(ast.Constant(text.splitlines()[0]))
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        return ast.Assign([node.target], node.value) if node.value else ast.Pass()
