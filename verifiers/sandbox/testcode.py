"""Running test source statement by statement, so that one failure does not hide the others.

`asserts` are statements that call the entry point by name, `check` defines `check(candidate)`,
`doctest` is text with examples. Each assert (and each doctest example) becomes a check of its own,
known by its line; the driver counts them from outside with the same `instrument`.

Inside, this runs in the judge's process, where the program is a proxy, or, in shared mode, beside
the program itself. Standard library only.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import doctest

TEST_NAME = "tests.py"
_RECORD = "__record_check__"

# [line, "passed" | "failed" | "error" | a status, error, calls made before the check, and by now]
Report = list[Any]


class ProgramDied(BaseException):
    """The program under test did not answer (time, memory, crash): no test may catch this."""

    def __init__(self, status: str, error: str) -> None:
        super().__init__(error)
        self.status = status


def instrument(source: str, kind: str) -> tuple[ast.Module, list[int]]:
    """The tests as a tree in which every assert reports by itself, and the lines that do.

    An assert inside `try`, or inside a function or class of the tests' own, is left as it is: there
    its failure may be meant to be caught, or counts with whoever calls it. A source in which
    nothing else reports gets one check for the whole of it, known by line 0. Raises SyntaxError.
    """
    tree = ast.parse(source, TEST_NAME)
    lines: list[int] = []
    tree.body = _wrap_asserts(tree.body, lines)
    if kind == "check":
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == "check":
                node.body = _wrap_asserts(node.body, lines)
    ast.fix_missing_locations(tree)
    return tree, sorted(set(lines)) or [0]


def doctest_lines(source: str) -> list[int]:
    """The lines of the examples that are checked, in a text with doctests."""
    return [example.lineno + 1 for example in _examples(source)]


def expected_lines(source: str, kind: str) -> list[int]:
    """Which checks a run of these tests must report, whatever the program does."""
    return doctest_lines(source) if kind == "doctest" else instrument(source, kind)[1]


def _wrap_asserts(body: list[ast.stmt], lines: list[int]) -> list[ast.stmt]:
    wrapped: list[ast.stmt] = []
    for node in body:
        if isinstance(node, ast.Assert):
            lines.append(node.lineno)
            wrapped.append(_reporting(node))
            continue
        if isinstance(node, ast.For | ast.While | ast.If | ast.With):
            node.body = _wrap_asserts(node.body, lines)
            if not isinstance(node, ast.With):
                node.orelse = _wrap_asserts(node.orelse, lines)
        wrapped.append(node)
    return wrapped


def _reporting(node: ast.Assert) -> ast.stmt:
    def record(value: ast.expr) -> ast.stmt:
        call = ast.Call(ast.Name(_RECORD, ast.Load()), [ast.Constant(node.lineno), value], [])
        return ast.Expr(call)

    handler = ast.ExceptHandler(
        ast.Name("BaseException", ast.Load()),
        "__error__",
        [record(ast.Name("__error__", ast.Load()))],
    )
    guarded = ast.Try([node], [handler], [record(ast.Constant(None))], [])
    return ast.copy_location(guarded, node)


class Reports:
    """Checks by line; a line that fails once has failed."""

    def __init__(self, emit: Callable[[Report], None], asked: Callable[[], int]) -> None:
        self._by_line: dict[int, Report] = {}
        self._emit, self._asked = emit, asked
        self._before = 0

    def record(self, line: int, error: BaseException | None) -> None:
        before, self._before = self._before, self._asked()
        known = self._by_line.get(line)
        if known is not None and known[1] != "passed":
            return
        if known is not None and error is None:
            return
        self._by_line[line] = report = [line, *_verdict(error), before, self._before]
        self._emit(report)
        if isinstance(error, KeyboardInterrupt):
            raise error

    def has(self, line: int) -> bool:
        return line in self._by_line


def _verdict(error: BaseException | None) -> tuple[str, str]:
    if error is None:
        return "passed", ""
    if isinstance(error, ProgramDied):
        return error.status, str(error)
    try:
        message = str(error)[:2000]
    except BaseException:
        message = "<no message>"
    name = type(error).__name__
    text = f"{name}: {message}" if message else name
    return "failed" if isinstance(error, AssertionError) else "error", text


def run_tests(
    source: str,
    kind: str,
    names: dict[str, Any],
    entry_point: str,
    emit: Callable[[Report], None],
    asked: Callable[[], int] = int,
) -> None:
    """Run the tests against the callables in `names`.

    `emit` is given a report for each check that ran, and another if it passed first and fails in
    a later round of a loop. `asked` counts the calls made so far, where somebody does.
    """
    reports = Reports(emit, asked)
    if kind == "doctest":
        _run_doctest(source, names, reports)
        return
    tree, lines = instrument(source, kind)
    namespace: dict[str, Any] = {"__name__": "tests", **names, _RECORD: reports.record}
    namespace.setdefault("candidate", names.get(entry_point))
    try:
        exec(compile(tree, TEST_NAME, "exec", dont_inherit=True), namespace)
        if kind == "check":
            namespace["check"](names[entry_point])
    except BaseException as error:
        place = _line_of(error)
        for line in lines:  # what was not reached has not passed
            if not reports.has(line):
                reports.record(line, error)
        if place and place not in lines:
            reports.record(place, error)
    else:
        if lines == [0]:
            reports.record(0, None)


def _line_of(error: BaseException) -> int:
    line, entry = 0, error.__traceback__
    while entry is not None:
        if entry.tb_frame.f_code.co_filename == TEST_NAME:
            line = entry.tb_lineno
        entry = entry.tb_next
    return line


def _examples(source: str) -> list[doctest.Example]:
    import doctest  # 1.8 MB with all it brings, which every fork of a zygote would pay for

    try:
        return doctest.DocTestParser().get_examples(source)
    except ValueError as error:
        raise SyntaxError(f"doctest: {error}") from None


def _run_doctest(source: str, names: dict[str, Any], reports: Reports) -> None:
    import doctest

    namespace: dict[str, Any] = {"__name__": "tests", **names}
    checker = doctest.OutputChecker()
    for example in _examples(source):
        line = example.lineno + 1
        flags = sum(flag for flag, on in example.options.items() if on)
        if flags & doctest.SKIP:
            reports.record(line, None)
            continue
        try:
            got = _printed_by(example.source, namespace)
        except ProgramDied as error:
            reports.record(line, error)
            continue
        except BaseException as error:
            if example.exc_msg is None:
                reports.record(line, error)
                continue
            said = f"{type(error).__name__}: {error}\n" if str(error) else type(error).__name__
            wanted = example.exc_msg
            if flags & doctest.IGNORE_EXCEPTION_DETAIL:
                said, wanted = said.partition(":")[0], wanted.partition(":")[0]
            passed = checker.check_output(wanted, said, flags)
            reports.record(line, None if passed else error)
            continue
        if example.exc_msg is not None:
            wanted = example.exc_msg.strip()
            reports.record(line, AssertionError(f"expected {wanted}, got {got.strip()!r}"))
        elif checker.check_output(example.want, got, flags):
            reports.record(line, None)
        else:
            wanted = example.want.strip()
            reports.record(line, AssertionError(f"expected {wanted}, got {got.strip()}"))


def _printed_by(source: str, namespace: dict[str, Any]) -> str:
    import contextlib
    import io

    buffer = io.StringIO()
    with contextlib.redirect_stdout(buffer):
        exec(compile(source, TEST_NAME, "single", dont_inherit=True), namespace)
    return buffer.getvalue()
