"""A verdict as text for a prompt: what a model needs to repair a program, and no more.

The same verdict gives the same text in every run: no times, no addresses, no hash order. Failures
come smallest input first, because the smallest counterexample says most (Hypothesis, QuickCheck);
one check of each way of failing comes before a second of the same kind.
"""

from __future__ import annotations

from collections.abc import Iterable

from verifiers.value_text import cut, printable
from verifiers.verdict import Outcome, Status, Verdict

_SHOWN = 3
_FIELD = 300
# What a program that does not load begins its error with: no input has to do with it.
_BROKEN = (
    "the property itself does not run",
    "the test itself does not parse",
    "the tests themselves",
)
_LOADS = (
    *("SyntaxError", "IndentationError", "TabError", "ImportError", "ModuleNotFoundError"),
    *("CompileError", "ToolChainError"),
    "NameError: the program defines no ",
)


def render(verdict: Verdict, limit: int = 2500) -> str:
    """The verdict in at most `limit` characters.

    Gating failures are shown with input, expected and actual output; evidence that only votes is
    counted in one line and never shown, since its expected values may be wrong. What linters
    say of a failing program is told.
    """
    gating = verdict.gating
    failed = [outcome for outcome in gating if not outcome.passed]
    made = [outcome for outcome in failed if not untried(outcome)] or failed
    if not gating:
        return _fit(_votes(verdict) or ["No check could be run."], limit)
    if not failed:
        return _fit([f"All {len(gating)} checks passed.", *_votes(verdict)], limit)
    everywhere = _one_cause(made, len(failed), len(gating))
    if everywhere is not None:
        parts = [everywhere]
    else:
        head = f"{len(gating) - len(failed)} of {len(gating)} checks passed."
        chosen = _chosen(made)
        parts = [head, *(_case(outcome) for outcome in chosen)]
        left = [outcome for outcome in made if outcome not in chosen]
        if left:
            verb = "check fails" if len(left) == 1 else "checks fail"
            parts.append(f"{len(left)} more {verb}: {_kinds(left)}.")
    if len(made) < len(failed):
        rest = len(failed) - len(made)
        parts.append(f"{rest} {'was' if rest == 1 else 'were'} not tried after that.")
    return _fit([*parts, *_votes(verdict)], limit)


def _one_cause(made: list[Outcome], failed: int, checks: int) -> str | None:
    """Where every check fails alike: said once, and with the smallest case unless the program does
    not so much as load."""
    first = made[0]
    alike = failed == checks and all(
        (outcome.status, outcome.error, outcome.line) == (first.status, first.error, first.line)
        for outcome in made
    )
    if not alike or first.status in (Status.FAILED, Status.PASSED):
        return None
    text = f"No check passed. Every one ended the same way: {_ending(first)}."
    if first.status is Status.ERROR and first.error.startswith(_LOADS):
        return text
    if checks == 1:
        return None  # it is shown as any other
    return "\n".join([f"{text} The smallest:", *_fields(_chosen(made)[0])])


def untried(outcome: Outcome) -> bool:
    """Whether the sandbox gave the check up, after others before it had died: it says nothing."""
    return outcome.status is not Status.ERROR and outcome.error.startswith("NotMade: ")


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
    return "\n".join([f"{outcome.check.capitalize()} ({_ending(outcome)}):", *_fields(outcome)])


def _fields(outcome: Outcome) -> list[str]:
    lines = []
    if outcome.name and (outcome.check in ("pytest", "property") or not outcome.input):
        name = "property" if outcome.check == "property" else "test"
        lines.append(_field(name, outcome.name))
    if outcome.input:
        name = "statement" if outcome.check == "pytest" else "input"
        lines.append(_field(name, outcome.input))
    if outcome.expected:
        name = "one right answer" if outcome.details.get("others") else "expected"
        lines.append(_field(name, outcome.expected))
    if outcome.actual:
        lines.append(_field("got", outcome.actual))
    for name in ("trace", "coverage", "note"):
        text = outcome.details.get(name)
        if isinstance(text, str) and text:
            lines.append(_field(name, text, 3 * _FIELD))
    return lines


def _field(name: str, text: str, room: int = _FIELD) -> str:
    text = cut(printable(text), room)
    if "\n" in text.strip("\n"):
        body = "\n".join(f"    {line}" for line in text.strip("\n").splitlines())
        return f"  {name}:\n{body}"
    return f"  {name}: {text.strip()}"


def _ending(outcome: Outcome) -> str:
    # A compiler's error says the line by itself, and goes on with what stands there.
    placed = outcome.line and not outcome.error.startswith("CompileError")
    line = f" at line {outcome.line}" if placed else ""
    # What the program said stays apart from what is said of it: an exception's message of several
    # lines could otherwise go on with a verdict of its own.
    error = cut(printable(outcome.error.strip()), _FIELD).replace("\n", "\n    ")
    if outcome.status is Status.ERROR and error.startswith(_BROKEN):
        return f"nothing can pass; {error}"
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
    lines = [
        f"{o.name} says{f' of line {o.line}' if o.line else ''}: {cut(o.error, _FIELD)}"
        for o in votes
        if o.check == "static" and not o.passed and not verdict.passed
    ]
    tests = [outcome for outcome in votes if outcome.check != "static"]
    if tests:
        agreed = sum(outcome.passed for outcome in tests)
        lines.append(
            f"{agreed} of {len(tests)} further checks, which may themselves be wrong, agree."
        )
    return lines


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
