"""One sandbox for the tests of this folder, driven from synchronous code."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import Call, Execution, Sandbox, probe


class Runner:
    """A sandbox on an event loop of its own, so that one serves every test."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.sandbox = Sandbox(workers=2)
        self.wait(self.sandbox.__aenter__())

    def wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(120)

    def run(
        self, source: str, *calls: Call, limits: Limits | None = None, **more: Any
    ) -> Execution:
        ask = self.sandbox.run(Program(source), calls, limits or Limits(), **more)
        return self.wait(ask)  # type: ignore[no-any-return]

    def left_over(self) -> list[int]:
        """Processes that run under its wardens, besides one zygote each."""
        left = []
        for launcher in self.sandbox._pool._all:
            assert launcher._process is not None
            zygote, *others = _children(launcher._process.pid)
            left += others + _children(zygote)
        return left

    def close(self) -> None:
        self.wait(self.sandbox.__aexit__())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


def _children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    report = probe()
    if not report.usable:
        pytest.skip(f"no sandbox on this machine: {report}")
    made = Runner()
    yield made
    made.close()
