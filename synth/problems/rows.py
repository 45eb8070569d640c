"""Benchmark rows as problems: HumanEval, MBPP, EvalPlus, LPW, APPS, CodeContests, QuixBugs, ARC.

Guidance must not see what grades. So by default (`visible="docstring"`) a problem holds only what
its row shows to whoever solves it: the examples in the docstring or statement, `given_tests`,
`public_tests`, of MBPP the first assert. `visible="tests"` adds the row's own tests, as if the user
had given them. A row's solution is never read, in neither mode.

QuixBugs rows (repair one-line defects) show all their tests in both modes: the tests are what says
that there is a defect.
"""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from synth.errors import ProblemError
from synth.problem import Case, Example, Limits, Problem, TestCode
from synth.problem_file import Visible
from synth.problems.asserts import called_by_asserts, split_asserts
from synth.problems.form import build_problem
from synth.problems.grids import problem_of_grids
from synth.problems.literal import NotPython, parse_module
from synth.problems.located_data import Document
from synth.problems.origin import Origin
from synth.problems.schema import ProblemForm
from synth.problems.signature import signature_of
from synth.problems.stub import read_stub

Row = Mapping[str, Any]


def problem_of_row(
    row: Any,
    *,
    visible: Visible = "docstring",
    file: str | None = None,
    line: int | None = None,
) -> tuple[Problem, Origin]:
    """The problem in one row; `line` is where the row stands in `file`.

    A row with the keys of a problem file is one. Raises ProblemError where the row is of no kind
    known here or lacks what its kind has.
    """
    origin = Origin(file, {}, line)
    if not isinstance(row, dict):
        raise origin.error(f"expected an object, got {type(row).__name__}", "")
    for needed, read in _KINDS:
        if all(key in row for key in needed):
            try:
                return read(row, visible), origin
            except ProblemError as error:
                raise origin.error(error.message, error.field or "") from None
            except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
                kind = read.__name__.strip("_")
                raise origin.error(f"not a row of kind {kind}: {error!r}", "") from None
    if not row.keys() & (ProblemForm.model_fields.keys() - {"id"}):
        kinds = "; ".join(", ".join(needed) for needed, _ in _KINDS)
        have = ", ".join(map(str, list(row)[:8]))
        raise origin.error(
            f"a row of no known kind: it has {have}; known rows have {kinds}, or the keys of a "
            "problem file",
            "",
        )
    document = Document(row, {(): line} if line is not None else {})
    return build_problem(document, name=f"row-{line or 1}", file=file)


def row_id(row: Any) -> str | None:
    """The name a row goes by, as text."""
    if isinstance(row, dict):
        for key in ("task_id", "id", "problem_id", "name"):
            if isinstance(row.get(key), str | int):
                return str(row[key])
    return None


def _human_eval(row: Row, visible: Visible) -> Problem:
    prompt, name = _text(row, "prompt"), _text(row, "entry_point")
    identity = row_id(row) or name
    stub = None
    for source in (prompt, f"{prompt.rstrip()}\n    ...\n"):
        try:
            stub = read_stub(source, entry_point=name, lenient=True)
            break
        except ProblemError:
            continue
    given = row.get("given_tests")
    examples: list[Example] = []
    tests: list[TestCode] = []
    if isinstance(given, list):
        examples, tests = _from_asserts(given, name, "given tests")
    elif stub is not None:
        examples, tests = list(stub.examples), list(stub.tests)
    else:
        examples, tests = _from_prompt(prompt, name)
    if visible == "tests":
        if isinstance(row.get("test"), str):
            tests.append(TestCode("check", _only_definitions(row["test"]), "the row's test"))
        elif isinstance(row.get("assertion"), str):
            more, left = _from_asserts([row["assertion"]], name, "the row's asserts")
            examples += [item for item in more if item not in examples]
            tests += left
        elif isinstance(row.get("correctness_tests"), list):  # COFFE
            more = [
                Example(tuple(item["input"]), item["output"][0])
                for item in row["correctness_tests"]
                if isinstance(item["input"], list)
            ]
            examples += [item for item in more if item not in examples]
    return Problem(
        id=identity,
        statement=stub.statement if stub else _unquoted(prompt),
        entry_point=name,
        signature=stub.signature.text if stub else None,
        starter=stub.starter.strip("\n") if stub else "",
        examples=tuple(examples),
        tests=tuple(tests),
    )


def _from_prompt(prompt: str, name: str) -> tuple[list[Example], list[TestCode]]:
    """MBPP+ writes a text and an assert in one module docstring."""
    lines = [line.strip() for line in prompt.splitlines()]
    return _from_asserts(
        [line for line in lines if line.startswith("assert ")], name, "the prompt's asserts"
    )


def _unquoted(prompt: str) -> str:
    text = _WRAPPING.sub("", prompt).strip()
    return text[3:-3].strip() if re.fullmatch(r'(?s)"""((?!""").)*"""', text) else text


