"""Whole programs on many inputs: side by side, and not for ever where they hang."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from verifiers.sandbox import answers
from verifiers.sandbox.results import CallResult
from verifiers.verdict import Cost, Status

_FIRST = 4  # inputs at first, then twice as many each time
_HANGS = 3


async def run_inputs(
    one: Callable[[str], Awaitable[tuple[CallResult, Cost]]], inputs: Sequence[str]
) -> tuple[list[CallResult], Cost]:
    """What `one` says to each input. After three time-outs the later ones inherit the status.

    An endless loop took the whole limit on each of a problem's cases, and on each of 42 inputs of
    a reference: 88 s of CPU time. Which inputs are tried depends on nothing but the results.
    """
    results: list[CallResult] = []
    cost, size = Cost(), _FIRST
    while len(results) < len(inputs):
        late = [result for result in results if result.status is Status.TIMEOUT]
        if len(late) >= _HANGS:
            results += [answers.not_made(late[-1])] * (len(inputs) - len(results))
            break
        chunk = inputs[len(results) : len(results) + size]
        pairs = await asyncio.gather(*map(one, chunk))
        results += [result for result, _ in pairs]
        cost = sum((spent for _, spent in pairs), cost)
        size *= 2
    return results, cost
