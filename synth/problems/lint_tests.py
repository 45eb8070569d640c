"""Findings about test code: does it call the function asked for, and can it run at all."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator

from synth.problem import Problem, TestCode
from synth.problems.finding import Found
from synth.problems.literal import NotPython, parse_module
from synth.problems.signature import Signature


def check_tests(problem: Problem, signature: Signature | None) -> Iterator[Found]:
    """Findings about every test code of the problem."""
    starter = _starter_names(problem.starter)
    for index, test in enumerate(problem.tests):
        field = f"tests[{index}]"
        try:
            tree = parse_module(_as_module(test))
        except NotPython as error:
            yield "error", "syntax", field, f"not Python: {error}"
            continue
        yield from _mentions(problem, test, tree, field)
        if test.kind in ("asserts", "check") and starter is not None:
            yield from _undefined(problem, tree, field, starter)
        if signature is not None and problem.entry_point:
            yield from _arity(problem.entry_point, signature, test, tree, field)
        yield from _unrepeatable(tree, field)


def _as_module(test: TestCode) -> str:
    """Test code as a module; of a doctest its statements."""
    if test.kind != "doctest":
        return test.source
    import doctest

    try:
        examples = doctest.DocTestParser().get_examples(test.source)
    except ValueError as error:
        raise NotPython(str(error)) from None
    return "".join(example.source for example in examples)


def _starter_names(starter: str) -> set[str] | None:
    """What starter code defines; None where that cannot be known."""
    try:
        tree = parse_module(starter)
    except NotPython:
        return None
    return None if _imports_everything(tree) else bound_names(tree)


def _imports_everything(tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and any(item.name == "*" for item in node.names)
        for node in ast.walk(tree)
    )


def bound_names(tree: ast.AST) -> set[str]:
    """Every name that is bound anywhere in the code, whatever the scope."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            names.add(node.rest)
    return names


def _mentions(problem: Problem, test: TestCode, tree: ast.Module, field: str) -> Iterator[Found]:
    """Whether the test code calls the function asked for at all."""
    name = problem.entry_point
    if name is None:
        return
    words = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    words |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    words |= {
        (item.asname or item.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for item in node.names
    }
    if _imports_everything(tree) or name in words:
        return
    if test.kind == "check":
        check = _check_function(tree)
        if check is None:
            yield "error", "no-check", field, "defines no function check(candidate)"
            return
        if check.args.args and check.args.args[0].arg in words:
            return
        if not check.args.args:
            yield "error", "no-check", field, "check takes no argument; it gets the candidate"
            return
    # A test may get at it by its text, too.
    if not re.search(rf"\b{re.escape(name)}\b", test.source):
        yield "error", "not-called", field, f"never calls {name!r}, the function asked for"


def _check_function(tree: ast.Module) -> ast.FunctionDef | None:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "check":
            return node
    return None


_GIVEN = frozenset(dir(builtins)) | {"__file__", "__doc__", "candidate", "pytest"}


def _undefined(
    problem: Problem, tree: ast.Module, field: str, starter: set[str]
) -> Iterator[Found]:
    if _imports_everything(tree):
        return
    known = bound_names(tree) | starter | _GIVEN | {problem.entry_point or ""}
    missing = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in known
    }
    for name in sorted(missing):
        if not re.search(rf"\b{re.escape(name)}\b", problem.statement):
            yield (
                "warning",
                "undefined",
                field,
                f"uses {name}, which neither test nor starter code defines: only a program that "
                "happens to define it can pass",
            )


def _arity(
    name: str, signature: Signature, test: TestCode, tree: ast.Module, field: str
) -> Iterator[Found]:
    """Calls that no function of this signature accepts. A test may want that TypeError, so in a
    `with` or `try` nothing is said."""
    names = {name}
    if test.kind == "check" and (check := _check_function(tree)) and check.args.args:
        names.add(check.args.args[0].arg)
    said: set[str] = set()
    for call in _plain_calls(tree):
        if not isinstance(call.func, ast.Name) or call.func.id not in names:
            continue
        if any(isinstance(item, ast.Starred) for item in call.args) or any(
            item.arg is None for item in call.keywords
        ):
            continue
        try:
            signature.bind(call.args, {item.arg: item for item in call.keywords})
        except ValueError as error:
            if str(error) not in said:
                said.add(str(error))
                yield "error", "arity", field, f"{error} ({_cut(ast.unparse(call))})"


def _plain_calls(tree: ast.AST) -> Iterator[ast.Call]:
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.With | ast.Try | ast.AsyncWith):
            continue
        if isinstance(node, ast.Call):
            yield node
        waiting += reversed(list(ast.iter_child_nodes(node)))


_UNREPEATABLE = re.compile(
    r"(?:time\.(?:time|time_ns|perf_counter|monotonic|process_time)|datetime\.now|datetime\.today"
    r"|date\.today|datetime\.utcnow|uuid\.uuid[14]|os\.urandom|os\.getpid|secrets\.\w+"
    r"|random\.(?:random|randint|choice|choices|sample|shuffle|uniform|randrange|gauss))"
)


def _unrepeatable(tree: ast.Module, field: str) -> Iterator[Found]:
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    if any(call.endswith("random.seed") or call == "seed" for call in calls):
        return
    for call in sorted(set(calls)):
        # `_UNREPEATABLE` also matches behind a module's name: datetime.datetime.now.
        if _UNREPEATABLE.fullmatch(".".join(call.split(".")[-2:])):
            yield (
                "warning",
                "unrepeatable",
                field,
                f"{call}() differs from run to run, so a verdict may; fix the seed or the value",
            )


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
