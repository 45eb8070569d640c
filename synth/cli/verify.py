"""synth verify: judge one program with all the evidence a problem has."""

from __future__ import annotations

import asyncio
import json
from importlib.util import decode_source
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import cyclopts

from synth.errors import ProblemError, UsageError

if TYPE_CHECKING:
    from synth.problem import Problem
    from synth.program import Program
    from verifiers.verdict import Verdict


def verify(
    file: str,
    program: Path,
    /,
    *,
    tests: Path | None = None,
    seed: int = 0,
    symbolic: float = 0.0,
    lint: bool = True,
    certify: Annotated[Path | None, cyclopts.Parameter(name="--certify")] = None,
    certificate: Path | None = None,
    json_: Annotated[bool, cyclopts.Parameter(name="--json", negative="")] = False,
) -> int:
    """Judge PROGRAM by every check of the problem in FILE, and print the evidence.

    Exit status 0 when all passed, 1 when not, 2 for bad input. With --certificate, 1 also when
    the judgement does not come out as the certificate says.

    Parameters
    ----------
    file
        Problem file, as for solve.
    program
        Source file of the program.
    tests
        A test file that belongs to the problem, as for solve.
    seed
        Keys the inputs that are generated for properties and references.
    symbolic
        CPU seconds for solving for an input on which the program differs from the reference or
        breaks a property, where drawn inputs show none (needs the extra `symbolic`).
    lint
        Ask ruff and mypy too, where they are installed; they vote, and never decide.
    certify
        Write a certificate of this judgement: hashes of program, evidence, limits and settings.
    certificate
        Judge again and compare with this certificate.
    json_
        Print the verdict as JSON.
    """
    from synth.problem_file import read_located
    from synth.program import Program
    from verifiers.certificate import (
        differences,
        make_certificate,
        read_certificate,
        settings_to_repeat,
    )
    from verifiers.cost import program_size

    problem, origin = read_located(Path(file), tests=tests)
    if not problem.has_evidence:
        raise UsageError(
            f"{file}: nothing to verify a program with; add examples, asserts, doctests, cases or "
            f"tests (`synth check {file}` says more)"
        )
    source = _source(program, problem.language)
    claimed = None
    settings: dict[str, Any] = {"seed": seed, "symbolic": symbolic}
    if certificate is not None:
        try:
            claimed = read_certificate(certificate.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{certificate}: cannot be read: {error}") from None
        except UsageError as error:
            raise UsageError(f"{certificate}: {error}") from None
        settings = settings_to_repeat(claimed)
    candidate = Program(source, problem.entry_point, problem.language)
    try:
        verdict, settings = asyncio.run(_judge(problem, candidate, settings, lint=lint))
    except ProblemError as error:  # the tests or the reference do not run: say where they stand
        if error.file is not None:
            raise
        raise origin.error(error.message, error.field or "") from None
    made = make_certificate(problem, candidate, verdict, settings)
    if certify is not None:
        try:
            certify.write_text(made.to_json(), "utf-8")
        except OSError as error:
            raise UsageError(f"{certify}: cannot be written: {error.strerror}") from None
    differing = differences(claimed, made) if claimed is not None else []
    if json_:
        row = verdict.to_json() | {
            "passed": verdict.passed,
            "score": verdict.score,
            "size": program_size(candidate),
            "feedback": verdict.feedback(),
        }
        print(json.dumps(row | ({"differences": differing} if claimed else {}), indent=2))
    else:
        _print(verdict, program_size(candidate))
        for difference in differing:
            print(f"differs from the certificate: {difference}")
        if claimed is not None and not differing:
            print("the certificate holds")
    return 0 if verdict.passed and not differing else 1


def _source(program: Path, language: str) -> str:
    """The program's text, read as its language does."""
    try:
        data = program.read_bytes()
        # Python's own reading: a byte order mark, a line that names the encoding, any line ends.
        return decode_source(data) if language == "python" else data.decode("utf-8")
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ProblemError(f"cannot be read: {why}", file=str(program)) from None


async def _judge(
    problem: Problem, program: Program, settings: dict[str, Any], *, lint: bool
) -> tuple[Verdict, dict[str, Any]]:
    """The verdict, and every setting it was reached with."""
    from verifiers.sandbox import Sandbox
    from verifiers.verify import StandardVerifier

    async with Sandbox() as sandbox:
        verifier = StandardVerifier(sandbox, trace=True, lint=lint, **settings)
        (verdict,) = await verifier.verify(problem, [program])
    return verdict, verifier.settings


def _print(verdict: Verdict, size: int) -> None:
    from rich.console import Console
    from rich.markup import escape

    from synth.solution import describe_evidence
    from verifiers.value_text import printable

    console = Console(highlight=False, soft_wrap=True)
    for outcome in verdict.outcomes:
        colour = "green" if outcome.passed else "red"
        name = outcome.name
        if not name.startswith(outcome.check):
            name = f"{outcome.check} {name}"
        if not outcome.gates:
            place = f"line {outcome.line}: " if outcome.line else ""
            name += " (votes only)" + (f": {place}{outcome.error}" if outcome.error else "")
        console.print(f"[{colour}]{outcome.status}[/] {escape(printable(name))}")
    if not verdict.passed and verdict.outcomes:
        console.print(escape(verdict.feedback()))
    word = "[bold green]verified[/]" if verdict.passed else "[bold red]not verified[/]"
    console.print(f"{word}: {describe_evidence(verdict)}")
    console.print(
        f"cost: {verdict.cost.cpu_seconds:.3f} CPU s, {verdict.cost.memory_bytes / 1e6:.0f} MB, "
        f"{verdict.cost.executions} executions{_counted(verdict)}; size: {size} nodes"
    )


def _counted(verdict: Verdict) -> str:
    counted = verdict.cost.instructions
    return "" if counted is None else f", {counted:,} instructions"
