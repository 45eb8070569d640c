"""synth: search-based program synthesis.

A language model proposes programs, a sandbox verifies them, a search decides where to look next.

    from synth import Problem, solve

The one documented import; every name below is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_WHERE = {
    "Budget": "synth.budget",
    "Case": "synth.problem",
    "ChatModel": "synth.models.chat",
    "Comparison": "synth.problem",
    "Completion": "synth.models.chat",
    "Draft": "synth.node",
    "Example": "synth.problem",
    "Limits": "synth.problem",
    "Message": "synth.models.chat",
    "ModelError": "synth.errors",
    "Node": "synth.node",
    "Outcome": "verifiers.verdict",
    "Problem": "synth.problem",
    "ProblemError": "synth.errors",
    "Program": "synth.program",
    "Property": "synth.problem",
    "Recipe": "synth.recipe",
    "Request": "synth.models.chat",
    "RunLogError": "synth.errors",
    "Sampling": "synth.models.chat",
    "SandboxError": "synth.errors",
    "Solution": "synth.solution",
    "Status": "verifiers.verdict",
    "SynthError": "synth.errors",
    "TestCode": "synth.problem",
    "Trust": "verifiers.verdict",
    "Usage": "synth.models.chat",
    "UsageError": "synth.errors",
    "Verdict": "verifiers.verdict",
    "make_recipe": "synth.recipes",
    "open_model": "synth.models.registry",
    "read_problem": "synth.problem_file",
    "replay": "synth.api",
    "resume": "synth.api",
    "resume_async": "synth.api",
    "solve": "synth.api",
    "solve_async": "synth.api",
}
__all__ = [
    "Budget",
    "Case",
    "ChatModel",
    "Comparison",
    "Completion",
    "Draft",
    "Example",
    "Limits",
    "Message",
    "ModelError",
    "Node",
    "Outcome",
    "Problem",
    "ProblemError",
    "Program",
    "Property",
    "Recipe",
    "Request",
    "RunLogError",
    "Sampling",
    "SandboxError",
    "Solution",
    "Status",
    "SynthError",
    "TestCode",
    "Trust",
    "Usage",
    "UsageError",
    "Verdict",
    "__version__",
    "make_recipe",
    "open_model",
    "read_problem",
    "replay",
    "resume",
    "resume_async",
    "solve",
    "solve_async",
]

if TYPE_CHECKING:
    from synth.api import replay, resume, resume_async, solve, solve_async
    from synth.budget import Budget
    from synth.errors import (
        ModelError,
        ProblemError,
        RunLogError,
        SandboxError,
        SynthError,
        UsageError,
    )
    from synth.models.chat import ChatModel, Completion, Message, Request, Sampling, Usage
    from synth.models.registry import open_model
    from synth.node import Draft, Node
    from synth.problem import (
        Case,
        Comparison,
        Example,
        Limits,
        Problem,
        Property,
        TestCode,
    )
    from synth.problem_file import read_problem
    from synth.program import Program
    from synth.recipe import Recipe
    from synth.recipes import make_recipe
    from synth.solution import Solution
    from verifiers.verdict import Outcome, Status, Trust, Verdict


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'synth' has no attribute {name!r}")
    value = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


def _check_siblings() -> None:
    """Popular packages have the names of ours: say so at once, not as a strange error later."""
    home = Path(__file__).resolve().parent.parent
    for name in ("search", "verifiers"):
        spec = find_spec(name)
        found = Path(spec.origin).resolve().parent if spec and spec.origin else None
        if found != home / name:
            raise ImportError(
                f"synth needs its own package {name!r} in {home}, but {found} is imported under "
                f"that name; give synth an environment of its own"
            )


_check_siblings()
