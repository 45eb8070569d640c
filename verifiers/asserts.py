"""Assert statements, and `check(candidate)` functions, turned into one batch of calls.

`plan` reads test code without running it. Where the code is straight-line assertions about calls
with known arguments (nine in ten of HumanEval's and MBPP's), it gives the calls to make and, later,
judges their results on the trusted side: expected values never enter the candidate's process.
Anything else raises `NotPure`, and the caller runs the test code in a process of its own
(`Sandbox.judge`) or, when it needs live objects, beside the candidate.

Assertions mean exactly what Python's `==` and friends say: no tolerance is added to them.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from synth.problem import TestCode
from verifiers.assert_plan import AssertPlan, Step
from verifiers.parsing import parse
from verifiers.pure_bounds import is_heavy
from verifiers.pure_expressions import Evaluator, bind
from verifiers.pure_language import NotPure, refuse_impure
from verifiers.value_text import cut

if TYPE_CHECKING:
    from verifiers.sandbox import Call

_UNROLLED = 2_000
_HEAVY = 2_000_000
_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis))


def plan(test: TestCode, entry_point: str) -> AssertPlan:
    """The plan of `test` (kind `asserts` or `check`).

    Raises:
        NotPure: the code does something that only running it can tell.
        SyntaxError: it does not parse.
    """
    tree = parse(test.source)
    builder = Builder({entry_point: entry_point})
    if test.kind == "check":
        body = _check_body(tree, builder, entry_point)
        builder.run(body)
    else:
        builder.run(tree.body)
    if not any(step.target is None for step in builder.steps):
        raise NotPure("no assertion found")
    return builder.plan()


def _check_body(tree: ast.Module, builder: Builder, entry_point: str) -> list[ast.stmt]:
    """What stands before `def check(candidate)`, then its body; `candidate` becomes callable."""
    before: list[ast.stmt] = []
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "check":
            arguments = statement.args
            if len(arguments.args) != 1 or arguments.vararg or arguments.kwonlyargs:
                raise NotPure("check() has not one parameter")
            builder.candidates[arguments.args[0].arg] = entry_point
            return before + statement.body
        before.append(statement)
    raise NotPure("no check() found")


@dataclass(slots=True)
class Builder:
    """Walks statements in order, folding what is known and collecting the calls."""

    candidates: dict[str, str]  # the tests' names for functions of the program
    calls: list[Call] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)
    dynamic: set[str] = field(default_factory=set)  # bound to what the program answers
    math_names: set[str] = field(default_factory=set)
    # Containers the program may have changed: their value afterwards is not known here.
    passed: dict[int, Any] = field(default_factory=dict)
    statements: int = 0

    def plan(self) -> AssertPlan:
        return AssertPlan(tuple(self.calls), tuple(self.steps), frozenset(self.math_names))

    def run(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self.statements += 1
            if self.statements > _UNROLLED:
                raise NotPure("too many statements")
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assert):
            message = node.msg.value if isinstance(node.msg, ast.Constant) else ""
            self.step(node.test, None, f"assert {ast.unparse(node.test)}", str(message))
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            self._assign(node.targets[0], node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._assign(node.target, node.value)
        elif isinstance(node, ast.Expr):
            self._expression(node.value)
        elif isinstance(node, ast.For) and not node.orelse:
            for item in self.known(node.iter):
                bind(node.target, item, self.names)
                self.run(node.body)
        elif isinstance(node, ast.If):
            self.run(node.body if self.known(node.test) else node.orelse)
        elif isinstance(node, ast.Import) and all(a.name == "math" for a in node.names):
            self.math_names |= {alias.asname or "math" for alias in node.names}
        elif not isinstance(node, ast.Pass):
            raise NotPure(f"a statement {type(node).__name__}")

    def raising(self, call: ast.expr, raises: str, match: str, text: str) -> None:
        """Adds the check that `call` raises an exception of that name, its message matching."""
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            raise NotPure("what should raise is not a call of the program")
        if call.func.id not in self.candidates:
            raise NotPure("what should raise is not a call of the program")
        step = self.step(call, None, text, "")
        self.steps[-1] = replace(step, raises=raises, match=match)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if any(isinstance(n, ast.Name) and n.id in self.candidates for n in ast.walk(target)):
            raise NotPure("the program's name is given to something else")
        if self._mentions_program(value):
            if not isinstance(target, ast.Name):
                raise NotPure("an answer unpacked into several names")
            self.step(value, target.id, "", "")
            self.names.pop(target.id, None)
            self.dynamic.add(target.id)
            return
        known = self.known(value)
        bind(target, known, self.names)
        self.dynamic -= {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}

    def _expression(self, value: ast.expr) -> None:
        if self._mentions_program(value):
            raise NotPure("a call whose answer is not used")  # it is made for its effects
        if not isinstance(value, ast.Constant | ast.Name):
            raise NotPure("an expression for its effects")

    def _mentions_program(self, node: ast.AST) -> bool:
        return any(
            isinstance(n, ast.Name) and (n.id in self.candidates or n.id in self.dynamic)
            for n in ast.walk(node)
        )

    def known(self, node: ast.expr) -> Any:
        """The value of an expression in which the program plays no part."""
        if self._mentions_program(node):
            raise NotPure("control by the program's answers")
        self._refuse_passed(node)
        try:
            return Evaluator(self.names, math_names=frozenset(self.math_names)).value(node)
        except NotPure:
            raise
        except Exception as error:  # the test's own mistake shows when it really runs
            raise NotPure(f"{type(error).__name__} in the test") from error

    def step(self, node: ast.expr, target: str | None, text: str, message: str) -> Step:
        """Adds a step: an assertion of `node`, or a binding of its value to `target`."""
        refuse_impure(
            node,
            self.names.keys() | self.dynamic,
            math_names=frozenset(self.math_names),
            calls=self.candidates,
        )
        calls: dict[int, int] = {}
        self._collect(node, calls)
        reads = frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
        # Only what the expression reads: the names of an unrolled loop would add up.
        names = {name: value for name, value in self.names.items() if name in reads}
        step = Step(node, names, calls, target, cut(text, 200), cut(message, 200), reads)
        self.steps.append(step)
        return step

    def _collect(self, node: ast.AST, calls: dict[int, int]) -> None:
        """Finds the program's calls in `node`, in the order of evaluation."""
        if isinstance(node, ast.Name) and node.id in self.candidates:
            raise NotPure("the function itself is used as a value")
        if isinstance(node, ast.Name):
            self._refuse_passed(node)
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            # Only the first iterable is evaluated just once.
            first = node.generators[0]
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name) and inner.id not in self.candidates:
                    self._refuse_passed(inner)
            self._collect(first.iter, calls)
            asked = sum(isinstance(n, ast.Name) and n.id in self.candidates for n in ast.walk(node))
            once = sum(
                isinstance(n, ast.Name) and n.id in self.candidates for n in ast.walk(first.iter)
            )
            if asked > once:
                raise NotPure("calls inside a comprehension")
            return
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in self.candidates
        ):
            calls[id(node)] = len(self.calls)
            self.calls.append(self._call(node))
            return
        for child in ast.iter_child_nodes(node):
            self._collect(child, calls)

    def _call(self, node: ast.Call) -> Call:
        from verifiers.sandbox import Call

        assert isinstance(node.func, ast.Name)
        args: list[Any] = []
        for arg in node.args:
            if isinstance(arg, ast.Starred):
                args.extend(self.known(arg.value))
            else:
                args.append(self.known(arg))
        kwargs: dict[str, Any] = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                kwargs.update(self.known(keyword.value))
            else:
                kwargs[keyword.arg] = self.known(keyword.value)
        for value in (*args, *kwargs.values()):
            if is_heavy(value, _HEAVY):
                raise NotPure("an argument too large")
            self._pass(value)
        return Call(self.candidates[node.func.id], tuple(args), kwargs)

    def _pass(self, value: Any) -> None:
        """Notes the containers in `value`, which the program may change from now on."""
        if isinstance(value, dict):
            self.passed[id(value)] = value
            for key, item in value.items():
                self._pass(key)
                self._pass(item)
        elif isinstance(value, list | tuple | set | frozenset):
            if not isinstance(value, tuple | frozenset):
                self.passed[id(value)] = value
            for item in value:
                self._pass(item)
        elif type(value) not in _PLAIN:
            raise NotPure(f"an argument of type {type(value).__name__} cannot travel")

    def _refuse_passed(self, node: ast.AST) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and self._was_passed(self.names.get(inner.id)):
                raise NotPure(f"{inner.id} is read after the program had it")

    def _was_passed(self, value: Any) -> bool:
        if not self.passed or type(value) in _PLAIN:
            return False
        if id(value) in self.passed:
            return True
        if isinstance(value, dict):
            return any(map(self._was_passed, value.values()))
        if isinstance(value, list | tuple):
            return any(map(self._was_passed, value))
        return False
