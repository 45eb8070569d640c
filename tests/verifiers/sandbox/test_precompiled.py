"""The header that contest programs include whole, compiled once."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import Sandbox, compiled
from verifiers.sandbox.languages import cpp, precompiled
from verifiers.sandbox.languages.adapter import which
from verifiers.verdict import Status

GXX = which("g++")
pytestmark = pytest.mark.skipif(GXX is None, reason="no g++")
FLAGS = ["-std=gnu++17", "-O0", "-w"]  # faster to make than the real ones
WHOLE = "#include <bits/stdc++.h>\nint main() {}\n"


@pytest.fixture
def small_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another content for the header: quick to compile, and it shows which of the two was read."""
    header = tmp_path / "bits" / "stdc++.h"
    header.parent.mkdir()
    header.write_text("#include <cstdio>\nconst int made = 7;\n")
    monkeypatch.setattr(precompiled, "_header", lambda compiler, flags: str(header))


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNTH_CACHE", str(tmp_path))
    placed = precompiled.place(str(GXX), FLAGS)
    assert placed is not None
    return placed


def test_the_header_is_the_compilers_own() -> None:
    header = precompiled._header(str(GXX), FLAGS)
    assert header is not None
    assert "#include <vector>" in Path(header).read_text()
    assert precompiled._header("/bin/false", FLAGS) is None


@pytest.mark.usefixtures("small_header")
def test_the_compiler_takes_what_was_made_and_nothing_else_is_left(directory: Path) -> None:
    assert precompiled.make(str(GXX), FLAGS, directory)
    command = [str(GXX), *FLAGS, "-I", str(directory), "-H", "-fsyntax-only", "-x", "c++", "-"]
    said = subprocess.run(command, input=WHOLE, capture_output=True, text=True, check=True).stderr
    assert said.startswith(f"! {directory}/bits/stdc++.h.gch")  # gcc's mark for one that it uses
    assert sorted(os.listdir(directory)) == ["bits", "lock"]


def test_a_compiler_that_fails_or_is_busy_leaves_things_as_they_are(directory: Path) -> None:
    assert not precompiled.make("/bin/false", FLAGS, directory)
    with open(directory / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert not precompiled.make(str(GXX), FLAGS, directory)
    assert precompiled.place("/usr/bin/clang++", FLAGS) is None


def test_a_cache_that_cannot_be_made_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SYNTH_CACHE", str(tmp_path / "file"))
    assert precompiled.place(str(GXX), FLAGS) is None


@pytest.mark.usefixtures("small_header")
async def test_programs_in_the_sandbox_use_it_from_the_third_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Under /tmp it would lie where the sandbox has its scratch directory.
    cache = Path.home() / ".cache" / f"synth-test-{os.getpid()}"
    monkeypatch.setenv("SYNTH_CACHE", str(cache))
    monkeypatch.setattr(cpp, "_FLAGS", FLAGS)
    monkeypatch.setattr(cpp, "_seen", iter((1, 2, 3, 4)))
    compiled.tool_chain.cache_clear()
    source = '#include <bits/stdc++.h>\nint main() { printf("%d", made + 0); }'
    try:
        async with Sandbox(workers=1) as sandbox:
            ends = []
            for number in range(4):
                program = Program(source.replace("0", str(number)), language="cpp")
                execution = await sandbox.run_stdin(program, [""], Limits())
                ends.append(execution.results[0])
        assert [end.status for end in ends] == [Status.ERROR] * 2 + [Status.PASSED] * 2, ends
        assert [end.value for end in ends[2:]] == ["9", "10"]
    finally:
        compiled.tool_chain.cache_clear()
        shutil.rmtree(cache, ignore_errors=True)
