"""How likely a model found what it wrote: of a whole answer, a program in it, each of its lines.

Log-probabilities are natural and those of the tokens drawn. Longer texts have lower totals, so
texts are compared by the mean (a length-normalised total); the minimum shows the one token the
model was least sure of, which a mean over a long program hides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from synth.models.chat import Choice


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Log-probabilities of `tokens` tokens; all zero of none."""

    total: float = 0.0
    minimum: float = 0.0
    tokens: int = 0

    @property
    def mean(self) -> float:
        return self.total / self.tokens if self.tokens else 0.0

    @property
    def probability(self) -> float:
        """The geometric mean of the tokens' probabilities, in (0, 1]: 1 / perplexity."""
        return math.exp(self.mean)

    def normalised(self, alpha: float) -> float:
        """The total over tokens**alpha: 0 the plain total, 1 the mean (Wu et al. 2016,
        arXiv:1609.08144, equation 14, without its constant)."""
        return self.total / self.tokens**alpha if self.tokens else 0.0


def of_values(values: Sequence[float]) -> Likelihood:
    return Likelihood(math.fsum(values), min(values, default=0.0), len(values))


def of_choice(choice: Choice) -> Likelihood:
    """Of the whole answer; empty where no log-probabilities were asked for or offered."""
    return of_values(choice.logprobs)


def of_span(choice: Choice, start: int, end: int) -> Likelihood:
    """Of the tokens that have a character in `choice.text[start:end]`."""
    kept = [
        value
        for (begin, until), value in zip(token_spans(choice), choice.logprobs, strict=True)
        if begin < end and until > start
    ]
    return of_values(kept)


def of_program(choice: Choice, source: str) -> Likelihood | None:
    """Of a program as it stands in the answer; None if the answer does not hold it word for word
    (code extraction may have put it together from pieces)."""
    code = source.strip("\n")
    start = choice.text.find(code) if code else -1
    return None if start < 0 else of_span(choice, start, start + len(code))


def by_line(choice: Choice, start: int = 0, end: int | None = None) -> tuple[Likelihood, ...]:
    """Of each line of `choice.text[start:end]`. A token that spans lines counts for the line it
    begins in, so that the lines' totals add up to the span's."""
    end = len(choice.text) if end is None else end
    lines: list[list[float]] = [[] for _ in choice.text[start:end].split("\n")]
    for (begin, until), value in zip(token_spans(choice), choice.logprobs, strict=True):
        if begin < end and until > start:
            lines[choice.text.count("\n", start, max(begin, start))].append(value)
    return tuple(of_values(values) for values in lines)


def noted(choice: Choice, source: str) -> dict[str, list[float]]:
    """Plain data for a draft's notes: the log-probability of each token of the `answer` and of the
    `program` in it, and the mean of each of its `lines`.

    The lines of `source` are looked up in the answer one after the other, so that what extraction
    put before or took out does not count; `program` is empty where none is found.
    """
    spans = token_spans(choice)
    program: list[float] = []
    lines: list[float] = []
    for start, end in _lines_found(choice.text, source):
        values = [
            value
            for (begin, until), value in zip(spans, choice.logprobs, strict=True)
            if start <= begin < end and until > start
        ]
        if values:
            program += values
            lines.append(math.fsum(values) / len(values))
    return {"answer": list(choice.logprobs), "program": program, "lines": lines}


def _lines_found(text: str, source: str) -> Iterator[tuple[int, int]]:
    """Where the filled lines of `source` stand in `text`, in order; each with its line end."""
    places: list[tuple[str, int, int]] = []
    start = 0
    for line in text.split("\n"):
        places.append((line.strip(), start, start + len(line) + 1))
        start += len(line) + 1
    at = 0
    for wanted in filter(None, map(str.strip, source.split("\n"))):
        for number in range(at, len(places)):
            if places[number][0] == wanted:
                yield places[number][1:]
                at = number + 1
                break


def token_spans(choice: Choice) -> list[tuple[int, int]]:
    """Where each token lies in the text, as (start, end) of characters.

    A character split over several tokens (an emoji, say) comes as tokens that are not in the text;
    the last of them covers it, the others have no extent.
    """
    spans: list[tuple[int, int]] = []
    place = 0
    for token in choice.tokens:
        # Four characters at most hide in the broken tokens before this one.
        at = choice.text.find(token, place, place + len(token) + 4) if token else -1
        if at < 0:
            spans.append((place, place))
            continue
        if at > place and spans:
            spans[-1] = (spans[-1][0], at)
        spans.append((at, at + len(token)))
        place = at + len(token)
    return spans
