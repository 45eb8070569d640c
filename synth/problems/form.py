"""A problem file's keys given their meaning: form in, Problem out, with the line of each part."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path as FilePath
from typing import Any

from synth.errors import ProblemError
from synth.problem import Case, Comparison, Example, Limits, Problem, Property, TestCode
from synth.problems.asserts import called_by_asserts, split_asserts
from synth.problems.docstring_examples import find_examples, is_valid_doctest
from synth.problems.example_form import example_of
from synth.problems.literal import NotPython, parse_module
from synth.problems.located_data import Document, Path, dotted
from synth.problems.origin import Origin
from synth.problems.schema import (
    CaseForm,
    FileText,
    ProblemForm,
    ShapeError,
    check_shape,
)
from synth.problems.signature import Signature, parse_signature

MAX_FILE_BYTES = 64_000_000


def build_problem(
    document: Document,
    *,
    name: str,
    file: str | None = None,
    directory: FilePath | None = None,
    tests: Iterable[TestCode] = (),
) -> tuple[Problem, Origin]:
    """The problem that a document describes, `name` being its id where it gives none.

    `directory` is where the files it names lie; None forbids naming files (bytes off a network).
    `tests` are added to its own. Raises ProblemError with file, line and field.
    """
    builder = _Builder(document, file, directory)
    problem = builder.problem(name, tuple(tests))
    return problem, Origin(file, builder.lines, document.line(()))


class _Builder:
    def __init__(self, document: Document, file: str | None, directory: FilePath | None) -> None:
        self.document = document
        self.file = file
        self.directory = directory
        self.lines: dict[str, int] = {}
        self.examples: list[Example] = []
        self.cases: list[Case] = []
        self.tests: list[TestCode] = []
        self.properties: list[Property] = []
        self.signature: Signature | None = None

    def fail(self, message: str, *path: str | int, line: int | None = None) -> ProblemError:
        return ProblemError(
            message,
            file=self.file,
            line=line or self.document.line(path),
            field=dotted(path) or None,
        )

    def require_whole_program(self, form: ProblemForm, tests: tuple[TestCode, ...]) -> None:
        """Only Python's functions can be called; of other languages what is printed is judged."""
        functional = ("entry_point", "signature", "examples", "asserts", "doctests", "tests")
        for field in (*functional, "properties"):
            if getattr(form, field) or (field == "tests" and tests):
                raise self.fail(
                    f"is for functions in Python; a program in {form.language!r} is judged by "
                    "stdin/stdout cases: give cases",
                    field,
                )

    def problem(self, name: str, tests: tuple[TestCode, ...]) -> Problem:
        try:
            form = check_shape(self.document.data)
        except ShapeError as error:
            raise self.fail(str(error), *error.path) from None
        for field in ("id", "statement", "entry_point", "signature", "starter", "reference"):
            self.note(field, (field,))
        for field in ("objective", "comparison", "limits", "examples", "cases"):
            self.note(field, (field,))
        if form.language == "python":
            starter = self.python(form.starter, "starter")
        else:
            starter = self.text(form.starter, "starter")
            self.require_whole_program(form, tests)
        reference = self.python(form.reference, "reference")
        entry_point = self.read_signature(form)
        self.read_cases(form)
        entry_point = self.read_examples(form, entry_point)
        entry_point = self.read_tests(form, entry_point)
        self.read_properties(form, entry_point)
        checker = self.python(form.comparison.checker, "comparison", "checker")
        if checker is not None:
            self.require_function(checker, "check", "comparison", "checker")
        self.tests += tests
        if form.id is not None and not form.id.strip():
            raise self.fail("empty; give a name or leave the key out", "id")
        if entry_point is not None and self.cases:
            raise self.fail(
                f"stdin/stdout cases ask for a whole program, but {entry_point!r} is a function; "
                "give examples for it, or leave out entry_point and signature",
                "cases",
            )
        imports = form.limits.imports
        try:
            return Problem(
                id=form.id or name,
                statement=self.text(form.statement, "statement").strip(),
                entry_point=entry_point,
                signature=self.signature.text if self.signature else None,
                starter=(starter or "").strip("\n"),
                language=form.language,
                examples=tuple(self.examples),
                cases=tuple(self.cases),
                tests=tuple(self.tests),
                properties=tuple(self.properties),
                reference=reference,
                objective=form.objective,
                comparison=Comparison(
                    form.comparison.absolute,
                    form.comparison.relative,
                    form.comparison.stdout,
                    checker,
                ),
                limits=Limits(
                    form.limits.seconds,
                    form.limits.memory_mb,
                    form.limits.output_kb,
                    None if imports is None else tuple(imports),
                    form.limits.spawn,
                ),
            )
        except ProblemError as error:
            raise self.fail(error.message, *((error.field,) if error.field else ())) from None

    def note(self, field: str, path: Path, *, line: int | None = None) -> None:
        line = line or self.document.line(path)
        if line is not None:
            self.lines[field] = line

    # Text, here or in a file.

    def text(self, value: str | FileText | None, *path: str | int) -> str:
        if not isinstance(value, FileText):
            return value or ""
        return self.read(value.file, *path, "file")

    def read(self, name: str, *path: str | int) -> str:
        if self.directory is None:
            raise self.fail("a file cannot be named here; put its text in place", *path)
        place = self.directory / name
        try:
            if place.stat().st_size > MAX_FILE_BYTES:
                raise self.fail(f"{name} is larger than {MAX_FILE_BYTES // 10**6} MB", *path)
            return place.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            raise self.fail(f"{name} is not UTF-8 text", *path) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise self.fail(
                f"cannot read {name}: {reason}; paths are relative to {self.directory}", *path
            ) from None

    def python(self, value: str | FileText | None, *path: str | int) -> str | None:
        """Text that must parse as Python; None for no text."""
        text = self.text(value, *path)
        if not text.strip():
            return None
        self.parse(text, value, *path)
        return text.strip("\n") + "\n"

    def parse(self, text: str, value: Any, *path: str | int) -> ast.Module:
        try:
            return parse_module(text)
        except NotPython as error:
            if isinstance(value, FileText):
                where = f" (line {error.line} of {value.file})" if error.line else ""
                raise self.fail(f"not Python: {error}{where}", *path) from None
            raise self.fail(
                f"not Python: {error}", *path, line=self.line_in(path, error.line)
            ) from None

    def line_in(self, path: Path, offset: int | None) -> int | None:
        """The line of the file on which line `offset` (from 1) of a text stands."""
        first = self.document.text_line(path)
        return None if first is None or offset is None else first + offset - 1

    def require_function(self, source: str, name: str, *path: str | int) -> None:
        body = parse_module(source).body
        if not any(isinstance(node, ast.FunctionDef) and node.name == name for node in body):
            raise self.fail(f"defines no function {name!r}", *path)

    # The function asked for.

    def read_signature(self, form: ProblemForm) -> str | None:
        if form.signature is not None:
            try:
                self.signature = parse_signature(form.signature)
            except NotPython as error:
                raise self.fail(
                    f"{form.signature!r} is not a def line: {error}; write one such as "
                    "def f(x: int) -> str",
                    "signature",
                ) from None
        name = form.entry_point
        if name is not None and not name.isidentifier():
            raise self.fail(
                f"{name!r} is not a Python name; give the function's name alone", "entry_point"
            )
        if self.signature is None:
            return name
        if name is not None and name != self.signature.name:
            raise self.fail(
                f"{name!r}, but the signature defines {self.signature.name!r}", "entry_point"
            )
        return self.signature.name

    # Evidence.

    def read_examples(self, form: ProblemForm, entry_point: str | None) -> str | None:
        for index, item in enumerate(form.examples):
            path: Path = ("examples", index)
            try:
                name, example = example_of(item, entry_point, self.signature)
            except ShapeError as error:
                raise self.fail(str(error), *path, *error.path) from None
            if name is not None:
                if entry_point is None:
                    entry_point = name
                elif name != entry_point:
                    raise self.fail(
                        f"calls {name!r}, but the function asked for is {entry_point!r}", *path
                    )
            self.add_example(example, self.document.line(path))
        if form.examples and entry_point is None:
            raise self.fail(
                "missing: examples call a function; give entry_point or signature", "entry_point"
            )
        return entry_point

    def add_example(self, example: Example, line: int | None) -> None:
        if line is not None:
            self.lines[f"examples[{len(self.examples)}]"] = line
        self.examples.append(example)

    def read_tests(self, form: ProblemForm, entry_point: str | None) -> str | None:
        entry_point = self.read_asserts(form, entry_point)
        doctests = self.text(form.doctests, "doctests")
        if doctests.strip():
            if entry_point is None:
                raise self.fail("missing: doctests call a function", "entry_point")
            self.read_doctests(doctests, entry_point)
        for index, item in enumerate(form.tests):
            path = ("tests", index, "source")
            source = self.text(item.source, *path)
            name = item.name or (
                item.source.file if isinstance(item.source, FileText) else f"tests[{index}]"
            )
            if item.kind == "doctest":
                reason = is_valid_doctest(source)
                if reason:
                    raise self.fail(f"not a doctest: {reason}", *path)
            else:
                self.parse(source, item.source, *path)
                if item.kind == "check":
                    self.require_function(source, "check", *path)
            self.note(f"tests[{len(self.tests)}]", ("tests", index))
            self.tests.append(TestCode(item.kind, source, name))
        return entry_point

    def read_asserts(self, form: ProblemForm, entry_point: str | None) -> str | None:
        left: list[str] = []
        listed = isinstance(form.asserts, list)
        texts = form.asserts if isinstance(form.asserts, list) else [form.asserts]
        for index, value in enumerate(texts):
            path: Path = ("asserts", index) if listed else ("asserts",)
            text = self.text(value, *path)
            if listed and text.strip() and not text.lstrip().startswith("assert"):
                text = f"assert {text.strip()}"
            body = self.parse(text, value, *path).body
            if entry_point is None:
                entry_point = called_by_asserts(body)
            statements, examples = split_asserts(body, entry_point, text)
            for example, offset in examples:
                line = (
                    self.document.line(path)
                    if isinstance(value, FileText)
                    else self.line_in(path, offset)
                )
                self.add_example(example, line)
            left += statements
        if left:
            if entry_point is None:
                raise self.fail("missing: asserts call a function; name it", "entry_point")
            self.note(f"tests[{len(self.tests)}]", ("asserts",))
            self.tests.append(TestCode("asserts", "\n".join(left) + "\n", "asserts"))
        return entry_point

    def read_doctests(self, text: str, entry_point: str) -> None:
        returns = self.signature.returns if self.signature else None
        found = find_examples(
            text,
            entry_point,
            returns_none=isinstance(returns, ast.Constant) and returns.value is None,
        )
        for example, offset in zip(found.examples, found.lines, strict=True):
            self.add_example(example, self.line_in(("doctests",), offset + 1))
        if found.doctests:
            reason = is_valid_doctest(found.doctests)
            if reason:
                raise self.fail(f"not a doctest: {reason}", "doctests")
            self.note(f"tests[{len(self.tests)}]", ("doctests",))
            self.tests.append(TestCode("doctest", found.doctests, "doctests"))
        elif not found.examples:
            raise self.fail("holds no >>> example with its result below it", "doctests")

    def read_cases(self, form: ProblemForm) -> None:
        if isinstance(form.cases, str):
            self.read_case_files(form.cases)
            return
        for index, item in enumerate(form.cases):
            assert isinstance(item, CaseForm)
            self.note(f"cases[{index}]", ("cases", index))
            self.cases.append(
                Case(
                    self.text(item.stdin, "cases", index, "stdin"),
                    self.text(item.stdout, "cases", index, "stdout"),
                )
            )

    def read_case_files(self, pattern: str) -> None:
        if self.directory is None:
            raise self.fail("files cannot be named here; give stdin and stdout in place", "cases")
        if not pattern.endswith(".in"):
            raise self.fail(
                f"{pattern!r} must end in .in, such as cases/*.in; the .out files lie beside",
                "cases",
            )
        try:
            inputs = sorted(self.directory.glob(pattern))
        except (NotImplementedError, ValueError, OSError) as error:
            raise self.fail(f"{pattern!r}: {error}", "cases") from None
        if not inputs:
            raise self.fail(f"no file matches {pattern!r} in {self.directory}", "cases")
        for place in inputs:
            stdin = self.read(str(place.relative_to(self.directory)), "cases")
            answer = place.with_suffix(".out")
            if not answer.exists():
                raise self.fail(f"{place.name} has no {answer.name} beside it", "cases")
            stdout = self.read(str(answer.relative_to(self.directory)), "cases")
            self.cases.append(Case(stdin, stdout))

    def read_properties(self, form: ProblemForm, entry_point: str | None) -> None:
        for index, item in enumerate(form.properties):
            path: Path = ("properties", index)
            value = item if isinstance(item, str) else item.source
            if not isinstance(item, str):
                path = (*path, "source")
            source = self.text(value, *path)
            functions = [
                node
                for node in self.parse(source, value, *path).body
                if isinstance(node, ast.FunctionDef)
            ]
            if len(functions) != 1 or not functions[0].args.args:
                raise self.fail(
                    "wants one function whose first parameter is the candidate: "
                    "def NAME(f, x: int): assert ...",
                    *path,
                )
            if entry_point is None:
                raise self.fail("missing: properties call a function; name it", "entry_point")
            name = "" if isinstance(item, str) else item.name
            self.note(f"properties[{index}]", path)
            self.properties.append(Property(source, name or functions[0].name))
