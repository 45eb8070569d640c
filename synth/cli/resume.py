"""synth resume: go on with a run that was killed, interrupted, or ran out of budget."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import cyclopts

from synth.budget import Budget
from synth.cli.options import BaseUrlOption


def resume(
    run: str = "last",
    /,
    *,
    budget: Annotated[Budget | None, cyclopts.Parameter(name="--budget")] = None,
    base_url: BaseUrlOption = None,
    workers: int = 16,
    out: Annotated[Path | None, cyclopts.Parameter(name=["--out", "-o"])] = None,
    json_: Annotated[bool, cyclopts.Parameter(name="--json", negative="")] = False,
    quiet: Annotated[bool, cyclopts.Parameter(name=["--quiet", "-q"], negative="")] = False,
) -> int:
    """Go on with RUN; nothing that was paid for is asked again.

    Parameters
    ----------
    run
        A run's id, the beginning of one, or a file; the last run without.
    budget
        New limits for the whole run, counted from its beginning. Default: as it was.
    workers
        Model calls under way at once.
    out
        Write the program to this file instead of standard output.
    json_
        Print the solution as JSON.
    quiet
        No progress.
    """
    from synth.api import resume as go_on
    from synth.cli.progress import Progress
    from synth.cli.solve import finish
    from synth.run_log import find_run

    path = find_run(run)
    with Progress(path.stem, quiet=quiet) as progress:
        solution = go_on(
            path, budget=budget, base_url=base_url, workers=workers, watch=progress.watch
        )
    return finish(solution, out=out, as_json=json_)
