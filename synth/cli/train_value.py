"""synth train-value: a learned value from finished runs."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import cyclopts

from synth.errors import RunLogError, UsageError

if TYPE_CHECKING:
    from synth.problem import Problem
    from synth.value_training import Candidates, Label
    from verifiers.value.training import Labelled


def train_value(
    *runs: str,
    out: Annotated[Path, cyclopts.Parameter(name=["--out", "-o"])],
    hidden: Path | None = None,
    label: Literal["verified", "leads"] = "verified",
    kind: Literal["auto", "logistic", "boosted"] = "auto",
    folds: int = 5,
    seed: int = 0,
) -> int:
    """Train a value on the programs of RUNS, for `solve --value FILE`.

    The figures printed are for problems that were not trained on, each held out in turn.

    Parameters
    ----------
    runs
        Names of runs, their files, or directories of them. Programs of at least four problems are
        needed, some right and some wrong.
    out
        The file to write: plain JSON.
    hidden
        A problem file or benchmark rows (JSONL) whose own tests say which programs are right; the
        runs' problems are found by their ids. The best labels there are.
    label
        Without --hidden: "verified", whether the run's own checks passed (the value then goes by
        what is known before a program runs), or "leads", whether a verified program was built on
        it.
    kind
        The form of the model; auto tries both.
    folds
        In how many parts problems are held out.
    seed
        Draws the parts.
    """
    from synth.cli.solve import write_whole
    from synth.value_training import names_for, run_paths
    from verifiers.value.training import train

    if not runs:
        raise UsageError("name the runs to learn from, or a directory of them; see `synth runs`")
    if folds < 2:
        raise UsageError(f"--folds must be at least 2, not {folds}")
    if not out.absolute().parent.is_dir():
        raise UsageError(f"{out.absolute().parent} does not exist; --out cannot be written")
    found = _read(run_paths(runs))
    chosen: Label = "hidden" if hidden is not None else label
    data = asyncio.run(_labelled(found, chosen, hidden))
    try:
        value = train(data, kind=kind, names=names_for(chosen), folds=folds, seed=seed)
    except ValueError as error:
        raise UsageError(f"nothing can be learned from {_count(found)}: {error}") from None
    write_whole(out, value.to_text())
    _report(value.trained, data, chosen, out)
    return 0


def _read(paths: list[Path]) -> list[Candidates]:
    from synth.value_training import candidates_of

    found = []
    for path in paths:
        try:
            found.append(candidates_of(path))
        except RunLogError as error:
            print(f"synth: passed over: {path}: {error}", file=sys.stderr)
    return found


async def _labelled(runs: list[Candidates], label: Label, hidden: Path | None) -> Labelled:
    from synth.api import standard_verifier
    from synth.value_training import labelled

    if hidden is None:
        return await labelled(runs, label)
    from synth.problem_file import read_problems

    grading: dict[str, Problem] = {p.id: p for p in read_problems(hidden, visible="tests")}
    missing = {run.problem.id for run in runs} - grading.keys()
    if missing:
        print(
            f"synth: {hidden} has no problem {min(missing)!r}"
            + (f" (nor {len(missing) - 1} others)" if len(missing) > 1 else "")
            + "; those runs are passed over",
            file=sys.stderr,
        )
    async with standard_verifier() as verifier:
        return await labelled(runs, label, hidden=grading, verifier=verifier)


def _report(trained: object, data: Labelled, label: Label, out: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    assert isinstance(trained, dict)
    print(
        f"{out}: {trained['kind']}, label {label}, {trained['programs']} programs of "
        f"{trained['problems']} problems, {trained['right']} right"
    )
    table = Table("value, on problems held out", "AUC", "within a problem", "Brier", "ECE")
    rows = {"learned": trained} | ({} if label == "verified" else _others(data))
    for name, row in rows.items():
        keys = ("auc", "auc_within_problem", "brier", "calibration_error")
        table.add_row(name, *("-" if row[key] is None else f"{row[key]:.3f}" for key in keys))
    Console().print(table)


def _others(data: Labelled) -> dict[str, dict[str, object]]:
    """The same figures of values that learn nothing."""
    from verifiers.value.training import figures

    return {
        name: figures(data, [row[name] if row[name] == row[name] else 0.0 for row in data.rows])
        for name in ("passed", "quality", "agreement")
    }


def _count(runs: list[Candidates]) -> str:
    return "1 run" if len(runs) == 1 else f"{len(runs)} runs"
