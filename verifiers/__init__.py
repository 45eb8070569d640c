"""Is it right, and how good: verdicts, the sandbox, and one file per kind of evidence.

Attributes load on first use (PEP 562), so importing this package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verifiers.certificate import Certificate, make_certificate
    from verifiers.compare import Difference, difference, equal
    from verifiers.cost import contest, program_size
    from verifiers.feedback import render
    from verifiers.generated_tests import GeneratedTest, GeneratedTestVerifier
    from verifiers.import_repair import repair_imports
    from verifiers.reference import counterexample
    from verifiers.sandbox import Call, CallResult, Execution, Sandbox
    from verifiers.verdict import Cost, Outcome, Status, Trust, Verdict, merge
    from verifiers.verdict_store import VerdictStore
    from verifiers.verifier import Verifier
    from verifiers.verify import StandardVerifier

_HOMES = {
    "Call": "sandbox",
    "CallResult": "sandbox",
    "Certificate": "certificate",
    "Cost": "verdict",
    "Difference": "compare",
    "Execution": "sandbox",
    "GeneratedTest": "generated_tests",
    "GeneratedTestVerifier": "generated_tests",
    "Outcome": "verdict",
    "Sandbox": "sandbox",
    "StandardVerifier": "verify",
    "Status": "verdict",
    "Trust": "verdict",
    "Verdict": "verdict",
    "VerdictStore": "verdict_store",
    "Verifier": "verifier",
    "contest": "cost",
    "counterexample": "reference",
    "difference": "compare",
    "equal": "compare",
    "make_certificate": "certificate",
    "merge": "verdict",
    "program_size": "cost",
    "render": "feedback",
    "repair_imports": "import_repair",
}

__all__ = [
    "Call",
    "CallResult",
    "Certificate",
    "Cost",
    "Difference",
    "Execution",
    "GeneratedTest",
    "GeneratedTestVerifier",
    "Outcome",
    "Sandbox",
    "StandardVerifier",
    "Status",
    "Trust",
    "Verdict",
    "VerdictStore",
    "Verifier",
    "contest",
    "counterexample",
    "difference",
    "equal",
    "make_certificate",
    "merge",
    "program_size",
    "render",
    "repair_imports",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'verifiers' has no attribute {name!r}")
    return getattr(import_module(f"verifiers.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
