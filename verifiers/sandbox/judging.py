"""The driver between a judge and a program: tests in one sealed process, the program in another.

The judge's word is believed: nothing of the program's runs in its process, only plain values the
driver has decoded come in. The driver itself runs neither.
"""

from __future__ import annotations

import builtins
import json
import re
from dataclasses import dataclass, replace
from typing import Any

from synth.errors import ProblemError
from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import encoding, protocol
from verifiers.sandbox.answers import Ended, ended_badly
from verifiers.sandbox.encoding import EncodingError
from verifiers.sandbox.launcher import Request, ZygoteLost
from verifiers.sandbox.pool import Pool
from verifiers.sandbox.requests import request
from verifiers.sandbox.results import Call, CallResult
from verifiers.sandbox.session import Session
from verifiers.sandbox.stand_ins import Iterated, Opaque, Record
from verifiers.value_text import text_of
from verifiers.verdict import Cost, Status, Trust

CALLS_KEPT = 200
_KEPT = 10_000  # characters of an answer
_DEFINED = re.compile(r"^(?:async[ \t]+)?def[ \t]+([A-Za-z_]\w*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Check:
    """One assert, doctest example or test function: its line in the tests, and how it ended.

    Of a test of pytest's that failed, `statement` is the one that did and `place` the program's
    line, where either is known. Behind a proxy `calls` says which of the judgement's calls were
    made since the check before: from one place to before another.
    """

    line: int
    status: Status
    error: str = ""
    name: str = ""
    statement: str = ""
    place: int = 0
    calls: tuple[int, int] = (0, 0)

    @property
    def passed(self) -> bool:
        return self.status is Status.PASSED


@dataclass(frozen=True, slots=True)
class Judgement:
    """What running test code said.

    `calls` are the first calls the tests made, with their results (none in shared mode; of large
    values only their text), `last` is the last of all.
    `needs_live` says that a value crossed that cannot travel (a function, an object), so that a
    failure may be the proxy's: `run_together` can tell. `broken` says why the tests themselves
    could not run.
    """

    checks: tuple[Check, ...]
    trust: Trust
    cost: Cost
    calls: tuple[tuple[Call, CallResult], ...] = ()
    needs_live: bool = False
    broken: str = ""
    last: tuple[Call, CallResult] | None = None

    @property
    def passed(self) -> bool:
        return bool(self.checks) and all(check.passed for check in self.checks)


class Judge:
    """One run of one piece of test code against one program."""

    def __init__(self, pool: Pool, session: Session, profile: str, limits: Limits) -> None:
        self._pool, self._session = pool, session
        self._profile, self._limits = profile, limits
        self._calls: list[tuple[Call, CallResult]] = []
        self._last: tuple[Call, CallResult] | None = None
        self._needs_live = False

    async def run(self, tests: str, kind: str, program: Program, ask: Request) -> Judgement:
        """Serve the judge's calls until it reports or dies."""
        launcher = await self._pool.acquire(self._profile)
        end: Ended | None = None
        try:
            message = await launcher.begin(ask)
            while isinstance(message, bytes):
                fields = json.loads(message)
                if fields[0] == "call":
                    answer = await self._answer(fields)
                    message = await launcher.exchange(answer, ask.seconds)
                    continue
                end = await launcher.end()
                return self._judgement(fields, end)
            end = message
            died = ended_badly(end, ask.seconds)
            return self._broken(f"the tests themselves did not finish: {died.error}", end)
        except ZygoteLost as lost:
            return self._broken(f"the sandbox process of the tests was lost: {lost}", end)
        except (ValueError, TypeError, IndexError, EncodingError) as error:
            launcher.kill()
            return self._broken(f"the tests' process answered out of turn: {error}", end)
        except BaseException:
            launcher.kill()
            raise
        finally:
            self._pool.release(self._profile, launcher)

    async def _answer(self, fields: list[Any]) -> bytes:
        args, kwargs = encoding.decode(fields[2])
        call = Call(str(fields[1]), tuple(args), kwargs)
        result = await self._session.call(call)
        self._needs_live |= cannot_travel((args, kwargs, result.value))
        value = encoding.encode(result.value) if result.status is Status.PASSED else ""
        kept = result.value
        if len(value) > _KEPT:  # two hundred times a megabyte would be too much
            kept = Opaque(type(kept).__name__, text_of(kept))
        self._last = call, replace(result, value=kept, args=None)
        if len(self._calls) < CALLS_KEPT:
            self._calls.append(self._last)
        changed = None if result.args is None else encoding.encode(list(result.args))
        message = result.error
        if result.status is Status.ERROR:
            message = message.removeprefix(f"{result.error_type}: ")
        answer = [result.status, value, changed, result.error_type, message, result.error_bases]
        return json.dumps(answer).encode()

    def _judgement(self, fields: list[Any], end: Ended) -> Judgement:
        if fields[0] != "done":
            return self._broken(str(fields[1]), end)
        checks = tuple(
            Check(line, Status(status), error, calls=(start, stop))
            for line, status, error, start, stop in fields[1]
        )
        return Judgement(
            checks,
            Trust.ISOLATED,
            self._cost(end),
            tuple(self._calls),
            self._needs_live,
            last=self._last,
        )

    def _broken(self, why: str, end: Ended | None) -> Judgement:
        return Judgement(
            (), Trust.ISOLATED, self._cost(end), tuple(self._calls), self._needs_live, why
        )

    def _cost(self, end: Ended | None) -> Cost:
        return self._session.cost + (Cost(end.cpu_seconds) if end else Cost())


def names_defined(program: Program) -> list[str]:
    """Top-level functions of the program, by the look of its text, and its entry point.

    Not those that bear a builtin's name: tests that say `abs` must get Python's, or a program could
    pass them by redefining it.
    """
    entry = [program.entry_point] if program.entry_point else []
    found = [name for name in _DEFINED.findall(program.source) if not hasattr(builtins, name)]
    return list(dict.fromkeys([*entry, *found]))[:200]


def cannot_travel(value: Any) -> bool:
    """Whether something Opaque is anywhere inside."""
    kind = type(value)
    if kind is Opaque:
        return True
    if kind in (list, tuple, set, frozenset):
        return any(map(cannot_travel, value))
    if kind is dict:
        return any(map(cannot_travel, value)) or any(map(cannot_travel, value.values()))
    if kind is Iterated:
        return any(map(cannot_travel, value.items))
    return kind is Record


def judge_request(tests: str, kind: str, program: Program, limits: Limits) -> Request:
    """The judge's job; it may use more time than the program, for what the tests compute."""
    if program.entry_point is None and kind == "check":
        raise ProblemError("check(candidate) needs one: name it here", field="entry_point")
    job = {
        "tests": tests,
        "kind": kind,
        "names": names_defined(program),
        "entry_point": program.entry_point or "",
    }
    generous = Limits(
        seconds=max(10.0, 5 * limits.seconds),
        memory_mb=max(1024, limits.memory_mb),
        output_kb=max(4096, limits.output_kb),
    )
    return request(protocol.JUDGE, job, generous, total=600.0)
