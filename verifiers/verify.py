"""The standard verifier: every kind of evidence a problem has, cheapest first, as one verdict."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synth.errors import UsageError
from synth.problem import Problem
from synth.program import Program
from verifiers import examples, pytest_file, stdio
from verifiers.block_trace import with_trace
from verifiers.compare import Types
from verifiers.judged_tests import run_judged
from verifiers.prepared import CHECKS, Prepared, prepare
from verifiers.properties import check_properties
from verifiers.reference import Reference
from verifiers.static_checks import check_types, static_failure
from verifiers.static_checks import lint as run_ruff
from verifiers.stdin_reference import StdinReference
from verifiers.verdict import Cost, Outcome, Verdict, merge
from verifiers.verdict_store import MACHINE_DEPENDENT, VerdictStore, verdict_key
from verifiers.work import work_of_calls, work_of_inputs

if TYPE_CHECKING:
    from verifiers.sandbox import Sandbox

_PREPARED = 256
_STDIN_MUTANTS = 40  # each is a process of its own

_AnyReference = Reference | StdinReference
_Stage = Callable[[Prepared, Program], Coroutine[Any, Any, Verdict]]


class StandardVerifier:
    """Judges programs in a sandbox (the `Verifier` protocol).

    The order is: the source alone; examples, asserts and doctests in one batch of calls; tests that
    have to run as they are; stdin/stdout cases; properties; the reference; pytest files.

    `checks` names the kinds of evidence to use (`verifiers.prepared.CHECKS`), None all of them.
    `fail_fast` stops at the first stage with a failure: cheaper, but the score of a failing program
    is then a share of what ran. `first` examples or cases run before the others, which only
    survivors see; it needs `fail_fast`. Half of them are those that failed most programs so far,
    half are drawn at random for each program from `seed` (RS2). `lint` adds the votes of ruff
    and mypy (a second). `types` "exact" makes 1, 1.0 and True differ in examples. `trace`
    runs the smallest failing call once more and records its blocks and coverage for the feedback.
    `mutants` inputs are made for a
    reference, and `draws` for each property. Where none of them refutes a program, `symbolic` CPU
    seconds are spent on solving for an input that does (`symbolic_inputs`).

    Verdicts are kept for the `cached` last programs; the key is the source, the problem's evidence
    and limits. The interpreter is the sandbox's own, so it is the same for all of them. With a
    `store`, they are also looked up in and added to a file that other runs share.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        checks: Collection[str] | None = None,
        fail_fast: bool = False,
        first: int | None = None,
        types: Types = "python",
        trace: bool = False,
        lint: bool = False,
        mutants: int = 100,
        draws: int = 100,
        symbolic: float = 0.0,
        seed: int = 0,
        cached: int = 4096,
        store: VerdictStore | None = None,
    ) -> None:
        unknown = set(checks or ()) - set(CHECKS)
        if unknown:
            raise UsageError(
                f"unknown kind of check {min(unknown)!r}; there are: {', '.join(CHECKS)}"
            )
        if first is not None and not (fail_fast and first > 0):
            raise UsageError("first= wants a number above 0, and fail_fast=True")
        self._sandbox = sandbox
        self._checks = frozenset(CHECKS if checks is None else checks)
        self._fail_fast, self._first, self._types = fail_fast, first, types
        self._trace, self._lint = trace, lint
        self._kills: dict[int, Counter[int]] = {}  # by problem: how many programs a case failed
        self._mutants, self._draws, self._seed = mutants, draws, seed
        self._symbolic = symbolic
        self._cached, self._store = cached, store
        self._prepared: OrderedDict[int, tuple[Problem, Prepared, _AnyReference | None]] = (
            OrderedDict()
        )
        self._verdicts: OrderedDict[tuple[int, Program], asyncio.Future[Verdict]] = OrderedDict()

    @property
    def settings(self) -> dict[str, Any]:
        """What a certificate has to name for the judgement to be repeated: the arguments that
        decide what is checked. `StandardVerifier(sandbox, **settings)` checks the same."""
        return {
            "checks": sorted(self._checks),
            "fail_fast": self._fail_fast,
            "first": self._first,
            "types": self._types,
            "mutants": self._mutants,
            "draws": self._draws,
            "symbolic": self._symbolic,
            "seed": self._seed,
        }

    async def verify(self, problem: Problem, programs: Sequence[Program]) -> list[Verdict]:
        """One verdict per program, in order. Programs run side by side as far as the sandbox has
        workers; equal programs run once."""
        self._read(problem)
        return list(await asyncio.gather(*(self._kept(problem, item) for item in programs)))

    async def _kept(self, problem: Problem, program: Program) -> Verdict:
        key = (id(problem), program)
        while (known := self._verdicts.get(key)) is not None:
            self._verdicts.move_to_end(key)
            try:
                return await asyncio.shield(known)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if not known.cancelled() or (task is not None and task.cancelling()):
                    raise  # it is this caller that was cancelled, not the one it waited for
        future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        if self._cached:
            self._verdicts[key] = future
        try:
            verdict = await self._stored(problem, program)
        except BaseException as error:
            self._verdicts.pop(key, None)
            if isinstance(error, asyncio.CancelledError):
                future.cancel()
            else:
                future.set_exception(error)
                future.exception()  # whoever waits gets it; nobody waiting is no mistake
            raise
        future.set_result(verdict)
        if any(outcome.status in MACHINE_DEPENDENT for outcome in verdict.outcomes):
            self._verdicts.pop(key, None)
        while len(self._verdicts) > self._cached:
            self._verdicts.popitem(last=False)
        return verdict

    async def _stored(self, problem: Problem, program: Program) -> Verdict:
        """The verdict another run left, or a new one, which is left for the next."""
        if self._store is None:
            return await self._verdict(problem, program)
        decides = {**self.settings, "lint": self._lint, "trace": self._trace}
        key = verdict_key(problem, program, decides)
        known = self._store.get(key)
        if known is None:
            known = await self._verdict(problem, program)
            self._store.put(key, problem, known)
        return known

    def _read(self, problem: Problem) -> tuple[Prepared, _AnyReference | None]:
        """The problem's evidence; the problem is kept, so its id stays its own."""
        known = self._prepared.get(id(problem))
        if known is None:
            prepared = prepare(problem, self._checks, types=self._types)
            reference: _AnyReference | None = None
            if "reference" in self._checks and problem.reference and problem.entry_point:
                reference = Reference(
                    self._sandbox,
                    prepared,
                    mutants=self._mutants,
                    symbolic=self._symbolic,
                    seed=self._seed,
                )
            elif "reference" in self._checks and problem.reference and problem.cases:
                mutants = min(self._mutants, _STDIN_MUTANTS)
                reference = StdinReference(self._sandbox, problem, mutants=mutants, seed=self._seed)
            known = (problem, prepared, reference)
            self._prepared[id(problem)] = known
            while len(self._prepared) > _PREPARED:
                old, (_, dropped, _) = self._prepared.popitem(last=False)
                self._kills.pop(id(dropped), None)
                for key in [key for key in self._verdicts if key[0] == old]:
                    del self._verdicts[key]
        return known[1], known[2]

    async def _verdict(self, problem: Problem, program: Program) -> Verdict:
        failure = static_failure(program, problem.limits)
        if failure is not None:
            return Verdict((failure,))
        if program.entry_point is None and problem.entry_point is not None:
            program = replace(program, entry_point=problem.entry_point)
        prepared, reference = self._read(problem)
        stages: list[_Stage] = [self._calls, self._cases]
        if "property" in self._checks:
            stages.append(self._properties)
        if reference is not None:
            stages.append(lambda _, program: reference.compare(program))
        stages.append(self._files)
        verdicts: list[Verdict] = []
        for stage in stages:
            verdicts.append(await stage(prepared, program))
            if self._fail_fast and any(not o.passed for o in verdicts[-1].gating):
                break
        if self._lint:
            votes = await asyncio.gather(run_ruff(program), check_types(program))
            verdicts.append(Verdict(tuple(itertools.chain(*votes))))
        verdict = merge(verdicts)
        if problem.objective == "fastest" and verdict.passed:
            verdict = await self._with_work(prepared, program, verdict)
        if self._trace and program.language == "python":
            calls, limits = prepared.calls, problem.limits
            verdict = await with_trace(self._sandbox, program, calls, limits, verdict)
        return verdict

    async def _calls(self, prepared: Prepared, program: Program) -> Verdict:
        """Examples, asserts and doctests."""
        cost = Cost()
        sample = self._sample(prepared, prepared.examples, program)
        if sample:
            chosen = [prepared.calls[index] for index in sample]
            execution = await self._sandbox.run(program, chosen, prepared.problem.limits)
            cost = execution.cost
            outcomes = [
                examples.judge_one(
                    prepared.problem.entry_point or "",
                    prepared.problem.examples[index],
                    result,
                    prepared.problem.comparison,
                    name=f"example {index + 1}",
                    types=self._types,
                )
                for index, result in zip(sample, execution.results, strict=True)
            ]
            self._count(prepared, sample, outcomes)
            if not all(outcome.passed for outcome in outcomes):
                return Verdict(tuple(outcomes), cost=cost)
        verdict = Verdict(prepared.broken, cost=cost)
        left = list(prepared.judged)
        if prepared.calls:
            execution = await self._sandbox.run(program, prepared.calls, prepared.problem.limits)
            judged, too_much = prepared.judge(execution.results)
            self._count(prepared, range(prepared.examples), judged[: prepared.examples])
            verdict = merge([Verdict(tuple(judged), cost=execution.cost), verdict])
            left += too_much
        if left and self._fail_fast and any(not o.passed for o in verdict.gating):
            return verdict
        more = [await run_judged(self._sandbox, prepared.problem, test, program) for test in left]
        return merge([verdict, *more])

    async def _cases(self, prepared: Prepared, program: Program) -> Verdict:
        """Whole programs."""
        problem = prepared.problem
        if not problem.cases or "stdio" not in self._checks:
            return Verdict(())
        cost = Cost()
        order = list(range(len(problem.cases)))
        for chosen in (self._sample(prepared, len(order), program), order):
            if not chosen:
                continue
            execution = await self._sandbox.run_stdin(
                program, [problem.cases[index].stdin for index in chosen], problem.limits
            )
            outcomes, judging = await stdio.judge(self._sandbox, problem, chosen, execution.results)
            cost = cost + execution.cost + judging
            self._count(prepared, chosen, outcomes)
            if not all(outcome.passed for outcome in outcomes):
                break
        return Verdict(tuple(outcomes), cost=cost)

    async def _properties(self, prepared: Prepared, program: Program) -> Verdict:
        return await check_properties(
            self._sandbox,
            prepared.problem,
            program,
            draws=self._draws,
            seed=self._seed,
            symbolic=self._symbolic,
        )

    async def _files(self, prepared: Prepared, program: Program) -> Verdict:
        return merge(
            [
                await pytest_file.run(self._sandbox, prepared.problem, test, program)
                for test in prepared.files
            ]
        )

    async def _with_work(self, prepared: Prepared, program: Program, verdict: Verdict) -> Verdict:
        """How much the program does on all calls or cases, where that can be counted."""
        limits = prepared.problem.limits
        if prepared.calls:
            counted, cost = await work_of_calls(self._sandbox, program, prepared.calls, limits)
        else:
            inputs = [case.stdin for case in prepared.problem.cases]
            counted, cost = await work_of_inputs(self._sandbox, program, inputs, limits)
        spent = replace(verdict.cost + replace(cost, cpu_seconds=0.0), instructions=counted)
        return replace(verdict, cost=spent)  # its CPU time is that of the checks alone

    def _count(
        self, prepared: Prepared, places: Sequence[int], outcomes: Sequence[Outcome]
    ) -> None:
        """Notes which examples or cases failed this program: they tell programs apart."""
        if self._first is not None:
            kills = self._kills.setdefault(id(prepared), Counter())
            kills.update(
                place for place, outcome in zip(places, outcomes, strict=True) if not outcome.passed
            )

    def _sample(self, prepared: Prepared, count: int, program: Program) -> list[int]:
        """What to try first, or nothing where it would be most of all there is."""
        if self._first is None or 2 * self._first >= count:
            return []
        kills = self._kills.get(id(prepared), Counter())
        proven = sorted(kills, key=lambda place: (-kills[place], place))[: self._first // 2]
        rest = [place for place in range(count) if place not in proven]
        rng = random.Random(f"{self._seed} {program.key}")
        return sorted([*proven, *rng.sample(rest, self._first - len(proven))])
