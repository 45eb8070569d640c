"""A value as a guide: what a strategy is told of a node is what the value says of it.

Whether a program is verified stays with the verdict: a value reorders where to look, and what is
returned among programs that stand equal, and it never makes a pass. Everything it goes by is in the
run's log (answers with their log-probabilities, verdicts, probes, a judge's answers), so a replay
comes to the same numbers; a learned model is pinned in the run's settings by its hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth.context import Context
from synth.errors import UsageError
from synth.node import Node
from synth.program import Program
from synth.value_judge import grades
from verifiers.value import Evidence, Value, value_names, value_of
from verifiers.value.agreement import answers
from verifiers.value.evidence import Outputs
from verifiers.value.naming import renamed

_PIN = "#sha256="
_DIGITS = 16
_MOST_PEERS = 128


@dataclass(frozen=True, slots=True)
class ValueGuide:
    """The `value` of a recipe (the `ValueModel` protocol) made of one of `verifiers.value`.

    `text` names it, any file pinned by hash: `guide(text)` makes the same again. A node that is
    not verified and whose value is below `prune` is told with value 0: nothing has a reason to
    build on it. `judge` names the model that grades, None the expansion's own.
    """

    value: Value
    text: str
    prune: float = 0.0
    judge: str | None = None
    peers: bool = True

    @property
    def logprobs(self) -> bool:
        """Whether requests have to ask for log-probabilities."""
        return "logprobs" in self.value.needs

    @property
    def probes(self) -> bool:
        """Whether programs are run on probe inputs."""
        return "outputs" in self.value.needs

    @property
    def calls(self) -> int:
        """Model calls for each program."""
        return int("judged" in self.value.needs)

    async def __call__(self, ctx: Context, nodes: Sequence[Node]) -> Sequence[float]:
        peers = ctx.peers[-_MOST_PEERS:]
        outputs = await self._outputs(ctx, [*nodes, *peers])
        judged: list[float | None] = [None] * len(nodes)
        if self.calls:
            judged = await grades(ctx, nodes, model=self.judge)
        known = tuple(outputs[node.id][0] for node in peers)
        parent = ctx.node
        evidence = [
            evidence_of(
                node,
                outputs=outputs[node.id],
                peers=known,
                judged=grade,
                depth=len(ctx.ancestors) + 1 + (parent is not None),
                parent=parent,
            )
            for node, grade in zip(nodes, judged, strict=True)
        ]
        scores = self.value.score(ctx.problem, evidence)
        return [
            0.0 if score < self.prune and not node.verified else score
            for node, score in zip(nodes, scores, strict=True)
        ]

    async def _outputs(
        self, ctx: Context, nodes: Sequence[Node]
    ) -> dict[int, tuple[Outputs, tuple[bool, ...]]]:
        """What each node's program answers: to the probes where the value needs them, else to the
        checks."""
        found: dict[int, tuple[Outputs, tuple[bool, ...]]] = {
            node.id: (answers(node.verdict), ()) for node in nodes
        }
        programs: dict[int, Program] = {n.id: n.program for n in nodes if n.program is not None}
        if not self.probes or not programs:
            return found
        behaviours = await ctx.probe(list(programs.values()))
        if any(behaviour.outputs for behaviour in behaviours):
            for id_ in found:
                found[id_] = ((), ())  # a program that is none agrees with nobody
            for id_, behaviour in zip(programs, behaviours, strict=True):
                found[id_] = (behaviour.outputs, behaviour.failed)
        return found


def evidence_of(
    node: Node,
    *,
    outputs: tuple[Outputs, tuple[bool, ...]] | None = None,
    peers: tuple[Outputs, ...] = (),
    judged: float | None = None,
    depth: int = 1,
    parent: Node | None = None,
) -> Evidence:
    """What a value may know of a node; `peers` are what the programs told before it answer."""
    likelihood: Any = node.draft.notes.get("likelihood", {}) if node.draft else {}
    said, failed = outputs if outputs is not None else (answers(node.verdict), ())
    return Evidence(
        program=node.program,
        verdict=node.verdict,
        logprobs=tuple(likelihood.get("program", ())),
        answer_logprobs=tuple(likelihood.get("answer", ())),
        line_logprobs=tuple(likelihood.get("lines", ())),
        outputs=said,
        failed=failed,
        peers=peers,
        judged=judged,
        depth=depth,
        attempt=len(peers),
        parent_score=parent.verdict.score if parent and parent.verdict else None,
    )


def guide(text: str, *, prune: float = 0.0, judge: str | None = None) -> ValueGuide:
    """The guide that `text` names: names of `verifiers.value.naming` and files of learned values,
    combined as described there. A file pinned by `#sha256=...` has to be the one it was."""
    pins: dict[str, str] = {}

    def load(name: str) -> Value:
        pinned, value = _learned(name)
        pins[name] = pinned
        return value

    value = value_of(text, load)
    text = renamed(text, pins)
    if not 0.0 <= prune <= 1.0:
        raise UsageError(f"prune is a value in [0, 1], not {prune}")
    return ValueGuide(value, text, prune, judge)


def _learned(name: str) -> tuple[str, Value]:
    """(the pinned name, the value) of a file."""
    from verifiers.value.learned import read_learned

    place, _, digest = name.partition(_PIN)
    path = Path(place).expanduser().absolute()
    if not path.is_file():
        if digest:
            raise UsageError(f"{path}: the value model this run was guided by is not there")
        import difflib

        near = difflib.get_close_matches(name, value_names(), n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"names are: {', '.join(value_names())}"
        raise UsageError(f"no value {name!r}, and no file of that name; {hint}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    actual = hashlib.sha256(data).hexdigest()[:_DIGITS]
    if digest and digest != actual:
        raise UsageError(
            f"{path}: not the value model this run was guided by (sha256 {digest}...; the file's "
            f"is {actual}...); put that one back"
        )
    return f"{path}{_PIN}{actual}", read_learned(data.decode("utf-8", "replace"), str(path))
