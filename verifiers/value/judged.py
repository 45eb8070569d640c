"""An LLM's judgement: how an answer to "is this right?" is read, and what it is worth.

Asking is an effect of the engine, and costs: `synth.value_judge` asks for a grade,
`synth.tournament` which of two programs is better, in both orders, since a judge favours a place
(Zheng et al. 2023, "Judging LLM-as-a-judge", section 3.3). Here is what needs no model: reading
the answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from synth.problem import Problem
from verifiers.value.evidence import Evidence

Preference = Literal["first", "second", "tie"]

_NUMBER = r"(?P<number>\d{1,3}(?:\.\d+)?)"
_GRADE = (
    # The last line that names it counts: reasons come first.
    re.compile(rf"(?:grade|score|rating)\W{{0,8}}{_NUMBER}\s*(?:/|out of)\s*(?P<most>\d+)", re.I),
    re.compile(rf"(?:grade|score|rating)\W{{0,8}}{_NUMBER}(?P<most>)", re.I),
    re.compile(rf"(?<![\d.]){_NUMBER}\s*(?:/|out of)\s*(?P<most>10)(?!\d)", re.I),
    re.compile(rf"\A\s*\W*{_NUMBER}\W*(?P<most>)\s*\Z", re.I),
)
_CHOICE = re.compile(
    r"(?i:better|winner|choice|answer|prefer\w*)\W{0,8}(?i:program\s+)?\W{0,3}(A|B|(?i:tie))\b"
)
_ALONE = re.compile(r"\A\W*(?i:program\s+)?(A|B|(?i:tie))\b\W*\Z")
GRADES = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """A judge's grade; `unknown` where there is none (no answer, no budget)."""

    unknown: float = 0.5
    needs: frozenset[str] = frozenset(("judged",))

    def score(self, problem: Problem, evidence: Sequence[Evidence]) -> list[float]:
        return [self.unknown if item.judged is None else item.judged for item in evidence]


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade in [0, 1], and the reasons given for it."""

    value: float
    reasons: str


def read_grade(text: str) -> Grade | None:
    """The grade in an answer, by default out of 10, and what stands beside it; None without one."""
    for pattern in _GRADE:
        found = list(pattern.finditer(text))
        if not found:
            continue
        last = found[-1]
        most = float(last["most"] or GRADES)
        number = float(last["number"])
        if most <= 0 or number > most:
            return None
        reasons = f"{text[: last.start()]} {text[last.end() :]}"
        return Grade(number / most, " ".join(reasons.split()).strip(" .*#:-"))
    return None


def read_preference(text: str) -> Preference | None:
    """Which of two programs, A or B, an answer prefers; None where it does not say."""
    found = _CHOICE.findall(text)
    if not found:
        alone = _ALONE.match(text.strip().splitlines()[-1]) if text.strip() else None
        found = [alone[1]] if alone else []
    if not found:
        return None
    return {"A": "first", "B": "second"}.get(found[-1].upper(), "tie")  # type: ignore[return-value]
