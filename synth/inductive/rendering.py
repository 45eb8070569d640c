"""Terms as Python syntax trees, and syntax trees as functions a person would write.

Templates are instantiated as trees, so precedence is never a matter of text.  The polishing that
makes the result idiomatic is in `synth.inductive.rewriting`, and every step of it is checked.
"""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from synth.inductive.carried import carried_text, is_carried
from synth.inductive.component import Component, parse_template
from synth.inductive.term import Binder, Branch, Literal, Term, Variable, mentions
from synth.inductive.value_types import INT, STR, Type
from synth.inductive.values import thaw

_PLACEHOLDER = "_"
# Up to this width a single conditional stays on one line.
_SHORT = 56


class Renderer:
    """Turns the terms of one program into expressions; collects the imports they need."""

    def __init__(self, parameters: Mapping[Variable, str]) -> None:
        self._names: dict[Variable, str] = dict(parameters)
        self._taken = set(self._names.values())
        self._parameters = frozenset(self._names.values())
        self.imports: dict[str, None] = {}

    def expression(self, term: Term) -> ast.expr:
        """The term as a Python expression."""
        head = term.head
        if isinstance(head, Variable):
            return ast.Name(self._names[head], ast.Load())
        if isinstance(head, Literal):
            return literal_node(head.value, head.type)
        if isinstance(head, Branch):
            condition, then, other = map(self.expression, term.arguments)
            return ast.IfExp(condition, then, other)
        if isinstance(head, Component):
            for module in head.imports:
                self.imports[module] = None
            return self._instantiate(head.template, [self.expression(a) for a in term.arguments])
        return self._construct(head, term.arguments)

    def _instantiate(self, template: str, arguments: Sequence[ast.expr]) -> ast.expr:
        tree = copy.deepcopy(_template_tree(template))
        bound = {
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        inside = {
            node.id
            for argument in arguments
            for node in ast.walk(argument)
            if isinstance(node, ast.Name)
        }
        renamed = {
            name: _fresh(name, self._taken | inside | bound)
            for name in bound
            if name != _PLACEHOLDER and name in self._taken | inside
        }
        filled: ast.expr = _Filler(arguments, renamed, bound, self._parameters).visit(tree)
        if any(isinstance(node, ast.Name) and node.id == "builtins" for node in ast.walk(filled)):
            self.imports["builtins"] = None
        return filled

    def _construct(self, binder: Binder, arguments: Sequence[Term]) -> ast.expr:
        sources, bodies = arguments[: binder.sources], arguments[binder.sources :]
        iterated = [self.expression(source) for source in sources]
        index = binder.index
        if index is not None and not any(mentions(body, index) for body in bodies):
            index = None
        bound = [*binder.variables, *([index] if index is not None else [])]
        before = set(self._taken)
        for place, variable in enumerate(binder.variables):
            source = sources[place] if place < len(sources) else None
            self._name(variable, _suggestion(variable, source, place))
        if index is not None:
            self._name(index, "i")
        made = [self.expression(body) for body in bodies]
        result = self._combine(binder, index, iterated, made)
        for variable in bound:
            del self._names[variable]
        self._taken = before
        return result

    def _name(self, variable: Variable, suggestion: str) -> None:
        name = _fresh(suggestion, self._taken)
        self._names[variable] = name
        self._taken.add(name)

    def _combine(
        self,
        binder: Binder,
        index: Variable | None,
        iterated: Sequence[ast.expr],
        bodies: Sequence[ast.expr],
    ) -> ast.expr:
        kind, names = binder.kind, [self._names[variable] for variable in binder.variables]
        first = ast.Name(names[0], ast.Load())
        if kind == "accumulate":
            return self._called_with_function("list(itertools.accumulate(_0, _1))", iterated[0],
                                              names, bodies[0])  # fmt: skip
        if kind in _WITH_FUNCTION:
            return self._called_with_function(_WITH_FUNCTION[kind], iterated[0], names, bodies[0])
        loop = self._loop(names, index, iterated)
        if kind == "map":
            return ast.ListComp(bodies[0], [loop])
        if kind == "filter":
            loop.ifs.append(bodies[0])
            return ast.ListComp(first, [loop])
        if kind == "dict_map":
            return ast.DictComp(first, bodies[0], [loop])
        inner: ast.expr = bodies[0]
        if kind == "flat_pairs":
            inner = ast.Tuple(list(bodies), ast.Load())
        item = _fresh("item" if "y" in self._taken else "y", self._taken)
        second = ast.comprehension(ast.Name(item, ast.Store()), inner, [], 0)
        return ast.ListComp(ast.Name(item, ast.Load()), [loop, second])

    def _called_with_function(
        self, template: str, source: ast.expr, names: Sequence[str], body: ast.expr
    ) -> ast.expr:
        if "itertools" in template:
            self.imports["itertools"] = None
        parameters = ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])
        return self._instantiate(template, [source, ast.Lambda(parameters, body)])

    def _loop(
        self,
        names: Sequence[str],
        index: Variable | None,
        iterated: Sequence[ast.expr],
    ) -> ast.comprehension:
        source = iterated[0] if len(iterated) == 1 else _call("zip", *iterated)
        stores: list[ast.expr] = [ast.Name(name, ast.Store()) for name in names]
        target = stores[0] if len(stores) == 1 else ast.Tuple(stores, ast.Store())
        if index is not None:
            source = _call("enumerate", source)
            target = ast.Tuple([ast.Name(self._names[index], ast.Store()), target], ast.Store())
        return ast.comprehension(target, source, [], 0)


