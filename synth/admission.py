"""What an expansion may spend: its reservation, cut to what the budget still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from search.tree import Expansion
from synth.budget import Amount, Ledger, Price
from synth.context import CHARACTERS_A_TOKEN, LEAST_TOKENS

_FEEDBACK_CHARACTERS = 2500  # what a verdict adds to a prompt at most
_GRADED_TOKENS = 2000  # a program, its verdict and a judge's answer; without them it is not asked


@dataclass(frozen=True, slots=True)
class Admission:
    """`native_n` says of each model whether one request brings n choices; `prompt` is the length
    of the problem's description, `max_tokens` of an answer, in tokens. `graded` is how many calls
    the value makes for each program."""

    ledger: Ledger
    native_n: Mapping[str, bool]
    prompt: int
    max_tokens: int
    graded: int = 0

    def admit(
        self, wanted: Expansion, action: Any, model: str, source: str
    ) -> tuple[tuple[Expansion, Amount] | None, str]:
        """The expansion with as many children as the budget holds and what to reserve for it, or
        None and the limit that is reached. `source` is the parent's program, which a prompt
        quotes."""
        left = self.ledger.left
        n = int(min(wanted.n, left("programs")))
        if n < 1:
            return None, "programs"
        if not action.calls and not self.graded:
            return (replace(wanted, n=n), Amount(programs=n)), ""
        native = self.native_n[model]
        once, each = (action.calls, 0) if native else (0, action.calls)
        each += self.graded
        if each:
            n = int(min(n, (left("calls") - once) // each))
        calls = once + each * n
        if n < 1 or left("calls") < calls:
            return None, "calls"
        tokens, short = self._tokens(action.calls, n, model, source)
        if short:
            return None, short
        dollars = self._price(model).dollars(0, tokens)
        return (replace(wanted, n=n), Amount(tokens, calls, n, dollars)), ""

    def affordable(self, model: str) -> int | None:
        """How many tokens the budget still holds, at the dearer of the model's prices; None where
        neither tokens nor dollars are limited."""
        budget = self.ledger.budget
        if budget.tokens is None and budget.dollars is None:
            return None
        return int(min(self.ledger.left("tokens"), self._dollars_in_tokens(model), 2**31))

    def _tokens(self, calls: int, n: int, model: str, source: str) -> tuple[int, str]:
        """How many tokens to reserve, or which limit does not hold the least."""
        prompt = self.prompt
        if source:
            prompt += int((len(source) + _FEEDBACK_CHARACTERS) / CHARACTERS_A_TOKEN)
        least = calls * (prompt + n * LEAST_TOKENS)
        limits = {"tokens": self.ledger.left("tokens"), "dollars": self._dollars_in_tokens(model)}
        for name, limit in limits.items():
            if limit < least:
                return 0, name
        most = calls * (prompt + n * self.max_tokens)
        most += self.graded * n * (self.prompt + _GRADED_TOKENS)
        return int(min(most, *limits.values())), ""

    def _dollars_in_tokens(self, model: str) -> float:
        price = self._price(model)
        dearer = max(price.prompt, price.completion) / 1e6
        return self.ledger.left("dollars") / dearer if dearer else float("inf")

    def _price(self, model: str) -> Price:
        return self.ledger.prices.get(model, Price())
