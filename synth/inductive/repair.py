"""Repair of near-misses: holes filled by type, and branches added where a program is wrong.

Both work on source text and on values that somebody else computed: ``evaluate(sources)`` runs
whole programs where they may run, and returns for each its outputs on the task's examples, `BOTTOM`
where one failed.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from synth.inductive.constants import mine
from synth.inductive.library import universe
from synth.inductive.seeds import Evaluate, Seed
from synth.inductive.task import Task, same
from synth.inductive.value_types import INT, STR
from synth.inductive.values import BOTTOM, coerce, freeze

_BATCH = 256


@dataclass(frozen=True, slots=True)
class Repair:
    """A repaired program: its source, what was changed into what, and the order it was tried in."""

    source: str
    hole: str
    filling: str
    tried: int


def fill_holes(
    source: str,
    task: Task,
    evaluate: Evaluate,
    *,
    expressions: Sequence[str] = (),
    most: int = 20_000,
) -> Iterator[Repair]:
    """Programs one edit away from `source` that are right on all examples.

    Every sub-expression in turn is a hole, constants and operators first; it is tried with
    constants, other names, neighbouring values, then with ``expressions`` (texts over the
    program's names).  At most ``most`` programs are evaluated, in batches.
    """
    tried = 0
    batch: list[tuple[str, str, str]] = []
    seen = {source}
    for variant in variants(source, task, expressions):
        if variant[0] in seen:
            continue
        seen.add(variant[0])
        batch.append(variant)
        if len(batch) >= _BATCH:
            yield from _right_ones(batch, task, evaluate, tried)
            tried += len(batch)
            batch = []
        if tried + len(batch) >= most:
            break
    if batch:
        yield from _right_ones(batch, task, evaluate, tried)


def _right_ones(
    batch: Sequence[tuple[str, str, str]], task: Task, evaluate: Evaluate, before: int
) -> Iterator[Repair]:
    outputs = evaluate([variant[0] for variant in batch])
    for place, ((source, hole, filling), values) in enumerate(zip(batch, outputs, strict=True)):
        if all(right_outputs(values, task)):
            yield Repair(source, hole, filling, before + place + 1)


def right_outputs(values: Sequence[Any], task: Task) -> list[bool]:
    """Which examples are right, given a program's outputs in thawed or frozen form."""
    flags = []
    for value, wanted in zip(values, task.outputs, strict=True):
        if value is BOTTOM:
            flags.append(False)
            continue
        try:
            flags.append(same(coerce(freeze(value), task.result), wanted, task.result))
        except (TypeError, ValueError):
            flags.append(False)
    return flags


def variants(
    source: str, task: Task, expressions: Sequence[str] = ()
) -> Iterator[tuple[str, str, str]]:
    """Sources one edit away, with the text that was replaced and its replacement; likely first."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr)]
    numbers, texts = _constants(task)
    names = sorted(
        {
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        | {argument.arg for argument in ast.walk(tree) if isinstance(argument, ast.arg)}
    )
    rounds = (
        lambda node: _constant_fillings(node, numbers, texts),
        _operator_fillings,
        _off_by_one,
        lambda node: _name_fillings(node, names),
        lambda node: _expression_fillings(node, expressions),
    )
    for fillings in rounds:
        for place, node in enumerate(nodes):
            if isinstance(getattr(node, "ctx", None), ast.Store):
                continue
            for filling in fillings(node):
                made = _replaced(tree, place, filling)
                if made is not None:
                    yield made, ast.unparse(node), ast.unparse(filling)


def _replaced(tree: ast.Module, place: int, filling: ast.expr) -> str | None:
    """The source with the expression number ``place`` (in `ast.walk` order) replaced."""
    changed = copy.deepcopy(tree)
    nodes = [node for node in ast.walk(changed) if isinstance(node, ast.expr)]
    target = nodes[place]

    class Replacement(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return filling if node is target else self.generic_visit(node)

    try:
        return ast.unparse(ast.fix_missing_locations(Replacement().visit(changed))) + "\n"
    except (ValueError, TypeError):
        return None


def _constants(task: Task) -> tuple[list[int], list[str]]:
    columns = [tuple(row[place] for row in task.inputs) for place in range(len(task.parameters))]
    kinds = universe(task.types, task.result)
    mined = sorted(mine(columns, task.outputs, kinds, task.constants), key=lambda pair: pair[1])
    numbers = [held.value for held, _ in mined if held.type == INT]
    texts = [held.value for held, _ in mined if held.type == STR]
    return numbers, texts


def _constant_fillings(
    node: ast.expr, numbers: Sequence[int], texts: Sequence[str]
) -> Iterator[ast.expr]:
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        for number in dict.fromkeys([value + 1, value - 1, -value, *numbers]):
            if number != value:
                yield ast.Constant(number)
    elif isinstance(value, str):
        for text in dict.fromkeys([value.strip(), f"{value} ", f" {value}", *texts]):
            if text != value:
                yield ast.Constant(text)


_SWAPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE), ast.LtE: (ast.Lt, ast.GtE, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE), ast.GtE: (ast.Gt, ast.LtE, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
    ast.Add: (ast.Sub, ast.Mult), ast.Sub: (ast.Add,), ast.Mult: (ast.Add, ast.Pow),
    ast.Div: (ast.FloorDiv,), ast.FloorDiv: (ast.Div, ast.Mod), ast.Mod: (ast.FloorDiv,),
    ast.And: (ast.Or,), ast.Or: (ast.And,),
}  # fmt: skip
_METHODS = {
    "lower": ("upper", "title", "capitalize"), "upper": ("lower", "title", "capitalize"),
    "title": ("capitalize", "upper"), "strip": ("lstrip", "rstrip"), "find": ("rfind", "index"),
    "split": ("rsplit", "splitlines"), "startswith": ("endswith",), "endswith": ("startswith",),
    "isalpha": ("isalnum", "isdigit", "isupper"), "isdigit": ("isalnum", "isalpha"),
}  # fmt: skip
_FUNCTIONS = {"min": ("max",), "max": ("min",), "any": ("all",), "all": ("any",)}


def _operator_fillings(node: ast.expr) -> Iterator[ast.expr]:
    changed: Any
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in _SWAPS.get(type(node.ops[0]), ()):
            changed = copy.deepcopy(node)
            changed.ops = [other()]
            yield changed
    elif isinstance(node, ast.BinOp | ast.BoolOp):
        for other in _SWAPS.get(type(node.op), ()):
            changed = copy.deepcopy(node)
            changed.op = other()
            yield changed
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        for name in _METHODS.get(node.func.attr, ()):
            changed = copy.deepcopy(node)
            changed.func.attr = name
            yield changed
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        for name in _FUNCTIONS.get(node.func.id, ()):
            changed = copy.deepcopy(node)
            changed.func.id = name
            yield changed
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield copy.deepcopy(node.operand)


def _off_by_one(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Name | ast.Call | ast.BinOp | ast.Subscript):
        for operator in (ast.Add(), ast.Sub()):
            yield ast.BinOp(copy.deepcopy(node), operator, ast.Constant(1))


def _name_fillings(node: ast.expr, names: Sequence[str]) -> Iterator[ast.expr]:
    if isinstance(node, ast.Name):
        for name in names:
            if name != node.id:
                yield ast.Name(name, ast.Load())


def _expression_fillings(node: ast.expr, expressions: Sequence[str]) -> Iterator[ast.expr]:
    for text in expressions:
        try:
            yield ast.parse(text, mode="eval").body
        except SyntaxError:
            continue
    if not isinstance(node, ast.Constant | ast.Name):
        yield from (copy.deepcopy(child) for child in ast.iter_child_nodes(node)
                    if isinstance(child, ast.expr))  # fmt: skip


def near_miss_seed(source: str, name: str, outputs: Sequence[Any], task: Task) -> Seed | None:
    """A whole program that is right on some examples, as a seed for branch repair.

    Enumeration then looks for a condition and the other branch: the near-miss is one leaf of
    the decision tree.  ``outputs`` are its values on the examples; None when none is right.
    """
    if not any(right_outputs(outputs, task)):
        return None
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    helper = f"{name}_before"

    class Renaming(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
            self.generic_visit(node)
            if node.name == name:
                node.name = helper
            return node

        def visit_Name(self, node: ast.Name) -> ast.Name:
            return ast.Name(helper, node.ctx) if node.id == name else node

    preamble = ast.unparse(ast.fix_missing_locations(Renaming().visit(tree)))
    call = f"{helper}({', '.join(task.parameters)})"
    return Seed(call, tuple(outputs), task.result, 1, preamble)
