"""Tests only running can tell of: loops, random inputs, helper functions, exceptions caught.

The test code runs in a sealed process of its own, where the program is a proxy: calls travel to the
program's process and answers back as plain values, so expected values stay out of the program's
reach. Only where the tests themselves need live objects (they use a class of the program's, or hand
it a function) do test and program share a process, and the verdict's trust says so. An answer that
cannot travel is no reason for that: it would let a program choose the weaker mode.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from synth.problem import Problem, TestCode
from synth.program import Program
from verifiers.assert_rewriting import rewritten, sides
from verifiers.import_repair import is_well_known, repair_imports, undefined_names
from verifiers.parsing import UNPARSABLE, parse
from verifiers.value_text import call_text, cut, text_of, without_addresses
from verifiers.verdict import Outcome, Status, Trust, Verdict

if TYPE_CHECKING:
    import doctest

    from verifiers.sandbox import Sandbox
    from verifiers.sandbox.judging import Check, Judgement

_TEXT = 400
_CALLS = 3  # of one assertion are shown, where it makes no more


async def run_judged(
    sandbox: Sandbox, problem: Problem, test: TestCode, program: Program
) -> Verdict:
    """Runs test code of the kinds `asserts`, `check` and `doctest`; one outcome a check."""
    check = "doctest" if test.kind == "doctest" else "assert"
    entry_point = program.entry_point or problem.entry_point or ""
    functions, others = _top_level(program)
    source, texts = test.source, dict[int, str]()
    if test.kind != "doctest":
        try:
            made = rewritten(source, {entry_point, *_parameter(test)}, problem.starter)
            texts = made.texts
            # The tests may lean on an import of the program's; give them their own, also where the
            # program defines the name: its `isclose` could say yes to everything.
            own = {name for name in functions if not is_well_known(name)}
            source = repair_imports(made.source, defined={*own, entry_point})
            shift = source.count("\n") - made.source.count("\n")
            texts = {line + shift: text for line, text in texts.items()}
            needed = undefined_names(source)
        except (SyntaxError, ValueError, RecursionError) as error:
            return _broken(check, test, f"the test itself does not parse: {error}")
    else:
        needed = _names_in(source)
    live = bool(needed & (others - _declared(problem)))
    judgement = None
    if not live:
        judgement = await sandbox.judge(source, program, problem.limits, kind=test.kind)
        live = not judgement.passed and any(
            _is_live(value)
            for call, _ in judgement.calls
            for value in (*call.args, *call.kwargs.values())
        )
    if live or judgement is None:
        judgement = await sandbox.run_together(source, program, problem.limits, kind=test.kind)
    if judgement.broken:
        return _broken(check, test, judgement.broken)
    if test.kind == "doctest":
        examples = _examples_in(source)
        outcomes = tuple(
            _doctest_outcome(test, item, examples, judgement) for item in judgement.checks
        )
    else:
        whole = all(item.line == 0 for item in judgement.checks)  # there is no assertion
        idle = whole and not judgement.calls and judgement.trust is Trust.ISOLATED
        outcomes = tuple(
            _outcome(check, test, item, texts.get(item.line, ""), judgement)
            for item in judgement.checks
            if not (item.passed and idle)
        )
    if not outcomes:  # a loop over an empty answer, say: what checks nothing verifies nothing
        nothing = "no assertion of the test was reached"
        outcomes = (Outcome(check, test.name or test.kind, Status.FAILED, error=nothing),)
    return Verdict(outcomes, judgement.trust, judgement.cost)


def _outcome(check: str, test: TestCode, item: Check, text: str, judgement: Judgement) -> Outcome:
    name = cut(text or test.name or f"{test.kind} line {item.line}", 80)
    if item.passed:
        return Outcome(check, name, Status.PASSED)
    text = text.removeprefix("assert ")
    calls = judgement.calls[slice(*item.calls)]
    shown = calls if len(calls) <= _CALLS else ()
    found = sides(item.error)
    if found is not None:
        expected, actual = found
    elif item.status is Status.FAILED:
        answers = [text_of(r.value, _TEXT) for _, r in shown if r.status is Status.PASSED]
        expected, actual = _wanted(text), "; ".join(answers)
    else:
        expected, actual = text, ""
    told = found is not None or item.error == "AssertionError"
    inputs = [call_text(call.function, call.args, call.kwargs, _TEXT) for call, _ in shown]
    return Outcome(
        check,
        name,
        item.status,
        input=cut("; ".join(inputs) or text, _TEXT),
        expected=cut(expected, _TEXT),
        actual=cut(actual, _TEXT),
        error="" if told else _error(item),
        line=_line(item, judgement),
    )


def _doctest_outcome(
    test: TestCode, item: Check, examples: dict[int, doctest.Example], judgement: Judgement
) -> Outcome:
    example = examples.get(item.line)
    source = example.source.strip() if example else ""
    name = cut(f">>> {source}" if source else test.name or f"doctest line {item.line}", 80)
    if item.passed:
        return Outcome("doctest", name, Status.PASSED)
    earlier = [e.source.strip() for line, e in examples.items() if line < item.line][-_CALLS:]
    wanted = (example.exc_msg or example.want).strip() if example else ""
    told = f"AssertionError: expected {wanted}, got "
    wrong = item.status is Status.FAILED and item.error.startswith(told)
    return Outcome(
        "doctest",
        name,
        item.status,
        input=cut("\n".join([*earlier, source]), _TEXT),  # they share their names
        expected=cut(wanted, _TEXT),
        actual=cut(item.error.removeprefix(told), _TEXT) if wrong else "",
        error="" if wrong else _error(item),
        line=_line(item, judgement),
    )


def _error(item: Check) -> str:
    return cut(without_addresses(item.error.removeprefix("AssertionError: ")), _TEXT)


def _line(item: Check, judgement: Judgement) -> int:
    """The program's line where one of the check's calls ended badly."""
    if item.status is Status.FAILED:
        return 0
    results = [result for _, result in judgement.calls[slice(*item.calls)]]
    return next((r.line for r in results if r.status is not Status.PASSED), 0)


def _wanted(text: str) -> str:
    """What an assertion wants of the program, where it is no comparison."""
    try:
        node = parse(text).body[0]
    except (*UNPARSABLE, IndexError):
        return text
    value = node.value if isinstance(node, ast.Expr) else None
    if isinstance(value, ast.Call):
        return "a true value"
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not):
        return "a false value" if isinstance(value.operand, ast.Call) else text
    return text


def _broken(check: str, test: TestCode, why: str) -> Verdict:
    return Verdict((Outcome(check, test.name or test.kind, Status.ERROR, error=cut(why, _TEXT)),))


def _top_level(program: Program) -> tuple[set[str], set[str]]:
    """Names the program defines at its top: functions, and everything else."""
    functions: set[str] = set()
    others: set[str] = set()
    try:
        tree = parse(program.source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return functions, others
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions.add(node.name)
        elif isinstance(node, ast.ClassDef):
            others.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            others |= {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return functions, others - functions


def _declared(problem: Problem) -> set[str]:
    """Functions by the problem's own word: a program that makes a class or a lambda of one has not
    made the tests need live objects."""
    try:
        tree = parse(f"{(problem.signature or '').rstrip().removesuffix(':')}:\n    ...")
    except (SyntaxError, ValueError, RecursionError):
        return set()
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in tree.body if isinstance(node, kinds)}


def _parameter(test: TestCode) -> list[str]:
    """The parameter of `check(candidate)`."""
    if test.kind != "check":
        return []
    return [
        node.args.args[0].arg
        for node in parse(test.source).body
        if isinstance(node, ast.FunctionDef) and node.name == "check" and node.args.args
    ]


def _examples_in(text: str) -> dict[int, doctest.Example]:
    """The examples of a doctest by the line they begin on."""
    import doctest

    try:
        return {e.lineno + 1: e for e in doctest.DocTestParser().get_examples(text)}
    except ValueError:
        return {}


def _names_in(text: str) -> set[str]:
    """Names used in the examples of a doctest."""
    import doctest

    found: set[str] = set()
    try:
        for example in doctest.DocTestParser().get_examples(text):
            found |= {n.id for n in ast.walk(parse(example.source)) if isinstance(n, ast.Name)}
    except (SyntaxError, ValueError, RecursionError):
        return set()
    return found


def _is_live(value: Any) -> bool:
    from verifiers.sandbox.judging import cannot_travel

    return cannot_travel(value)
