"""The shape of a problem file: which keys it may have, and what each holds.

These models check shape only; `synth.problems.form` gives the values their meaning. `json_schema()`
is what `synth schema` prints and editors complete from.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
)

from synth.problems.located_data import Path


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


Language = Literal["python", "c", "cpp", "javascript", "java", "rust", "go"]


def _canonical(value: Any) -> Any:
    from verifiers.sandbox import languages

    return languages.canonical(value) if isinstance(value, str) else value


class FileText(_Form):
    """Text that stands in a file of its own."""

    file: str = Field(description="Path of a text file, relative to the problem file.")


def _is_file(value: Any) -> str:
    return "file" if isinstance(value, dict | FileText) else "text"


Text = Annotated[
    Annotated[str, Tag("text")] | Annotated[FileText, Tag("file")], Discriminator(_is_file)
]


class ExampleForm(_Form):
    """A call and what comes of it. Inputs: one of `input`, `args` (with or without `kwargs`),
    `kwargs`, `call`. Result: one of `output`, `expected`, `returns`, `raises`."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                {
                    "oneOf": [
                        {"required": ["input"]},
                        {"required": ["args"]},
                        {"required": ["call"]},
                        {"required": ["kwargs"], "not": {"required": ["args"]}},
                    ]
                },
                {
                    "oneOf": [
                        {"required": ["output"]},
                        {"required": ["expected"]},
                        {"required": ["returns"]},
                        {"required": ["raises"]},
                    ]
                },
            ]
        }
    )

    input: Any = Field(
        default=None, description="The only argument, as it is: `input: [1, 2]` calls f([1, 2])."
    )
    args: list[Any] = Field(
        default_factory=list,
        description="All positional arguments: `args: [1, 2]` calls f(1, 2).",
    )
    kwargs: dict[str, Any] = Field(default_factory=dict, description="Arguments by name.")
    call: str = Field(
        default="",
        description="The call as Python text, for values that this format cannot write: "
        "`f((1, 2), {3})`.",
    )
    output: Any = Field(default=None, description="What the function returns, as it is.")
    expected: Any = Field(default=None, description="Another name for `output`.")
    returns: Any = Field(
        default=None,
        description="What the function returns, as Python text: `(3, {4})` or `'text'`.",
    )
    raises: str = Field(default="", description="The name of the exception that the call raises.")


class CaseForm(_Form):
    """One run of the whole program."""

    stdin: Text = Field(default="", description="What the program reads.")
    stdout: Text = Field(description="What it prints.")


class TestForm(_Form):
    """Test code: the source here, or a file."""

    __test__ = False

    kind: Literal["asserts", "check", "doctest", "pytest"] = Field(
        description="asserts: statements that call the entry point; check: defines "
        "check(candidate); doctest: text with >>>; pytest: a test module."
    )
    source: Text = Field(description="The test code.")
    name: str = Field(default="", description="What people read in a report.")


class PropertyForm(_Form):
    """A statement that holds for all inputs."""

    source: Text = Field(description="`def NAME(f, x: int): assert f(x) >= 0`; f is the candidate.")
    name: str = Field(default="", description="What people read in a report.")


class ComparisonForm(_Form):
    """How outputs are compared."""

    absolute: float = Field(default=0.0, ge=0, description="Numbers may differ by this much.")
    relative: float = Field(
        default=1e-9, ge=0, description="And by this much of the expected number."
    )
    stdout: Literal["tokens", "exact", "lines"] = Field(
        default="tokens", description="Printed text: token by token, byte by byte, or line by line."
    )
    checker: Text | None = Field(
        default=None, description="A special judge: `def check(stdin, expected, actual) -> bool`."
    )


class LimitsForm(_Form):
    """What one run of a candidate may use."""

    seconds: float = Field(default=2.0, gt=0, le=3600)
    memory_mb: int = Field(default=512, gt=0, le=1_000_000)
    output_kb: int = Field(default=1024, gt=0, le=1_000_000)
    imports: list[str] | None = Field(
        default=None, description="The modules a program may import; without it, any installed one."
    )
    spawn: bool = Field(
        default=False, description="Whether a Python program may start processes and write files."
    )


