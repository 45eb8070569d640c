"""A candidate program, and the key under which look-alikes in text meet."""

from __future__ import annotations

import ast
import hashlib
import warnings
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Program:
    """Source text in a language; `entry_point` None means a whole program that reads stdin."""

    source: str
    entry_point: str | None = None
    language: str = "python"

    @property
    def key(self) -> str:
        """A 16-hex-digit hash of the normalised source: layout, comments, docstrings, annotations
        and the names of locals aside. Programs of one key do the same."""
        return _key(self.source, self.entry_point, self.language)


@lru_cache(maxsize=65_536)
def _key(source: str, entry_point: str | None, language: str) -> str:
    text = "\n".join(line.rstrip() for line in source.strip().splitlines())
    if language == "python":
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about "\\d" in a program, to nobody's use
                tree = ast.parse(source)
            text = ast.dump(_Normaliser().visit(tree))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass  # broken code is its own text
    return hashlib.sha256(f"{language}\0{entry_point}\0{text}".encode()).hexdigest()[:16]


class _Normaliser(ast.NodeTransformer):
    """Drops docstrings and renames what is local to an outermost function, in order of occurrence.

    Names are left alone in a function that looks at its own (`locals`, `eval`, `exec`, `vars`,
    `dir`, `inspect`), holds a class, or is called with keywords: there a name can be behaviour.
    """

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return node  # attributes and methods are behaviour

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        for inner in ast.walk(node):
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                first = inner.body[0]
                if (
                    isinstance(first, ast.Expr)
                    and isinstance(first.value, ast.Constant)
                    and isinstance(first.value.value, str)
                ):
                    inner.body = inner.body[1:] or [ast.Pass()]
        if not _names_are_behaviour(node):
            _rename_locals(node)
        return node


_INTROSPECTION = {"locals", "eval", "exec", "vars", "dir", "inspect", "globals", "sys"}


def _names_are_behaviour(node: ast.AST) -> bool:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and inner.id in _INTROSPECTION:
            return True
        if isinstance(
            inner, ast.ClassDef | ast.Global | ast.Nonlocal | ast.Import | ast.ImportFrom
        ):
            return True
        if isinstance(inner, ast.MatchAs | ast.MatchStar | ast.MatchMapping | ast.ExceptHandler):
            return True
    return False


def _rename_locals(node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    bound = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and not _is_load(n)}
    # Parameters keep their names: a caller may use them as keywords.
    functions = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef | ast.Lambda)]
    parameters = {a.arg for f in functions for a in ast.walk(f.args) if isinstance(a, ast.arg)}
    renamed: dict[str, str] = {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and inner.id in bound - parameters:
            inner.id = renamed.setdefault(inner.id, f"_{len(renamed)}")


def _is_load(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)