def _only_definitions(test: str) -> str:
    """Test code without its own call of `check`, which would name a function it does not have."""
    try:
        body = parse_module(test).body
    except NotPython as error:
        raise ProblemError(f"not Python: {error}", field="test") from None
    lines = test.split("\n")
    for node in body:
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
            and node.value.func.id == "check"
        ):
            for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                lines[number - 1] = ""
    return "\n".join(lines).strip("\n") + "\n"


def _mbpp(row: Row, visible: Visible) -> Problem:
    asserts = list(map(str, row["test_list"]))
    if visible == "docstring":
        asserts = asserts[:1]
    elif isinstance(row.get("challenge_test_list"), list):
        asserts += list(map(str, row["challenge_test_list"]))
    setup = [*row.get("test_imports", []), row.get("test_setup_code", "")]
    setup = [item.replace("\r\n", "\n") for item in setup if isinstance(item, str) and item.strip()]
    body = [node for item in asserts for node in _parse(item, "test_list").body]
    name = called_by_asserts(body)
    if name is None:
        raise ProblemError("no assert calls a function", field="test_list")
    examples, tests = _from_asserts(asserts, name, "asserts", setup=setup)
    statement = row.get("text", row.get("prompt"))
    if not isinstance(statement, str):
        raise ProblemError("neither text nor prompt", field="text")
    identity = row_id(row) or name
    return Problem(
        id=f"MBPP/{identity}" if identity.isdigit() else identity,
        statement=statement.strip(),
        entry_point=name,
        examples=tuple(examples),
        tests=tuple(tests),
    )


def _stdin(row: Row, visible: Visible) -> Problem:
    statement = next(
        (
            row[key]
            for key in ("description", "question", "statement", "prompt")
            if isinstance(row.get(key), str)
        ),
        None,
    )
    if statement is None:
        raise ProblemError("no description, question or prompt", field="description")
    statement = html.unescape(_WRAPPING.sub("", statement))
    if isinstance(row.get("public_tests"), dict | list):
        cases = _cases(row["public_tests"], "public_tests")
    else:
        cases = cases_in_statement(statement)
    if visible == "tests":
        for key in ("private_tests", "generated_tests", "stdin_tests", "input_output"):
            if row.get(key):
                cases += [item for item in _cases(row[key], key) if item not in cases]
    return Problem(
        id=row_id(row) or "stdin",
        statement=statement.strip(),
        cases=tuple(cases),
        limits=_limits(row),
    )


def _cases(tests: Any, field: str) -> list[Case]:
    """`{input: [...], output: [...]}` (also `inputs`, `outputs`), a list of such, or as JSON."""
    if isinstance(tests, str):
        try:
            tests = json.loads(tests)
        except (ValueError, RecursionError) as error:
            raise ProblemError(f"not JSON: {error}", field=field) from None
    if isinstance(tests, list):
        return [case for item in tests for case in _cases(item, field)]
    if not isinstance(tests, dict):
        raise ProblemError(f"expected an object, got {type(tests).__name__}", field=field)
    if tests.get("fn_name"):
        raise ProblemError(
            f"calls {tests['fn_name']!r} instead of giving stdin; such rows are not read",
            field=field,
        )
    sides = []
    for key in ("input", "output"):
        side = tests.get(key, tests.get(f"{key}s"))
        sides.append(side if isinstance(side, list) else [side])
    if len(sides[0]) != len(sides[1]):
        raise ProblemError(f"{len(sides[0])} inputs, {len(sides[1])} outputs", field=field)
    return [
        Case(_joined(stdin, field), _joined(stdout, field))
        for stdin, stdout in zip(*sides, strict=True)
    ]


def _joined(value: Any, field: str) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n".join(value)  # APPS: a list of lines
    if not isinstance(value, str):
        raise ProblemError(f"expected text, got {type(value).__name__}", field=field)
    return value


_SAMPLE = re.compile(
    r"^[ \t]*(?:Sample )?Input[ \t:]*\d*\n+(?P<stdin>.+?)\n\s*\n?"
    r"^[ \t]*(?:Sample )?Output[ \t:]*\d*\n+(?P<stdout>.+?)"
    r"(?=\n[ \t]*\n|\n[ \t]*(?:Sample )?Input[ \t:]*\d*\n|\n[ \t]*(?:Note|Explanation)\b|\Z)",
    re.M | re.S,
)
# COFFE puts its own prompt around the statements of CodeContests and MBPP.
_WRAPPING = re.compile(
    r"\AYou are an expert Python programmer, and here is your task:\s*"
    r"|\n?Do not give explanations, only give the Python code\.\s*(?=\n|\Z)"
    r"|\n?Python Solution:\s*\Z|\n?(?:Python Solution:\n)?```python\s*\Z"
)


def cases_in_statement(statement: str) -> list[Case]:
    """The samples of a contest statement: below a line with "Example", blocks headed by lines
    `Input` and `Output`. What a sample prints ends at the first empty line."""
    heading = re.search(r"^[-\s]*(?:Sample|Examples?)\b[-\s:]*$", statement, re.M)
    if heading is None:
        return []
    return [
        Case(match["stdin"].strip("\n") + "\n", match["stdout"].strip("\n") + "\n")
        for match in _SAMPLE.finditer(statement, heading.end())
    ]


