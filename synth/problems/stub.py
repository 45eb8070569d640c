'''A Python file that is a problem: one function whose body is still to be written.

    import re

    def slug(text: str) -> str:
        """Lower case words joined by hyphens.

        >>> slug("Hello, World")
        'hello-world'
        """
        ...

The function with the body `...` (or `pass`, `raise NotImplementedError`, or the docstring alone) is
asked for; its docstring is the statement and holds the visible examples. Of the rest of the file

* `test_*` functions and `Test*` classes are tests for pytest, module-level asserts are asserts;
* `def property_NAME(f, x: int)` is a property, `def reference_NAME(...)` the slow, right version;
* `# synth: KEY = VALUE` lines set what a problem file could (`limits.seconds = 1`), in TOML;
* `if __name__ == "__main__":` is left out; everything else is starter code, part of each answer.
'''

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any

from synth.errors import ProblemError
from synth.problem import Example, Property, TestCode
from synth.problems.asserts import split_asserts
from synth.problems.docstring_examples import find_examples, is_valid_doctest
from synth.problems.literal import NotPython, parse_module
from synth.problems.located_data import DataError
from synth.problems.located_toml import load_toml
from synth.problems.signature import Signature, signature_of


@dataclass(frozen=True, slots=True)
class Stub:
    """What a stub file says, and the lines where it says it (by field of the Problem)."""

    signature: Signature
    statement: str
    starter: str
    examples: tuple[Example, ...]
    tests: tuple[TestCode, ...]
    properties: tuple[Property, ...]
    reference: str | None
    settings: dict[str, Any]
    lines: dict[str, int]


def read_stub(
    source: str,
    *,
    file: str | None = None,
    entry_point: str | None = None,
    lenient: bool = False,
) -> Stub:
    """The stub in a Python source; `entry_point` names it where its body does not show it.

    Raises ProblemError with file and line where there is none, or more than one. A docstring's
    doctest that could not run is an error too, unless `lenient` (the text is not the user's own).
    """
    try:
        tree = parse_module(source)
    except NotPython as error:
        raise ProblemError(f"not Python: {error}", file=file, line=error.line) from None
    function = _find(tree, file, entry_point)
    return _Reader(tree, source, function, file, lenient).stub()


