"""How many questions to a user does the right choice take?

    python experiments/selection/ask.py

The user is simulated by the problem's reference solution: shown the input on which the leading
candidates disagree most, it gives the right output, or "I don't know" where it fails itself (the
input makes no sense). Candidates that answer otherwise are out. The candidates' probabilities are
those of the learned combination, fitted on the other problems. Questions stop when all candidates
left agree on every input.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import json

import numpy as np
from measure import evidence_of, folds, labels
from record import DATA, LIMITS, Recorded, hash_of, recorded

from search.selection.combination import Combination, describe
from search.selection.distinguishing import answered, best_question
from search.selection.evidence import Evidence
from synth.program import Program
from verifiers.sandbox import Call, Sandbox
from verifiers.verdict import Status

MOST_QUESTIONS = 10


async def right_outputs(problems: list[Recorded]) -> list[list[int | None]]:
    """The reference's output hash on every recorded input; None where it fails."""
    with (DATA / "humaneval" / "HumanEval.jsonl").open() as lines:
        rows = {row["task_id"]: row for row in map(json.loads, lines)}
    found = []
    async with Sandbox() as sandbox:
        for r in problems:
            row = rows[r.task]
            program = Program(row["prompt"] + row["canonical_solution"], r.entry_point)
            calls = [Call(r.entry_point, ast.literal_eval(text)) for text in r.inputs]
            ran = await sandbox.run(program, calls, LIMITS)
            found.append([hash_of(c) if c.status is Status.PASSED else None for c in ran.results])
    return found


def conversation(
    evidence: Evidence, prior: np.ndarray, right: list[int | None], correct: np.ndarray
) -> tuple[list[bool], int, int]:
    """Whether the choice is right after 0, 1, 2, ... answers; questions asked; "I don't know"s.

    `evidence` holds one program of each behaviour.
    """
    p, asked, unknown = prior, [], 0
    outcomes = [bool(correct[np.argmax(p)])]
    while len(asked) < MOST_QUESTIONS:
        question = best_question(evidence.outputs, p, asked=asked, failed=evidence.failed)
        if question is None:
            break
        asked.append(question)
        answer = right[question]
        if answer is None:
            unknown += 1
        else:
            after = answered(evidence.outputs, p, question, answer)
            if not after.any():  # no candidate is right, and now it is known
                outcomes.append(False)
                break
            p = after
        outcomes.append(bool(correct[np.argmax(p)]))
    return outcomes, len(asked), unknown


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    problems = recorded()
    right = asyncio.run(right_outputs(problems))
    found = [evidence_of(r) for r in problems]
    evidence = [e for e, _ in found]
    correct = [r.correct[kept] for r, (_, kept) in zip(problems, found, strict=True)]
    described = [describe(e) for e in evidence]
    shares = [labels(d, e.weights, c) for d, e, c in zip(described, evidence, correct, strict=True)]
    results, questions, unknowns = [], [], []
    for train, held_out in folds(len(problems), options.repeats):
        model = Combination.fit([described[i] for i in train], [shares[i] for i in train], folds=0)
        for i in held_out:
            choice = model.choose(evidence[i])
            one_each = list(choice.programs)
            outcomes, asked, unknown = conversation(
                evidence[i].only(one_each), choice.preference, right[i], correct[i][one_each]
            )
            results.append(outcomes)
            questions.append(asked)
            unknowns.append(unknown)
    print("| answers allowed | solved | questions asked on average |")
    print("|---|---|---|")
    for most in range(MOST_QUESTIONS + 1):
        solved = [outcomes[min(most, len(outcomes) - 1)] for outcomes in results]
        asked_mean = np.mean([min(most, asked) for asked in questions])
        print(f"| {most} | {100 * np.mean(solved):.1f} | {asked_mean:.1f} |")
    print(
        f"\n{len(problems)} problems, {100 * np.mean([c.any() for c in correct]):.1f} have a right "
        f"candidate; {np.mean(unknowns):.2f} questions a problem were answered 'I don't know'"
    )


if __name__ == "__main__":
    main()
