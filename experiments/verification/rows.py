"""Problems and their canonical solutions from rows of public data sets."""

from __future__ import annotations

import ast
import contextlib
import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from synth.problem import Case as Stdio
from synth.problem import Comparison, Example, Limits, Problem, TestCode
from synth.program import Program
from verifiers.parsing import parse
from verifiers.sandbox import Opaque

DATA = Path(
    os.environ.get("SYNTH_DATA", Path(__file__).resolve().parents[2] / ".." / "shared" / "data")
)


@dataclass(frozen=True, slots=True)
class Case:
    """A problem, a program, and whether the program is right."""

    problem: Problem
    program: Program
    right: bool = True


def rows(name: str) -> Iterator[dict[str, Any]]:
    path = DATA / name
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in text.splitlines():
        yield json.loads(line)


def human_eval() -> Iterator[Case]:
    """`check(candidate)` functions. Helpers of the prompt are the problem's starter."""
    for row in rows("humaneval/HumanEval.jsonl"):
        problem = Problem(
            row["task_id"],
            row["prompt"],
            entry_point=row["entry_point"],
            starter=_before(row["prompt"], row["entry_point"]),
            tests=(TestCode("check", row["test"]),),
            limits=Limits(seconds=10.0),
        )
        yield Case(problem, Program(row["prompt"] + row["canonical_solution"], row["entry_point"]))


def mbpp(name: str = "mbpp/mbpp_minus_holdout.jsonl") -> Iterator[Case]:
    """Assertions that call the function by name."""
    for row in rows(name):
        listed = row["test_list"] + row.get("challenge_test_list", [])
        setup = row.get("test_setup_code") or "\n".join(row.get("test_imports", []))
        entry_point = _called(row["test_list"][0], row["code"])
        problem = Problem(
            f"mbpp/{row['task_id']}",
            row.get("text") or row["prompt"],
            entry_point=entry_point,
            tests=(TestCode("asserts", "\n".join([setup, *listed])),),
            limits=Limits(seconds=10.0),
        )
        yield Case(problem, Program(row["code"], entry_point))


def evalplus(name: str) -> Iterator[tuple[dict[str, Any], Case, list[tuple[Any, ...]]]]:
    """The row, the problem without its examples, and the inputs: what is expected of them is what
    the canonical solution answers, so it has to run first."""
    for row in rows(name):
        entry_point = row["entry_point"]
        if row["task_id"].startswith("Mbpp"):
            inputs = _like_the_assertion(row)
        else:
            inputs = [tuple(i) for i in [*row["base_input"], *row["plus_input"]]]
        problem = Problem(
            row["task_id"],
            row["prompt"],
            entry_point=entry_point,
            comparison=Comparison(absolute=row["atol"] or 1e-6, relative=0.0),
            limits=Limits(seconds=10.0, memory_mb=2048, output_kb=16_384),
        )
        source = row["prompt"] + row["canonical_solution"]
        yield row, Case(problem, Program(source, entry_point)), inputs


def with_answers(case: Case, inputs: list[tuple[Any, ...]], answers: list[Any]) -> Case:
    """The case with those answers expected. Some solutions answer with match objects, which only
    count as found or not found (as EvalPlus has it)."""
    problem = case.problem
    if any(isinstance(answer, Opaque) for answer in answers):
        lines = [
            f"assert {problem.entry_point}(*{i!r}) is {'' if a is None else 'not '}None"
            for i, a in zip(inputs, answers, strict=True)
        ]
        tests = (TestCode("asserts", "\n".join(lines)),)
        return replace(case, problem=replace(problem, tests=tests))
    examples = tuple(Example(i, answer) for i, answer in zip(inputs, answers, strict=True))
    return replace(case, problem=replace(problem, examples=examples))


def cruxeval() -> Iterator[Case]:
    """Small functions of all of Python's builtin types, with one input and what came out."""
    for row in rows("io/cruxeval.jsonl"):
        test = TestCode("asserts", f"assert f({row['input']}) == {row['output']}")
        problem = Problem(row["id"], row["id"], entry_point="f", tests=(test,))
        yield Case(problem, Program(row["code"], "f"))


def coffe_stdin() -> Iterator[Case]:
    """Contest problems: whole programs, on what they print."""
    for row in rows("contests/coffe_codecontests_stdin.jsonl"):
        cases = tuple(Stdio(test["input"][0], test["output"][0]) for test in row["stdin_tests"])
        limits = Limits(seconds=10.0)
        problem = Problem(row["task_id"], row["prompt"], cases=cases, limits=limits)
        yield Case(problem, Program(row["best_solution"]))


