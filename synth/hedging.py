"""Hedged calls: a straggler is asked a second time, and the first answer counts.

Dean and Barroso, "The Tail at Scale" (2013), hedged requests; selective repetition as in
sequential gradient coding (Krishnan et al., 2021): what is late is repeated, not everything. Off by
default. What a second call costs is counted, and it is only made while the budget holds it.
"""

from __future__ import annotations

import asyncio
from bisect import insort
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
_FEWEST = 5  # durations needed before "late" means anything


@dataclass(slots=True)
class Hedge:
    """Repeats what takes over `factor` times the median so far (at least `least` seconds).

    `allowed` is asked right before a second call; `count` says how many were made.
    """

    factor: float
    least: float = 0.5
    allowed: Callable[[], bool] = lambda: True
    count: int = 0
    _durations: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.factor > 1:
            raise ValueError(f"a hedge's factor is above 1, got {self.factor}")

    async def first(self, start: Callable[[], Awaitable[T]]) -> tuple[T, bool]:
        """The first answer of one or two runs of `start`, and whether there were two."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        tasks = [asyncio.ensure_future(start())]
        try:
            late = self._late()
            if late is not None:
                await asyncio.wait(tasks, timeout=late)
                if not tasks[0].done() and self.allowed():
                    self.count += 1
                    tasks.append(asyncio.ensure_future(start()))
            result = await self._winner(tasks)
            insort(self._durations, loop.time() - began)
            return result, len(tasks) == 2
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _late(self) -> float | None:
        if len(self._durations) < _FEWEST:
            return None
        return max(self.least, self.factor * self._durations[len(self._durations) // 2])

    @staticmethod
    async def _winner(tasks: Sequence[asyncio.Future[T]]) -> T:
        """The first result; an error only when every task has failed."""
        left = set(tasks)
        while True:
            done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if task.exception() is None or not left:
                    return task.result()
