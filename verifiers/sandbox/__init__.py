"""Running untrusted programs: isolation by the kernel, comparison outside.

Inside (`harness`, `encoding`): the candidate's own process. The zygote (`boot`, `zygote`,
`spawn_loop`; sealed by `confinement`, `root`, `seccomp`, `landlock`) makes it and does nothing
else. The warden (`entry`, `spawner`, `warden`) watches it and reads what it leaves. The driver
(`sandbox`, `pool`, `launcher`, `answers`) is trusted: it holds what is expected, and decides.
"""

from __future__ import annotations

from verifiers.sandbox.judging import Check, Judgement
from verifiers.sandbox.probe import Layer, SandboxReport, probe
from verifiers.sandbox.results import Call, CallResult, Execution, Step, Trace, TraceRequest
from verifiers.sandbox.sandbox import Sandbox
from verifiers.sandbox.session import Session
from verifiers.sandbox.stand_ins import Iterated, Opaque, Record

__all__ = [
    "Call",
    "CallResult",
    "Check",
    "Execution",
    "Iterated",
    "Judgement",
    "Layer",
    "Opaque",
    "Record",
    "Sandbox",
    "SandboxReport",
    "Session",
    "Step",
    "Trace",
    "TraceRequest",
    "probe",
]