def wrong_seeds() -> Iterator[Case]:
    """Programs of language models that LDB's authors recorded as failing their hidden tests."""
    for row in rows("repair/llm_wrong_seeds.jsonl"):
        entry_point = row["entry_point"]
        problem = Problem(
            f"{row['task_id']} {row['model']}",
            row["prompt"],
            entry_point=entry_point,
            tests=(TestCode("check", row["test"]),),
            limits=Limits(seconds=2.0),
        )
        yield Case(problem, Program(row["wrong_solution"], entry_point), right=False)


def quixbugs() -> Iterator[Case]:
    """Both versions of each program, on the row's own pytest file: its imports of the program and
    of its node class, and its test data, replaced by what they stand for."""
    for row in rows("repair/quixbugs.jsonl"):
        name = row["name"]
        problem = Problem(
            name,
            name,
            entry_point=name,
            tests=(TestCode("pytest", _quixbugs_test(row)),),
            limits=Limits(seconds=5.0),
        )
        yield Case(problem, Program(row["correct"], name))
        yield Case(problem, Program(row["buggy"], name), right=False)


def _quixbugs_test(row: dict[str, Any]) -> str:
    kept: list[str] = []
    for node in parse(row["pytest"]).body:
        text = ast.unparse(node)
        if isinstance(node, ast.ImportFrom) and node.module in ("node", "load_testdata"):
            continue
        if isinstance(node, ast.If) and "use_correct" in text:
            continue
        if isinstance(node, ast.Assign) and "load_json_testcases" in text:
            text = f"testdata = {row['json_tests']!r}"
        kept.append(text)
    needs_node = not row["json_tests"] and "Node(" in row["pytest"]
    return "\n".join([row["node_py"] if needs_node else "", *kept])


def _before(prompt: str, entry_point: str) -> str:
    """What stands before the function asked for: imports and helper functions."""
    tree = parse(prompt + "    pass\n")
    lines = prompt.splitlines(keepends=True)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == entry_point:
            return "".join(lines[: node.lineno - 1])
    raise ValueError(f"no {entry_point} in the prompt")


def _called(test: str, code: str) -> str:
    """The function of `code` that the assertion calls."""
    defined = {n.name for n in ast.walk(parse(code)) if isinstance(n, ast.FunctionDef)}
    for node in ast.walk(parse(test)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in defined
        ):
            return node.func.id
    raise ValueError(f"no function of the code in {test!r}")


def _like_the_assertion(row: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The row's inputs, which JSON made lists of, with the types of the arguments in the prompt's
    own assertion: `f((1, 2))` there makes every first argument a tuple."""
    pattern: list[Any] = []
    for node in ast.walk(
        parse(ast.literal_eval(row["prompt"].strip()).partition("assert")[2].strip())
    ):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == row["entry_point"]
        ):
            pattern = [ast.literal_eval(argument) for argument in node.args]
            break
    return [
        tuple(
            _shaped(value, pattern[place]) if place < len(pattern) else value
            for place, value in enumerate(arguments)
        )
        for arguments in [*row["base_input"], *row["plus_input"]]
    ]


def _shaped(value: Any, pattern: Any) -> Any:
    if isinstance(value, list) and isinstance(pattern, list | tuple | set):
        items = list(pattern)
        if len(items) == len(value) and len({type(item) for item in items}) > 1:
            pairs = zip(value, items, strict=True)
            made = [_shaped(v, _container(v, [like, pattern])) for v, like in pairs]
        else:
            made = [_shaped(item, _container(item, [*items, pattern])) for item in value]
        return type(pattern)(made)
    if value == [] and isinstance(pattern, dict):
        return {}
    if isinstance(value, dict) and isinstance(pattern, dict) and pattern:
        like = next(iter(pattern.values()))
        return {key: _shaped(item, like) for key, item in value.items()}
    if isinstance(pattern, int | float | complex) and isinstance(value, str):
        # JSON has no complex numbers: rows that want them write them as text.
        with contextlib.suppress(ValueError):
            return complex(value)
    return value


def _container(value: Any, items: list[Any]) -> Any:
    """The item of the pattern that says most about `value`: a container for a list. Lists nested
    deeper than the pattern are of its type, too."""
    if isinstance(value, list):
        return next((item for item in items if isinstance(item, list | tuple | set)), items[0])
    return items[0]
