"""synth solve: the main job."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import cyclopts

from synth.budget import Budget
from synth.cli.options import (
    BaseUrlOption,
    ModelOption,
    SetOption,
    chosen_models,
    parse_settings,
)
from synth.errors import ModelError, UsageError
from synth.solution import Solution


def solve(
    file: str | None = None,
    /,
    *,
    csv: Path | None = None,
    input_: Annotated[str | None, cyclopts.Parameter(name="--input")] = None,
    output: str | None = None,
    tests: Path | None = None,
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    record: Path | None = None,
    verdicts: Path | None = None,
    recipe: Annotated[str | None, cyclopts.Parameter(name=["--recipe", "-r"])] = None,
    strategy: str | None = None,
    set_: SetOption = None,
    dedup: Annotated[bool, cyclopts.Parameter(negative="")] = False,
    trace: Annotated[bool, cyclopts.Parameter(negative="")] = False,
    select: str | None = None,
    value: str | None = None,
    interactive: Annotated[
        bool, cyclopts.Parameter(name=["--interactive", "-i"], negative="")
    ] = False,
    budget: Annotated[Budget | None, cyclopts.Parameter(name="--budget")] = None,
    seed: int = 0,
    workers: int = 16,
    order: Literal["asked", "arrival"] = "asked",
    hedge: float | None = None,
    out: Annotated[Path | None, cyclopts.Parameter(name=["--out", "-o"])] = None,
    json_: Annotated[bool, cyclopts.Parameter(name="--json", negative="")] = False,
    quiet: Annotated[bool, cyclopts.Parameter(name=["--quiet", "-q"], negative="")] = False,
) -> int:
    """Search for a program that solves the problem in FILE, and verify it.

    The program goes to standard output, all else to standard error. Exit status 0 when every
    check passed, 1 when not, 2 for bad input.

    Parameters
    ----------
    file
        Problem: YAML, JSON, TOML, a Python stub, or a row of a JSONL file (FILE.jsonl:3).
    csv
        A table instead of a problem: learn --output from --input by the rows that have it, and
        print the table with the empty rows filled.
    input_
        Names of the columns to go by, comma-separated.
    output
        Name of the column to fill.
    tests
        A pytest file that the program must pass as well.
    record
        A file that keeps the models' answers: what it holds is not asked again, the rest is added;
        afterwards --model recorded:FILE needs no model.
    verdicts
        A file that keeps verdicts from run to run: a program judged by the same checks is not run
        again.
    recipe
        How to search: a published system by name. Default: best-of-n, or enumerate where there
        is no model.
    strategy
        Shorthand for --recipe search --set strategy=NAME.
    trace
        Feedback on a failing program shows what its variables held, block by block.
    dedup
        Programs that do the same on probe inputs share one verdict.
    select
        Draw everything, then choose among the programs that stand equal by this rule: learned,
        tournament (the model judges between behaviours), majority, mbr-exec, codet, pagerank,
        credibility, value, ...
    value
        What guides the search: graded, static, logprob, agreement, judge, hybrid, ..., a file made
        by train-value, or several: graded*2,static. It never makes a program pass.
    interactive
        Ask for the right output of inputs on which the programs that stand disagree.
    budget
        Hard limits. Default: 64 programs, 900 seconds.
    seed
        Keys every random draw of the search.
    workers
        Model calls under way at once; changes the speed, not the result.
    order
        How results are told: "asked" is the same at any number of workers.
    hedge
        Make a call a second time when it takes over this many times the median. Default: never.
    out
        Write the program (or the table) to this file instead.
    json_
        Print the solution with its evidence as one JSON object.
    quiet
        No progress.
    """
    from synth.api import DEFAULT_BUDGET
    from synth.api import solve as run
    from synth.cli.asking import ask_on_terminal
    from synth.cli.progress import Progress
    from synth.problem_file import read_problem

    if out is not None:
        _check_writable(out)
    if csv is not None:
        from synth.cli.table import fill_table

        if file is not None or input_ is None or output is None:
            raise UsageError("--csv takes --input COLUMNS and --output COLUMN, and no FILE")
        return fill_table(csv, input_, output, out=out, seconds=(budget or Budget()).seconds)
    if file is None or input_ is not None or output is not None:
        raise UsageError("solve takes a FILE, or --csv TABLE with --input and --output")
    problem = read_problem(Path(file), tests=tests)
    if not problem.has_evidence:
        raise UsageError(
            f"{file}: nothing to verify a program with; add examples, asserts, doctests, cases or "
            f"tests (`synth check {file}` says more)"
        )
    options = parse_settings(set_)
    if strategy is not None:
        if recipe is not None:
            raise UsageError("--strategy stands for --recipe search: give one of the two")
        recipe, options = "search", {"strategy": strategy, **options}
    if dedup:
        options["dedup"] = True
    if trace:
        options["trace"] = True
    if select is not None:
        options["select"] = select
    if value is not None:
        options["value"] = value
    with Progress(problem.id, quiet=quiet, live=not interactive) as progress:
        solution = run(
            problem,
            ask=ask_on_terminal if interactive else None,
            model=chosen_models(model),
            recipe=recipe,
            options=options,
            budget=budget or DEFAULT_BUDGET,
            seed=seed,
            workers=workers,
            order=order,
            hedge=hedge,
            base_url=base_url,
            record=record,
            verdicts=verdicts,
            watch=progress.watch,
        )
    return finish(solution, out=out, as_json=json_)


def finish(solution: Solution, *, out: Path | None = None, as_json: bool = False) -> int:
    """Print a solution and its evidence; the exit status."""
    if solution.program is None and solution.reason.startswith("model:"):
        raise ModelError(solution.reason.removeprefix("model:").strip())
    if out is not None and solution.program is not None:
        write_whole(out, solution.program)
    if as_json:
        print(json.dumps(solution.to_json(), indent=2))
    elif solution.program is not None and out is None:
        _print_program(solution.program)
    report(solution)
    return 0 if solution.verified else 1


def write_whole(path: Path, text: str) -> None:
    """Write a file that is either as it was or complete, whatever happens in between."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_text(text, "utf-8", errors="surrogatepass")
    scratch.replace(path)


