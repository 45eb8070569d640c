"""Values by name, and combinations of them as one word of a command line.

graded                      one value
graded*2,static             a weighted mean
product:graded,agreement    a weighted geometric mean; `max:` takes the greatest
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import cast, get_args

from synth.errors import UsageError
from verifiers.value.agreement import Agreement
from verifiers.value.combine import Combined, How
from verifiers.value.evidence import Value
from verifiers.value.graded import Graded
from verifiers.value.hybrid import Hybrid
from verifiers.value.judged import Judged
from verifiers.value.log_probability import LogProbability
from verifiers.value.passed import Passed
from verifiers.value.self_certainty import SelfCertainty
from verifiers.value.static_quality import StaticQuality

_NAMED: dict[str, Callable[[], Value]] = {
    "passed": Passed,
    "graded": Graded,
    "static": StaticQuality,
    "logprob": LogProbability,
    "logprob-minimum": lambda: LogProbability("minimum"),
    "logprob-line": lambda: LogProbability("line"),
    "logprob-normalised": lambda: LogProbability("normalised"),
    "self-certainty": SelfCertainty,
    "agreement": Agreement,
    "judge": Judged,
    "hybrid": Hybrid,
}


def value_names() -> list[str]:
    """Every name `value_of` knows."""
    return list(_NAMED)


def value_of(text: str, load: Callable[[str], Value] | None = None) -> Value:
    """The value that `text` names; UsageError where a part of it names none.

    `load` makes a value of a part that is no name (the path of a learned one); it raises
    UsageError where it cannot.
    """
    how, colon, rest = text.partition(":")
    if not colon or how not in get_args(How):
        how, rest = "mean", text
    parts = [part.strip() for part in rest.split(",") if part.strip()]
    if not parts:
        raise UsageError(f"no value is named in {text!r}; there are: {', '.join(_NAMED)}")
    values, weights = zip(*(_weighted(part, load) for part in parts), strict=True)
    if len(values) == 1:
        return cast(Value, values[0])
    try:
        return Combined(values, weights, cast(How, how))
    except ValueError as error:
        raise UsageError(f"{text!r}: {error}") from None


def renamed(text: str, names: Mapping[str, str]) -> str:
    """`text` with the parts called by a key of `names` called by its value instead."""
    how, colon, rest = text.partition(":")
    if not colon or how not in get_args(How):
        how, colon, rest = "", "", text
    parts = []
    for part in rest.split(","):
        name, star, number = part.strip().rpartition("*")
        if not star:
            name, number = number, ""
        parts.append(f"{names.get(name.strip(), name.strip())}{star}{number}")
    return f"{how}{colon}{','.join(parts)}"


def _weighted(part: str, load: Callable[[str], Value] | None) -> tuple[Value, float]:
    name, star, number = part.rpartition("*")
    if not star:
        return _one(part, load), 1.0
    try:
        weight = float(number)
    except ValueError:
        raise UsageError(f"{part!r}: a weight is a number, as in graded*2") from None
    return _one(name.strip(), load), weight


def _one(name: str, load: Callable[[str], Value] | None) -> Value:
    if name in _NAMED:
        return _NAMED[name]()
    if load is not None:
        return load(name)
    near = difflib.get_close_matches(name, _NAMED, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(_NAMED)}"
    raise UsageError(f"no value {name!r}; {hint}")