def _find(tree: ast.Module, file: str | None, entry_point: str | None) -> ast.FunctionDef:
    functions = [
        node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    if entry_point is not None:
        stubs = [node for node in functions if node.name == entry_point][-1:]
        if not stubs:
            raise ProblemError(f"defines no function {entry_point!r}", file=file)
    else:
        # One with `...` says so; a docstring alone is a stub only where nothing else is.
        stubs = [node for node in functions if _is_open(node) == "open"]
        stubs = stubs or [node for node in functions if _is_open(node) == "docstring"]
    if not stubs:
        raise ProblemError(
            "no function to write: give one the body `...`",
            file=file,
            line=functions[0].lineno if len(functions) == 1 else None,
        )
    if len(stubs) > 1:
        names = ", ".join(f"{node.name} (line {node.lineno})" for node in stubs)
        raise ProblemError(
            f"{len(stubs)} functions have the body `...`: {names}; leave one open",
            file=file,
            line=stubs[1].lineno,
        )
    stub = stubs[0]
    if isinstance(stub, ast.AsyncFunctionDef):
        raise ProblemError(
            f"{stub.name} is async; ask for a plain function", file=file, line=stub.lineno
        )
    if stub.decorator_list:
        raise ProblemError(
            f"{stub.name} is decorated; ask for the plain function and decorate it where it is "
            "used",
            file=file,
            line=stub.decorator_list[0].lineno,
        )
    return stub


def _is_open(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str | None:
    body = [item for item in node.body if not _is_text(item)]
    if not body:
        return "docstring"
    if any(isinstance(item, ast.Name) and item.id == "overload" for item in node.decorator_list):
        return None
    return "open" if all(map(_is_placeholder, body)) else None


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_placeholder(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise) and node.exc is not None:
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and node.value.value is Ellipsis
    )


class _Reader:
    def __init__(
        self,
        tree: ast.Module,
        source: str,
        function: ast.FunctionDef,
        file: str | None,
        lenient: bool,
    ) -> None:
        self.tree = tree
        self.lenient = lenient
        self.text_lines = source.split("\n")
        self.source = source
        self.function = function
        self.file = file
        self.lines: dict[str, int] = {}
        self.examples: list[Example] = []
        self.tests: list[TestCode] = []
        self.name = function.name

    def fail(self, message: str, line: int | None) -> ProblemError:
        return ProblemError(message, file=self.file, line=line)

    def stub(self) -> Stub:
        signature = signature_of(self.function)
        for field in ("entry_point", "signature", "examples"):
            self.lines[field] = self.function.lineno
        statement = self.docstring(signature)
        kept, testing, asserts, properties, references = self.sort()
        starter = self.starter(kept)
        self.read_tests(kept, testing)
        self.read_asserts(asserts)
        reference = None
        if references:
            node = references[0]
            self.lines["reference"] = node.lineno
            reference = f"{starter}\n{self.segment(node)}\n\n{self.name} = {node.name}\n".lstrip()
        for index, item in enumerate(properties):
            self.lines[f"properties[{index}]"] = item.lineno
        return Stub(
            signature=signature,
            statement=statement,
            starter=starter,
            examples=tuple(self.examples),
            tests=tuple(self.tests),
            properties=tuple(
                Property(self.segment(item) + "\n", item.name.removeprefix("property_"))
                for item in properties
            ),
            reference=reference,
            settings=self.settings(),
            lines=self.lines,
        )

    def docstring(self, signature: Signature) -> str:
        node = next((item for item in self.function.body if _is_text(item)), None)
        if node is None:
            self.lines["statement"] = self.function.lineno
            text = ast.get_docstring(self.tree) or ""
            return text.strip()
        raw = str(node.value.value)  # type: ignore[attr-defined]  # _is_text saw to it
        self.lines["statement"] = node.lineno
        found = find_examples(
            raw,
            self.name,
            parameters=[item.name for item in signature.parameters if item.required],
            returns_none=isinstance(signature.returns, ast.Constant)
            and signature.returns.value is None,
        )
        for example, offset in zip(found.examples, found.lines, strict=True):
            # Escapes such as \n make the text have more lines than the source.
            line = min(node.lineno + offset, node.end_lineno or node.lineno)
            self.lines[f"examples[{len(self.examples)}]"] = line
            self.examples.append(example)
        if found.doctests:
            reason = is_valid_doctest(found.doctests)
            if reason and not self.lenient:
                raise self.fail(f"a doctest that cannot run: {reason}", node.lineno)
            if not reason:
                self.lines[f"tests[{len(self.tests)}]"] = node.lineno
                self.tests.append(TestCode("doctest", found.doctests, "docstring"))
        return _clean(raw)

    def sort(
        self,
    ) -> tuple[
        list[ast.stmt],
        list[ast.stmt],
        list[ast.Assert],
        list[ast.FunctionDef],
        list[ast.FunctionDef],
    ]:
        kept: list[ast.stmt] = []
        testing: list[ast.stmt] = []
        asserts: list[ast.Assert] = []
        properties: list[ast.FunctionDef] = []
        references: list[ast.FunctionDef] = []
        for index, node in enumerate(self.tree.body):
            if node is self.function or (index == 0 and _is_text(node)) or _is_main(node):
                continue
            if isinstance(node, ast.Assert):
                asserts.append(node)
            elif isinstance(node, ast.FunctionDef) and node.name.startswith("property_"):
                properties.append(node)
            elif isinstance(node, ast.FunctionDef) and node.name == f"reference_{self.name}":
                references.append(node)
            elif _is_test(node):
                testing.append(node)
            elif _imports_testing(node):
                testing.insert(0, node)
            else:
                self.refuse_use(node)
                kept.append(node)
        kept += [
            node for node in self.function.body if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        return kept, testing, asserts, properties, references

    def refuse_use(self, node: ast.stmt) -> None:
        """Starter code runs before the answer exists, so it must not use it while it is loaded."""
        if isinstance(node, ast.Expr) and _is_text(node):
            return
        for inner in _evaluated_at_once(node):
            if isinstance(inner, ast.Name) and inner.id == self.name:
                raise self.fail(
                    f"uses {self.name}, which is still to be written; put it into a test function "
                    "or under if __name__ == '__main__':",
                    inner.lineno,
                )

    def starter(self, kept: list[ast.stmt]) -> str:
        parts = []
        for node in kept:
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            while first > 1 and self.text_lines[first - 2].startswith("#"):
                first -= 1  # the comment above it
            comment = "\n".join(
                line
                for line in self.text_lines[first - 1 : node.lineno - 1]
                if line.startswith("#") and not _SETTING.match(line)
            )
            parts.append((comment + "\n" if comment else "") + self.segment(node))
        text = ""
        for index, part in enumerate(parts):
            defines = isinstance(kept[index], ast.FunctionDef | ast.ClassDef)
            defined = index > 0 and isinstance(kept[index - 1], ast.FunctionDef | ast.ClassDef)
            text += ("\n\n" if index and (defines or defined) else "") + part + "\n"
        return text

    def segment(self, node: ast.stmt) -> str:
        """The source of a statement, decorators included."""
        text = ast.get_source_segment(self.source, node) or ast.unparse(node)
        decorators = getattr(node, "decorator_list", [])
        return "".join(
            f"@{ast.get_source_segment(self.source, item) or ast.unparse(item)}\n"
            for item in decorators
        ) + _dedented(text, node.col_offset)

    def read_tests(self, kept: list[ast.stmt], testing: list[ast.stmt]) -> None:
        if not any(_is_test(node) for node in testing):
            return
        self.lines[f"tests[{len(self.tests)}]"] = next(map(_line, filter(_is_test, testing)))
        # Futures first: they must stand at the top of the test module, too.
        nodes = sorted(kept, key=lambda node: getattr(node, "module", "") != "__future__")
        source = "\n\n".join(self.segment(node) for node in [*nodes, *testing]) + "\n"
        self.tests.append(TestCode("pytest", source, f"tests in {self.file or 'the stub'}"))

    def read_asserts(self, asserts: list[ast.Assert]) -> None:
        if not asserts:
            return
        left, examples = split_asserts(list(asserts), self.name, self.source)
        for example, line in examples:
            self.lines[f"examples[{len(self.examples)}]"] = line
            self.examples.append(example)
        if left:
            imports = [
                self.segment(node)
                for node in self.tree.body
                if isinstance(node, ast.Import | ast.ImportFrom)
            ]
            self.lines[f"tests[{len(self.tests)}]"] = asserts[0].lineno
            self.tests.append(TestCode("asserts", "\n".join([*imports, *left]) + "\n", "asserts"))

    def settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = {}
        for number, line in enumerate(self.text_lines, 1):
            match = _SETTING.match(line)
            if match is None:
                continue
            try:
                data = load_toml(match.group(1)).data
            except DataError as error:
                raise self.fail(
                    f"# synth: wants KEY = VALUE in TOML, such as limits.seconds = 1 ({error})",
                    number,
                ) from None
            for key, value in data.items():
                known = settings.get(key)
                if isinstance(known, dict) and isinstance(value, dict):
                    known.update(value)
                else:
                    settings[key] = value
                self.lines[key] = number
        return settings


_SETTING = re.compile(r"#\s*synth:\s*(.+)$")


def _line(node: ast.stmt) -> int:
    return node.lineno


def _is_main(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Compare)
        and isinstance(node.test.left, ast.Name)
        and node.test.left.id == "__name__"
    )


def _is_test(node: ast.stmt) -> bool:
    if isinstance(node, ast.ClassDef):
        return node.name.startswith("Test")
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    return node.name.startswith("test_") or any(
        "fixture" in ast.unparse(item) for item in node.decorator_list
    )


def _imports_testing(node: ast.stmt) -> bool:
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [item.name for item in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [node.module or ""]
    return bool(names) and all(
        name.split(".")[0] in ("pytest", "unittest", "hypothesis", "doctest") for name in names
    )


def _evaluated_at_once(node: ast.AST) -> list[ast.AST]:
    """The nodes evaluated while the module is loaded: not the bodies of functions."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = [node]
    while waiting:
        inner = waiting.pop()
        found.append(inner)
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += [*inner.decorator_list, inner.args]
        elif isinstance(inner, ast.Lambda):
            waiting.append(inner.args)
        else:
            waiting += ast.iter_child_nodes(inner)
    return found


def _clean(text: str) -> str:
    """A docstring without its indentation, as `inspect.cleandoc` does."""
    import inspect

    return inspect.cleandoc(text).strip()


def _dedented(text: str, column: int) -> str:
    if not column:
        return text
    indent = " " * column
    return "\n".join(line.removeprefix(indent) for line in text.split("\n"))
