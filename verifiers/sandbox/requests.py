"""From programs and calls to the bytes a zygote is sent."""

from __future__ import annotations

import marshal
from typing import Any

from synth.errors import SandboxError
from synth.problem import Limits
from verifiers.sandbox import encoding, protocol
from verifiers.sandbox.launcher import Request


def encode_arguments(args: tuple[Any, ...], kwargs: Any) -> bytes:
    """Arguments for the child: marshal for plain data, our own encoding for what that refuses."""
    try:
        return b"m" + marshal.dumps((args, dict(kwargs)), 2)
    except ValueError:
        return b"j" + encoding.encode((list(args), dict(kwargs))).encode()


def request(
    kind: int,
    job: dict[str, Any],
    limits: Limits,
    *,
    calls: int = 1,
    stdin: bytes = b"",
    total: float = 0.0,
    memory: int = 0,
) -> Request:
    """A request for one child; `memory` overrides the limit's, in bytes."""
    payload = marshal.dumps(job)
    if len(payload) > protocol.INBOX_BYTES - protocol.REQUEST.size:
        raise SandboxError(
            f"program and inputs take {len(payload) >> 20} MB; one batch may take "
            f"{protocol.INBOX_BYTES >> 20} MB: split it"
        )
    return Request(
        kind,
        payload,
        limits.seconds,
        memory_bytes=memory or limits.memory_mb << 20,
        output_bytes=limits.output_kb << 10,
        calls=calls,
        stdin=stdin,
        total=total,
    )
