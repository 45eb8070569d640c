"""Rewrites that make enumerated Python idiomatic, each kept only if the program stays the same.

A rule looks at one node whose children are already rewritten and returns a better node or None.
Rules may rely on facts that hold of most values; `polish` tests every changed program on the
examples and on random inputs and drops the rule where an output differs.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Sequence
from typing import Any

from synth.inductive import logic_rules, sequence_rules

Rule = Callable[[ast.expr], ast.expr | None]


def polish(
    expression: ast.expr, same: Callable[[ast.expr], bool], rules: Sequence[Rule]
) -> ast.expr:
    """Apply rules to a fixed point; ``same`` says whether a changed program is as before."""
    for _ in range(4):
        before = ast.dump(expression)
        for rule in rules:
            changed = _apply(rule, expression)
            if ast.dump(changed) != ast.dump(expression) and same(changed):
                expression = changed
        if ast.dump(expression) == before:
            break
    return expression


def _apply(rule: Rule, expression: ast.expr) -> ast.expr:
    class Visitor(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            node = self.generic_visit(node)
            if isinstance(node, ast.expr):
                return rule(node) or node
            return node

    visited: ast.expr = Visitor().visit(copy.deepcopy(expression))
    return ast.fix_missing_locations(visited)


RULES: tuple[Rule, ...] = (
    logic_rules.negation,
    logic_rules.truth,
    logic_rules.parity,
    logic_rules.chains,
    logic_rules.flat_logic,
    logic_rules.arithmetic,
    logic_rules.sides,
    logic_rules.between,
    sequence_rules.slices,
    sequence_rules.ordering,
    sequence_rules.displays,
    sequence_rules.texts,
    sequence_rules.loops,
    sequence_rules.generators,
    sequence_rules.eta,
)
# Only at the end: no other rule looks inside an f-string.
LAST_RULES: tuple[Rule, ...] = (sequence_rules.f_strings,)
