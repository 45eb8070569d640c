"""The search for a differing input, run as a program of its own inside the sandbox.

`symbolic_inputs` sends this file's text, so it imports the standard library and CrossHair only.
Both programs run here, on values a solver stands for; what comes back is a proposal, and the
trusted side makes the calls again before it believes one.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import types
import typing
from collections.abc import Callable
from typing import Any

_STEPS = (0.15, 0.35, 0.5)  # shares of the time: what is easy should not wait for all of it
_MOST = 20


def search(
    sources: list[str], name: str, annotations: list[str], seconds: float
) -> list[list[str]]:
    """Arguments, as literals, on which the second source's function differs from the first's.

    Where the first raises, an input is not valid. Stops at the first share of `seconds` CPU seconds
    that found anything.
    """
    sys.setrecursionlimit(10_000)
    importlib.import_module("crosshair.core_and_libs")  # what is known of the standard library
    differ = importlib.import_module("crosshair.diff_behavior")
    settings = importlib.import_module("crosshair.options")
    right = _function(sources[0], name, "reference")
    other = _function(sources[1], name, "program")

    parameters = [f"a{place}" for place in range(len(annotations))]
    first = _with_parameters(right, parameters, annotations)
    second = _with_parameters(other, parameters, annotations)
    for share in _STEPS:
        options = settings.DEFAULT_OPTIONS.overlay(
            settings.AnalysisOptionSet(
                per_condition_timeout=share * seconds,
                per_path_timeout=share * seconds / 3,
                max_uninteresting_iterations=sys.maxsize,
            )
        )
        found = differ.diff_behavior_with_signature(
            first,
            second,
            inspect.signature(first),
            options,
            differ.ExceptionEquivalenceType.ALL,
        )
        proposals = [
            [str(item.args[name]) for name in parameters]
            for item in found
            if item.result1.error is None
        ]
        if proposals:
            return proposals[:_MOST]
    return []


def _function(source: str, name: str, module_name: str) -> Callable[..., Any]:
    module = types.ModuleType(module_name)
    sys.modules[module_name] = module
    exec(compile(source, f"{module_name}.py", "exec", dont_inherit=True), module.__dict__)
    return module.__dict__[name]  # type: ignore[no-any-return]


def _with_parameters(
    function: Callable[..., Any], parameters: list[str], annotations: list[str]
) -> Callable[..., Any]:
    """The function behind parameters annotated for the solver, whatever it says of itself."""
    declared = ", ".join(f"{p}: {a}" for p, a in zip(parameters, annotations, strict=True))
    namespace: dict[str, Any] = {**vars(typing), "target": function}
    text = f"def call({declared}):\n    return target({', '.join(parameters)})\n"
    exec(compile(text, "call.py", "exec", dont_inherit=True), namespace)
    return namespace["call"]  # type: ignore[no-any-return]
