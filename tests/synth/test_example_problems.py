"""The shipped problems are sound: they read, lint is silent, and a right program passes them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from synth.problem_file import read_located, read_problem, read_problems
from synth.problem_lint import lint
from synth.program import Program
from verifiers.sandbox import Sandbox
from verifiers.verdict import Status, Verdict
from verifiers.verify import StandardVerifier

FOLDER = Path(__file__).resolve().parents[2] / "experiments" / "problems"
FILES = sorted(
    path
    for path in FOLDER.iterdir()
    if path.suffix in (".yaml", ".json", ".toml", ".py") and not path.name.startswith("test_")
)
TESTS = {"word_count": FOLDER / "test_word_count.py"}

RIGHT = {
    "initials": """
def initials(name):
    return ''.join(w[0].upper() for w in name.split())
""",
    "clamp": """
def clamp(value, low, high):
    return max(low, min(value, high))
""",
    "slug": """
import re


def slug(title):
    return '-'.join(re.findall('[a-z0-9]+', title.lower()))
""",
    "running_total": """
from itertools import accumulate


def running_total(amounts):
    return list(accumulate(amounts))
""",
    "word_count": """
from collections import Counter


def word_count(text):
    return dict(Counter(w.strip('.,!?').lower() for w in text.split()))
""",
    "roman": """
def roman(number):
    text = ''
    values = 1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1
    for value, letter in zip(values, 'M CM D CD C XC L XL X IX V IV I'.split()):
        text += letter * (number // value)
        number %= value
    return text
""",
    "booking": """
def merge_bookings(bookings):
    merged = []
    for start, end in sorted(bookings):
        if start >= end:
            raise ValueError
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
""",
    "pair_sum": """
from collections import Counter


def count_pairs(values, target):
    seen, pairs = Counter(), 0
    for value in values:
        pairs += seen[target - value]
        seen[value] += 1
    return pairs
""",
    "duration": """
def duration(seconds):
    if seconds < 0:
        raise ValueError('negative')
    parts = []
    for name, size in UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f'{count}{name}')
    return ' '.join(parts) or '0s'
""",
    "receipt": """
total = 0
for _ in range(int(input())):
    _, count, price = input().split()
    total += int(count) * int(price)
print(f'{total // 100}.{total % 100:02}')
""",
    "tasks/0": """
def is_weekend(day):
    return day.lower() in ("saturday", "sunday")
""",
    "tasks/1": """
def second_largest(numbers):
    return sorted(set(numbers))[-2]
""",
}


def test_every_shipped_problem_has_a_right_program_here() -> None:
    shipped = {path.stem for path in FILES}
    shipped |= {problem.id for problem in read_problems(FOLDER / "tasks.jsonl")}
    assert shipped == set(RIGHT)


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    """The verdict on the right program for every problem, by id, from the real sandbox."""

    async def verify() -> dict[str, Verdict]:
        problems = [read_problem(path, tests=TESTS.get(path.stem)) for path in FILES]
        problems += read_problems(FOLDER / "tasks.jsonl", visible="tests")
        found = {}
        async with Sandbox() as sandbox:
            verifier = StandardVerifier(sandbox)
            for problem in problems:
                source = f"{problem.starter}\n\n{RIGHT[problem.id]}".lstrip()
                (found[problem.id],) = await verifier.verify(
                    problem, [Program(source, problem.entry_point)]
                )
        return found

    return asyncio.run(verify())


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_a_shipped_problem_gives_no_findings(path: Path) -> None:
    problem, origin = read_located(path, tests=TESTS.get(path.stem))
    assert lint(problem, origin) == []


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_program_is_verified_in_the_sandbox(
    name: str, verdicts: dict[str, Verdict]
) -> None:
    outcomes = verdicts[name].outcomes
    assert outcomes
    assert [item for item in outcomes if item.status is not Status.PASSED] == []
