"""A pytest file: read where it is plain, else run by pytest beside the program.

Test functions and `Test` classes whose bodies are assertions about calls with known arguments,
`parametrize`, `pytest.raises` and `pytest.approx` included, are turned into one batch of calls and
judged on the trusted side. A file with fixtures, or that needs the program's classes, runs in
shared mode, and the verdict's trust says so.
"""

from __future__ import annotations

import ast
import itertools
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synth.problem import Problem, TestCode
from synth.program import Program
from verifiers.assert_plan import AssertPlan
from verifiers.asserts import Builder
from verifiers.compare import equal
from verifiers.parsing import parse
from verifiers.pure_expressions import bind
from verifiers.pure_language import NotPure
from verifiers.value_text import cut, text_of, without_addresses
from verifiers.verdict import Outcome, Status, Verdict

if TYPE_CHECKING:
    from verifiers.sandbox import Sandbox

_RELATIVE, _ABSOLUTE = 1e-6, 1e-12  # what pytest.approx allows by default
_MOST_SETS = 1_000


@dataclass(frozen=True, slots=True)
class Approx:
    """`pytest.approx(expected)`: equal to numbers, and containers of them, close to it."""

    expected: Any
    relative: float
    absolute: float

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        # pytest takes the larger of the two tolerances, the comparison here their sum.
        return equal(self.expected, other, relative=self.relative) or equal(
            self.expected, other, absolute=self.absolute
        )

    @property
    def text(self) -> str:
        return f"approximately {text_of(self.expected)}"


async def run(sandbox: Sandbox, problem: Problem, test: TestCode, program: Program) -> Verdict:
    """Runs the file with pytest, test and program in one sandboxed process; an outcome a test."""
    from verifiers.sandbox.shared_mode import TEST_FILE

    judgement = await sandbox.run_together(test.source, program, problem.limits, kind="pytest")
    if judgement.broken:
        name = test.name or "pytest file"
        outcome = Outcome("pytest", name, Status.ERROR, error=cut(judgement.broken, 400))
        return Verdict((outcome,), judgement.trust, judgement.cost)
    outcomes = tuple(
        Outcome(
            "pytest",
            cut(check.name.removeprefix(f"{TEST_FILE}::") or f"line {check.line}", 120),
            check.status,
            input=cut(check.statement, 400),
            error=cut(without_addresses(check.error), 400),
            line=check.place,
        )
        for check in judgement.checks
    )
    return Verdict(outcomes, judgement.trust, judgement.cost)


def plan(test: TestCode, entry_point: str) -> AssertPlan:
    """The plan of a plain pytest file.

    Raises:
        NotPure: it needs pytest, or live objects.
        SyntaxError: it does not parse.
    """
    reader = _Reader(entry_point)
    reader.module(parse(test.source))
    made = reader.builder.plan()
    if not made.checks:
        raise NotPure("no test found")
    return made


