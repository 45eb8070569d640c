"""A record of a judgement that somebody else can repeat: what was judged, by what, and the outcome.

A certificate holds hashes of the program, of all the problem's evidence and limits, the seeds, and
the interpreter; checking it judges the program again and says, field by field, what differs. It
proves nothing by itself: the proof is that the judgement comes out the same.
"""

from __future__ import annotations

import hashlib
import json
import math
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from synth.errors import UsageError
from synth.problem import Problem
from synth.program import Program
from verifiers.verdict import Verdict

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Certificate:
    """`outcomes` are (check, name, status) of what decides, in order (votes come from what happens
    to be installed); hashes are SHA-256 in hexadecimal."""

    format: int
    problem_id: str
    problem: str
    program: str
    entry_point: str | None
    language: str
    limits: Mapping[str, Any]
    settings: Mapping[str, Any]
    interpreter: str
    trust: str
    passed: bool
    outcomes: tuple[tuple[str, str, str], ...]

    def to_json(self) -> str:
        """Indented JSON with sorted keys: the same certificate is the same bytes."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"


def make_certificate(
    problem: Problem,
    program: Program,
    verdict: Verdict,
    settings: Mapping[str, Any] | None = None,
) -> Certificate:
    """The certificate of a verdict; `settings` are the verifier's (seed, mutants, checks)."""
    return Certificate(
        format=_FORMAT,
        problem_id=problem.id,
        problem=problem.hash,
        program=hashlib.sha256(program.source.encode("utf-8", "surrogatepass")).hexdigest(),
        entry_point=program.entry_point,
        language=program.language,
        limits=_plain(asdict(problem.limits)),
        settings=_plain(dict(settings or {})),
        interpreter=interpreter(),
        trust=verdict.trust.value,
        passed=verdict.passed,
        outcomes=tuple((o.check, o.name, o.status.value) for o in verdict.gating),
    )


def read_certificate(text: str) -> Certificate:
    """Raises UsageError where the text is no certificate of this format."""
    try:
        data = json.loads(text)
        outcomes = tuple((str(a), str(b), str(c)) for a, b, c in data.pop("outcomes"))
        certificate = Certificate(outcomes=outcomes, **data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(f"not a certificate: {error}; make one with --certify") from None
    if certificate.format != _FORMAT:
        raise UsageError(f"certificate format {certificate.format}, this version reads {_FORMAT}")
    return certificate


def settings_to_repeat(claimed: Certificate) -> dict[str, Any]:
    """What a repetition takes from the certificate: `seed` and `symbolic`. The rest is for the one
    who repeats to say, and a difference in it is one: a certificate that names fewer checks, or
    fewer draws, would else hold for a program that fails the others.
    """
    settings = claimed.settings if isinstance(claimed.settings, dict) else {}
    seed, symbolic = settings.get("seed", 0), settings.get("symbolic", 0.0)
    if type(seed) is not int or type(symbolic) not in (int, float) or not 0 <= symbolic < math.inf:
        raise UsageError("not a certificate: its seed or symbolic seconds are no numbers")
    return {"seed": seed, "symbolic": symbolic}


def differences(claimed: Certificate, found: Certificate) -> list[str]:
    """One line for each field in which a repeated judgement differs; empty where it stands.

    Another interpreter is named, since it may be the cause of what else differs.
    """
    lines: list[str] = []
    for name in Certificate.__dataclass_fields__:
        ours, theirs = getattr(found, name), getattr(claimed, name)
        if name == "outcomes":
            lines += _outcome_differences(theirs, ours)
        elif ours != theirs and name != "problem_id":
            lines.append(f"{name}: the certificate says {theirs!r}, found {ours!r}")
    return lines


def _outcome_differences(
    claimed: tuple[tuple[str, str, str], ...], found: tuple[tuple[str, str, str], ...]
) -> list[str]:
    if len(claimed) != len(found):
        return [f"outcomes: the certificate has {len(claimed)}, found {len(found)}"]
    return [
        f"{after[0]} {after[1]!r}: the certificate says {before[2]}, found {after[2]}"
        for before, after in zip(claimed, found, strict=True)
        if before != after
    ]


def interpreter() -> str:
    """Implementation, version and machine, as `CPython 3.11.2 x86_64 Linux`."""
    return (
        f"{platform.python_implementation()} {platform.python_version()} "
        f"{platform.machine()} {platform.system()}"
    )


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """As it reads back from JSON: tuples are lists there."""
    return dict(json.loads(json.dumps(data, sort_keys=True)))