_WITH_FUNCTION = {
    "sort_by": "sorted(_0, key=_1)",
    "max_by": "max(_0, key=_1)",
    "min_by": "min(_0, key=_1)",
    "take_while": "list(itertools.takewhile(_1, _0))",
    "drop_while": "list(itertools.dropwhile(_1, _0))",
}


@lru_cache(maxsize=1024)
def _template_tree(template: str) -> ast.expr:
    return parse_template(template)


class _Filler(ast.NodeTransformer):
    """Replaces placeholders by arguments, renames what a template binds, and reaches
    builtins that a parameter hides."""

    def __init__(
        self,
        arguments: Sequence[ast.expr],
        renamed: Mapping[str, str],
        bound: Iterable[str],
        parameters: frozenset[str],
    ) -> None:
        self._arguments = arguments
        self._renamed = renamed
        self._bound = set(bound)
        self._parameters = parameters

    def visit_Name(self, node: ast.Name) -> ast.expr:
        name = node.id
        if name.startswith("_") and name[1:].isdigit():
            return copy.deepcopy(self._arguments[int(name[1:])])
        if name in self._renamed:
            return ast.Name(self._renamed[name], node.ctx)
        if name in self._parameters and name not in self._bound and hasattr(builtins, name):
            return ast.Attribute(ast.Name("builtins", ast.Load()), name, ast.Load())
        return node


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _fresh(name: str, taken: Iterable[str]) -> str:
    """The name, or a similar one that is free."""
    used = set(taken)
    if name not in used:
        return name
    for other in {"x": "yzuvw", "y": "zuvw", "i": "jkmn", "c": "dk"}.get(name, ""):
        if other not in used:
            return other
    number = 2
    while f"{name}{number}" in used:
        number += 1
    return f"{name}{number}"


def _suggestion(variable: Variable, source: Term | None, place: int) -> str:
    kind: Type = variable.type
    if variable.name == "total":
        return "total"
    if kind == STR:
        return "c" if source is not None and source.type == STR else "word"
    if kind.is_list:
        return "row" if kind.element == INT else "group"
    if (
        kind == INT
        and source is not None
        and isinstance(source.head, Component)
        and source.head.name.startswith("range")
    ):
        return "i" if place == 0 else "j"
    return variable.name


def literal_node(value: Any, kind: Type) -> ast.expr:
    """A constant as an expression."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    if kind.name == "list":
        items = [literal_node(item, kind.arguments[0]) for item in value]
        return ast.List(items, ast.Load())
    if kind.name == "tuple":
        members = [literal_node(v, k) for v, k in zip(value, kind.arguments, strict=True)]
        return ast.Tuple(members, ast.Load())
    if kind.name in ("dict", "set"):
        return ast.parse(repr(thaw(value, kind)), mode="eval").body
    return ast.Constant(value)


def function_tree(
    name: str, parameters: Sequence[str], body: Sequence[ast.stmt]
) -> ast.FunctionDef:
    """A function definition from its statements."""
    arguments = ast.arguments([], [ast.arg(p) for p in parameters], None, [], [], None, [])
    tree = ast.FunctionDef(name, arguments, list(body), [], None)
    return ast.fix_missing_locations(tree)


def statements(expression: ast.expr) -> list[ast.stmt]:
    """A body that returns the expression: early returns for a chain of conditionals."""
    if not isinstance(expression, ast.IfExp):
        return [ast.Return(expression)]
    line = ast.unparse(ast.fix_missing_locations(expression))
    if len(line) <= _SHORT and line.count(" if ") == 1:
        return [ast.Return(expression)]
    made: list[ast.stmt] = []
    rest: ast.expr = expression
    while isinstance(rest, ast.IfExp):
        made.append(ast.If(rest.test, [ast.Return(rest.body)], []))
        rest = rest.orelse
    made.append(ast.Return(rest))
    return made


def import_lines(imports: Iterable[str]) -> list[str]:
    """``import re`` and ``from collections import Counter`` lines, sorted."""
    lines = []
    for item in sorted(imports):
        if is_carried(item):
            continue
        module, _, member = item.partition(".")
        lines.append(f"from {module} import {member}" if member else f"import {module}")
    return sorted(lines, key=lambda line: (line.startswith("from"), line))


def source_text(tree: ast.FunctionDef, imports: Iterable[str]) -> str:
    """The module text of a function: its imports, the functions it carries, then itself."""
    text = ast.unparse(ast.fix_missing_locations(tree))
    imports = list(imports)
    carried = carried_text(imports)
    if carried:
        text = f"{carried}\n\n\n{text}"
    lines = import_lines(imports)
    header = "\n".join(lines) + "\n\n\n" if lines else ""
    return _raw(header + text + "\n")


def _raw(text: str) -> str:
    """Regular expressions as raw strings: ``'\\\\d+'`` becomes ``r'\\d+'``."""
    for quoted in sorted({m for m in _quoted(text) if "\\\\" in m}, key=len, reverse=True):
        inner = quoted[1:-1]
        plain = inner.replace("\\\\", "\\")
        if ast.literal_eval(quoted) == plain and not plain.endswith("\\"):
            text = text.replace(quoted, "r" + quoted[0] + plain + quoted[-1])
    return text


def _quoted(text: str) -> list[str]:
    import io
    import tokenize

    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [t.string for t in tokens if t.type == tokenize.STRING and t.string[0] in "'\""]
