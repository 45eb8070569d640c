"""Findings about the statement: does it say what the evidence will ask for."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from typing import Any

from synth.problem import Problem
from synth.problems.docstring_examples import find_examples
from synth.problems.finding import Found
from synth.problems.literal import NotLiteral, NotPython, literal_value, parse_module
from synth.problems.signature import Signature


def check_statement(problem: Problem, signature: Signature | None) -> Iterator[Found]:
    """Findings about the statement, and about facts it owes the tests."""
    words = re.findall(r"\w+", problem.statement)
    if not words:
        yield (
            "note" if problem.examples else "warning",
            "no-statement",
            "statement",
            "empty: only the examples say what is wanted"
            if problem.examples
            else "empty: no model can guess what the tests want",
        )
        return
    if len(words) < 3:
        yield "warning", "short-statement", "statement", f"{problem.statement!r} says little"
    yield from _stdin_format(problem)
    yield from _exceptions(problem)
    yield from _fixed_answers(problem)
    yield from _own_examples(problem, signature)


def _stdin_format(problem: Problem) -> Iterator[Found]:
    """A program that reads text must know how the text is laid out."""
    if not problem.cases:
        return
    text = problem.statement.lower()
    if not re.search(r"\b(?:inputs?|stdin|reads?|lines?|given|contains?|enter(?:s|ed)?)\b", text):
        yield (
            "warning",
            "input-format",
            "statement",
            "never says what the program reads; describe the lines of its input",
        )
    if not re.search(
        r"\b(?:outputs?|prints?|stdout|writes?|display|answer|report|find|return|determine|"
        r"calculate|count|compute|tell|say)\b",
        text,
    ):
        yield (
            "warning",
            "output-format",
            "statement",
            "never says what the program prints; describe the lines of its output",
        )


def _exceptions(problem: Problem) -> Iterator[Found]:
    """An exception that only the tests know of."""
    wanted: dict[str, str] = {}
    for index, example in enumerate(problem.examples):
        if example.raises:
            wanted.setdefault(example.raises, f"examples[{index}]")
    for index, test in enumerate(problem.tests):
        for name in re.findall(
            r"(?:pytest\.raises|assertRaises)\(\s*([A-Za-z_][\w.]*)", test.source
        ):
            wanted.setdefault(name.rpartition(".")[2], f"tests[{index}]")
    told = f"{problem.statement}\n{problem.starter}"
    for name, field in wanted.items():
        if not re.search(rf"\b{re.escape(name)}\b", told):
            yield (
                "warning",
                "untold-exception",
                field,
                f"expects {name}, which the statement never mentions",
            )


def _fixed_answers(problem: Problem) -> Iterator[Found]:
    """Texts that are expected word for word, are not made of the input, and are never mentioned.

    A text counts as fixed where two different inputs expect it, or where it is several words as
    people write them. (MBPP's "Not matched!" is the classic: no model can guess it.)
    """
    answers: dict[str, list[tuple[str, str]]] = {}
    for index, example in enumerate(problem.examples):
        if isinstance(example.expected, str):
            given = _all_text([*example.args, *example.kwargs.values()])
            answers.setdefault(example.expected, []).append((f"examples[{index}]", given))
    shown = set(answers)
    for index, test in enumerate(problem.tests):
        for given, answer in _asserted_texts(test.source):
            answers.setdefault(answer, []).append((f"tests[{index}]", given))
    told = f"{problem.statement}\n{problem.signature}\n{problem.starter}".lower()
    for answer, places in answers.items():
        if answer in shown:  # an example tells it
            continue
        words = re.findall(r"[a-z]{2,}", answer.lower())
        prose = re.fullmatch(r"[A-Z]?[a-z']+[.,:!?]?(?: [A-Z]?[a-z']+[.,:!?]?)+", answer)
        fixed = len({given for _, given in places}) > 1 or prose
        if not words or not fixed or len(answer) > 60:
            continue
        inputs = " ".join(given for _, given in places).lower()
        if all(word not in told and word not in inputs for word in words):
            yield (
                "warning",
                "untold-text",
                places[0][0],
                f"expects {answer!r}, which neither statement nor examples mention",
            )


def _all_text(values: list[Any]) -> str:
    parts: list[str] = []
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            parts.append(value)
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list | tuple | set | frozenset):
            waiting += value
    # Numbers count as different inputs though they give no text.
    return " ".join(parts) or str(values)[:200] if len(values) < 50 else ""


def _asserted_texts(source: str) -> Iterator[tuple[str, str]]:
    """The argument texts and the expected text of each `assert f(...) == "text"`."""
    try:
        tree = parse_module(source)
    except NotPython:
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assert) or not isinstance(node.test, ast.Compare):
            continue
        left, right = node.test.left, node.test.comparators[0]
        if isinstance(right, ast.Call):
            left, right = right, left
        if not isinstance(left, ast.Call) or not isinstance(right, ast.Constant):
            continue
        if not isinstance(right.value, str) or not isinstance(node.test.ops[0], ast.Eq):
            continue
        try:
            arguments = [literal_value(item) for item in left.args]
        except NotLiteral:
            continue
        yield _all_text(arguments), right.value


def _own_examples(problem: Problem, signature: Signature | None) -> Iterator[Found]:
    """Examples written in the statement, against those that gate."""
    if problem.entry_point is None:
        return
    from verifiers.compare import equal

    required = [item.name for item in signature.parameters if item.required] if signature else []
    stated = find_examples(problem.statement, problem.entry_point, parameters=required).examples
    for example in stated:
        for index, other in enumerate(problem.examples):
            same_input = repr(example.args) == repr(other.args) and dict(example.kwargs) == dict(
                other.kwargs
            )
            differs = example.raises != other.raises or not equal(
                example.expected, other.expected, relative=1e-9
            )
            if same_input and differs:
                yield (
                    "warning",
                    "statement-differs",
                    f"examples[{index}]",
                    f"expects {other.raises or _cut(repr(other.expected))}, the statement says "
                    f"{example.raises or _cut(repr(example.expected))}",
                )
    if stated or problem.entry_point in problem.statement:
        return
    called = re.findall(
        r"(?<![\w.])([A-Za-z_]\w{2,})\([^()\n]*\)\s*(?:==|=>|==>|➞|->)", problem.statement
    )
    names = {name for name in called if not hasattr(builtins, name)}
    if names:
        yield (
            "warning",
            "other-name",
            "statement",
            f"calls the function {sorted(names)[0]!r}, the one asked for is "
            f"{problem.entry_point!r}",
        )


def _cut(text: str) -> str:
    return text if len(text) <= 50 else text[:47] + "..."
