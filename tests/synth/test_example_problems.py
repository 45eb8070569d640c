"""The shipped problems are sound: they read, lint is silent, and a right program passes them."""

from __future__ import annotations

import copy
import io
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from synth.problem import Problem
from synth.problem_file import read_located, read_problems
from synth.problem_lint import lint

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
}


def test_every_shipped_problem_has_a_right_program_here() -> None:
    assert {path.stem for path in FILES} == set(RIGHT)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_a_shipped_problem_is_sound_and_solvable(path: Path) -> None:
    problem, origin = read_located(path, tests=TESTS.get(path.stem))
    assert lint(problem, origin) == []
    passes(problem, RIGHT[path.stem])


def passes(problem: Problem, source: str) -> None:
    """Runs a program of our own against the evidence, in place."""
    for case in problem.cases:
        out = io.StringIO()
        with (
            redirect_stdout(out),
            mock.patch("builtins.input", iter(case.stdin.split("\n")).__next__),
        ):
            exec(source, {})
        assert out.getvalue() == case.stdout
    if problem.entry_point is None:
        return
    scope: dict[str, Any] = {}
    exec(f"{problem.starter}\n\n{source}", scope)
    function = scope[problem.entry_point]
    for example in problem.examples:
        args = copy.deepcopy(example.args)
        if example.raises:
            with pytest.raises(Exception) as caught:  # noqa: PT011  the name is checked below
                function(*args)
            assert type(caught.value).__name__ == example.raises
        else:
            assert function(*args) == example.expected
    for test in problem.tests:
        if test.kind == "asserts":
            exec(test.source, dict(scope))
    for item in problem.properties:
        inner = dict(scope)
        exec(item.source, inner)
        for number in (0, 1, 59, 3600, 12_345):
            inner[item.name if item.name in inner else f"property_{item.name}"](function, number)


def test_the_rows_of_our_own_are_read() -> None:
    first, second = read_problems(FOLDER / "tasks.jsonl")
    passes(first, "def is_weekend(day): return day.lower() in ('saturday', 'sunday')")
    passes(second, "def second_largest(xs): return sorted(set(xs))[-2]")


def test_the_tests_for_pytest_pass_with_a_right_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    (tmp_path / "word_count.py").write_text(RIGHT["word_count"])
    monkeypatch.syspath_prepend(str(tmp_path))
    with suppress(KeyError):
        monkeypatch.delitem(sys.modules, "word_count")
    scope: dict[str, Any] = {}
    exec(TESTS["word_count"].read_text(), scope)
    scope["test_no_text_has_no_words"]()
    scope["test_case_and_punctuation_do_not_count"]("TEA!")
    scope["test_every_occurrence_counts"]()
    sys.modules.pop("word_count", None)
