"""From finished runs to labelled candidates: what a learned value is trained on.

A run's log holds each program, its verdict and how likely the model found it. What says whether it
was right is one of three:

* `hidden`: tests that the search did not see, of a problem file or benchmark rows with the runs'
  problem ids; every feature may be used.
* `verified`: the run's own verdict. A value of it must not look at the verdict, so it knows what
  can be known before a program runs.
* `leads`: whether a verified program was built on it (the return of reinforcement learning); of
  programs that failed and were built on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from search.tree import State
from synth.errors import UsageError
from synth.node import Node
from synth.problem import Problem
from synth.program import Program
from synth.value_guide import evidence_of
from verifiers.value.agreement import answers
from verifiers.value.evidence import Evidence
from verifiers.value.features import BEFORE_RUNNING, NAMES, describe
from verifiers.value.training import Labelled
from verifiers.verifier import Verifier

Label = Literal["hidden", "verified", "leads"]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The programs of one run, in the order they were told, and what is known of each."""

    problem: Problem
    nodes: tuple[Node, ...]
    evidence: tuple[Evidence, ...]

    @property
    def programs(self) -> list[Program]:
        return [node.program for node in self.nodes if node.program is not None]


def candidates_of(path: Path) -> Candidates:
    """What a run's log holds. RunLogError where it cannot be read."""
    from synth.retrace import as_logged
    from synth.run_log import read_events

    fold, _ = as_logged(read_events(path))
    told = [n for n in fold.nodes if n.state is State.DONE and n.program is not None]
    by_id = {node.id: node for node in fold.nodes}
    evidence = []
    for place, node in enumerate(told):
        first = node.parents[0] if node.parents else 0
        evidence.append(
            evidence_of(
                node,
                peers=tuple(answers(other.verdict) for other in told[:place]),
                depth=fold.tree.depths[node.id],
                parent=by_id[first] if first else None,
            )
        )
    return Candidates(fold.problem, tuple(told), tuple(evidence))


async def labelled(
    runs: Sequence[Candidates],
    label: Label,
    *,
    hidden: Mapping[str, Problem] | None = None,
    verifier: Verifier | None = None,
) -> Labelled:
    """Features and labels of all runs; programs of one text count once a problem. With "hidden",
    `hidden` has the grading problem of each id and `verifier` runs it; runs whose id it lacks are
    left out."""
    rows, labels, groups = [], [], []
    seen: set[tuple[str, str]] = set()
    for run in runs:
        if label == "hidden":
            grading = (hidden or {}).get(run.problem.id)
            if grading is None or verifier is None:
                continue
            verdicts = await verifier.verify(grading, run.programs)
            found: dict[int, bool] = {
                node.id: verdict.passed for node, verdict in zip(run.nodes, verdicts, strict=True)
            }
        elif label == "verified":
            found = {node.id: node.verified for node in run.nodes}
        else:
            found = _led(run.nodes)
        described = describe(run.problem, run.evidence)
        for node, row in zip(run.nodes, described, strict=True):
            assert node.program is not None
            key = run.problem.id, node.program.key
            if node.id in found and key not in seen:
                seen.add(key)
                rows.append(row)
                labels.append(found[node.id])
                groups.append(run.problem.id)
    return Labelled(rows, labels, groups)


def names_for(label: Label) -> tuple[str, ...]:
    """The features a value of that label may use."""
    return BEFORE_RUNNING if label == "verified" else NAMES


def run_paths(runs: Sequence[str]) -> list[Path]:
    """The logs that names, prefixes, paths and directories of runs mean, each once."""
    from synth.run_log import SUFFIX, find_run

    paths: dict[Path, None] = {}
    for name in runs:
        if Path(name).is_dir():
            inside = sorted(Path(name).glob(f"*{SUFFIX}"))
            if not inside:
                raise UsageError(f"{name}: no runs (*{SUFFIX}) in this directory")
            paths |= dict.fromkeys(inside)
        else:
            paths[find_run(name)] = None
    return list(paths)


def _led(nodes: Sequence[Node]) -> dict[int, bool]:
    """Of each failed node that was built on: whether a verified one came of it."""
    leads: dict[int, bool] = {}
    for node in sorted(nodes, key=lambda node: -node.id):  # a child's id is above its parents'
        for parent in node.parents:
            leads[parent] = leads.get(parent, False) or node.verified or leads.get(node.id, False)
    verified = {node.id for node in nodes if node.verified}
    kept = {node.id for node in nodes}
    return {id_: led for id_, led in leads.items() if id_ in kept and id_ not in verified}
