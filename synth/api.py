"""solve, resume, replay: the whole of synth as functions.

Any part can be an object instead of a name: a `Problem`, a `ChatModel`, a `Recipe`, a `Verifier`.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import threading
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from synth import __version__
from synth.budget import Budget
from synth.engine import Engine, Watcher, begin, now, refold, resumed, solution_of
from synth.enumeration import can_enumerate
from synth.errors import RunLogError, UsageError
from synth.fold import Fold
from synth.models.chat import ChatModel
from synth.probing import Prober
from synth.problem import Problem
from synth.problem_json import problem_from_json, problem_to_json
from synth.recipe import Recipe, select_verified_first
from synth.recipes import make_recipe
from synth.run_log import SUFFIX, RunLog, find_run, new_run_id, read_events, runs_directory
from synth.solution import Solution
from verifiers.verifier import Verifier

# Enough for every recipe's defaults; what keeps an unbounded strategy from running for ever.
DEFAULT_BUDGET = Budget(programs=64, seconds=900.0)

# What the model-free proposer may take before a model is asked.
ENUMERATE_SECONDS = 1.0

ModelLike = str | ChatModel


async def solve_async(
    problem: Problem | str | Path,
    *,
    model: ModelLike | Sequence[ModelLike] | None = None,
    recipe: str | Recipe | None = None,
    options: Mapping[str, Any] | None = None,
    budget: Budget | None = None,
    seed: int = 0,
    workers: int = 16,
    order: str = "asked",
    verifier: Verifier | None = None,
    prices: Mapping[str, Mapping[str, float]] | None = None,
    base_url: str | None = None,
    record: Path | str | None = None,
    verdicts: Path | str | None = None,
    runs: Path | str | bool | None = None,
    hedge: float | None = None,
    watch: Watcher | None = None,
    handle: list[Engine] | None = None,
) -> Solution:
    """Search for a program that solves `problem`; returns the best, verified or not.

    `problem` is a Problem or the path of a problem file. `model` is a name such as
    `llama:qwen2.5-coder-0.5b` or `openai:NAME` (with `base_url`), a ChatModel, or several; None
    takes the embedded default, "none" solves from the examples alone. `recipe` is a name with
    `options`, or a Recipe; None is best-of-n, or the enumerator where there is no model. Before a
    model is asked, the enumerator has a second (option `enumerate`, seconds; 0: none). `budget`
    None is 64 programs and 900 seconds. `order` "asked" gives the same tree at any number of
    `workers`; "arrival" is a little faster and replays exactly. `prices` maps a model's name to
    dollars per million tokens, `{"prompt": 0.5, "completion": 1.5}`. `record` is a file of
    completions: what it holds is not asked of the model again, the rest is kept there, and
    `recorded:FILE` is a model that needs no other. `verdicts` is a file that keeps verdicts from
    run to run, so that a program judged by the same checks is not run again. `runs` is the
    directory for the log, None the user's, False none at all. With `hedge` a call that takes over
    that many times the median is made a second time (off by default). Engines are appended to
    `handle` for a caller to interrupt.
    """
    if isinstance(problem, str | Path):
        from synth.problem_file import read_problem

        problem = read_problem(Path(problem))
    if order not in ("asked", "arrival"):
        raise UsageError(f"order is 'asked' or 'arrival', not {order!r}")
    if model is None and not embedded_default() and recipe is None and can_enumerate(problem):
        model = "none"
    if model in ("none", ["none"], ("none",)):
        model = ()
        if recipe in (None, "enumerate") and not can_enumerate(problem):
            raise UsageError(
                "without a model there must be examples of plain calls and results to go by; "
                "add some, or name a model"
            )
    if recipe is None:
        recipe = "best-of-n" if model != () else "enumerate"
    if isinstance(recipe, str):
        options = dict(options or {})
        if recipe not in ("enumerate", "given"):
            options.setdefault("enumerate", ENUMERATE_SECONDS)
        if recipe == "search":
            options.setdefault("seed", seed)
        recipe = make_recipe(recipe, options)
    elif options:
        raise UsageError("options go with a recipe's name; a Recipe object has its own")
    async with AsyncExitStack() as stack:
        models = await stack.enter_async_context(opened(model, base_url=base_url, record=record))
        for action, name in recipe.roles.items():
            judges = action == "judge" and (
                bool(getattr(recipe.value, "calls", 0))
                or getattr(recipe.select, "judge", None) is not None
            )
            if name not in models or not (judges or action in recipe.actions):
                raise UsageError(
                    f"roles: {action}={name}: actions are {', '.join(recipe.actions)}; models are "
                    f"{', '.join(models)}"
                )
        judge, prober = await stack.enter_async_context(
            _checks(verifier, recipe, problem, verdicts)
        )
        created = now()
        run = new_run_id(problem.id, created, secrets.token_hex(2))
        started, fold = begin(
            problem,
            recipe,
            models,
            run=run,
            version=__version__,
            problem_data=problem_to_json(problem),
            prices=prices,
            budget=budget or DEFAULT_BUDGET,
            seed=seed,
            order=order,
            created=created,
        )
        log = None
        if runs is not False:
            directory = Path(runs) if isinstance(runs, str | Path) else runs_directory()
            log = stack.enter_context(RunLog(directory / f"{run}{SUFFIX}"))
            log.append(started)
        engine = Engine(
            fold, models, judge, prober=prober, log=log, workers=workers, watch=watch, hedge=hedge
        )
        if handle is not None:
            handle.append(engine)
        return await engine.run(fold.start())


async def resume_async(
    run: str | Path,
    *,
    budget: Budget | None = None,
    model: ModelLike | Sequence[ModelLike] | None = None,
    recipe: Recipe | None = None,
    workers: int = 16,
    verifier: Verifier | None = None,
    base_url: str | None = None,
    watch: Watcher | None = None,
    handle: list[Engine] | None = None,
) -> Solution:
    """Go on with a run that was killed, interrupted, or stopped by a budget.

    No completion in the log is asked for again. `budget` replaces the run's (it counts from the
    run's beginning). `model` and `recipe` are needed only where objects were passed before.
    """
    path = find_run(str(run)) if not isinstance(run, Path) else run
    async with AsyncExitStack() as stack:
        log = stack.enter_context(RunLog(path))
        fold, due, at = refold(log.events, recipe)
        log.append(*due)
        if fold.reason is not None and not fold.resumable:
            return solution_of(fold, at)
        names = [row["name"] for row in fold.started.models]
        models = await stack.enter_async_context(opened(model or names, base_url=base_url))
        if list(models) != names:
            raise UsageError(f"the run used {', '.join(names)}, not {', '.join(models)}")
        judge, prober = await stack.enter_async_context(
            _checks(verifier, fold.recipe, fold.problem)
        )
        fact = resumed(budget or fold.ledger.budget, at)
        log.append(fact)
        engine = Engine(
            fold, models, judge, prober=prober, log=log, workers=workers, watch=watch, elapsed=at
        )
        if handle is not None:
            handle.append(engine)
        return await engine.run(fold.feed(fact))


def replay(run: str | Path, *, recipe: Recipe | None = None) -> tuple[Fold, int]:
    """Derive every decision of a run again from its facts alone: no model, no sandbox.

    Returns the state and the number of events compared, byte for byte; RunLogError names the
    first that differs.
    """
    path = find_run(str(run)) if not isinstance(run, Path) else run
    events = read_events(path)
    fold, _, _ = refold(events, recipe)
    return fold, len(events)


def solve(problem: Problem | str | Path, *, ask: Any = None, **options: Any) -> Solution:
    """`solve_async`, to its end. Ctrl-C returns the best so far; a second one raises.

    With `ask`, an async function of a `synth.interactive.Question`, the programs that stand are
    told apart by its answers (`solve_interactively`).
    """
    if ask is None:
        return _interruptible(solve_async, problem, **options)

    async def asking(subject: Problem | str | Path, **given: Any) -> Solution:
        from synth.interactive import solve_interactively

        return (await solve_interactively(subject, ask, **given)).solution

    return _interruptible(asking, problem, **options)


def resume(run: str | Path, **options: Any) -> Solution:
    """`resume_async`, to its end. Ctrl-C returns the best so far; a second one raises."""
    return _interruptible(resume_async, run, **options)


def _interruptible(function: Any, subject: Any, **options: Any) -> Solution:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise UsageError(
            f"{function.__name__.removesuffix('_async')} cannot run inside an event loop; "
            f"await {function.__name__} there"
        )
    handle: list[Engine] = options.pop("handle", None) or []

    async def main() -> Solution:
        if threading.current_thread() is threading.main_thread():
            loop = asyncio.get_running_loop()
            task = asyncio.current_task()
            assert task is not None

            def on_interrupt() -> None:
                loop.remove_signal_handler(signal.SIGINT)  # the second one ends it hard
                if handle:
                    handle[-1].interrupt()
                else:
                    task.cancel()

            loop.add_signal_handler(signal.SIGINT, on_interrupt)
        solution: Solution = await function(subject, handle=handle, **options)
        return solution

    work: Coroutine[Any, Any, Solution] = main()
    try:
        return asyncio.run(work)
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def embedded_default() -> bool:
    """Whether the embedded default model is installed."""
    return find_spec("xllamacpp") is not None


@asynccontextmanager
async def opened(
    model: ModelLike | Sequence[ModelLike] | None,
    *,
    base_url: str | None = None,
    record: Path | str | None = None,
) -> AsyncIterator[dict[str, ChatModel]]:
    """Models by name; those opened here are closed at the end, objects are left to the caller.
    With `record` their answers are kept in that file and replayed from it."""
    wanted: Sequence[ModelLike]
    if model is None:
        from synth.models.registry import default_model

        wanted = [default_model()]
    elif isinstance(model, str) or not isinstance(model, Sequence):
        wanted = [model]
    else:
        wanted = model
    models: dict[str, ChatModel] = {}
    ours: list[ChatModel] = []
    try:
        for item in wanted:
            if isinstance(item, str):
                from synth.models.registry import open_model

                item = open_model(item, base_url=base_url)
                ours.append(item)
            if record is not None:
                from synth.models.recorded import Recorded

                item = Recorded(record, item)
            models[item.name] = item
        yield models
    finally:
        for item in ours:
            await item.close()


@asynccontextmanager
async def _checks(
    verifier: Verifier | None,
    recipe: Recipe,
    problem: Problem,
    verdicts: Path | str | None = None,
) -> AsyncIterator[tuple[Verifier, Prober | None]]:
    """The given verifier or the standard one; a prober where the recipe needs one."""
    from synth.call_memory import CallMemory
    from synth.probing import SandboxProber
    from verifiers.sandbox import Sandbox
    from verifiers.verify import StandardVerifier

    probes = (
        recipe.dedup
        or getattr(recipe.value, "probes", False)
        or recipe.select is not select_verified_first
        or any(getattr(action, "probes", False) for action in recipe.actions.values())
    )
    if verifier is not None and not probes:
        yield verifier, None
        return
    async with AsyncExitStack() as stack:
        store = None
        if verdicts is not None:
            from verifiers.verdict_store import VerdictStore

            store = stack.enter_context(VerdictStore(verdicts))
        sandbox = await stack.enter_async_context(Sandbox())
        # Times of calls made in parts say nothing: where they count, nothing is remembered.
        shared: Any = sandbox if problem.objective == "fastest" else CallMemory(sandbox)
        standard = StandardVerifier(shared, store=store, trace=recipe.trace, lint=recipe.lint)
        yield verifier or standard, SandboxProber(shared)


@asynccontextmanager
async def standard_verifier() -> AsyncIterator[Verifier]:
    """Every kind of evidence, in a sandbox of this process's own."""
    from verifiers.sandbox import Sandbox
    from verifiers.verify import StandardVerifier

    async with Sandbox() as sandbox:
        yield StandardVerifier(sandbox)


def problem_of(run: str | Path) -> Problem:
    """The problem a run was about."""
    path = find_run(str(run)) if not isinstance(run, Path) else run
    events = read_events(path)
    if not events or not hasattr(events[0], "problem"):
        raise RunLogError(f"{path}: does not begin with `started`")
    return problem_from_json(events[0].problem)
