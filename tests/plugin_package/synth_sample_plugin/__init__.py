"""What a user's own package looks like: one recipe and one model, found by their names."""

from __future__ import annotations

from search.best_of_n import BestOfN
from synth import ChatModel, Completion, Recipe, Request, Usage
from synth.models.chat import Choice


def three_drafts(*, repairs: int = 0) -> Recipe:
    """Three drafts, each repaired at most `repairs` times."""
    return Recipe("three-drafts", BestOfN(n=3, rounds=repairs), options={"repairs": repairs})


class Parrot:
    """A model that always answers the same."""

    def __init__(self, text: str) -> None:
        self.name, self._text = f"parrot:{text}", text

    async def complete(self, request: Request) -> Completion:
        code = f"```python\ndef double(x):\n    return {self._text}\n```"
        return Completion((Choice(code),) * request.n, Usage(1, 1, 0, 1), self.name)

    async def close(self) -> None:
        pass


def open_parrot(rest: str, options: object) -> ChatModel:
    return Parrot(rest)