def report(solution: Solution) -> None:
    """What was verified, what it cost, how the run is called: on standard error."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    usage = solution.usage
    if solution.verified:
        console.print(f"[bold green]verified[/]: {solution.evidence}")
        if solution.advice:
            console.print(solution.advice, markup=False)
        elif solution.confidence is not None:
            console.print(f"P(right beyond the checks) = {solution.confidence:.2f}")
        if solution.reason.startswith("model:"):
            console.print(f"without the model: {solution.reason[6:].strip()}", markup=False)
    else:
        found = "no program" if solution.program is None else f"best so far: {solution.evidence}"
        console.print(f"[bold red]not solved[/] ({solution.reason}): {found}", markup=True)
    dollars = f", ${usage['dollars']:.4f}" if usage["dollars"] else ""
    share = usage["cached_tokens"] / usage["prompt_tokens"] if usage["prompt_tokens"] else 0.0
    cached = f" ({share:.0%} of the prompts' from the cache)" if share else ""
    console.print(
        f"cost: {usage['tokens']} tokens{cached} in {_count(usage['calls'], 'call')}, "
        f"{_count(usage['programs'], 'program')}, {solution.seconds:.1f} s{dollars}"
    )
    console.print(f"run: {solution.run_id}  (synth show {solution.run_id})")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _print_program(source: str) -> None:
    if sys.stdout.isatty():  # which would obey what is no text; a file gets the program as it is
        from verifiers.value_text import printable

        source = printable(source)
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        from rich.console import Console
        from rich.syntax import Syntax

        Console().print(Syntax(source.rstrip(), "python", background_color="default"))
    else:
        data = source if source.endswith("\n") else f"{source}\n"
        sys.stdout.write(data.encode("utf-8", "backslashreplace").decode("utf-8"))
    sys.stdout.flush()


def _check_writable(path: Path) -> None:
    if path.is_dir():
        raise UsageError(f"{path} is a directory; --out takes a file")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path.absolute().parent} does not exist; --out cannot be written")
