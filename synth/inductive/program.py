"""The answer: a program as Python text, with everything that is known about it."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from synth.inductive.carried import carried_names
from synth.inductive.confidence import Evidence
from synth.inductive.hoisting import hoist
from synth.inductive.random_inputs import random_inputs
from synth.inductive.rendering import (
    Renderer,
    function_tree,
    source_text,
    statements,
)  # fmt: skip
from synth.inductive.rewriting import LAST_RULES, RULES, polish
from synth.inductive.seeds import is_foreign, preambles
from synth.inductive.task import Task, same
from synth.inductive.term import Term, Variable, evaluate
from synth.inductive.values import BOTTOM, coerce, freeze, thaw

_CHECKS = 200


@dataclass(frozen=True, slots=True)
class InductiveProgram:
    """A program found from examples.

    ``cost`` is its description cost; ``probability`` the calibrated chance that it is right on
    unseen inputs; ``leave_one_out`` the share of examples that the search predicts when it does not
    see them (None: not tried).  ``term`` is what it was rendered from.
    """

    source: str
    name: str
    cost: int
    term: Term = field(repr=False)
    probability: float = 0.0
    leave_one_out: float | None = None
    seconds: float = 0.0
    evidence: Evidence | None = None

    @property
    def foreign(self) -> bool:
        """Whether it holds text from elsewhere, which must be run in a sandbox only."""
        return is_foreign(self.term)

    def function(self, functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        """The program as a callable; ``functions`` are the user's own components by name.

        Only text that this package rendered from its own components is ever executed here:
        raises `ValueError` for a program with foreign text.
        """
        if self.foreign:
            raise ValueError(f"{self.name} holds text from elsewhere; run it in the sandbox")
        space: dict[str, Any] = dict(functions or {})
        exec(compile(self.source, f"<{self.name}>", "exec"), space)
        return space[self.name]


class Oracle:
    """Checks renderings of one term against the term itself, on examples and random inputs."""

    def __init__(self, task: Task, variables: Sequence[Variable], term: Term) -> None:
        self._task = task
        self.rows: list[tuple[Any, ...]] = []
        self.outputs: list[Any] = []
        extra = random_inputs(task.inputs, task.types, _CHECKS)
        for row in (*task.inputs, *task.unlabeled, *extra):
            value = outcome(term, dict(zip(variables, row, strict=True)))
            # Where the term itself fails a rendering may do as it likes.
            if value is not BOTTOM:
                self.rows.append(row)
                self.outputs.append(value)

    def agrees(self, body: Sequence[ast.stmt], imports: Sequence[str]) -> bool:
        """Whether a function body gives the term's output on every row."""
        task = self._task
        try:
            run = compile_body(body, imports, task)
        except (SyntaxError, ValueError, RecursionError):
            return False
        for row, wanted in zip(self.rows, self.outputs, strict=True):
            try:
                value = run(*map(thaw, row, task.types))
                if not same(coerce(freeze(value), task.result), wanted, task.result):
                    return False
            except Exception:
                return False
        return True


def outcome(term: Term, environment: Mapping[Variable, Any]) -> Any:
    """The frozen output of a term, bottom where it raises."""
    try:
        return evaluate(term, environment)
    except Exception:
        return BOTTOM


def compile_body(body: Sequence[ast.stmt], imports: Sequence[str], task: Task) -> Any:
    """A callable from statements made of our own components."""
    module = ast.Module([function_tree(task.name, task.parameters, body)], [])
    ast.fix_missing_locations(module)
    space: dict[str, Any] = dict(task.functions or {})
    for item in imports:
        home, _, member = item.rpartition(".")
        if home:
            space[member] = getattr(importlib.import_module(home), member)
        else:
            space[member] = importlib.import_module(member)
    exec(compile(module, f"<{task.name}>", "exec"), space)
    return space[task.name]


def render(task: Task, variables: Sequence[Variable], term: Term) -> str | None:
    """The source of a term as a person would write it; None if no rendering agrees with it."""
    renderer = Renderer(dict(zip(variables, task.parameters, strict=True)))
    plain = ast.fix_missing_locations(renderer.expression(term))
    imports = list(renderer.imports)
    if is_foreign(term):
        # Nothing can be checked without running foreign text: no rewrites.
        tree = function_tree(task.name, task.parameters, statements(plain))
        return "\n\n".join([*preambles(term), source_text(tree, imports)])
    if task.name in carried_names(imports):
        return None
    oracle = Oracle(task, variables, term)
    if not oracle.agrees([ast.Return(plain)], imports):
        return None

    def unchanged(expression: ast.expr) -> bool:
        return oracle.agrees([ast.Return(expression)], imports)

    polished = polish(plain, unchanged, RULES)
    polished = polish(polished, unchanged, LAST_RULES)
    choices = [hoist(polished, task.parameters), statements(polished), [ast.Return(polished)]]
    for body in choices:
        if body is not None and oracle.agrees(body, imports):
            tree = function_tree(task.name, task.parameters, body)
            needed = [item for item in imports if _uses(tree, item)]
            return source_text(tree, needed)
    return None


def _uses(tree: ast.AST, item: str) -> bool:
    name = item.rpartition(".")[2]
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))