class ProblemForm(_Form):
    """A synthesis problem."""

    id: str | None = Field(default=None, description="A name; the file's own without it.")
    statement: Text = Field(default="", description="What is asked, in prose.")
    entry_point: str | None = Field(
        default=None,
        description="The function to write; without one, a whole program that reads stdin.",
    )
    signature: str | None = Field(
        default=None, description="Its `def` line: `def f(x: int) -> str`."
    )
    starter: Text = Field(
        default="", description="Code before the answer: imports, helper functions."
    )
    language: Annotated[Language, BeforeValidator(_canonical)] = Field(
        default="python",
        description="What the program is written in; other than Python: a whole program.",
    )
    examples: list[ExampleForm | str] = Field(
        default_factory=list, description="Calls with results; a text such as `f(1) == 2` also."
    )
    asserts: Text | list[str] = Field(
        default="", description="Python assert statements that call the entry point."
    )
    doctests: Text = Field(default="", description="Text with >>> examples.")
    tests: list[TestForm] = Field(default_factory=list, description="Test code of other kinds.")
    cases: list[CaseForm] | str = Field(
        default_factory=list,
        description="Runs of a whole program; or a pattern such as `cases/*.in`, each file with "
        "its `.out` beside it.",
    )
    properties: list[PropertyForm | str] = Field(
        default_factory=list, description="Statements that hold for all inputs."
    )
    reference: Text | None = Field(
        default=None, description="A slow but right implementation; never shown to a model."
    )
    objective: Literal["correct", "fastest", "smallest"] = "correct"
    comparison: ComparisonForm = Field(default_factory=lambda: ComparisonForm())
    limits: LimitsForm = Field(default_factory=lambda: LimitsForm())


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a problem file."""
    schema = ProblemForm.model_json_schema()
    schema["properties"]["$schema"] = {"type": "string", "description": "Where this schema lies."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "synth problem",
    }


class ShapeError(ValueError):
    """The first part of a document that has not the shape wanted."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message)
        self.path = path


def check_shape(data: Any) -> ProblemForm:
    """The document as a form; ShapeError for its first fault. Editors' `$schema` key is allowed."""
    if isinstance(data, dict) and isinstance(data.get("$schema"), str):
        data = {key: value for key, value in data.items() if key != "$schema"}
    try:
        return ProblemForm.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False)
    except RecursionError:
        raise ShapeError("nested too deeply", ()) from None
    fault = _worst(faults, data)
    path = _path_in(data, fault["loc"], missing=fault["type"] == "missing")
    raise ShapeError(_message(fault, path), path)


def _worst(faults: list[Any], data: Any) -> Any:
    """The fault to report: a misspelt key explains others, and a union fails in every member."""
    for kind in ("extra_forbidden", "missing"):
        for fault in faults:
            if fault["type"] == kind:
                return fault
    # Of a union's members the one that fits the data's own shape says most.
    return max(faults, key=lambda fault: len(_path_in(data, fault["loc"], missing=False)))


def _path_in(data: Any, location: tuple[str | int, ...], *, missing: bool) -> Path:
    """The location without the names of models and union members, which data do not have."""
    path: list[str | int] = []
    for index, part in enumerate(location):
        last = index == len(location) - 1
        if isinstance(data, dict) and (part in data or (missing and last)):
            path.append(part)
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            path.append(part)
            data = data[part]
    return tuple(path)


_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "int_from_float": "a whole number",
}


def _message(fault: Any, path: Path) -> str:
    kind, value = fault["type"], fault.get("input")
    if kind == "extra_forbidden":
        return _unknown(str(path[-1]) if path else "", path)
    if kind == "missing":
        return "missing; it is needed here"
    if kind == "literal_error":
        return f"{shown(value)} is not one of {fault['ctx']['expected']}"
    if kind in _WANTED:
        hint = ""
        if kind == "string_type" and not isinstance(value, list | dict | None.__class__):
            hint = "; put it in quotes"
        return f"expected {_WANTED[kind]}, got {shown(value)}{hint}"
    return f"{shown(value)}: {fault['msg'].lower()}"


_MODELS: dict[str, type[_Form]] = {
    "examples": ExampleForm,
    "cases": CaseForm,
    "tests": TestForm,
    "properties": PropertyForm,
    "comparison": ComparisonForm,
    "limits": LimitsForm,
}


def _unknown(key: str, path: Path) -> str:
    from rapidfuzz import process

    names = [part for part in path[:-1] if isinstance(part, str)]
    model: type[_Form] = ProblemForm
    if names:
        model = _MODELS.get(names[0], FileText)
        if len(names) > 1 or names[0] in ("statement", "starter", "reference", "doctests"):
            model = FileText
    known = list(model.model_fields)
    near = process.extractOne(key.lower(), known, score_cutoff=65)
    if near:
        return f"unknown key; did you mean {near[0]!r}?"
    return f"unknown key; known here: {', '.join(known)}"


def shown(value: Any) -> str:
    """A value in a message: short, its kind where the text would not say it."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple | set):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    try:
        text = repr(value)
    except ValueError:
        return "a long number"
    return text if len(text) <= 60 else text[:57] + "..."
