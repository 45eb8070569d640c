"""Finished runs over scripted models, made once, for the tests of what people see."""

from __future__ import annotations

import asyncio
import atexit
import shutil
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from synth.api import solve_async
from synth.budget import Budget
from synth.events import Started, encode
from synth.models.chat import Choice, Completion, Request, Usage
from synth.problem import Problem
from synth.program import Program
from synth.run_log import list_runs, read_events
from tests.scripted import MarkVerifier, ScriptedModel, problem
from verifiers.verdict import Outcome, Status, Verdict

HOSTILE = (
    "</script><script>window.pwned = 1</script><img src=x onerror='window.pwned = 2'>"
    "<!-- ${7*7} \u2028 \x1b[31m \x00 &lt;b&gt; \ud800"
)
HOSTILE_CODE = HOSTILE.replace("\x00", "").replace("\ud800", "")  # what Python can parse


class HostileModel:
    """Answers with text that would run, redraw or end something wherever it is not kept as text."""

    native_n = True
    name = "<img src=x onerror='window.pwned = 3'>"

    async def complete(self, request: Request) -> Completion:
        text = f"{HOSTILE}\n```python\ndef double(x):\n    return '''{HOSTILE_CODE}'''\n```"
        return Completion((Choice(text),) * request.n, Usage(10, 10, 0, 1), self.name)

    async def close(self) -> None:
        pass


class HostileVerifier:
    async def verify(self, problem: Problem, programs: Sequence[Program]) -> list[Verdict]:
        outcome = Outcome("example", HOSTILE, Status.ERROR, HOSTILE, HOSTILE, HOSTILE, HOSTILE, 2)
        return [Verdict((outcome,)) for _ in programs]


@cache
def directory() -> Path:
    made = Path(mkdtemp(prefix="synth-sample-runs-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


@cache
def mcts_run() -> Path:
    """MCTS, more than 200 nodes; some requests refused, some answers without a program."""
    return solved(ScriptedModel(right=0.0, failing=0.05), "mcts", 220, siblings=2, limit=400)


@cache
def beam_run() -> Path:
    """A short run that ends with a verified program."""
    return solved(ScriptedModel(right=0.04), "beam", 80)


@cache
def arrival_run() -> Path:
    """Told as answers came in, some later than others."""
    return solved(
        ScriptedModel(right=0.01, jitter=0.004, failing=0.05), "best-first", 60, order="arrival"
    )


@cache
def hostile_run() -> Path:
    return solved(
        HostileModel(),
        "mcts",
        6,
        verifier=HostileVerifier(),
        about=problem(id="<b>x</b>&", statement=HOSTILE_CODE),
    )


def solved(
    model: object,
    strategy: str,
    programs: int,
    *,
    verifier: object = None,
    about: Problem | None = None,
    order: str = "asked",
    **options: object,
) -> Path:
    """The log of a run over `model`, in a directory that is removed when the tests end."""
    before = {row.path for row in list_runs(directory())}
    asyncio.run(
        solve_async(
            about or problem(),
            model=model,  # type: ignore[arg-type]
            recipe="search",
            options={"strategy": strategy, **options},
            budget=Budget(programs=programs),
            verifier=verifier or MarkVerifier(),  # type: ignore[arg-type]
            runs=directory(),
            order=order,
        )
    )
    (path,) = {row.path for row in list_runs(directory())} - before
    return path


def rewritten(path: Path, change: Callable[[Started], Started], target: Path) -> Path:
    """The log with another first event, as another version might have written it."""
    started, *rest = read_events(path)
    assert isinstance(started, Started)
    target.write_bytes(b"".join(map(encode, [change(started), *rest])))
    return target
