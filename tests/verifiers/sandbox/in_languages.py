"""Running programs of other languages in tests, where their tool chain is there."""

from __future__ import annotations

from typing import Any

import pytest

from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import CallResult, compiled, languages


def needs(language: str) -> None:
    """Skip, with the reason, where there is no tool chain."""
    if compiled.tool_chain(language) is None:
        pytest.skip(languages.adapter(language).missing)  # type: ignore[union-attr]


def run(runner: Any, language: str, source: str, *inputs: str, **limits: Any) -> list[CallResult]:
    """One result an input; without any, of an empty one."""
    program = Program(source, language=language)
    ask = runner.sandbox.run_stdin(program, inputs or [""], Limits(**{"seconds": 5.0, **limits}))
    return list(runner.wait(ask).results)


def run_once(runner: Any, language: str, source: str, **limits: Any) -> CallResult:
    """The result on empty input, where the tool chain is there."""
    needs(language)
    return run(runner, language, source, **limits)[0]