def _limits(row: Row) -> Limits:
    """CodeContests states limits made for C++, so ours are the least that is granted."""
    seconds = Limits().seconds
    limit = row.get("time_limit")
    if isinstance(limit, dict):
        parts = [limit.get("seconds", 0) or 0, (limit.get("nanos", 0) or 0) / 1e9]
        seconds = min(max(seconds, float(sum(parts))), 60.0)
    return Limits(seconds=seconds)


def _quix_bugs(row: Row, visible: Visible) -> Problem:
    name, buggy = _text(row, "name"), _text(row, "buggy")
    tree = _parse(buggy, "buggy")
    functions = [
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    if not functions:
        raise ProblemError(f"defines no function {name!r}", field="buggy")
    examples: list[Example] = []
    tests: list[TestCode] = []
    if isinstance(row.get("json_tests"), list):
        pairs = [
            (tuple(args) if isinstance(args, list) else (args,), expected)
            for args, expected in row["json_tests"]
        ]
        if "yield" in buggy or any(_holds_lists(expected) for _, expected in pairs):
            # JSON cannot say tuple or generator: compare as QuixBugs does, both as JSON.
            tests.append(TestCode("check", _json_check(pairs), "json_tests"))
        else:
            examples = [Example(args, expected) for args, expected in pairs]
    elif isinstance(row.get("pytest"), str):
        tests.append(TestCode("pytest", _own_imports_only(row["pytest"]), "tests"))
    node_class = row.get("node_py")
    return Problem(
        id=f"QuixBugs/{name}",
        statement="This program has a defect on one line. Find it and give the whole corrected "
        f"program.\n\n{buggy.strip()}",
        entry_point=name,
        signature=signature_of(functions[0]).text,
        starter=node_class.strip("\n") if isinstance(node_class, str) else "",
        examples=tuple(examples),
        tests=tuple(tests),
    )


def _holds_lists(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, list) for item in value)


def _json_check(pairs: list[tuple[tuple[Any, ...], Any]]) -> str:
    cases = "".join(f"    ({args!r}, {expected!r}),\n" for args, expected in pairs)
    return (
        "def _plain(value):\n"
        "    if hasattr(value, '__iter__') and not isinstance(value, (str, dict)):\n"
        "        return [_plain(item) for item in value]\n"
        "    return value\n\n\n"
        f"CASES = [\n{cases}]\n\n\n"
        "def check(candidate):\n"
        "    for arguments, expected in CASES:\n"
        "        assert _plain(candidate(*arguments)) == expected\n"
    )


def _own_imports_only(test: str) -> str:
    """The test module without what loads the program from QuixBugs' folders."""
    body = _parse(test, "pytest").body
    kept = [
        node
        for node in body
        if not (
            (isinstance(node, ast.If) and "use_correct" in ast.unparse(node.test))
            or (isinstance(node, ast.ImportFrom) and node.module == "node")
            or (isinstance(node, ast.Import) and node.names[0].name == "pytest")
        )
    ]
    return "\n\n\n".join(ast.unparse(node) for node in kept) + "\n"


def _text(row: Row, key: str) -> str:
    value = row[key]
    if not isinstance(value, str) or not value.strip():
        raise ProblemError("expected text", field=key)
    return value.replace("\r\n", "\n")


def _parse(source: str, field: str) -> ast.Module:
    try:
        return parse_module(source.replace("\r\n", "\n"))
    except NotPython as error:
        raise ProblemError(f"not Python: {error}", field=field) from None


def _from_asserts(
    asserts: Iterable[Any], name: str, title: str, *, setup: Iterable[str] = ()
) -> tuple[list[Example], list[TestCode]]:
    """Examples, and one block of asserts that are more; text that is no Python is passed over."""
    examples: list[Example] = []
    left: list[str] = []
    for item in asserts:
        text = str(item).replace("\r\n", "\n").strip()
        try:
            body = parse_module(text).body
        except NotPython:
            continue  # published rows hold a few broken asserts
        statements, found = split_asserts(body, name, text)
        left += statements
        examples += [example for example, _ in found if example not in examples]
    if not left:
        return examples, []
    source = "\n".join([*setup, *left]) + "\n"
    if "math." in source and "import math" not in source:
        source = f"import math\n{source}"  # MBPP+ leaves it to the harness
    return examples, [TestCode("asserts", source, title)]


# Told apart by keys, the most particular first.
def _grids(row: Row, visible: Visible) -> Problem:
    return problem_of_grids(row, "grids", tests=visible == "tests")


_KINDS: tuple[tuple[tuple[str, ...], Callable[[Row, Visible], Problem]], ...] = (
    (("buggy", "name"), _quix_bugs),
    (("test_list",), _mbpp),
    (("prompt", "entry_point"), _human_eval),
    (("public_tests",), _stdin),
    (("stdin_tests",), _stdin),
    (("input_output",), _stdin),
    (("train", "test"), _grids),
)
