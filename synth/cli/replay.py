"""synth replay: derive a run again from its facts, and compare."""

from __future__ import annotations


def replay(run: str = "last", /) -> int:
    """Derive every decision of RUN again from its recorded facts; no model, no sandbox.

    Exit status 0 when all events are byte-identical, 2 at the first that differs.
    """
    from synth.api import replay as again
    from synth.engine import solution_of

    fold, count = again(run)
    solution = solution_of(fold, 0.0)
    state = "verified" if solution.verified else "not solved"
    print(
        f"identical: {count} events, {len(fold.tree) - 1} nodes; {state} ({solution.reason}); "
        f"{solution.usage['tokens']} tokens"
    )
    return 0
