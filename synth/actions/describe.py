"""How a problem is put to a model: the same words for every action, so that prompts share them."""

from __future__ import annotations

from synth.actions.action import prompt
from synth.problem import Problem
from synth.problems.signature import render_signature
from verifiers.sandbox import languages

_SHOWN = 6  # examples shown; more cost tokens and add little


def describe(problem: Problem) -> str:
    """The problem as text: statement, code to complete, visible examples and tests.

    Stands first in every conversation about `problem`, and is the same in all of them.
    """
    parts = [problem.statement.strip()]
    stub = problem.starter.strip("\n")
    signature = problem.signature or render_signature(problem)
    if signature and signature.strip() not in stub:
        stub = f"{stub}\n\n{signature.rstrip()}".strip("\n")
    if stub:
        parts.append(f"```{problem.language}\n{stub}\n```")
    evidence = _evidence(problem)
    if evidence:
        parts.append(evidence)
    kind = "function" if problem.entry_point else "program"
    return prompt(
        f"problem_{kind}",
        problem="\n\n".join(part for part in parts if part),
        entry_point=problem.entry_point or "",
        language=_language(problem.language),
        fence=problem.language,
    )


def _language(name: str) -> str:
    adapter = languages.adapter(name)
    return adapter.name if adapter else name.capitalize()


def _evidence(problem: Problem) -> str:
    lines: list[str] = []
    for example in problem.examples[:_SHOWN]:
        arguments = [repr(value) for value in example.args]
        arguments += [f"{name}={value!r}" for name, value in example.kwargs.items()]
        call = f"{problem.entry_point}({', '.join(arguments)})"
        if call in problem.statement:
            continue  # a doctest, say: shown there
        outcome = f"raises {example.raises}" if example.raises else f"== {example.expected!r}"
        lines.append(f"{call} {outcome}"[:500])
    for test in problem.tests:
        if test.kind == "asserts":
            source = "\n".join(test.source.strip().splitlines()[:12])
            lines.append(source)
        elif test.kind == "pytest":
            lines.append(test.source.strip()[:2000])
        # check functions and doctests: the docstring shows the latter already
        elif test.kind == "doctest" and test.source.strip() not in problem.statement:
            lines.append(test.source.strip()[:1500])
    text = "\n".join(line for line in lines if line not in problem.statement)
    parts = [f"These hold:\n```python\n{text}\n```"] if text else []
    for case in problem.cases[:2]:
        shown = f"Input:\n{case.stdin[:600].rstrip()}\nOutput:\n{case.stdout[:600].rstrip()}"
        parts.append(f"```\n{shown}\n```")
    return "\n\n".join(parts)
