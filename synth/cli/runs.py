"""synth runs: the runs there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import cyclopts


def runs(
    *,
    directory: Path | None = None,
    json_: Annotated[bool, cyclopts.Parameter(name="--json", negative="")] = False,
) -> int:
    """List runs, oldest first.

    Parameters
    ----------
    directory
        Where to look. Default: $SYNTH_RUNS, else the user's data directory.
    json_
        One JSON object a line.
    """
    from synth.run_log import list_runs, runs_directory

    found = list_runs(directory)
    for run in found:
        tokens = run.usage.get("prompt_tokens", 0) + run.usage.get("completion_tokens", 0)
        if json_:
            row = {
                "run": run.run,
                "created": run.created,
                "problem": run.problem,
                "recipe": run.recipe,
                "models": run.models,
                "reason": run.reason,
                "verified": run.verified,
                "usage": run.usage,
            }
            print(json.dumps(row))
        else:
            mark = "verified" if run.verified else run.reason
            models = ",".join(run.models)
            print(f"{run.run}  {mark:<18} {run.recipe}  {models}  {tokens} tokens")
    if not found and not json_:
        print(f"no runs in {directory or runs_directory()}")
    return 0
