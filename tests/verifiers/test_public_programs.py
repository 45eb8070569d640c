"""Right programs of public data sets are judged right, and wrong ones wrong, where the data is."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from verifiers.sandbox import Sandbox
from verifiers.verdict import Trust
from verifiers.verify import StandardVerifier

_ROWS = Path(__file__).resolve().parents[2] / "experiments" / "verification" / "rows.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verification_rows", _ROWS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


rows = _load()
pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(not rows.DATA.is_dir(), reason="the shared benchmark data is not here"),
]


async def wrongly_judged(sandbox: Sandbox, cases: list) -> list[str]:
    verifier = StandardVerifier(sandbox)
    found = []
    for case in cases:
        (verdict,) = await verifier.verify(case.problem, [case.program])
        if verdict.passed != case.right:
            found.append(f"{case.problem.id}: {verdict.feedback(300)}")
    return found


async def test_canonical_solutions_of_human_eval_pass(sandbox: Sandbox) -> None:
    assert await wrongly_judged(sandbox, list(rows.human_eval())) == []


async def test_an_empty_solution_of_human_eval_passes_nowhere(sandbox: Sandbox) -> None:
    verifier = StandardVerifier(sandbox)
    for case in list(rows.human_eval())[::4]:
        source = case.problem.statement + "    return None\n"
        empty = type(case.program)(source, case.program.entry_point)
        (verdict,) = await verifier.verify(case.problem, [empty])
        assert not verdict.passed, case.problem.id
        assert verdict.trust is Trust.ISOLATED


async def test_solutions_of_mbpp_pass_even_those_that_need_live_objects(sandbox: Sandbox) -> None:
    special = {"mbpp/367", "mbpp/533", "mbpp/596", "mbpp/601", "mbpp/912", "mbpp/927"}
    cases = [c for n, c in enumerate(rows.mbpp()) if n % 10 == 0 or c.problem.id in special]
    assert await wrongly_judged(sandbox, cases) == []


async def test_right_and_wrong_programs_of_quixbugs_are_told_apart(sandbox: Sandbox) -> None:
    quick = {"bitcount", "flatten", "hanoi", "quicksort", "shunting_yard", "wrap", "powerset"}
    live = {"reverse_linked_list", "minimum_spanning_tree"}
    cases = [c for c in rows.quixbugs() if c.problem.id in quick | live]
    cases = [c for c in cases if c.right or c.problem.id != "bitcount"]  # it loops for 5 s a call
    assert await wrongly_judged(sandbox, cases) == []


@pytest.mark.slow
async def test_every_program_of_mbpp_and_quixbugs_is_judged_right(sandbox: Sandbox) -> None:
    assert await wrongly_judged(sandbox, [*rows.mbpp(), *rows.quixbugs()]) == []
