"""Problems from files: YAML, JSON, TOML, a Python stub, JSONL rows, SyGuS, ARC; each also gzipped.

    read_problem("slug.yaml")                         a problem file (`synth schema` has its keys)
    read_problem("slug.py", tests="test_slug.py")     a Python stub, with tests for pytest
    read_problem("HumanEval.jsonl.gz:12")             the row on line 12
    read_problem("HumanEval.jsonl.gz#HumanEval/11")   the row of that id
    read_problems("mine.yaml")                        all problems of a file

Whatever the bytes, these give problems or raise one ProblemError: `FILE:LINE: field: what is wrong;
what would do`.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, Literal, get_args

from synth.errors import ProblemError
from synth.problem import Problem, TestCode
from synth.problems.located_data import DataError, Document, decode_utf8, dotted
from synth.problems.origin import Origin

Visible = Literal["docstring", "tests"]
Format = Literal["yaml", "json", "toml", "python", "jsonl", "sygus"]
Located = tuple[Problem, Origin]

FORMATS: dict[str, Format] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".toml": "toml",
    ".py": "python",
    ".jsonl": "jsonl",
    ".sl": "sygus",
}
MAX_BYTES = 512_000_000


def read_problem(
    path: str | PathLike[str],
    *,
    tests: str | PathLike[str] | None = None,
    row: int | str | None = None,
    visible: Visible = "docstring",
) -> Problem:
    """The problem in a file.

    Of a file with several, `row` chooses one: a number is a line of a JSONL file or a place in a
    list (from 1), a text is an id; `FILE:NUMBER` and `FILE#ID` say the same. `tests` names a file
    of tests to add: a pytest module, a module that defines `check(candidate)`, assert statements,
    or text with doctests. `visible="tests"` shows a benchmark row's own tests to the search (see
    `synth.problems.rows`).
    """
    return read_located(path, tests=tests, row=row, visible=visible)[0]


def read_problems(path: str | PathLike[str], *, visible: Visible = "docstring") -> list[Problem]:
    """All problems of a file, in its order; one for a file that holds one."""
    return [problem for problem, _ in read_all_located(path, visible=visible)]


def read_located(
    path: str | PathLike[str],
    *,
    tests: str | PathLike[str] | None = None,
    row: int | str | None = None,
    visible: Visible = "docstring",
) -> Located:
    """As `read_problem`, with the origin of its parts."""
    place, row = _address(path, row)
    extra = () if tests is None else (read_tests(tests),)
    format = _format(place)
    found = _parse(_read(place), format, place, visible, row, extra)
    if len(found) > 1:
        raise ProblemError(
            f"holds {len(found)} problems; choose one: {place.name}:NUMBER or "
            f"{place.name}#{found[0][0].id}",
            file=str(place),
        )
    return found[0]


def read_all_located(path: str | PathLike[str], *, visible: Visible = "docstring") -> list[Located]:
    """As `read_problems`, with the origin of each one's parts."""
    place, row = _address(path, None)
    if row is not None:
        return [read_located(path, visible=visible)]
    format = _format(place)
    return _parse(_read(place), format, place, visible, None, ())


def parse_problems(
    raw: bytes, format: Format, *, name: str = "problem", visible: Visible = "docstring"
) -> list[Problem]:
    """Problems out of bytes that are no file of the user's: they may not name files."""
    return [problem for problem, _ in _parse(raw, format, None, visible, None, (), name=name)]


def read_tests(path: str | PathLike[str]) -> TestCode:
    """A file of tests, its kind told by what it holds. Raises ProblemError where it holds none."""
    import ast

    from synth.problems.docstring_examples import is_valid_doctest
    from synth.problems.literal import NotPython, parse_module

    place = Path(path)
    file = str(place)
    try:
        source = decode_utf8(_read(place)).replace("\r", "\n")
    except DataError as error:
        raise ProblemError(str(error), file=file, line=error.line) from None
    if place.suffix in (".txt", ".md", ".rst"):
        reason = is_valid_doctest(source)
        if reason is None and ">>>" not in source:
            reason = "no >>> example"
        if reason:
            raise ProblemError(f"not a doctest: {reason}", file=file)
        return TestCode("doctest", source, place.name)
    try:
        body = parse_module(source).body
    except NotPython as error:
        raise ProblemError(f"not Python: {error}", file=file, line=error.line) from None
    functions = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    if any(name.startswith(("test", "Test")) for name in functions):
        return TestCode("pytest", source, place.name)
    if "check" in functions:
        return TestCode("check", source, place.name)
    if any(isinstance(node, ast.Assert) for node in ast.walk(ast.Module(body, []))):
        return TestCode("asserts", source, place.name)
    raise ProblemError(
        "no tests: wants test_* functions, a function check(candidate), or assert statements",
        file=file,
    )


