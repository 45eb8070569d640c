"""Inputs on which two programs differ, by symbolic execution: the branches are solved for.

CrossHair (`pip install crosshair-tool`) runs both programs on values that an SMT solver stands for
and asks it for inputs that take each path. It finds what hangs on an equation, where mutation
needs luck: `if 7 * x + 3 * y == 4242`. Both programs run in the sandbox, and what they propose is
only ever an input to try: whoever asked makes both calls again.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth.problem import Limits
from synth.program import Program
from verifiers.verdict import Cost, Status

if TYPE_CHECKING:
    from verifiers.sandbox import Sandbox

_MEMORY_MB = 2048  # the solver's
_START = 10.0  # CPU seconds that loading solver and library may take on a slow machine
_TEXT = 20_000
_SEEN = 50


@dataclass(frozen=True, slots=True)
class Proposals:
    """Argument tuples on which the programs may differ; `why_none` says why there are none."""

    inputs: tuple[tuple[Any, ...], ...]
    why_none: str
    cost: Cost


def is_available() -> bool:
    """Whether CrossHair is there to be used."""
    from verifiers.sandbox.profile import is_installed

    return is_installed("crosshair")


async def symbolic_inputs(
    sandbox: Sandbox,
    right: Program,
    other: Program,
    seen: Sequence[tuple[Any, ...]],
    limits: Limits,
    *,
    seconds: float = 10.0,
    annotations: Sequence[str] | None = None,
) -> Proposals:
    """Searches `seconds` of CPU time for arguments on which `other` does not do as `right` does.

    `seen` are arguments the programs take: they say how many there are and of which types, unless
    `annotations` do (texts, of built-in types and those of `typing`). Inputs on which `right`
    raises are not proposed.
    """
    if not is_available():
        return Proposals((), "CrossHair is not installed: pip install crosshair-tool", Cost())
    wanted = annotations_of(seen) if annotations is None else list(annotations)
    if not wanted:
        return Proposals((), "the arguments are of types it cannot make", Cost())
    from verifiers.sandbox import Call

    name = right.entry_point or other.entry_point or ""
    asked = Call("search", ([right.source, other.source], name, wanted, seconds))
    execution = await sandbox.run(
        Program(_runner(), "search"),
        [asked],
        replace(
            limits,
            seconds=2 * seconds + _START,
            memory_mb=max(limits.memory_mb, _MEMORY_MB),
            imports=None,
        ),
    )
    (result,) = execution.results
    if result.status is not Status.PASSED:
        return Proposals((), result.error or str(result.status), execution.cost)
    inputs = _inputs(result.value, len(wanted))
    return Proposals(inputs, "" if inputs else "no difference was found", execution.cost)


def annotations_of(seen: Sequence[tuple[Any, ...]]) -> list[str] | None:
    """A type for each argument that all of `seen` are of; None where one has none.

    >>> annotations_of([(1, [0.5]), (2, [])])
    ['int', 'List[float]']
    """
    if not seen or len({len(arguments) for arguments in seen}) != 1:
        return None
    columns = zip(*seen[:_SEEN], strict=True)
    try:
        return [_annotation(list(column)) for column in columns]
    except TypeError:
        return None


def _annotation(values: list[Any]) -> str:
    """The narrowest annotation of all the values; TypeError for what a solver cannot make."""
    kinds = {type(value) for value in values}
    if kinds == {int, bool}:
        kinds = {int}
    if len(kinds) > 1:
        each = [_annotation([v for v in values if type(v) is kind]) for kind in kinds]
        return f"Union[{', '.join(sorted(each))}]"
    (kind,) = kinds
    if kind is type(None):
        return "None"
    if kind in (bool, int, float, str, bytes):
        return str(kind.__name__)
    if kind is tuple and len({len(value) for value in values}) == 1 and 0 < len(values[0]) <= 6:
        return f"Tuple[{', '.join(_annotation(list(c)) for c in zip(*values, strict=True))}]"
    if kind is dict:
        keys = [key for value in values for key in value]
        items = [item for value in values for item in value.values()]
        return f"Dict[{_item(keys)}, {_item(items)}]"
    names: dict[type, str] = {
        list: "List[{}]",
        tuple: "Tuple[{}, ...]",
        set: "Set[{}]",
        frozenset: "FrozenSet[{}]",
    }
    if kind not in names:
        raise TypeError(kind.__name__)
    return names[kind].format(_item([item for value in values for item in value]))


def _item(values: list[Any]) -> str:
    return _annotation(values) if values else "int"


def _inputs(proposed: Any, width: int) -> tuple[tuple[Any, ...], ...]:
    """The literals the sandboxed search answered with; what is none is left out."""
    inputs: list[tuple[Any, ...]] = []
    for row in proposed if isinstance(proposed, list) else ():
        if not (isinstance(row, list) and len(row) == width):
            continue
        if not all(isinstance(text, str) and len(text) <= _TEXT for text in row):
            continue
        try:
            values = tuple(ast.literal_eval(text) for text in row)
            repr(values)  # who asked may write them down: `0xff...` of any length is no decimal
            inputs.append(values)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
    return tuple(inputs)


@lru_cache(maxsize=1)
def _runner() -> str:
    return Path(__file__).with_name("symbolic_runner.py").read_text(encoding="utf-8")
