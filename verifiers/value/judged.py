"""An LLM's judgement: how an answer to "is this right?" is read, and what it is worth.

Asking is an effect of the engine (`synth.value_judge`), and costs; here is what needs no model:
reading grades and preferences, and turning preferences in both orders into numbers. A judge shown
two programs favours the one it sees first (Zheng et al. 2023, "Judging LLM-as-a-judge", section
3.3), so a preference counts only where both orders agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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


def both_orders(forward: Preference | None, backward: Preference | None) -> float:
    """The first program's share of a comparison made in both orders; `backward` is the answer when
    the second was shown first. 1 or 0 where the answers agree, 0.5 where they follow the place."""
    share = {"first": 1.0, "second": 0.0, "tie": 0.5, None: 0.5}
    total = share[forward] + 1.0 - share[backward]
    return total / 2 if total in (0.0, 2.0) else 0.5


def strengths(count: int, shares: Mapping[tuple[int, int], float]) -> list[float]:
    """The strength in (0, 1) of each of `count` programs from compared pairs, by Bradley and
    Terry's model; a program of strength s beats one of strength 0.5 with probability s.

    `shares[i, j]` is i's share of its comparison with j. A draw with an average opponent is
    added for each, so that who won everything is not infinitely strong.
    """
    wins, games = [0.5] * count, dict[tuple[int, int], float]()
    for (i, j), share in shares.items():
        wins[i] += share
        wins[j] += 1.0 - share
        for pair in ((i, j), (j, i)):
            games[pair] = games.get(pair, 0.0) + 1.0
    weight = [1.0] * count
    for _ in range(200):  # minorise-maximise (Hunter 2004), which converges for any start
        new = []
        for i in range(count):
            played = 1.0 / (weight[i] + 1.0)
            played += sum(n / (weight[i] + weight[j]) for (k, j), n in games.items() if k == i)
            new.append(wins[i] / played)
        moved = max((abs(a - b) for a, b in zip(new, weight, strict=True)), default=0.0)
        weight = new
        if moved < 1e-9:
            break
    return [value / (1.0 + value) for value in weight]
