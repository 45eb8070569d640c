"""A verdict as text for a prompt: what a model needs to repair a program, and no more.

The same verdict gives the same text in every run: no times, no addresses, no hash order. Failures
come smallest input first, because the smallest counterexample says most (Hypothesis, QuickCheck);
one check of each way of failing comes before a second of the same kind.
"""

from __future__ import annotations

from collections.abc import Iterable

from verifiers.value_text import cut
from verifiers.verdict import Outcome, Status, Verdict

_SHOWN = 3
_FIELD = 300


def render(verdict: Verdict, limit: int = 2500) -> str:
    """The verdict in at most `limit` characters.

    Gating failures are shown with input, expected and actual output; evidence that only votes is
    counted in one line and never shown, since its expected values may be wrong.
    """
    gating = verdict.gating
    failed = [outcome for outcome in gating if not outcome.passed]
    if not gating:
        return _fit(["No check could be run."], limit)
    if not failed:
        return _fit([f"All {len(gating)} checks passed.", *_votes(verdict)], limit)
    everywhere = _one_cause(failed, len(gating))
    if everywhere is not None:
        return _fit([everywhere, *_votes(verdict)], limit)
    head = f"{len(gating) - len(failed)} of {len(gating)} checks passed."
    chosen = _chosen(failed)
    parts = [head, *(_case(outcome) for outcome in chosen)]
    left = len(failed) - len(chosen)
    if left:
        parts.append(
            f"{left} more {'check fails' if left == 1 else 'checks fail'}: {_kinds(failed)}."
        )
    return _fit([*parts, *_votes(verdict)], limit)


def _one_cause(failed: list[Outcome], checks: int) -> str | None:
    """A program that does not load fails every check alike: say it once."""
    first = failed[0]
    loads = (
        *("SyntaxError", "IndentationError", "TabError", "ImportError", "ModuleNotFoundError"),
        *("CompileError", "ToolChainError"),
    )
    same = len(failed) == checks and all(
        (outcome.status, outcome.error, outcome.line) == (first.status, first.error, first.line)
        for outcome in failed
    )
    if not same or first.status in (Status.FAILED, Status.PASSED):
        return None
    if checks == 1 and not first.error.startswith(loads):
        return None  # one call that fails: its input is worth showing
    return f"No check passed. Every one ended the same way: {_ending(first)}."


def _chosen(failed: list[Outcome]) -> list[Outcome]:
    """Up to three failures: smallest input first, different ways of failing before repetitions."""
    by_size = sorted(failed, key=lambda outcome: (len(outcome.input), outcome.input))
    first_of_kind: dict[tuple[str, str], Outcome] = {}
    for outcome in by_size:
        first_of_kind.setdefault((outcome.status, outcome.error.partition(":")[0]), outcome)
    chosen = list(first_of_kind.values())[:_SHOWN]
    rest = [outcome for outcome in by_size if outcome not in chosen]
    return sorted((chosen + rest)[:_SHOWN], key=lambda outcome: (len(outcome.input), outcome.input))


def _case(outcome: Outcome) -> str:
    lines = [f"{outcome.check.capitalize()} ({_ending(outcome)}):"]
    if outcome.input:
        lines.append(_field("input", outcome.input))
    elif outcome.name:
        lines.append(_field("test", outcome.name))
    if outcome.expected:
        lines.append(_field("expected", outcome.expected))
    if outcome.actual:
        lines.append(_field("got", outcome.actual))
    for name in ("trace", "coverage", "note"):
        text = outcome.details.get(name)
        if isinstance(text, str) and text:
            lines.append(_field(name, text, 3 * _FIELD))
    return "\n".join(lines)


def _field(name: str, text: str, room: int = _FIELD) -> str:
    text = cut(text, room)
    if "\n" in text.strip("\n"):
        body = "\n".join(f"    {line}" for line in text.strip("\n").splitlines())
        return f"  {name}:\n{body}"
    return f"  {name}: {text.strip()}"


def _ending(outcome: Outcome) -> str:
    line = f" at line {outcome.line}" if outcome.line else ""
    error = cut(outcome.error.strip(), _FIELD)
    match outcome.status:
        case Status.FAILED:
            return f"wrong answer; {error}" if error else "wrong answer"
        case Status.ERROR:
            return f"raised {error}{line}" if error else f"an error{line}"
        case Status.TIMEOUT:
            where = f"; it was{line}" if line else ""
            return f"did not finish within the time limit{where}"
        case Status.MEMORY:
            return f"needed more memory than allowed{line}"
        case Status.OUTPUT:
            return "wrote more output than allowed"
        case Status.CRASHED:
            return f"the process ended without an answer{': ' + error if error else ''}"
        case Status.FORBIDDEN:
            return f"did what is not allowed{': ' + error if error else ''}{line}"
        case Status.PASSED:
            return "passed"


def _kinds(outcomes: Iterable[Outcome]) -> str:
    counts: dict[str, int] = {}
    for outcome in outcomes:
        counts[str(outcome.status)] = counts.get(str(outcome.status), 0) + 1
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


def _votes(verdict: Verdict) -> list[str]:
    votes = [outcome for outcome in verdict.outcomes if not outcome.gates]
    if not votes:
        return []
    agreed = sum(outcome.passed for outcome in votes)
    return [f"{agreed} of {len(votes)} further checks, which may themselves be wrong, agree."]


def _fit(parts: list[str], limit: int) -> str:
    """As many parts as fit whole; where the next has room for something useful, its beginning."""
    text = ""
    for part in parts:
        longer = f"{text}\n{part}" if text else part
        if len(longer) > limit:
            room = limit - len(text) - 1
            return f"{text}\n{cut(part, room)}" if text and room >= 80 else text or cut(part, limit)
        text = longer
    return text
