"""What an action may see and do: its part of the tree, and effects that are recorded.

An action is a coroutine whose only awaits are on this object. The fold drives it, so the same
recorded answers give the same drafts; nothing else (clock, files, network) may be used in one.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from search.keyed_random import derive
from synth.models.chat import Completion, Message, Request, Sampling, prompt_characters
from synth.node import Draft, Node
from synth.problem import Problem
from synth.program import Program
from verifiers.verdict import Verdict

CHARACTERS_A_TOKEN = 2.5  # low for code and English (3-4), so that estimates err upwards
LEAST_TOKENS = 32  # a smaller answer holds no program


class Refused(Exception):
    """Inside an action: a call got no answer for good (server, budget). Ends the expansion."""


@dataclass(frozen=True, slots=True)
class ModelCall:
    """An effect: ask `model` to complete `request`; answered by a Completion."""

    model: str
    request: Request


@dataclass(frozen=True, slots=True)
class Judge:
    """An effect: verify `programs`; answered by a list of Verdicts. With `checks`, by the examples
    (or cases) of these numbers alone."""

    programs: tuple[Program, ...]
    checks: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Enumerate:
    """An effect: programs from the problem's examples, without a model; answered by a list of
    Drafts, cheapest first, at most `n`. `sources` are failed programs, whose sub-expressions it
    may build on and whose habits it learns its costs from."""

    n: int
    seconds: float
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mend:
    """An effect: programs one small edit away from `source` that agree with every example;
    answered by a list of Drafts, at most `n`."""

    source: str
    n: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Probe:
    """An effect: run `programs` on the problem's probe inputs; answered by a Behaviour each. With
    `inputs`, on those of these numbers alone (see `synth.probe_plan`)."""

    programs: tuple[Program, ...]
    inputs: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """An effect: run generated `tests` (assert statements); answered by which of them each of
    `programs` passes, a list of bools each."""

    tests: tuple[str, ...]
    programs: tuple[Program, ...]


@dataclass(frozen=True, slots=True)
class Show:
    """An effect: run `programs` on the probe inputs of these numbers (see `synth.probe_plan`);
    answered by texts for people and models to read: a list of what each returned or raised."""

    programs: tuple[Program, ...]
    inputs: tuple[int, ...]


Effect = ModelCall | Judge | Enumerate | Mend | Probe | Vote | Show


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a program does on the probe inputs: a 32-bit hash of each output, and where it
    failed (raised, ran out of time)."""

    outputs: tuple[int, ...]
    failed: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Effects:
    """Awaiting this yields its effects to the fold and returns their answers, in order."""

    effects: tuple[Effect, ...]

    def __await__(self) -> Generator[tuple[Effect, ...], list[Any], list[Any]]:
        return (yield self.effects)


