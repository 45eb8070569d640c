"""What is asked: statement, signature, evidence, objective, limits.

Everything here is trusted (the user's), plain data, and frozen. Readers for files are in
`synth.problem_file`; a problem built by hand needs nothing but this module.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from synth.errors import ProblemError

Objective = Literal["correct", "fastest", "smallest"]
TestKind = Literal["asserts", "check", "doctest", "pytest"]
StdoutComparison = Literal["tokens", "exact", "lines"]


@dataclass(frozen=True, slots=True)
class Example:
    """`entry_point(*args, **kwargs)` returns `expected`, or raises an exception named `raises`.

    Values are plain Python data: None, bool, int, float, complex, str, bytes, list, tuple, dict,
    set, frozenset, nested at will.
    """

    args: tuple[Any, ...]
    expected: Any = None
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    raises: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """The whole program, given `stdin`, prints `stdout`."""

    stdin: str
    stdout: str


@dataclass(frozen=True, slots=True)
class TestCode:
    """Tests as source text.

    `asserts`: statements that call the entry point by name; `check`: defines `check(candidate)`;
    `doctest`: text with `>>>` examples; `pytest`: a test module. `name` is shown to people.
    """

    __test__ = False  # not a test class of pytest's

    kind: TestKind
    source: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Property:
    """A statement that holds for all inputs: source of `def NAME(f, x: T, ...)` that asserts.

    `f` is the candidate; the other parameters' annotations say which inputs are generated.
    """

    source: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How outputs are compared: numbers within `absolute + relative * |expected|`, stdout by mode.

    `checker` is the source of a special judge `def check(stdin, expected, actual) -> bool`, run
    on the trusted side.
    """

    absolute: float = 0.0
    relative: float = 1e-9
    stdout: StdoutComparison = "tokens"
    checker: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one execution of a candidate may use. `imports` None allows any installed module.

    With `spawn` a Python program may start processes (the system's commands, Python) and write
    files, which are gone with it.
    """

    seconds: float = 2.0
    memory_mb: int = 512
    output_kb: int = 1024
    imports: tuple[str, ...] | None = None
    spawn: bool = False

    def __post_init__(self) -> None:
        for name in ("seconds", "memory_mb", "output_kb"):
            if not getattr(self, name) > 0:
                raise ProblemError(
                    f"must be above 0, got {getattr(self, name)!r}", field=f"limits.{name}"
                )


@dataclass(frozen=True, slots=True)
class Problem:
    """A synthesis problem. With an `entry_point` the answer is a function, else a whole program.

    `signature` is the `def` line(s) without body; `starter` is code that stands before the answer
    (imports, helper functions, constants) and is part of every candidate. `examples`, `tests`,
    `cases` and `properties` gate: a program that fails one is not a solution. `reference` is a
    slow but right implementation, used on the trusted side only and never shown to a model.
    """

    id: str
    statement: str
    entry_point: str | None = None
    signature: str | None = None
    starter: str = ""
    language: str = "python"
    examples: tuple[Example, ...] = ()
    cases: tuple[Case, ...] = ()
    tests: tuple[TestCode, ...] = ()
    properties: tuple[Property, ...] = ()
    reference: str | None = None
    objective: Objective = "correct"
    comparison: Comparison = field(default_factory=Comparison)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not self.id:
            raise ProblemError("must not be empty", field="id")
        if self.entry_point is not None and not self.entry_point.isidentifier():
            raise ProblemError(
                f"{self.entry_point!r} is not a Python identifier", field="entry_point"
            )
        if self.entry_point is None and (self.examples or self.properties):
            raise ProblemError(
                "examples and properties call a function: name it here", field="entry_point"
            )

        if self.language != "python" and (self.entry_point or self.tests or self.properties):
            raise ProblemError(
                f"functions and test code are for Python; a program in {self.language!r} is judged "
                "by stdin/stdout cases",
                field="language",
            )

    @property
    def has_evidence(self) -> bool:
        """Whether anything can verify a candidate."""
        return bool(self.examples or self.cases or self.tests or self.properties or self.reference)

    @property
    def hash(self) -> str:
        """SHA-256 of every field but the id: what certificates and kept verdicts know it by."""
        return hashlib.sha256(json.dumps(_plain(self), sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """A JSON form that tells apart what `==` tells apart in type (1, 1.0, True, (1,), [1])."""
    if isinstance(value, Problem):
        names = [name for name in Problem.__dataclass_fields__ if name != "id"]
        return [[name, _plain(getattr(value, name))] for name in names]
    if isinstance(value, tuple | list):
        return [type(value).__name__, *map(_plain, value)]
    if isinstance(value, set | frozenset):
        return [type(value).__name__, *sorted(json.dumps(_plain(item)) for item in value)]
    if isinstance(value, Mapping):
        return ["dict", *([_plain(key), _plain(item)] for key, item in value.items())]
    if hasattr(value, "__dataclass_fields__"):
        return [
            type(value).__name__,
            *([name, _plain(getattr(value, name))] for name in value.__dataclass_fields__),
        ]
    # Decimal text stops at 4,300 digits.
    return [type(value).__name__, hex(value) if type(value) is int else repr(value)]
