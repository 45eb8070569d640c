"""What a value model goes by, and the one method it has.

A value says how promising a program is, in [0, 1]; it guides a search and never makes a pass: that
is the verdict's. It is a pure function of this evidence, all of which a run log holds, so a replay
comes to the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from synth.problem import Problem
from synth.program import Program
from verifiers.verdict import Verdict

Outputs = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of one candidate; what is not known is empty or None.

    `logprobs` are natural log-probabilities of the program's tokens, `answer_logprobs` of the whole
    answer it stood in, `line_logprobs` the mean of each line; `distributions` the log-probabilities
    of the likeliest tokens at each place of the answer, where a model gives them. `outputs` are
    hashes of what the program answers on probe inputs, `failed` where it failed there;
    `peers` the outputs of the run's other programs (all of one length). `judged` is a judge's
    grade in [0, 1]. `depth` counts steps from the problem (1: a draft), `attempt` the candidates of
    the run before this one, `parent_score` is the share of checks that the parent passed.
    """

    program: Program | None
    verdict: Verdict | None = None
    logprobs: tuple[float, ...] = ()
    answer_logprobs: tuple[float, ...] = ()
    line_logprobs: tuple[float, ...] = ()
    distributions: tuple[tuple[float, ...], ...] = ()
    outputs: Outputs = ()
    failed: tuple[bool, ...] = ()
    peers: tuple[Outputs, ...] = ()
    judged: float | None = None
    depth: int = 1
    attempt: int = 0
    parent_score: float | None = None


class Value(Protocol):
    """Scores candidates for one problem.

    `needs` names evidence that costs something to get and that the scores are poor without:
    `logprobs` (asked of the model), `outputs` (programs run on probe inputs), `judged` (model
    calls).
    """

    @property
    def needs(self) -> frozenset[str]: ...

    def score(self, problem: Problem, evidence: Sequence[Evidence]) -> list[float]:
        """A number in [0, 1] for each candidate, in order. A score may depend on the rest of the
        batch only through what candidates have in common (agreement)."""
        ...
