"""Findings about the language an answer is to be written in."""

from __future__ import annotations

from collections.abc import Iterator

from synth.problem import Problem
from synth.problems.finding import Found
from synth.problems.signature import Signature


def check_language(problem: Problem, signature: Signature | None) -> Iterator[Found]:
    """A tool chain that this machine lacks: no program would pass."""
    if problem.language == "python":
        return
    from verifiers.sandbox import compiled, languages

    adapter = languages.adapter(problem.language)
    if adapter is None:
        yield "error", "language", "language", f"{problem.language!r} is not one that can be run"
    elif compiled.tool_chain(problem.language) is None:
        yield "error", "language", "language", adapter.missing