class _Reader:
    def __init__(self, entry_point: str) -> None:
        self.builder = Builder({entry_point: entry_point} if entry_point else {})
        self._pytest: set[str] = set()  # names of the module
        self._members: dict[str, str] = {}  # names of what was imported from it
        self._count = 0

    def module(self, tree: ast.Module) -> None:
        """Imports and constants first, then every test, as pytest does it."""
        tests: list[ast.FunctionDef | ast.ClassDef] = []
        for node in tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._import(node)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                tests.append(node)
            else:
                self.builder.statement(self._folded(node))
        for test in tests:
            if isinstance(test, ast.ClassDef):
                self._class(test)
            else:
                self._function(test, [], test.name)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            for alias in node.names:
                if module == "pytest":
                    self._members[alias.asname or alias.name] = alias.name
                elif node.level or not _is_known(module):
                    if alias.name == "*":
                        continue
                    if alias.name[:1].isupper():
                        raise NotPure("a class of the program's")
                    self.builder.candidates[alias.asname or alias.name] = alias.name
                elif module != "__future__":
                    raise NotPure(f"an import from {module}")
            return
        for alias in node.names:
            if alias.name == "pytest":
                self._pytest.add(alias.asname or "pytest")
            elif alias.name == "math":
                self.builder.statement(ast.Import([alias]))
            else:
                raise NotPure(f"an import of {alias.name}")

    def _class(self, node: ast.ClassDef) -> None:
        if not node.name.startswith("Test") or node.bases:
            raise NotPure("a class that is no plain test class")
        for inner in node.body:
            if isinstance(inner, ast.FunctionDef):
                self._function(inner, node.decorator_list, f"{node.name}.{inner.name}", method=True)
            elif not isinstance(inner, ast.Expr | ast.Pass):
                raise NotPure("a test class with state")

    def _function(
        self,
        node: ast.FunctionDef,
        decorators: Sequence[ast.expr],
        name: str,
        *,
        method: bool = False,
    ) -> None:
        if not node.name.startswith("test"):
            raise NotPure(f"a function {node.name} of the tests' own")
        arguments = [a.arg for a in node.args.args[1 if method else 0 :]]
        sets = [self._parameters(d) for d in (*decorators, *node.decorator_list)]
        given = {parameter for rows in sets for parameter in rows[0]} if sets else set()
        if given != set(arguments) or node.args.kwonlyargs or node.args.vararg:
            raise NotPure("a test with fixtures")
        body = [self._folded(statement) for statement in node.body]
        for chosen in itertools.product(*sets):
            self._count += 1
            if self._count > _MOST_SETS:
                raise NotPure("too many tests")
            names, dynamic = dict(self.builder.names), set(self.builder.dynamic)
            for row in chosen:
                self.builder.names.update(row)
                self.builder.dynamic -= row.keys()
            for statement in body:
                if isinstance(statement, ast.With):
                    self._raises(statement)
                else:
                    self.builder.run([statement])
            self.builder.names, self.builder.dynamic = names, dynamic

    def _parameters(self, node: ast.expr) -> list[dict[str, Any]]:
        """The sets of values of `@pytest.mark.parametrize("a, b", [...])`."""
        if not (isinstance(node, ast.Call) and self._is_mark(node.func) and len(node.args) == 2):
            raise NotPure("a decorator")
        named, rows = node.args
        labels = self.builder.known(named)
        names = re.split(r"\s*,\s*", labels.strip(", ")) if isinstance(labels, str) else labels
        sets: list[dict[str, Any]] = []
        for row in self.builder.known(self._folded_expression(rows)):
            values: dict[str, Any] = {}
            target: ast.expr = ast.Name(names[0], ast.Store())
            if len(names) > 1:
                target = ast.Tuple([ast.Name(name, ast.Store()) for name in names], ast.Store())
            bind(target, row, values)
            sets.append(values)
        if not sets:
            raise NotPure("no parameters")
        return sets

    def _is_mark(self, node: ast.expr) -> bool:
        return ast.unparse(node) in {f"{name}.mark.parametrize" for name in self._pytest} | {
            f"{name}.parametrize" for name, member in self._members.items() if member == "mark"
        }

    def _raises(self, node: ast.With) -> None:
        """`with pytest.raises(ValueError, match="..."):` around one call."""
        if len(node.items) != 1 or len(node.body) != 1 or node.items[0].optional_vars is not None:
            raise NotPure("a with statement")
        context, statement = node.items[0].context_expr, node.body[0]
        if (
            not isinstance(context, ast.Call)
            or not self._is_member(context.func, "raises")
            or len(context.args) != 1
            or not isinstance(context.args[0], ast.Name)
            or not isinstance(statement, ast.Expr | ast.Assign)
        ):
            raise NotPure("a with statement")
        match = ""
        for keyword in context.keywords:
            if keyword.arg != "match":
                raise NotPure("an option of pytest.raises")
            match = str(self.builder.known(keyword.value))
        text = f"{ast.unparse(context)}: {ast.unparse(statement)}"
        self.builder.raising(statement.value, context.args[0].id, match, text)

    def _is_member(self, node: ast.expr, name: str) -> bool:
        if isinstance(node, ast.Name):
            return self._members.get(node.id) == name
        return (
            isinstance(node, ast.Attribute)
            and node.attr == name
            and isinstance(node.value, ast.Name)
            and node.value.id in self._pytest
        )

    def _folded(self, node: ast.stmt) -> ast.stmt:
        folded: ast.stmt = _Folder(self._approx).visit(node)
        return folded

    def _folded_expression(self, node: ast.expr) -> ast.expr:
        folded: ast.expr = _Folder(self._approx).visit(node)
        return folded

    def _approx(self, node: ast.Call) -> ast.expr:
        """`pytest.approx(known)` becomes a name for its value."""
        if not self._is_member(node.func, "approx"):
            return node
        options = {
            keyword.arg or "": self.builder.known(keyword.value) for keyword in node.keywords
        }
        positional = [self.builder.known(argument) for argument in node.args]
        expected, *rest = positional
        options.update(zip(("rel", "abs"), rest, strict=False))
        relative, absolute = options.pop("rel", None), options.pop("abs", None)
        if options:
            raise NotPure("an option of pytest.approx")
        if relative is None:
            # With an absolute tolerance alone, pytest drops the relative one.
            relative = _RELATIVE if absolute is None else 0.0
        value = Approx(expected, relative, _ABSOLUTE if absolute is None else absolute)
        name = f"__approx_{len(self.builder.names)}__"
        self.builder.names[name] = value
        return ast.copy_location(ast.Name(name, ast.Load()), node)


class _Folder(ast.NodeTransformer):
    def __init__(self, approx: Callable[[ast.Call], ast.expr]) -> None:
        self._approx = approx

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        return self._approx(node)


def _is_known(module: str) -> bool:
    """Whether a module is the standard library's or installed: not the program under test."""
    from verifiers.sandbox.profile import is_installed

    name = module.partition(".")[0]
    return name in sys.stdlib_module_names or is_installed(name)
