"""How a warden comes up: the zygote first, and what else it needs while that starts."""

from __future__ import annotations

import os
import struct

from verifiers.sandbox.spawner import Spawner, ZygoteDied

_REQUESTS, _REPLIES, _ERRORS = 100, 101, 102


def main() -> None:
    """Start a zygote, report its layers, and serve until the driver goes away."""
    for descriptor in range(3):
        os.dup2(descriptor, _REQUESTS + descriptor, inheritable=False)
    try:
        _start()
        os._exit(0)
    except BrokenPipeError:
        os._exit(0)
    except ZygoteDied:
        pass  # it has said why itself
    except BaseException:
        import traceback

        os.write(_ERRORS, traceback.format_exc().encode())
    os._exit(1)


def _start() -> None:
    config = _read(_REQUESTS, *struct.unpack("=I", _read(_REQUESTS, 4)))
    spawner = Spawner(config, errors=_ERRORS)

    import json
    import signal

    from verifiers.sandbox import confinement, protocol, syscalls
    from verifiers.sandbox.warden import Warden

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    report = spawner.report()
    warden = Warden(_REQUESTS, _REPLIES, spawner)
    confinement.seal_warden(json.loads(report)["layers"])
    # The driver's thread that started it: whoever kills the driver ends all of this with it.
    syscalls.enter(*confinement.DIE_WITH_PARENT)
    ready = protocol.REPLY.pack(protocol.READY, 0, 0, 0, len(report), 0, 0, 0.0, 0)
    warden.write(ready, report)
    warden.serve()


def _read(descriptor: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = os.read(descriptor, size - len(data))
        if not chunk:
            os._exit(0)  # the driver went away
        data += chunk
    return data
