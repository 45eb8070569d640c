"""Counting a program's work, run as a program of its own inside the sandbox.

`work` sends this file's text: standard library only. The source is rewritten so that what the
interpreter does in one instruction but not in one step (a call of a built-in, `in`, a slice, an
operator) is charged for the items it goes through; the instructions themselves are counted by
tracing. Nothing here is a clock, so a count repeats exactly.
"""

from __future__ import annotations

import ast
import io
import sys
import types
from collections import deque
from collections.abc import Callable
from typing import Any

_LINEAR = (str, bytes, bytearray, list, tuple, set, frozenset, dict, range, deque)
_SEARCHED = (str, bytes, bytearray, list, tuple, deque)  # `in` goes through these one by one
_REPLACED = (str, bytes, tuple, int)  # `+=` makes these anew
_DIGIT = 30  # bits of an integer done in one step
_FRAME_BOUND = frozenset({"super", "locals", "globals", "vars", "dir", "eval", "exec"})
# Built-ins that look at one item, or none, of what they are given.
_ONE_STEP_NAMES = """
len isinstance issubclass type id hash ord chr callable getattr setattr hasattr next iter append add
get setdefault discard appendleft popleft popitem keys values items startswith endswith heappush
heappop heapreplace heappushpop bisect bisect_left bisect_right insort print
"""
_ONE_STEP = frozenset(_ONE_STEP_NAMES.split())
_SORTING = frozenset({"sorted", "sort"})


class Meter:
    """Instructions of the frames that run, and what was charged beside them."""

    def __init__(self) -> None:
        self.count = 0

    def run(self, target: Callable[..., Any], args: Any, kwargs: Any) -> int:
        """The work of one call; raises what it raises."""
        self.count = 0
        sys.settrace(self._enter)
        try:
            result = target(*args, **kwargs)
            if hasattr(type(result), "__next__"):
                deque(result, maxlen=0)  # a generator works when it is read
        finally:
            sys.settrace(None)
        return self.count

    def _enter(self, frame: types.FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename == __file__:
            return None
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        return self._count

    def _count(self, frame: types.FrameType, event: str, argument: Any) -> Any:
        if event == "opcode":
            self.count += 1
        return self._count

    # ---- what the rewritten source calls

    def called(self, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        kind = type(function)
        if kind in (types.FunctionType, types.MethodType):
            return function(*args, **kwargs)  # its own instructions are counted
        own = getattr(function, "__self__", None)
        name = getattr(function, "__name__", "")
        through = sum(map(_size, args)) + _size(own)
        result = function(*args, **kwargs)
        native = kind is not type or function.__module__ in ("builtins", "collections", "itertools")
        if native and name not in _ONE_STEP and not (name == "pop" and not args):
            through = max(through, _size(result), _size(own))
            if name in _SORTING:
                through *= max(1, through.bit_length())
            self.count += through
        return result

    def contained(self, item: Any, container: Any) -> bool:
        if isinstance(container, _SEARCHED):
            self.count += len(container)
        return item in container

    def made(self, value: Any) -> Any:
        self.count += _size(value)
        return value

    def replaced(self, value: Any) -> None:
        if isinstance(value, _REPLACED):
            self.count += _size(value)


def _size(value: Any) -> int:
    kind = type(value)
    if kind is int:
        return int(value.bit_length()) // _DIGIT
    return len(value) if kind in _LINEAR else 0


class _Charged(ast.NodeTransformer):
    """Puts the meter's functions around what may take more than one step."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in _FRAME_BOUND:
            return node
        return _meter("called", node.func, *node.args, keywords=node.keywords, at=node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if len(node.ops) != 1 or not isinstance(node.ops[0], ast.In | ast.NotIn):
            return node
        inside = _meter("contained", node.left, node.comparators[0], at=node)
        if isinstance(node.ops[0], ast.In):
            return inside
        return ast.copy_location(ast.UnaryOp(ast.Not(), inside), node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return _meter("made", node, at=node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load):
            return _meter("made", node, at=node)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        self.generic_visit(node)
        if not isinstance(node.target, ast.Name):
            return node
        name = ast.copy_location(ast.Name(node.target.id, ast.Load()), node)
        return [node, ast.copy_location(ast.Expr(_meter("replaced", name, at=node)), node)]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return node

    def visit_Match(self, node: ast.Match) -> ast.AST:
        node.subject = self.visit(node.subject)
        for case in node.cases:  # patterns are no expressions
            case.guard = self.visit(case.guard) if case.guard else None
            body: list[ast.stmt] = []
            for statement in case.body:
                made = self.visit(statement)
                body += made if isinstance(made, list) else [made]
            case.body = body
        return node


def _meter(
    method: str, *args: ast.expr, at: ast.AST, keywords: list[ast.keyword] | None = None
) -> ast.expr:
    function = ast.Attribute(ast.Name("__meter__", ast.Load()), method, ast.Load())
    call = ast.Call(function, list(args), keywords or [])
    return ast.fix_missing_locations(ast.copy_location(call, at))


def work_of_calls(source: str, path: str, calls: list[tuple[Any, Any]]) -> list[int]:
    """The work of each call of the function (or `Class.method`) at `path`."""
    meter = Meter()
    namespace = _loaded(source, "program", meter)
    counts = []
    for args, kwargs in calls:
        first, *rest = path.split(".")
        target = namespace[first]
        for name in rest:
            target = getattr(target() if isinstance(target, type) else target, name)
        counts.append(meter.run(target, args, kwargs))
    return counts


def work_of_inputs(source: str, inputs: list[str]) -> list[int]:
    """The work of the whole program on each input."""
    counts = []
    for text in inputs:
        meter = Meter()
        data = io.BytesIO(text.encode("utf-8", "surrogateescape"))
        sys.stdin = io.TextIOWrapper(data, "utf-8", "surrogateescape")
        sys.stdout = io.TextIOWrapper(io.BytesIO(), "utf-8", "surrogateescape")

        def whole(meter: Meter = meter) -> None:
            try:
                _loaded(source, "__main__", meter)
            except SystemExit as end:
                if end.code not in (None, 0):
                    raise

        counts.append(meter.run(whole, (), {}))
    return counts


def _loaded(source: str, name: str, meter: Meter) -> dict[str, Any]:
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 20_000))  # each call is two here
    module = types.ModuleType(name)
    sys.modules[name] = module
    module.__dict__["__meter__"] = meter
    tree = ast.fix_missing_locations(_Charged().visit(ast.parse(source)))
    exec(compile(tree, "metered.py", "exec", dont_inherit=True), module.__dict__)
    return module.__dict__
