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
from collections.abc import Callable
from typing import Any

from verifiers.sandbox import heap, mappings, protocol


def main() -> None:
    """Confine this process, report the layers, and make children until the warden goes away."""
    try:
        _start()
    except BaseException:
        import traceback

        os.write(protocol.ERRORS, traceback.format_exc().encode())
    os._exit(1)


def _start() -> None:
    with _inbox() as inbox:
        (size,) = struct.unpack_from("=I", inbox)
        config = json.loads(inbox[4 : 4 + size])
    _import(config["compiled"])
    _arrange(mappings.fill)
    _prepare_python(config)
    gc.collect()
    heap.plug()

    from verifiers.sandbox import confinement, encoding, rehearsal, syscalls
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
    faulthandler.enable(2, all_threads=False)
    faulthandler.register(signal.SIGUSR1, 2, all_threads=False)
    statm = os.open("self/statm", os.O_RDONLY, dir_fd=proc)
    maps = os.open("self/maps", os.O_RDONLY, dir_fd=proc)
    _arrange(mappings.fill, maps)
    os.close(proc)
    inbox = _inbox()
    region = mmap.mmap(protocol.ANSWERS, protocol.REGION_BYTES)
    pids = mmap.mmap(protocol.PIDS, protocol.PIDS_BYTES)
    pids.madvise(mmap.MADV_DONTFORK)  # a child could name another as its own
    for descriptor in (protocol.ANSWERS, protocol.INBOX, protocol.PIDS):
        os.close(descriptor)
    zygote = Zygote(plan, inbox, region, pids)
    confinement.seal(plan)
    # It leaves when the pipe hangs up, but a stopped one would hold what others wait on.
    syscalls.enter(*confinement.DIE_WITH_PARENT)
    rehearsal.rehearse(region)
    _seed()
    report = json.dumps({"layers": plan.layers, "encoding": encoding.MAX_DEPTH}).encode()
    gc.collect()
    gc.freeze()
    heap.plug()
    for step in (mappings.fill, mappings.gather):
        _arrange(step, maps)
    os.close(maps)
    zygote.base_memory = int(os.pread(statm, 64, 0).split()[0]) * mmap.PAGESIZE
    os.close(statm)
    region[: 4 + len(report)] = struct.pack("=I", len(report)) + report
    os.write(protocol.PASSING, b"!")
    zygote.serve()


def _arrange(step: Callable[[str], None], maps: int | None = None) -> None:
    """Tell it what is mapped now; `maps` is the open file, for when there is no /proc."""
    with open("/proc/self/maps" if maps is None else maps, closefd=maps is None) as lines:
        text = lines.read()
    if maps is not None:
        os.lseek(maps, 0, os.SEEK_SET)
    step(text)


def _inbox() -> mmap.mmap:
    return mmap.mmap(protocol.INBOX, protocol.INBOX_BYTES, mmap.MAP_SHARED, mmap.PROT_READ)


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
        os.environ["TMPDIR"] = os.environ["HOME"] = config["scratch"][0]
    if config["spawns"]:
        os.environ["PATH"] = "/usr/bin:/bin"


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
    """Descriptors 0, 1, 2 are memory files: input, output and stderr of whatever runs."""
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