def _address(path: str | PathLike[str], row: int | str | None) -> tuple[Path, int | str | None]:
    """`FILE:3` and `FILE#id` taken apart; a file that is really called so is itself."""
    text = str(path)
    place = Path(path)
    try:
        exists = place.exists()
    except (OSError, ValueError):
        exists = False
    match = re.fullmatch(r"(?s)(?P<file>.+?\.\w+)(?::(?P<line>\d{1,15})|#(?P<id>.+))", text)
    if exists or match is None or row is not None:
        return place, row
    return Path(match["file"]), int(match["line"]) if match["line"] else match["id"]


def _format(place: Path) -> Format:
    name = place.name.removesuffix(".gz")
    found = FORMATS.get(Path(name).suffix.lower())
    if found is None:
        raise ProblemError(
            f"unknown kind of file; known: {', '.join(FORMATS)} (each also with .gz)",
            file=str(place),
        )
    return found


def _read(place: Path) -> bytes:
    file = str(place)
    try:
        if place.name.endswith(".gz"):
            with gzip.open(place) as stream:
                raw = stream.read(MAX_BYTES + 1)
        else:
            with place.open("rb") as stream:
                raw = stream.read(MAX_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ProblemError(f"not a whole gzip file: {error}", file=file) from None
    except FileNotFoundError:
        raise ProblemError("no such file", file=file) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ProblemError(f"cannot be read: {reason}", file=file) from None
    if len(raw) > MAX_BYTES:
        raise ProblemError(f"larger than {MAX_BYTES // 10**6} MB", file=file)
    return raw


def _parse(
    raw: bytes,
    format: Format,
    place: Path | None,
    visible: Visible,
    row: int | str | None,
    tests: Sequence[TestCode],
    *,
    name: str = "",
) -> list[Located]:
    if visible not in get_args(Visible):
        raise ProblemError(f"{visible!r} is not one of docstring, tests", field="visible")
    file = None if place is None else str(place)
    if place is not None:
        name = Path(place.name.removesuffix(".gz")).stem
    from synth.problems.grids import is_grid_puzzle, problem_of_grids

    try:
        text = decode_utf8(raw)
        if format == "jsonl":
            return _rows(text, file, visible, row, tests)
        if format == "python":
            if row is not None:
                raise ProblemError("a Python stub holds one problem; leave the row out", file=file)
            return [_stub(text.replace("\r", "\n"), name or "stub", file, tests)]
        if format == "sygus":
            from synth.problems.sygus import problem_of_sygus

            problem = problem_of_sygus(text, name or "sygus", file=file)
            return [(replace(problem, tests=tuple(tests)), Origin(file))]
        document = _load(text, format)
        if is_grid_puzzle(document.data):
            problem = problem_of_grids(
                document.data, name or "grids", tests=visible == "tests", file=file
            )
            return [(replace(problem, tests=tuple(tests)), Origin(file))]
    except DataError as error:
        raise ProblemError(str(error), file=file, line=error.line) from None
    return _documents(document, name or "problem", place, row, tests)


def _load(text: str, format: Format) -> Document:
    if format == "yaml":
        from synth.problems.located_yaml import load_yaml

        return load_yaml(text)
    if format == "toml":
        from synth.problems.located_toml import load_toml

        return load_toml(text)
    from synth.problems.located_json import load_json

    return load_json(text)


def _documents(
    document: Document,
    name: str,
    place: Path | None,
    row: int | str | None,
    tests: Sequence[TestCode],
) -> list[Located]:
    from synth.problems.form import build_problem

    file = None if place is None else str(place)
    directory = None if place is None else place.parent
    if document.data is None:
        raise ProblemError("empty; a problem has at least a statement", file=file)
    if not isinstance(document.data, list):
        if row is not None and row not in (1, document.data.get("id", name)):
            raise ProblemError(f"holds one problem, no {row!r}", file=file)
        return [build_problem(document, name=name, file=file, directory=directory, tests=tests)]
    if not document.data:
        raise ProblemError("an empty list of problems", file=file)
    found = []
    names = []
    for index, item in enumerate(document.data):
        own = item.get("id") if isinstance(item, dict) else None
        names.append(own if isinstance(own, str) else f"{name}-{index + 1}")
        if row is None or row in (index + 1, names[-1]):
            part = document.at((index,))
            try:
                found.append(
                    build_problem(part, name=names[-1], file=file, directory=directory, tests=tests)
                )
            except ProblemError as error:
                field = f"{dotted((index,))}{'.' if error.field else ''}{error.field or ''}"
                raise ProblemError(error.message, file=file, line=error.line, field=field) from None
    if not found:
        raise ProblemError(_no_row(row, names), file=file)
    return found


def _stub(text: str, name: str, file: str | None, tests: Sequence[TestCode]) -> Located:
    from synth.problems.stub import read_stub

    stub = read_stub(text, file=file)
    problem = Problem(
        id=name,
        statement=stub.statement,
        entry_point=stub.signature.name,
        signature=stub.signature.text,
        starter=stub.starter.strip("\n"),
        examples=stub.examples,
        tests=(*stub.tests, *tests),
        properties=stub.properties,
        reference=stub.reference,
    )
    origin = Origin(file, stub.lines, stub.lines.get("entry_point"))
    return (_with_settings(problem, stub.settings, origin) if stub.settings else problem), origin


def _with_settings(problem: Problem, settings: dict[str, Any], origin: Origin) -> Problem:
    """The problem with what `# synth:` lines set."""
    from dataclasses import replace

    from synth.problems.form import build_problem

    allowed = ("id", "objective", "comparison", "limits")
    for key in settings:
        if key not in allowed:
            raise origin.error(
                f"cannot be set in a # synth: line; {', '.join(allowed)} can", str(key)
            )
    lines: dict[tuple[str | int, ...], int] = {
        (key,): line for key in settings if (line := origin.line(key)) is not None
    }
    form, _ = build_problem(Document(settings, lines), name=problem.id, file=origin.file)
    return replace(
        problem,
        id=form.id,
        objective=form.objective,
        comparison=form.comparison,
        limits=form.limits,
    )


def _rows(
    text: str,
    file: str | None,
    visible: Visible,
    row: int | str | None,
    tests: Sequence[TestCode],
) -> list[Located]:
    from dataclasses import replace

    from synth.problems.located_json import load_json_line
    from synth.problems.rows import problem_of_row, row_id

    lines = text.split("\n")
    if isinstance(row, int):
        if not 1 <= row <= len(lines) or not lines[row - 1].strip():
            raise ProblemError(f"no row on line {row}; the last line is {len(lines)}", file=file)
        wanted = [(row, load_json_line(lines[row - 1], row))]
    else:
        numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
        rows = [(number, load_json_line(line, number)) for number, line in numbered]
        if not rows:
            raise ProblemError("no rows", file=file)
        wanted = rows
        if row is not None:
            names = [row_id(item) or "" for _, item in rows]
            wanted = [
                pair
                for pair, name in zip(rows, names, strict=True)
                if row in (name, f"MBPP/{name}", f"QuixBugs/{name}")
            ]
            if not wanted:
                raise ProblemError(_no_row(row, names), file=file)
            if len(wanted) > 1:
                places = ", ".join(str(number) for number, _ in wanted[:5])
                raise ProblemError(
                    f"{len(wanted)} rows have the id {row!r} (lines {places}); name the line",
                    file=file,
                )
    found = []
    for number, data in wanted:
        problem, origin = problem_of_row(data, visible=visible, file=file, line=number)
        if tests:
            problem = replace(problem, tests=(*problem.tests, *tests))
        found.append((problem, origin))
    return found


def _no_row(row: int | str | None, names: list[str]) -> str:
    if isinstance(row, str):
        from rapidfuzz import process

        near = process.extractOne(row, [name for name in names if name], score_cutoff=60)
        if near:
            return f"no problem {row!r}; did you mean {near[0]!r}?"
    return f"no problem {row!r} among {len(names)}"
