"""The process that test_kill kills: begins or resumes a run with a scripted model whose every
answer is noted in a file, at the moment it is given (that is: paid for)."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from synth.api import resume_async, solve_async
from synth.models.chat import Completion, Request
from synth.run_log import list_runs
from tests.scripted import MarkVerifier, ScriptedModel, problem


class NotingModel(ScriptedModel):
    def __init__(self, notes: Path) -> None:
        super().__init__(right=0.0, jitter=0.01)
        self._notes = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def complete(self, request: Request) -> Completion:
        completion = await super().complete(request)
        os.write(self._notes, request.hash(self.name).encode() + b"\n")
        return completion


async def main(directory: Path) -> None:
    model = NotingModel(directory / "notes")
    found = list_runs(directory)
    if found:
        await resume_async(found[0].path, model=model, verifier=MarkVerifier())
        return
    await solve_async(
        problem(),
        model=model,
        options={"n": 24, "rounds": 4, "width": 6},
        verifier=MarkVerifier(),
        runs=directory,
    )


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
