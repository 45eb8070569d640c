"""What a learned value goes by: numbers about problem, program, verdict, likelihood and place.

What is not known is nan, and the models say for themselves what that means. Names are stored with
a model, so features may be added; a model that needs one this version lacks is refused.
"""

from __future__ import annotations

import ast
import math
import statistics
from collections.abc import Iterator, Sequence

from synth.problem import Problem
from verifiers.cost import program_size
from verifiers.parsing import UNPARSABLE, parse
from verifiers.value.agreement import agreements
from verifiers.value.evidence import Evidence
from verifiers.value.graded import outcome_closeness
from verifiers.value.static_quality import findings, quality
from verifiers.verdict import Status, Verdict

Row = dict[str, float]
NAN = math.nan


def describe(problem: Problem, evidence: Sequence[Evidence]) -> list[Row]:
    """The features of each candidate; the same keys in every row, in the order of `NAMES`."""
    agreed = agreements(evidence)
    about = dict(_problem(problem))
    rows = []
    for item, share in zip(evidence, agreed, strict=True):
        row = about | dict(_verdict(item.verdict)) | dict(_program(problem, item))
        row |= dict(_likelihood(item)) | dict(_place(item))
        row["agreement"] = NAN if share is None else share
        row["judged"] = NAN if item.judged is None else item.judged
        rows.append(row)
    return rows


def _problem(problem: Problem) -> Iterator[tuple[str, float]]:
    checks = len(problem.examples) + len(problem.cases)
    yield "statement_words", math.log1p(len(problem.statement.split()))
    yield "problem_examples", float(checks)
    yield "problem_tests", float(len(problem.tests))


def _verdict(verdict: Verdict | None) -> Iterator[tuple[str, float]]:
    gating = verdict.gating if verdict else ()
    count = len(gating)

    def share(*statuses: Status) -> float:
        return sum(o.status in statuses for o in gating) / count if count else NAN

    near = [outcome_closeness(outcome) for outcome in gating]
    yield "checks", math.log1p(count)
    yield "passed", share(Status.PASSED)
    yield "all_passed", float(verdict.passed) if verdict else NAN
    yield "wrong_answers", share(Status.FAILED)
    yield "raised", share(Status.ERROR)
    yield "ran_out", share(Status.TIMEOUT, Status.MEMORY, Status.OUTPUT, Status.CRASHED)
    yield "closeness", statistics.fmean(near) if near else NAN
    yield "worst_closeness", min(near, default=NAN)
    static = any(outcome.check == "static" for outcome in gating)
    yield "failed_statically", float(static) if verdict else NAN


_COUNTED: tuple[tuple[str, tuple[type[ast.AST], ...]], ...] = (
    ("loops", (ast.For, ast.While, ast.comprehension)),
    ("branches", (ast.If, ast.IfExp, ast.Match)),
    ("comparisons", (ast.Compare,)),
    ("calls", (ast.Call,)),
    ("returns", (ast.Return,)),
    ("subscripts", (ast.Subscript,)),
    ("constants", (ast.Constant,)),
    ("functions", (ast.FunctionDef, ast.Lambda)),
    ("imports", (ast.Import, ast.ImportFrom)),
)


def _program(problem: Problem, item: Evidence) -> Iterator[tuple[str, float]]:
    program = item.program
    tree: ast.Module | None = None
    if program is not None and program.language == "python":
        try:
            tree = parse(program.source)
        except UNPARSABLE:
            tree = None
    nodes = list(ast.walk(tree)) if tree is not None else []
    yield "has_program", float(program is not None)
    yield "parses", float(tree is not None)
    yield "quality", quality(problem, program)
    yield "findings", float(len(findings(problem, program))) if tree and program else NAN
    yield "size", math.log1p(program_size(program)) if program else NAN
    yield "lines", math.log1p(program.source.strip().count("\n") + 1) if program else NAN
    yield "depth_of_code", float(_depth(tree)) if tree is not None else NAN
    for name, kinds in _COUNTED:
        yield name, float(sum(isinstance(node, kinds) for node in nodes)) if tree else NAN


def _depth(tree: ast.AST) -> int:
    """How many statements lie in each other at most."""
    deepest, pending = 0, [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        deepest = max(deepest, depth)
        inner = depth + isinstance(node, ast.stmt)
        pending += [(child, inner) for child in ast.iter_child_nodes(node)]
    return deepest


def _likelihood(item: Evidence) -> Iterator[tuple[str, float]]:
    values = item.logprobs or item.answer_logprobs
    total = math.fsum(values)
    count = len(values)
    tail = values[-max(1, count // 4) :]
    unsure = sum(value < math.log(0.5) for value in values)
    yield "logprob_mean", total / count if count else NAN
    yield "logprob_total", total if count else NAN
    yield "logprob_minimum", min(values) if count else NAN
    yield "logprob_deviation", statistics.pstdev(values) if count else NAN
    yield "logprob_tail", math.fsum(tail) / len(tail) if count else NAN
    yield "unsure_tokens", float(unsure) if count else NAN
    yield "worst_line", min(item.line_logprobs) if item.line_logprobs else NAN
    answer = item.answer_logprobs
    yield "answer_mean", math.fsum(answer) / len(answer) if answer else NAN


def _place(item: Evidence) -> Iterator[tuple[str, float]]:
    score = item.verdict.score if item.verdict else NAN
    yield "depth", float(item.depth)
    yield "attempt", math.log1p(item.attempt)
    yield "parent_score", NAN if item.parent_score is None else item.parent_score
    yield "gain", NAN if item.parent_score is None else score - item.parent_score


def _names() -> tuple[str, ...]:
    return tuple(describe(Problem(id="none", statement="none"), [Evidence(None)])[0])


NAMES = _names()
# What is known before a program has run: for values that decide what to run.
BEFORE_RUNNING = tuple(
    name
    for name in NAMES
    if name not in dict(_verdict(None)) and name not in ("agreement", "gain", "judged")
)
