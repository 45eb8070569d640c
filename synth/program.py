"""A candidate program, and the key under which look-alikes in text meet."""

from __future__ import annotations

import ast
import builtins
import hashlib
import warnings
from dataclasses import dataclass
from functools import lru_cache
from itertools import count


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
            if not _reads_itself(tree):
                tree = _Normaliser(_outside_names(tree)).visit(tree)
            text = ast.dump(tree)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass  # broken code is its own text
    return hashlib.sha256(f"{language}\0{entry_point}\0{text}".encode()).hexdigest()[:16]


class _Normaliser(ast.NodeTransformer):
    """Drops docstrings and renames what is local to an outermost function, in order of occurrence.

    Names are left alone in a function that looks at its own (`locals`, `eval`, `exec`, `vars`,
    `dir`, `inspect`), holds a class, or is called with keywords: there a name can be behaviour.
    So are those left alone that mean something outside: `[max for max in x]` makes `max` a local of
    the comprehension only.
    """

    def __init__(self, outside: set[str]) -> None:
        self._outside = outside

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
            _rename_locals(node, self._outside)
        return node


_OF_FUNCTIONS = {"__doc__", "__code__"}
_INTROSPECTION = {"locals", "eval", "exec", "vars", "dir", "inspect", "globals", "sys"}


def _reads_itself(tree: ast.Module) -> bool:
    """Whether docstrings or the names of locals may be read somewhere, or any name be defined."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in _OF_FUNCTIONS:
            return True
        if isinstance(node, ast.Name) and node.id in _OF_FUNCTIONS:
            return True
        if isinstance(node, ast.Constant) and node.value in _OF_FUNCTIONS:
            return True
        if isinstance(node, ast.alias) and node.name.partition(".")[0] in ("*", "inspect"):
            return True
    return False


def _outside_names(tree: ast.Module) -> set[str]:
    """Names that stand for something outside of functions: the module's and the builtins."""
    found = set(dir(builtins))
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            found.update(node.names)
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.Name) and not _is_load(node):
            found.add(node.id)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            found.add(node.name)
        pending += ast.iter_child_nodes(node)
    return found


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


def _rename_locals(node: ast.FunctionDef | ast.AsyncFunctionDef, outside: set[str]) -> None:
    bound = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and not _is_load(n)}
    # Parameters keep their names: a caller may use them as keywords.
    functions = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef | ast.Lambda)]
    parameters = {a.arg for f in functions for a in ast.walk(f.args) if isinstance(a, ast.arg)}
    local = bound - parameters - outside
    taken = outside | {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - local | parameters
    numbered = (f"_{number}" for number in count())
    free = (name for name in numbered if name not in taken)
    renamed: dict[str, str] = {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and inner.id in local:
            if inner.id not in renamed:
                renamed[inner.id] = next(free)
            inner.id = renamed[inner.id]


def _is_load(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)
