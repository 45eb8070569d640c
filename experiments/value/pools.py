"""Candidates with their evidence and whether they are right, from what models were recorded to say.

Two sources: the bank (`experiments/bank`: Qwen2.5-Coder-0.5B, drafts and repairs with
log-probabilities) and CodeT's recording (CodeGen-16B, drafts only). A search would see the
problem's visible examples; hidden tests are the labels. Verdicts are computed once and kept in
build/value.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "experiments" / "selection"), str(ROOT / "experiments" / "bank")]

from search.keyed_random import stream  # noqa: E402
from synth import read_problem  # noqa: E402
from synth.models.bank import Bank, Sample, read_bank  # noqa: E402
from synth.models.chat import Choice  # noqa: E402
from synth.models.likelihood import noted  # noqa: E402
from synth.problem import Limits, Problem  # noqa: E402
from synth.program import Program  # noqa: E402
from verifiers.sandbox import Sandbox  # noqa: E402
from verifiers.value.agreement import answers  # noqa: E402
from verifiers.value.evidence import Evidence  # noqa: E402
from verifiers.verdict import Verdict  # noqa: E402
from verifiers.verify import StandardVerifier  # noqa: E402

DATA = Path(os.environ.get("SYNTH_DATA", ROOT / ".." / "shared" / "data"))
CACHE = ROOT / "build" / "value"
BANKS = (ROOT / "experiments/bank/bank.jsonl.gz",)
CODET_SAMPLES = 32  # of 100 a problem, as many as the bank has
LIMITS = Limits(seconds=1.0, memory_mb=256)


@dataclass(frozen=True, slots=True)
class Pool:
    """One problem: candidates in the order they were drawn."""

    problem: Problem
    evidence: tuple[Evidence, ...]
    right: tuple[bool, ...]


def pools(source: str, *, bank: Path | None = None) -> list[Pool]:
    """The pools of "bank" or "codet"; none where the recording is not there."""
    if source == "codet":
        return _codet()
    path = bank or next((path for path in BANKS if path.exists()), None)
    return _of_bank(read_bank(path)) if path is not None else []


def bank_problems(bank: Bank) -> dict[str, Problem]:
    """The problems as they guided the recording, by id."""
    from problems import guides

    return {problem.id: problem for _, _, problem in guides() if problem.id in bank.prompts}


def _of_bank(bank: Bank) -> list[Pool]:
    problems = {k: p for k, p in bank_problems(bank).items() if bank.samples.get(k)}
    wanted = [
        (problem, [Program(s.source, problem.entry_point) for s in bank.samples[name] if s.source])
        for name, problem in problems.items()
    ]
    verdicts = judged("bank", wanted)
    found = []
    for name, problem in problems.items():
        evidence: list[Evidence] = []
        for sample in bank.samples[name]:
            program = Program(sample.source, problem.entry_point) if sample.source else None
            verdict = verdicts.get((name, sample.source or ""))
            evidence.append(_evidence(problem, sample, program, verdict, evidence, bank))
        found.append(Pool(problem, tuple(evidence), tuple(s.hidden for s in bank.samples[name])))
    return found


def _evidence(
    problem: Problem,
    sample: Sample,
    program: Program | None,
    verdict: Verdict | None,
    before: Sequence[Evidence],
    bank: Bank,
) -> Evidence:
    likelihood = noted(
        Choice(sample.text, sample.finish, sample.tokens, sample.logprobs)
        if sample.lengths
        else Choice(sample.text, sample.finish, ("",) * len(sample.logprobs), sample.logprobs),
        sample.source or "",
    )
    parent = None if sample.parent is None else bank.samples[problem.id][sample.parent]
    return Evidence(
        program,
        verdict,
        logprobs=tuple(likelihood["program"]),
        answer_logprobs=tuple(likelihood["answer"]),
        line_logprobs=tuple(likelihood["lines"]),
        outputs=answers(verdict),
        peers=tuple(item.outputs for item in before),
        depth=sample.depth + 1,
        attempt=len(before),
        parent_score=None if parent is None else parent.guide["score"],
    )


def _codet() -> list[Pool]:
    from record import recorded

    rows = {}
    with (DATA / "humaneval" / "HumanEval.jsonl").open() as lines:
        for number, line in enumerate(lines, 1):
            rows[json.loads(line)["task_id"]] = number
    found = []
    for r in recorded():
        problem = read_problem(DATA / "humaneval" / "HumanEval.jsonl", row=rows[r.task])
        if problem.has_evidence:
            problem = replace(problem, limits=LIMITS)
            draw = stream(0, "codet", r.task).sample(range(len(r.samples)), CODET_SAMPLES)
            found.append((problem, r, [int(r.samples[place]) for place in draw]))
    wanted = [
        (p, [Program(r.sources[i], r.entry_point) for i in sorted(set(chosen))])
        for p, r, chosen in found
    ]
    verdicts = judged("codet", wanted)
    pools = []
    for problem, r, chosen in found:
        known = [tuple(int(x) for x in r.outputs[i]) for i in chosen]
        evidence = tuple(
            Evidence(
                Program(r.sources[i], r.entry_point),
                verdicts[problem.id, r.sources[i]],
                outputs=known[place],
                failed=tuple(bool(x) for x in r.failed[i]),
                peers=tuple(known[:place]),
                attempt=place,
            )
            for place, i in enumerate(chosen)
        )
        pools.append(Pool(problem, evidence, tuple(bool(r.correct[i]) for i in chosen)))
    return pools


def judged(
    name: str, wanted: Sequence[tuple[Problem, Sequence[Program]]]
) -> dict[tuple[str, str], Verdict]:
    """Verdicts by the visible checks, by problem id and source; run once, then read from build."""
    place = CACHE / f"{name}.pickle"
    known: dict[tuple[str, str], Verdict] = {}
    if place.exists():
        known = pickle.loads(place.read_bytes())
    missing = [
        (problem, [p for p in dict.fromkeys(programs) if (problem.id, p.source) not in known])
        for problem, programs in wanted
    ]
    if any(programs for _, programs in missing):
        known |= asyncio.run(_judge([item for item in missing if item[1]]))
        CACHE.mkdir(parents=True, exist_ok=True)
        place.write_bytes(pickle.dumps(known))
    return known


async def _judge(
    wanted: Sequence[tuple[Problem, Sequence[Program]]],
) -> dict[tuple[str, str], Verdict]:
    found = {}
    async with Sandbox() as sandbox:
        verifier = StandardVerifier(sandbox)
        for problem, programs in wanted:
            verdicts = await verifier.verify(problem, programs)
            for program, verdict in zip(programs, verdicts, strict=True):
                found[problem.id, program.source] = verdict
    return found
