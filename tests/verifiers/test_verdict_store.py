from __future__ import annotations

import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from synth.errors import UsageError
from synth.problem import Example, Limits, Problem
from synth.program import Program
from verifiers.sandbox import Sandbox
from verifiers.verdict import Outcome, Status, Verdict
from verifiers.verdict_store import VerdictStore, verdict_key
from verifiers.verify import StandardVerifier

PROBLEM = Problem("p", "?", entry_point="f", examples=(Example((2,), 4), Example((3,), 9)))
SQUARE = Program("def f(x):\n    return x * x\n", "f")
DOUBLE = Program("def f(x):\n    return x + x\n", "f")
LOOP = Program("def f(x):\n    while True:\n        pass\n", "f")


def outcomes(*statuses: Status) -> Verdict:
    return Verdict(tuple(Outcome("example", "e", status) for status in statuses))


@pytest.mark.asyncio(loop_scope="session")
async def test_a_later_run_is_spared_the_execution(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "verdicts.sqlite"
    with VerdictStore(path) as store:
        first = await StandardVerifier(sandbox, store=store).verify(PROBLEM, [SQUARE, DOUBLE])
        assert [verdict.passed for verdict in first] == [True, False]
        assert len(store) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    closed = Sandbox()  # never entered: a verifier that ran anything would raise
    with VerdictStore(path) as store:
        again = await StandardVerifier(closed, store=store).verify(PROBLEM, [SQUARE, DOUBLE])
    assert again == first


@pytest.mark.asyncio(loop_scope="session")
async def test_a_time_out_is_tried_again(sandbox: Sandbox, tmp_path: Path) -> None:
    problem = replace(PROBLEM, limits=Limits(seconds=0.1))
    with VerdictStore(tmp_path / "v") as store:
        (verdict,) = await StandardVerifier(sandbox, store=store).verify(problem, [LOOP])
        assert verdict.outcomes[0].status is Status.TIMEOUT
        assert len(store) == 0


@pytest.mark.parametrize("status", [Status.TIMEOUT, Status.MEMORY, Status.CRASHED])
def test_what_the_machine_had_a_part_in_is_not_kept(status: Status, tmp_path: Path) -> None:
    with VerdictStore(tmp_path / "v") as store:
        assert not store.put("k", PROBLEM, outcomes(Status.PASSED, status))
        assert store.get("k") is None


def test_a_measured_objective_is_measured_again(tmp_path: Path) -> None:
    with VerdictStore(tmp_path / "v") as store:
        assert not store.put("k", replace(PROBLEM, objective="fastest"), outcomes(Status.PASSED))
        assert store.put("k", PROBLEM, outcomes(Status.PASSED))


def test_the_key_names_all_that_decides() -> None:
    base = verdict_key(PROBLEM, SQUARE, {"seed": 0})
    others = [
        verdict_key(PROBLEM, DOUBLE, {"seed": 0}),
        verdict_key(PROBLEM, replace(SQUARE, entry_point="g"), {"seed": 0}),
        verdict_key(PROBLEM, replace(SQUARE, source=SQUARE.source + "\n"), {"seed": 0}),
        verdict_key(replace(PROBLEM, limits=Limits(seconds=9.0)), SQUARE, {"seed": 0}),
        verdict_key(replace(PROBLEM, examples=PROBLEM.examples[:1]), SQUARE, {"seed": 0}),
        verdict_key(PROBLEM, SQUARE, {"seed": 1}),
        verdict_key(PROBLEM, Program("\ud800", "f"), {"seed": 0}),
    ]
    assert len({base, *others}) == len(others) + 1
    assert base == verdict_key(replace(PROBLEM, id="q"), SQUARE, {"seed": 0})


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    with VerdictStore(tmp_path / "v") as store:
        for number in range(10):
            store.put(str(number), PROBLEM, outcomes(Status.PASSED))
    with VerdictStore(tmp_path / "v", rows=3) as store:
        assert len(store) == 3
        assert store.get("6") is None
        assert store.get("7") is not None


def test_what_cannot_be_read_back_as_it_was_is_not_kept(tmp_path: Path) -> None:
    odd = Verdict((Outcome("example", "e", Status.PASSED, details={"pair": (1, 2)}),))
    with VerdictStore(tmp_path / "v") as store:
        assert not store.put("k", PROBLEM, odd)


def test_two_open_at_once_see_each_others(tmp_path: Path) -> None:
    with VerdictStore(tmp_path / "v") as one, VerdictStore(tmp_path / "v") as other:
        one.put("a", PROBLEM, outcomes(Status.PASSED))
        other.put("b", PROBLEM, outcomes(Status.FAILED))
        assert other.get("a") == outcomes(Status.PASSED)
        assert one.get("b") == outcomes(Status.FAILED)


def test_a_row_that_was_damaged_is_not_found(tmp_path: Path) -> None:
    with VerdictStore(tmp_path / "v") as store:
        store.put("k", PROBLEM, outcomes(Status.PASSED))
        raw = sqlite3.connect(tmp_path / "v")
        raw.execute("UPDATE verdicts SET verdict = '{\"outcomes\": [{}]}'")
        raw.commit()
        raw.close()
        assert store.get("k") is None


@pytest.mark.parametrize("content", [b"no database" * 100, b""])
def test_a_file_of_another_kind_is_refused_and_an_empty_one_used(
    content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "v").write_bytes(content)
    if not content:
        VerdictStore(tmp_path / "v").close()
        return
    with pytest.raises(UsageError, match="delete this one"):
        VerdictStore(tmp_path / "v")


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    raw = sqlite3.connect(tmp_path / "v")
    raw.execute("CREATE TABLE verdicts (mine)")
    raw.close()
    with pytest.raises(UsageError, match="something else"):
        VerdictStore(tmp_path / "v")
