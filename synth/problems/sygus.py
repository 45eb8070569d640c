"""SyGuS problems by examples (`.sl`): what the constraints say, as examples of a function."""

from __future__ import annotations

import re

from synth.errors import ProblemError
from synth.problem import Example, Problem


def problem_of_sygus(text: str, name: str, *, file: str | None = None) -> Problem:
    """The problem of a SyGuS file of the PBE tracks (strings, bit vectors, integers).

    Bit vectors are ints, annotated with their width as text (`"bits64"`), which the enumerator
    knows. Raises ProblemError where a constraint is no example.
    """
    from synth.inductive.sygus import parse_sygus

    try:
        read = parse_sygus(text)
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise ProblemError(f"not a SyGuS problem by examples: {error}", file=file) from None
    if not read.examples:
        raise ProblemError("no constraint of the form (= (f input...) output)", file=file)
    function = re.sub(r"\\W", "_", read.name)
    function = function if function.isidentifier() else f"f_{function}"
    parameters = ", ".join(
        f"{_parameter(parameter, place)}: {_annotation(str(kind))}"
        for place, (parameter, kind) in enumerate(zip(read.parameters, read.types, strict=True))
    )
    return Problem(
        id=name,
        statement="",
        entry_point=function,
        signature=f"def {function}({parameters}) -> {_annotation(str(read.result))}:",
        examples=tuple(Example(tuple(inputs), output) for inputs, output in read.examples),
    )


def _parameter(name: str, place: int) -> str:
    import keyword

    return name if name.isidentifier() and not keyword.iskeyword(name) else f"arg{place + 1}"


def _annotation(kind: str) -> str:
    return f'"{kind}"' if kind.startswith("bits") else kind
