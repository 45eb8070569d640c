"""The driver of a search: carries out what the fold wants done, logs it, feeds it back.

Model calls and verifications run side by side; everything the search is a function of is in
`synth.fold`. The log has each fact before the fold uses it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from synth.budget import Budget
from synth.context import Effect, Enumerate, Mend, ModelCall, Probe, Show, Vote
from synth.enumeration import enumerate_programs, mend_program
from synth.errors import ModelError, RequestRefused, RunLogError, UsageError
from synth.events import Answered, Event, Interrupted, Resumed, Started
from synth.fold import EffectId, Fold
from synth.hedging import Hedge
from synth.models.chat import ChatModel, Completion
from synth.node import Node
from synth.probe_plan import narrowed
from synth.probing import Prober
from synth.problem import Problem
from synth.recipe import Recipe
from synth.retrace import Retrace
from synth.run_log import RunLog
from synth.solution import Solution
from verifiers.verdict import Verdict
from verifiers.verifier import Verifier

Watcher = Callable[[Event, Fold], None]


class Engine:
    """Runs one fold to its end.

    `workers` bounds model calls under way; it changes how fast a search goes, not what it finds.
    `clock` gives seconds, only differences count. `watch` hears of every event. With `hedge` a
    model call, or a verification, that takes over `hedge` times the median is made a second time.
    """

    def __init__(
        self,
        fold: Fold,
        models: Mapping[str, ChatModel],
        verifier: Verifier,
        *,
        prober: Prober | None = None,
        log: RunLog | None = None,
        workers: int = 16,
        clock: Callable[[], float] = time.monotonic,
        watch: Watcher | None = None,
        elapsed: float = 0.0,
        hedge: float | None = None,
    ) -> None:
        self.fold = fold
        self._models, self._verifier, self._prober = models, verifier, prober
        self._log = log
        self._calls = None if hedge is None else Hedge(hedge, allowed=self._can_hedge)
        self._checks = None if hedge is None else Hedge(hedge)
        self._slots = asyncio.Semaphore(workers)
        self._clock, self._watch = clock, watch
        self._began = clock() - elapsed
        self._parts: dict[tuple[int, ...], Problem] = {}
        self._tasks: dict[asyncio.Task[tuple[str, Any]], EffectId] = {}
        self._stop: asyncio.Future[str] | None = None
        self._stop_reason: str | None = None

    @property
    def seconds(self) -> float:
        return self._clock() - self._began

    def interrupt(self, reason: str = "interrupt") -> None:
        """End the search soon, with the best so far; safe in a signal handler of the loop."""
        self._stop_reason = reason
        if self._stop is not None and not self._stop.done():
            self._stop.set_result(reason)

    async def run(self, decisions: Sequence[Event]) -> Solution:
        """Carry on from `decisions` (what the fold's start or resume returned) to the end."""
        self._stop = asyncio.get_running_loop().create_future()
        if self._stop_reason is not None:
            self._stop.set_result(self._stop_reason)
        try:
            self._record(decisions)
            while self.fold.reason is None:
                self._keep_in_step()
                for fact in await self._next_facts():
                    if self.fold.reason is None or isinstance(fact, Answered):
                        self._feed(fact)
        except asyncio.CancelledError:
            if self.fold.reason is None:
                self._feed(Interrupted("cancelled", self._at()))
            raise
        finally:
            await self._cancel(list(self._tasks))
        return solution_of(self.fold, self.seconds)

    async def _next_facts(self) -> list[Answered | Interrupted]:
        """What happens next outside, in order of arrival."""
        assert self._stop is not None
        limit = self.fold.ledger.budget.seconds
        left = None if limit is None else max(0.0, limit - self.seconds)
        if not self._tasks and not self._stop.done():
            raise RunLogError("the search waits for nothing: its strategy asks for nothing more")
        pending: list[asyncio.Future[Any]] = [*self._tasks, self._stop]
        done, _ = await asyncio.wait(pending, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        facts: list[Answered | Interrupted] = []
        # Where several ended at once: in the order they were begun, and what was paid for before
        # a verdict that may end the search.
        for task in [task for task in self._tasks if task in done]:
            expansion, step = self._tasks.pop(task)
            kind, result = task.result()
            facts.append(Answered(expansion, step, kind, result, self._at()))
        facts.sort(key=lambda fact: isinstance(fact, Answered) and fact.kind != "completion")
        if self._stop.done():
            facts.append(Interrupted(self._stop.result(), self._at()))
        elif limit is not None and self.seconds >= limit:
            facts.append(Interrupted("budget: seconds", self._at()))
        return facts

    def _feed(self, fact: Answered | Interrupted) -> None:
        if self.fold.reason is not None:
            return  # the search ended on an earlier fact of the same instant
        if self._log is not None:
            self._log.append(fact)
        decisions = self.fold.feed(fact)
        if self._watch is not None:
            self._watch(fact, self.fold)
        self._record(decisions)

    def _record(self, decisions: Sequence[Event]) -> None:
        if self._log is not None:
            self._log.append(*decisions)
        if self._watch is not None:
            for decision in decisions:
                self._watch(decision, self.fold)

    def _keep_in_step(self) -> None:
        """A task for each effect wanted, none for those no longer wanted."""
        wanted = self.fold.effects
        running = set(self._tasks.values())
        for task, effect_id in list(self._tasks.items()):
            if effect_id not in wanted:
                task.cancel()
                del self._tasks[task]
        for effect_id, effect in wanted.items():
            if effect_id not in running:
                self._tasks[asyncio.create_task(self._carry_out(effect))] = effect_id

    async def _carry_out(self, effect: Effect) -> tuple[str, Any]:
        if isinstance(effect, ModelCall):
            async with self._slots:
                try:
                    return "completion", (await self._complete(effect)).to_json()
                except RequestRefused as error:
                    return "refused", str(error)
                except ModelError as error:
                    return "error", str(error)
        if isinstance(effect, Enumerate):
            drafts = await enumerate_programs(
                self.fold.problem,
                effect.n,
                effect.seconds,
                sources=effect.sources,
                prober=self._prober,
            )
            return "drafts", [draft.to_json() for draft in drafts]
        if isinstance(effect, Mend):
            drafts = await mend_program(
                self.fold.problem, effect.source, effect.n, effect.seconds, self._needed_prober()
            )
            return "drafts", [draft.to_json() for draft in drafts]
        if isinstance(effect, Probe | Vote | Show):
            return await self._look(effect)
        programs, problem = effect.programs, self._narrowed(effect.checks)

        def judge() -> Awaitable[list[Verdict]]:
            return self._verifier.verify(problem, programs)

        verdicts = await judge() if self._checks is None else (await self._checks.first(judge))[0]
        return "verdicts", [verdict.to_json() for verdict in verdicts]

    async def _complete(self, effect: ModelCall) -> Completion:
        model = self._models[effect.model]
        if self._calls is None:
            return await model.complete(effect.request)
        completion, twice = await self._calls.first(lambda: model.complete(effect.request))
        if not twice:
            return completion
        # What the other call had done when it was cancelled, no server says: at most as much.
        usage = completion.usage
        return replace(completion, usage=usage + replace(usage, retries=0))

    def _can_hedge(self) -> bool:
        """Whether the budget holds one more call beside all that is reserved."""
        ledger = self.fold.ledger
        most = self.fold.recipe.sampling.max_tokens * 2
        return ledger.left("calls") >= 1 and ledger.left("tokens") >= most

    async def _look(self, effect: Probe | Vote | Show) -> tuple[str, Any]:
        prober, problem = self._needed_prober(), self.fold.problem
        if isinstance(effect, Vote):
            return "votes", await prober.vote(problem, effect.tests, effect.programs)
        if isinstance(effect, Show):
            return "texts", await prober.show(problem, effect.programs, effect.inputs)
        found = await prober.probe(problem, effect.programs, effect.inputs)
        return "behaviours", [[list(b.outputs), list(map(int, b.failed))] for b in found]

    def _narrowed(self, checks: tuple[int, ...] | None) -> Problem:
        """The problem, or that of some of its checks: the same object each time, which verifiers
        know problems by."""
        if checks is None:
            return self.fold.problem
        if checks not in self._parts:
            self._parts[checks] = narrowed(self.fold.problem, checks)
        return self._parts[checks]

    def _needed_prober(self) -> Prober:
        if self._prober is None:
            raise UsageError("this recipe runs programs beside verifying: give the engine a prober")
        return self._prober

    def _at(self) -> float:
        return round(self.seconds, 3)

    async def _cancel(self, tasks: Sequence[asyncio.Task[Any]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()


def begin(
    problem: Problem,
    recipe: Recipe,
    models: Mapping[str, ChatModel],
    *,
    run: str,
    version: str,
    problem_data: Mapping[str, Any],
    prices: Mapping[str, Any] | None = None,
    budget: Budget | None = None,
    seed: int = 0,
    order: str = "asked",
    created: str = "",
) -> tuple[Started, Fold]:
    """The first event of a new run, and its fold before any decision."""
    started = Started(
        run=run,
        version=version,
        created=created or now(),
        problem=problem_data,
        recipe=recipe.to_json(),
        models=tuple(
            {"name": name, "native_n": getattr(model, "native_n", True)}
            for name, model in models.items()
        ),
        prices=dict(prices or {}),
        budget=(budget or Budget()).to_json(),
        seed=seed,
        width=recipe.width,
        order=order,
    )
    return started, Fold(started, problem, recipe)


def refold(
    events: Sequence[Event], recipe: Recipe | None = None
) -> tuple[Fold, list[Event], float]:
    """The state a log describes: its fold, decisions it does not hold yet (a crash came between),
    and how many seconds in its last fact was.

    Every decision is derived anew and compared, byte for byte, with the logged one: RunLogError
    at the first that differs. `recipe` stands in for one that was passed as an object.
    """
    if not events:
        raise RunLogError("the log is empty; nothing can be replayed")
    retrace = Retrace(events[0], recipe)
    for event in events[1:]:
        retrace.follow(event)
    return retrace.fold, retrace.due, retrace.at


def resumed(budget: Budget, at: float) -> Resumed:
    return Resumed(now(), budget.to_json(), round(at, 3))


def solution_of(fold: Fold, seconds: float) -> Solution:
    """The solution of a fold, finished or not."""
    node = fold.best()
    usage = fold.ledger.usage
    return Solution(
        program=node.program.source if node and node.program else None,
        verified=bool(node and node.verified),
        verdict=node.verdict if node else None,
        node=node,
        reason=fold.reason or "unfinished",
        usage={
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "cached_tokens": usage.cached_tokens,
            "tokens": usage.tokens,
            "calls": usage.calls,
            "retries": usage.retries,
            "dollars": usage.dollars,
            "programs": fold.ledger.settled.programs,
        },
        seconds=seconds,
        run_id=fold.started.run,
        problem_id=fold.problem.id,
        others=_others(fold, node),
        confidence=_confidence(fold, node),
        advice=str(node.draft.notes.get("advice", "")) if node and node.draft else "",
    )


def _confidence(fold: Fold, node: Node | None) -> float | None:
    if node is None or node.draft is None:
        return None
    probability: float | None = fold.report.get("probability", node.draft.confidence)
    return probability


def _others(fold: Fold, best: Node | None) -> tuple[str, ...]:
    if best is None or best.program is None:
        return ()
    programs = {best.program.key: ""}
    for node in map(fold.nodes.__getitem__, fold.ranking):
        if node.program is not None and node.verified == best.verified:
            programs.setdefault(node.program.key, node.program.source)
    return tuple(programs.values())[1:]


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
