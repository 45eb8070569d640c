"""Every strategy through the real engine: budgets, refused calls, replay, any number of workers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from search.registry import BUILT_IN
from synth.api import replay, solve_async
from synth.budget import Budget
from synth.events import Asked, Told, encode
from synth.run_log import list_runs, read_events
from tests.scripted import MarkVerifier, ScriptedModel, problem

OPTIONS: dict[str, dict[str, Any]] = {
    "model-bandit": {"models": ("m",)},
    "portfolio": {"members": ({"name": "beam", "options": {}}, {"name": "rebase"})},
}


async def decisions(directory: Path, name: str, *, workers: int) -> list[bytes]:
    solution = await solve_async(
        problem(),
        model=ScriptedModel(right=0.02, jitter=0.002, failing=0.05),
        recipe="search",
        options={"strategy": name, **OPTIONS.get(name, {})},
        verifier=MarkVerifier(),
        runs=directory,
        budget=Budget(programs=30),
        workers=workers,
    )
    (row,) = list_runs(directory)
    assert solution.usage["programs"] <= 30
    replay(row.path)
    return [encode(e) for e in read_events(row.path) if isinstance(e, Told | Asked)]


@pytest.mark.parametrize("name", sorted(BUILT_IN))
async def test_it_runs_replays_and_decides_the_same_at_1_and_8_workers(
    name: str, tmp_path: Path
) -> None:
    one = await decisions(tmp_path / "one", name, workers=1)
    eight = await decisions(tmp_path / "eight", name, workers=8)
    assert len(one) > 2
    assert one == eight
