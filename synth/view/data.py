"""What the page shows, as plain JSON data: all of a run, or what changed since the page last asked.

A prompt repeats the problem, a verdict the inputs of its checks: each text and each outcome is
held once, in a table that only grows, and referred to by its place there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from synth.node import Node
from synth.problem import Problem
from synth.solution import describe_evidence
from synth.view.trace import Call, Trace
from verifiers.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Known:
    """How much of a run a page has: the revision it saw, and the length of its two tables."""

    revision: int = -1
    texts: int = 0
    outcomes: int = 0


@dataclass(slots=True)
class PageData:
    """The rows of one trace, kept from one `since` to the next."""

    trace: Trace
    _texts: dict[str, int] = field(default_factory=dict)
    _outcomes: dict[str, int] = field(default_factory=dict)
    _outcome_rows: list[list[Any]] = field(default_factory=list)
    _rows: dict[int, tuple[int, dict[str, Any]]] = field(default_factory=dict)

    def since(self, known: Known | None = None) -> dict[str, Any]:
        """What a page that has `known` lacks; with none, everything."""
        known = known or Known()
        trace = self.trace
        nodes = [
            self._node(id_)
            for id_, moment in enumerate(trace.moments)
            if moment.revision > known.revision
        ]
        calls = [self._call(call) for call in trace.calls if call.revision > known.revision]
        data: dict[str, Any] = {"revision": trace.revision, "state": self._state()}
        if known.revision < 0:
            data["run"] = self._run()
        data["nodes"], data["calls"] = nodes, calls
        data["texts"] = list(self._texts)[known.texts :]
        data["outcomes"] = self._outcome_rows[known.outcomes :]
        return data

    def _text(self, text: str | None) -> int | None:
        return None if text is None else self._texts.setdefault(text, len(self._texts))

    def _run(self) -> dict[str, Any]:
        started = self.trace.fold.started
        return {
            "id": started.run,
            "version": started.version,
            "created": started.created,
            "recipe": dict(started.recipe),
            "models": [dict(model) for model in started.models],
            "prices": dict(started.prices),
            "seed": started.seed,
            "width": started.width,
            "order": started.order,
            "problem": _problem(self.trace.fold.problem),
        }

    def _state(self) -> dict[str, Any]:
        fold, trace = self.trace.fold, self.trace
        best = fold.best()
        usage = asdict(fold.ledger.usage)
        return {
            "reason": fold.reason if trace.finished else None,
            "verified": best is not None and best.verified,
            "best": best.id if best is not None else None,
            "error": fold.error,
            "seconds": round(trace.seconds, 3),
            "budget": fold.ledger.budget.to_json(),
            "usage": usage
            | {"tokens": fold.ledger.usage.tokens, "programs": fold.ledger.settled.programs},
        }

    def _node(self, id_: int) -> dict[str, Any]:
        trace, moment = self.trace, self.trace.moments[id_]
        cached = self._rows.get(id_)
        if cached is not None and cached[0] == moment.revision:
            return cached[1]
        node, tree = trace.fold.nodes[id_], trace.fold.tree
        row: dict[str, Any] = {
            "id": id_,
            "parents": list(node.parents),
            "action": node.action,
            "model": node.model,
            "expansion": tree.expansions[id_],
            "state": trace.state_of(id_),
            "asked": round(moment.asked, 3),
        }
        if moment.told is not None and id_:
            row |= self._told(node) | {
                "told": round(moment.told, 3),
                "order": moment.order,
                "spent": moment.tokens,
                "dollars": moment.dollars,
            }
        self._rows[id_] = (moment.revision, row)
        return row

    def _told(self, node: Node) -> dict[str, Any]:
        draft = node.draft
        done = self.trace.state_of(node.id) == "done"
        return {
            "value": round(node.value, 6) if done else None,
            "solved": node.solved,
            "verified": node.verified,
            "confidence": draft.confidence if draft else None,
            "behaviour": node.behaviour,
            "twin": node.duplicate_of,
            "tokens": node.tokens,
            "error": node.error or (draft.error if draft else ""),
            "program": self._text(node.program.source if node.program else None),
            "answer": self._text(draft.text if draft else None),
            "notes": self._text(_notes(draft.notes)) if draft and draft.notes else None,
            "verdict": self._verdict(node.verdict) if node.verdict else None,
        }

    def _verdict(self, verdict: Verdict) -> dict[str, Any]:
        return {
            "passed": sum(outcome.passed for outcome in verdict.gating),
            "of": len(verdict.gating),
            "evidence": describe_evidence(verdict),
            "trust": verdict.trust.value,
            "cpu": round(verdict.cost.cpu_seconds, 4),
            "memory": verdict.cost.memory_bytes,
            "outcomes": [self._outcome(outcome) for outcome in verdict.outcomes],
        }

    def _outcome(self, outcome: Outcome) -> int:
        row = [
            outcome.check,
            outcome.name,
            outcome.status.value,
            outcome.input,
            outcome.expected,
            outcome.actual,
            outcome.error,
            outcome.line,
            outcome.gates,
            _notes(outcome.details) if outcome.details else "",
        ]
        key = json.dumps(row)
        if key not in self._outcomes:
            self._outcomes[key] = len(self._outcomes)
            self._outcome_rows.append(row)
        return self._outcomes[key]

    def _call(self, call: Call) -> dict[str, Any]:
        row: dict[str, Any] = {
            "id": call.id,
            "expansion": call.expansion,
            "kind": call.kind,
            "model": call.model,
            "begun": round(call.begun, 3),
            "ended": None if call.ended is None else round(call.ended, 3),
        }
        if call.error:
            row["error"] = call.error
        if call.request is None:
            return row | {"programs": call.programs}
        request = call.request
        row["n"] = request.n
        row["temperature"] = request.sampling.temperature
        row["max_tokens"] = request.sampling.max_tokens
        row["messages"] = [[m.role, self._text(m.content)] for m in request.messages]
        if call.completion is not None:
            usage = call.completion.usage
            row["prompt_tokens"], row["completion_tokens"] = (
                usage.prompt_tokens,
                usage.completion_tokens,
            )
            row["cached_tokens"], row["retries"] = usage.cached_tokens, usage.retries
            row["choices"] = [
                [self._text(choice.text), choice.finish] for choice in call.completion.choices
            ]
            if call.completion.notes:
                row["notes"] = list(call.completion.notes)
        return row


def _problem(problem: Problem) -> dict[str, Any]:
    """The problem for people: everything that a program must satisfy, as text."""
    evidence: list[list[str]] = []
    for example in problem.examples:
        arguments = [repr(value) for value in example.args]
        arguments += [f"{name}={value!r}" for name, value in example.kwargs.items()]
        call = f"{problem.entry_point}({', '.join(arguments)})"
        ending = f"raises {example.raises}" if example.raises else f"== {example.expected!r}"
        evidence.append(["example", f"{call} {ending}"])
    evidence += [[test.name or test.kind, test.source.strip()] for test in problem.tests]
    evidence += [
        ["case", f"input:\n{case.stdin.rstrip()}\noutput:\n{case.stdout.rstrip()}"]
        for case in problem.cases
    ]
    evidence += [[item.name or "property", item.source.strip()] for item in problem.properties]
    if problem.reference is not None:
        evidence.append(["reference, not shown to models", problem.reference.strip()])
    return {
        "id": problem.id,
        "statement": problem.statement.strip(),
        "language": problem.language,
        "objective": problem.objective,
        "stub": "\n\n".join(
            part.strip("\n") for part in (problem.starter, problem.signature or "") if part.strip()
        ),
        "evidence": evidence,
    }


def _notes(notes: Mapping[str, Any]) -> str:
    return json.dumps(dict(notes), indent=1, default=str)
