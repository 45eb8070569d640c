"""Which programs of a run do the same: as text, and by what they were seen to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from search.behaviour_tree import BehaviourTree
from synth.context import Behaviour
from synth.node import Node
from synth.probe_plan import ProbePlan
from synth.program import Program
from verifiers.verdict import Verdict

# How many programs that look alike must have been verified, and agreed on every input, before the
# next is spared: on recorded samples two lose half a point of solved problems, three a tenth
# (experiments/dedup).
CONFIRMATIONS = 3

_FAILED = 1 << 32  # set in the code of an output that is a failure; hashes have 32 bits

Way = Literal["own", "lent", "given up"]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The verdict of a program and how it was come by.

    `own`: verified in full. `lent`: that of `source`, which does the same. `given up`: it failed
    the checks it was probed with, and the others were not run. `codes` are
    its outputs on the inputs that tell look-alikes apart (see `code`), where they are known;
    `pattern` those on the probes, of a program given up.
    """

    verdict: Verdict
    way: Way
    source: Program
    codes: tuple[int, ...] = ()
    pattern: tuple[int, ...] = ()

    @property
    def outputs(self) -> tuple[int, ...]:
        """The 32-bit hashes of the outputs that `codes` hold."""
        return tuple(code & (_FAILED - 1) for code in self.codes)

    def lent(self) -> Judged:
        """The same for another program: lines and traces are of the first one's text."""
        if self.way == "lent":
            return self
        outcomes = tuple(
            outcome if outcome.passed else replace(outcome, line=0, details={})
            for outcome in self.verdict.outcomes
        )
        way: Way = "lent" if self.way == "own" else "given up"
        return replace(self, verdict=replace(self.verdict, outcomes=outcomes), way=way)


def codes(behaviour: Behaviour) -> tuple[int, ...]:
    """Outputs as the tree of behaviours takes them: the hash, and whether it is a failure's."""
    pairs = zip(behaviour.outputs, behaviour.failed, strict=True)
    return tuple(output | _FAILED if failed else output for output, failed in pairs)


@dataclass(slots=True)
class LookAlikes:
    """Classes of told programs, and what was found of each. Everything enters in told order, never
    in order of arrival, so that the tree does not depend on timing."""

    plan: ProbePlan
    _tree: BehaviourTree = field(init=False)
    _keys: dict[str, int] = field(default_factory=dict)
    _classes: dict[tuple[Any, ...], int] = field(default_factory=dict)
    _texts: dict[str, tuple[int, Judged]] = field(default_factory=dict)
    _given_up: dict[tuple[int, ...], tuple[int, Judged]] = field(default_factory=dict)
    _sizes: Counter[int] = field(default_factory=Counter)
    stands: dict[Program, Program] = field(default_factory=dict)
    """For each spared program the one that was verified in its place."""

    def __post_init__(self) -> None:
        self._tree = BehaviourTree(
            self.plan.first, confirmations=CONFIRMATIONS, is_failure=lambda code: code >= _FAILED
        )

    def seen(self, told: int) -> Seen:
        """What is known when `told` expansions are told: to judge an expansion asked now by."""
        return Seen(self, self._tree.branch(), told)

    def place(self, node: Node, judged: Judged | None, told: int) -> tuple[int, int | None]:
        """The class of a judged node, and the first node of the same text if it is not itself.

        The class goes by the outputs that `judged` holds, else by the verdict's outcomes. `told` is
        the number of expansions told before.
        """
        assert node.program is not None
        assert node.verdict is not None
        first = self._keys.setdefault(node.program.key, node.id)
        behaviour: tuple[Any, ...] = ()
        if judged is not None:
            self._note(node.program, judged, told)
            behaviour = judged.codes or judged.pattern
        behaviour = behaviour or tuple(
            (outcome.name, outcome.status.value, outcome.actual, outcome.error)
            for outcome in node.verdict.outcomes
        )
        number = self._classes.setdefault(behaviour, len(self._classes))
        self._sizes[number] += 1
        return number, None if first == node.id else first

    def others_like(self, node: Node) -> int:
        """How many other told nodes are of the class of a told node."""
        return max(0, self._sizes[node.behaviour] - 1) if node.behaviour >= 0 else 0

    def text(self, key: str, horizon: int) -> Judged | None:
        """What was found of a program of this key among the first `horizon` expansions told."""
        return _before(self._texts.get(key), horizon)

    def given_up(self, pattern: tuple[int, ...], horizon: int) -> Judged | None:
        """Likewise of a program given up that answered the probes so."""
        return _before(self._given_up.get(pattern), horizon)

    def _note(self, program: Program, judged: Judged, told: int) -> None:
        if judged.way == "lent":
            self.stands.setdefault(program, judged.source)
        if program.key in self._texts:
            return
        self._texts[program.key] = told, judged
        if judged.way == "given up":
            self._given_up.setdefault(judged.pattern, (told, judged))
        elif judged.way == "own" and judged.codes:
            self._tree.settle(judged, self.outputs(judged))

    def outputs(self, judged: Judged) -> Mapping[int, int]:
        """The codes of a program verified in full by number of the input."""
        return dict(zip(self.plan.asked, judged.codes, strict=True))


@dataclass(slots=True)
class Seen:
    """`LookAlikes` as they were when `horizon` expansions were told, and what one expansion finds
    since: its own programs may stand for each other."""

    alike: LookAlikes
    tree: BehaviourTree
    horizon: int
    _given_up: dict[tuple[int, ...], Judged] = field(default_factory=dict)

    @property
    def plan(self) -> ProbePlan:
        return self.alike.plan

    def text(self, program: Program) -> Judged | None:
        return self.alike.text(program.key, self.horizon)

    def given_up(self, pattern: tuple[int, ...]) -> Judged | None:
        return self._given_up.get(pattern) or self.alike.given_up(pattern, self.horizon)

    def give_up(self, judged: Judged) -> None:
        self._given_up[judged.pattern] = judged

    def settle(self, judged: Judged) -> None:
        self.tree.settle(judged, self.alike.outputs(judged))


def _before(entry: tuple[int, Judged] | None, horizon: int) -> Judged | None:
    return entry[1] if entry is not None and entry[0] < horizon else None