@dataclass(slots=True)
class Context:
    """One expansion, seen from inside.

    `node` is the node to expand (None at the root), `ancestors` the nodes above it from the
    root's child down, `others` further parents, `siblings` the children of `node` told before
    this expansion was asked, `failed` all programs of the run told by then that fail a check, best
    first; `alike` other nodes told by then behave as `node` does. `n` drafts are wanted; `draw`
    expansions of `node` by this action were asked before. `allowance` is how many tokens this
    expansion may still spend (None: no limit). `peers` are the told nodes with a program, in order,
    where the recipe's value compares with them; with `logprobs` every request asks for
    log-probabilities; what a value puts into `remarks` (plain JSON, by node id) joins the notes of
    that node's draft.

    What a selector puts into `report` (plain JSON) is logged with its ranking. It also has `calls`,
    how many model calls the budget still holds (None: no limit; a request for n answers counts n
    unless `native_n`); `stands`, which names for programs that were not verified because they look
    like another that other; and `compared`, the run's judgements of two programs by their keys.
    """

    problem: Problem
    expansion: int
    action: str
    n: int
    draw: int
    seed: int
    model: str
    sampling: Sampling
    node: Node | None = None
    ancestors: tuple[Node, ...] = ()
    others: tuple[Node, ...] = ()
    siblings: tuple[Node, ...] = ()
    failed: tuple[Node, ...] = ()
    alike: int = 0
    allowance: int | None = None
    known: Mapping[Program, Verdict] = field(default_factory=dict)
    probed: Mapping[Program, Behaviour] = field(default_factory=dict)
    stands: Mapping[Program, Program] = field(default_factory=dict)
    calls: int | None = None
    native_n: bool = True
    compared: dict[tuple[str, str], float] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    peers: tuple[Node, ...] = ()
    logprobs: bool = False
    remarks: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    _requests: int = 0

    def request(
        self,
        messages: Sequence[Message],
        *,
        n: int | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        stop: tuple[str, ...] = (),
        logprobs: bool = False,
        model: str | None = None,
    ) -> ModelCall:
        """A call of this expansion's model (or `model`), its answer's length cut to the
        allowance."""
        n = n or self.n
        if self.calls is not None:
            calls = 1 if self.native_n else n
            if calls > self.calls:
                raise Refused(f"budget: {self.calls} model calls left, this takes {calls}")
            self.calls -= calls
        sampling = replace(
            self.sampling,
            temperature=self.sampling.temperature if temperature is None else temperature,
            max_tokens=max_tokens or self.sampling.max_tokens,
            stop=stop or self.sampling.stop,
        )
        if self.allowance is not None:
            prompt = int(prompt_characters(messages) / CHARACTERS_A_TOKEN)
            most = (self.allowance - prompt) // n
            if most < LEAST_TOKENS:
                raise Refused(f"budget: {self.allowance} tokens left, the prompt takes {prompt}")
            sampling = replace(sampling, max_tokens=min(sampling.max_tokens, most))
            self.allowance -= prompt + n * sampling.max_tokens
        seed = derive(self.seed, self.expansion, self._requests) % 2**31
        self._requests += 1
        request = Request(tuple(messages), n, sampling, seed, logprobs or self.logprobs)
        return ModelCall(model or self.model, request)

    async def complete(self, messages: Sequence[Message], **options: Any) -> Completion:
        """One model call; options as in `request`. Raises Refused when none answers."""
        (completion,) = await self.complete_all(self.request(messages, **options))
        return completion

    async def complete_all(self, *calls: ModelCall) -> list[Completion]:
        """Several model calls side by side."""
        return await Effects(calls)

    async def enumerate(self, n: int, seconds: float, sources: Sequence[str] = ()) -> list[Draft]:
        """At most `n` programs that agree with every example, found within `seconds`; with
        `sources`, from the sub-expressions of these programs too."""
        (drafts,) = await Effects((Enumerate(n, seconds, tuple(sources)),))
        found: list[Draft] = drafts
        return found

    async def mend(self, source: str, n: int, seconds: float) -> list[Draft]:
        """At most `n` programs one edit away from `source` that agree with every example."""
        (drafts,) = await Effects((Mend(source, n, seconds),))
        found: list[Draft] = drafts
        return found

    async def probe(self, programs: Sequence[Program]) -> list[Behaviour]:
        """What `programs` do on the problem's probe inputs (`synth.probe_plan`); no inputs where
        its checks show none. Programs that were found to do the same are run once."""
        programs = [self.stands.get(program, program) for program in programs]
        new = tuple(dict.fromkeys(p for p in programs if p not in self.probed))
        behaviours = dict(self.probed)
        if new:
            (found,) = await Effects((Probe(new),))
            behaviours.update(zip(new, found, strict=True))
        return [behaviours[program] for program in programs]

    async def show(self, programs: Sequence[Program], inputs: Sequence[int]) -> list[list[str]]:
        """What each of `programs` returns or raises on the probe inputs of these numbers, as
        text."""
        (texts,) = await Effects((Show(tuple(programs), tuple(inputs)),))
        found: list[list[str]] = texts
        return found

    async def vote(self, tests: Sequence[str], programs: Sequence[Program]) -> list[list[bool]]:
        """Which of the generated `tests` each program passes. They vote; they never gate."""
        distinct = tuple(dict.fromkeys(programs))
        (rows,) = await Effects((Vote(tuple(tests), distinct),))
        passes = dict(zip(distinct, rows, strict=True))
        return [passes[program] for program in programs]

    async def judge(self, programs: Sequence[Program]) -> list[Verdict]:
        """Verdicts of `programs`; those judged before in this run are not run again."""
        new = tuple(dict.fromkeys(p for p in programs if p not in self.known))
        verdicts = dict(self.known)
        if new:
            (judged,) = await Effects((Judge(new),))
            verdicts.update(zip(new, judged, strict=True))
        return [verdicts[program] for program in programs]

    async def judge_by(self, checks: Sequence[int], programs: Sequence[Program]) -> list[Verdict]:
        """Verdicts of `programs` by the examples (or cases) of these numbers alone."""
        (judged,) = await Effects((Judge(tuple(programs), tuple(checks)),))
        found: list[Verdict] = judged
        return found
