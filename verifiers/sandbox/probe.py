"""What the sandbox can do on this machine, found by starting one and looking."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from functools import lru_cache

from synth.errors import SandboxError
from verifiers.sandbox.launcher import Launcher
from verifiers.sandbox.pool import REQUIRED
from verifiers.sandbox.profile import profile

_LOST_WITHOUT = {
    "user namespace": "no namespace at all: programs could see and signal the user's processes",
    "pid namespace": "programs could see and signal other processes, and outlive their time",
    "mount namespace": "programs could read the user's files",
    "minimal root": "programs could read the user's files where Landlock is missing, too",
    "network namespace": "programs that get past the system-call filter could reach the network",
    "ipc, uts and cgroup namespaces": "programs could learn the host's name and shared memory",
    "unprivileged uid": "limits on the number of processes do not bind root",
    "resource limits": "programs could use up memory, files and processes",
    "no privileges": "programs would keep the user's capabilities",
    "landlock": "one of three walls around the file system",
    "seccomp": "programs could start processes, open sockets, and reach the whole kernel",
}


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of isolation: whether it is in place, why not, and what is lost without it."""

    name: str
    available: bool
    required: bool
    reason: str
    lost: str


@dataclass(frozen=True, slots=True)
class SandboxReport:
    """Every layer tried. `usable`: untrusted code may run; `error`: why nothing started."""

    layers: tuple[Layer, ...]
    error: str = ""

    @property
    def usable(self) -> bool:
        return not self.error and all(layer.available for layer in self.layers if layer.required)


@lru_cache(maxsize=1)
def probe() -> SandboxReport:
    """Start a zygote, note which layers it managed, end it. About 0.1 s; cached in the process."""
    found: list[SandboxReport] = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(_probe())))
    thread.start()  # its own loop: probe() may be called inside a running one
    thread.join()
    return found[0]


async def _probe() -> SandboxReport:
    launcher = Launcher(profile("plain"))
    error, layers = "", {}
    try:
        await launcher.start()
        layers = launcher.layers
    except SandboxError as failed:
        error = str(failed)
    finally:
        launcher.kill()
    return SandboxReport(
        tuple(
            Layer(
                name,
                name in layers and not layers[name],
                name in REQUIRED,
                layers.get(name, error or "not tried"),
                lost,
            )
            for name, lost in _LOST_WITHOUT.items()
        ),
        error,
    )
