"""Judge programs by running as little of them as tells that they do what others did.

What `search.behaviour_tree` advises, carried out by effects: call the programs on a few inputs,
verify those of unknown behaviour, let the verdicts of verified ones stand for their look-alikes.
Inputs of checks are probes, so it is also known early who is wrong: a program that fails every
check it was probed with, or one of them and is hopeless to the tree, is judged by these alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from search.behaviour_tree import Ask, Hopeless, Known, Verify
from synth.context import Context, Effects, Probe
from synth.look_alikes import Judged, Seen, codes
from synth.program import Program
from verifiers.static_checks import static_failure

_MANY = 8  # checks that a program has to fail all of, to be given up for that alone


@dataclass(slots=True)
class _Waiting:
    """A program without a verdict: its codes on the inputs it was called on, by number."""

    program: Program
    outputs: dict[int, int] = field(default_factory=dict)
    hopeful: bool = False  # judged by the checks it was probed with, and not given up

    @property
    def kind(self) -> tuple[tuple[int, int], ...]:
        return tuple(sorted(self.outputs.items()))

    def pattern(self, seen: Seen) -> tuple[int, ...]:
        return tuple(self.outputs[number] for number in seen.plan.first)

    def look(self, seen: Seen) -> Ask | Verify | Known | Hopeless:
        advice = seen.tree.look(self.outputs)
        if isinstance(advice, Hopeless) and self.hopeful:
            return seen.tree.look_alike(self.outputs)
        return advice


async def judge_sparing(
    ctx: Context, programs: Sequence[Program], seen: Seen
) -> dict[Program, Judged]:
    """What is found of each of `programs`; `seen` learns of those verified.

    Programs of one key are one. The rest goes in rounds: ask until nothing is left to ask, then
    verify as many of each kind as the tree still wants, then look again.
    """
    first: dict[str, Program] = {}
    for program in programs:
        first.setdefault(program.key, program)
    found: dict[Program, Judged] = {}
    waiting: list[_Waiting] = []
    direct: list[Program] = []
    for program in first.values():
        known = seen.text(program)
        if known is not None:
            found[program] = known.lent()
        elif not seen.plan.first or static_failure(program, ctx.problem.limits) is not None:
            direct.append(program)  # nothing to ask, or verifying runs nothing
        else:
            waiting.append(_Waiting(program))
    if direct:
        verdicts = await ctx.judge(direct)
        for program, verdict in zip(direct, verdicts, strict=True):
            found[program] = Judged(verdict, "own", program)
    while waiting:
        await _ask(waiting, seen)
        await _decide(ctx, waiting, seen, found)
        waiting = [item for item in waiting if item.program not in found]
    for program in programs:
        if program not in found:
            found[program] = found[first[program.key]].lent()
    return found


async def _ask(waiting: Sequence[_Waiting], seen: Seen) -> None:
    """Call the programs on the inputs that the tree asks for, until it asks for none."""
    while True:
        asked: dict[tuple[int, ...], list[_Waiting]] = {}
        for item in waiting:
            advice = item.look(seen)
            if isinstance(advice, Ask):
                asked.setdefault(advice.inputs, []).append(item)
        if not asked:
            return
        probes = [
            Probe(tuple(item.program for item in items), inputs) for inputs, items in asked.items()
        ]
        answers = await Effects(tuple(probes))
        for (inputs, items), behaviours in zip(asked.items(), answers, strict=True):
            for item, behaviour in zip(items, behaviours, strict=True):
                item.outputs |= zip(inputs, codes(behaviour), strict=True)


async def _decide(
    ctx: Context, waiting: Sequence[_Waiting], seen: Seen, found: dict[Program, Judged]
) -> None:
    """One round over programs of which the tree asks nothing more."""
    ungraded: list[_Waiting] = []
    kinds: dict[tuple[tuple[int, int], ...], list[_Waiting]] = {}
    for item in waiting:
        advice = item.look(seen)
        if isinstance(advice, Known):
            assert isinstance(advice.first, Judged)
            found[item.program] = advice.first.lent()
        elif isinstance(advice, Hopeless) or not item.hopeful:
            ungraded.append(item)
        elif isinstance(advice, Verify):
            alike = kinds.setdefault(item.kind, [])
            if len(alike) < advice.missing:
                alike.append(item)
    await _grade(ctx, ungraded, seen, found)
    await _verify(ctx, [item.program for kind in kinds.values() for item in kind], seen, found)


async def _grade(
    ctx: Context, ungraded: Sequence[_Waiting], seen: Seen, found: dict[Program, Judged]
) -> None:
    """Judge the first of each pattern by the checks that it was probed with, and give up those
    that fail all of them, or are hopeless and fail one. The others of the pattern gave the same
    answers to the same checks."""
    checks = seen.plan.probed_checks
    new: dict[tuple[int, ...], _Waiting] = {}
    for item in ungraded:
        if checks and seen.given_up(item.pattern(seen)) is None:
            new.setdefault(item.pattern(seen), item)
    if new:
        verdicts = await ctx.judge_by(checks, [item.program for item in new.values()])
        for (pattern, item), verdict in zip(new.items(), verdicts, strict=True):
            hopeless = isinstance(item.look(seen), Hopeless) and not verdict.passed
            if hopeless or (verdict.score == 0 and len(checks) >= _MANY):
                judged = Judged(verdict, "given up", item.program, pattern=pattern)
                found[item.program] = judged
                seen.give_up(judged)
    for item in ungraded:
        known = seen.given_up(item.pattern(seen))
        if known is None:
            item.hopeful = True
        elif item.program not in found:
            found[item.program] = known.lent()


async def _verify(
    ctx: Context, programs: Sequence[Program], seen: Seen, found: dict[Program, Judged]
) -> None:
    if not programs:
        return
    verdicts = await ctx.judge(programs)
    (behaviours,) = await Effects((Probe(tuple(programs), seen.plan.asked),))
    for program, verdict, behaviour in zip(programs, verdicts, behaviours, strict=True):
        judged = Judged(verdict, "own", program, codes(behaviour))
        seen.settle(judged)
        found[program] = judged
