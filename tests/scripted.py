"""A scripted model and a verifier that reads marks in the text: for tests of the search itself.

They are deterministic functions of the request, so a search over them can be compared byte for
byte. Tests of promises to users run the real model and the real sandbox instead.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Sequence

from search.keyed_random import stream
from synth.errors import ModelError
from synth.models.chat import Choice, Completion, Request, Usage
from synth.problem import Problem, TestCode
from synth.program import Program
from verifiers.verdict import Outcome, Status, Verdict

CHECKS = 5


def problem(**changes: object) -> Problem:
    fields: dict[str, object] = {
        "id": "double",
        "statement": "Double a number.",
        "entry_point": "double",
        "signature": "def double(x):",
        # No plain examples: the enumerator, which has a second of its own, passes it over.
        "tests": (TestCode("asserts", "assert double(2) == 4"),),
    }
    return Problem(**(fields | changes))  # type: ignore[arg-type]


class ScriptedModel:
    """Answers by the request's hash. `right` is the chance that a program passes everything;
    `jitter` seconds at most are waited, drawn without a seed; `failing` requests are refused."""

    native_n = True

    def __init__(
        self, *, right: float = 0.05, jitter: float = 0.0, failing: float = 0.0, name: str = "m"
    ) -> None:
        self.name = name
        self.right, self.jitter, self.failing = right, jitter, failing
        self.requests: list[str] = []
        self.under_way = self.most_under_way = 0

    async def complete(self, request: Request) -> Completion:
        key = request.hash(self.name)
        self.requests.append(key)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(random.random() * self.jitter)
        finally:
            self.under_way -= 1
        draw = stream(0, key)
        if draw.random() < self.failing:
            raise ModelError("scripted refusal")
        choices = []
        for index in range(request.n):
            passed = CHECKS if draw.random() < self.right else draw.randrange(CHECKS)
            text = f"```python\ndef double(x):\n    return {passed}  # {key[:6]} {index}\n```"
            if draw.random() < 0.1:
                text = "I would rather talk about something else."
            choices.append(Choice(text))
        completion = min(request.sampling.max_tokens, 40) * request.n
        prompt = sum(len(message.content) for message in request.messages) // 4
        return Completion(tuple(choices), Usage(prompt, completion, 0, 1), self.name)

    async def close(self) -> None:
        pass


class MarkVerifier:
    """Passes as many of five checks as the program's `return` says."""

    def __init__(self) -> None:
        self.judged = 0

    async def verify(self, problem: Problem, programs: Sequence[Program]) -> list[Verdict]:
        await asyncio.sleep(0)
        self.judged += len(programs)
        return [self._judge(program) for program in programs]

    def _judge(self, program: Program) -> Verdict:
        match = re.search(r"return (\d)", program.source)
        passed = int(match[1]) if match else 0
        statuses = [Status.PASSED] * passed + [Status.FAILED] * (CHECKS - passed)
        return Verdict(
            tuple(Outcome("example", f"examples[{i}]", s) for i, s in enumerate(statuses))
        )
