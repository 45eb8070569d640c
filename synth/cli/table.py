"""synth solve --csv: fill a column of a table from others, by the rows that have it."""

from __future__ import annotations

import sys
from pathlib import Path

from synth.errors import ProblemError


def fill_table(
    path: Path, inputs: str, output: str, *, out: Path | None, seconds: float | None
) -> int:
    """Print the filled table; 0 when every empty row was filled, 1 when not."""
    from synth.cli.solve import write_whole
    from synth.inductive import Limits
    from synth.inductive.table import solve_csv

    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemError(f"cannot be read: {error}", file=str(path)) from None
    columns = [name.strip() for name in inputs.split(",") if name.strip()]
    try:
        table = solve_csv(text, columns, output, limits=Limits(seconds=seconds or 10.0))
    except (ValueError, TypeError) as error:
        raise ProblemError(str(error), file=str(path)) from None
    best = table.answer.best
    if best is not None:
        print(best.source, file=sys.stderr)
        filled = table.to_csv()
        if out is not None:
            write_whole(out, filled)
        else:
            sys.stdout.write(filled)
    count = f"{len(table.filled)} filled" if best else "nothing filled"
    print(f"{count}; {table.answer.advice()}", file=sys.stderr)
    for what, rows in (("fails on", table.failed), ("look at", table.disagree)):
        if rows:
            # The header is line 1 and the first row line 2.
            lines = ", ".join(str(row + 2) for row in rows[:20])
            print(f"{what} line {lines}", file=sys.stderr)
    return 0 if best is not None and not table.failed else 1
