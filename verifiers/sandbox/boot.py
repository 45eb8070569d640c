"""How a zygote comes up: imports first, then its own code, then no way back.

What programs may want is imported before anything of ours, and the holes that leaves in the heap
are plugged (`heap`): so the code and data that every child uses lie together.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import importlib.machinery
import json
import mmap
import os
import signal
import struct
import sys
from typing import Any

from verifiers.sandbox import heap, mappings


def main() -> None:
    """Confine this process, report the layers, and serve until the driver goes away."""
    for descriptor in range(3):
        os.dup2(descriptor, 100 + descriptor, inheritable=False)
    try:
        _start(100, 101)
    except BaseException:
        import traceback

        os.write(102, traceback.format_exc().encode())
    os._exit(1)


def _start(requests: int, replies: int) -> None:
    config = json.loads(_read(requests, *struct.unpack("=I", _read(requests, 4))))
    with open("/proc/self/maps") as lines:
        mappings.make_huge(lines.read())
    _import(config["compiled"])
    heap.align_arenas()
    _prepare_python(config)
    gc.collect()
    heap.plug()

    from verifiers.sandbox import confinement, encoding, protocol, rehearsal
    from verifiers.sandbox.zygote import Zygote

    plan = confinement.Plan(
        config["readable"],
        executable=config["executable"],
        scratch=tuple(config["scratch"]) if config["scratch"] else None,
        processes=config["processes"],
        spawns=config["spawns"],
    )
    _standard_files()
    proc = confinement.enter_namespaces(plan)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    faulthandler.enable(2, all_threads=False)
    faulthandler.register(signal.SIGUSR1, 2, all_threads=False)
    statm = os.open("self/statm", os.O_RDONLY, dir_fd=proc)
    maps = os.open("self/maps", os.O_RDONLY, dir_fd=proc)
    os.close(proc)
    zygote = Zygote(requests, replies, plan)
    confinement.seal(plan)
    rehearsal.rehearse(zygote.region)
    _seed()
    report = json.dumps({"layers": plan.layers, "encoding": encoding.MAX_DEPTH}).encode()
    gc.collect()
    gc.freeze()
    heap.plug()
    for arrange in (mappings.merge, mappings.hand_on, heap.make_huge):
        with open(maps, closefd=False) as lines:
            arrange(lines.read())
        os.lseek(maps, 0, os.SEEK_SET)
    os.close(maps)
    zygote.base_memory = int(os.pread(statm, 64, 0).split()[0]) * mmap.PAGESIZE
    os.close(statm)
    ready = protocol.REPLY.pack(protocol.READY, 0, 0, 0, len(report), 0, 0, 0.0, 0)
    try:
        zygote.write(ready, report)
        zygote.serve()
    except BrokenPipeError:
        pass
    finally:
        os._exit(0)


def _read(descriptor: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = os.read(descriptor, size - len(data))
        if not chunk:
            os._exit(0)  # the driver went away
        data += chunk
    return data


def _import(names: list[str]) -> None:
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _prepare_python(config: dict[str, Any]) -> None:
    """Import what programs will, fix what would differ between runs, and settle the heap."""
    sys.path[:] = config["path"]
    sys.argv = ["program.py"]
    _import(config["preload"])
    if "pytest" in config["preload"]:
        from _pytest.config import default_plugins

        for name in default_plugins:
            importlib.import_module(f"_pytest.{name}")
    os.environ.clear()
    if config["scratch"]:
        os.environ["TMPDIR"] = config["scratch"][0]


def _seed() -> None:
    """Give every child the same random numbers; after the last `os.fork`, which seeds afresh."""
    if "random" in sys.modules:
        sys.modules["random"].seed(0)
    else:
        sys.meta_path.insert(0, _SeededRandom())
    if "numpy" in sys.modules:
        import numpy.random

        numpy.random.seed(0)


class _SeededRandom:
    """Finds `random` for the child that imports it first, and seeds it as it would be here."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != "random":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_and_seed(module: Any) -> None:
            execute(module)
            module.seed(0)

        spec.loader.exec_module = exec_and_seed  # type: ignore[method-assign]
        return spec


def _standard_files() -> None:
    """Descriptors 0, 1, 2 become memory files: input, output and stderr of whatever runs."""
    for descriptor, name in ((0, "stdin"), (1, "stdout"), (2, "stderr")):
        file = os.memfd_create(name, 0)
        os.dup2(file, descriptor)
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
