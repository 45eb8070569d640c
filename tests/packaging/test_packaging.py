"""The wheel works outside the checkout, plug-ins are found, and imports stay light."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import synth

ROOT = Path(__file__).resolve().parents[2]
DOUBLE = (
    'def double(x: int) -> int:\n    """Twice x.\n\n    >>> double(4)\n    8\n    """\n    ...\n'
)


def python(*arguments: str, path: Path | None = None, cwd: Path | None = None, **env: str):
    variables = {**os.environ, **env}
    if path is not None:
        variables["PYTHONPATH"] = str(path)
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd, env=variables, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def install(source: Path, target: Path) -> None:
    done = python(
        "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target", str(target),
        str(source),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel and the sample plug-in, unpacked far from the checkout."""
    target = tmp_path_factory.mktemp("site")
    install(ROOT, target)
    install(ROOT / "tests" / "plugin_package", target)
    return target


def test_the_wheel_has_all_it_needs_outside_the_checkout(installed, tmp_path):
    for package in ("synth", "search", "verifiers"):
        assert (installed / package / "py.typed").exists()
    where = python("-c", "import synth; print(synth.__file__)", path=installed, cwd=tmp_path)
    assert str(installed) in where.stdout, where.stderr
    version = python("-m", "synth", "--version", path=installed, cwd=tmp_path)
    assert version.stdout.strip() == synth.__version__
    (tmp_path / "double.py").write_text(DOUBLE)
    solved = python(
        "-m", "synth", "solve", "double.py", "--model", "parrot:x + x", "--set", "enumerate=0",
        path=installed, cwd=tmp_path,
    )  # fmt: skip
    assert solved.returncode == 0, solved.stderr
    assert "return x + x" in solved.stdout


def test_a_plug_in_adds_a_recipe_and_a_model_by_name(installed, tmp_path):
    (tmp_path / "double.py").write_text(DOUBLE)
    done = python(
        "-m", "synth", "solve", "double.py", "--model", "parrot:x", "--recipe", "three-drafts",
        "--set", "repairs=1", "--set", "enumerate=0", "--json",
        path=installed, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert '"programs": 4' in done.stdout  # three drafts, and one repair: the others look alike


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import synth", ("numpy", "numba", "openai", "pydantic", "rich", "cyclopts", "asyncio")),
        ("import synth; synth.Problem, synth.Budget", ("numpy", "numba", "openai", "pydantic")),
        ("import synth.cli", ("numpy", "numba", "openai", "pydantic", "synth.engine")),
        ("import search.registry, search.best_of_n", ("numpy", "numba", "networkx")),
        ("import synth.models.registry", ("openai", "xllamacpp", "numpy")),
    ],
)
def test_imports_stay_light(code, unwanted):
    done = python("-c", f"{code}\nimport sys\nprint(*sys.modules, sep='\\n')")
    assert done.returncode == 0, done.stderr
    assert not set(unwanted) & set(done.stdout.split())


def test_everything_public_can_be_imported():
    for name in synth.__all__:
        assert getattr(synth, name) is not None
    assert set(synth.__all__) <= set(dir(synth))


def test_a_package_that_shadows_ours_is_named(tmp_path):
    (tmp_path / "verifiers").mkdir()
    (tmp_path / "verifiers" / "__init__.py").write_text("")
    done = python("-c", "import synth", path=tmp_path, cwd=tmp_path)
    assert done.returncode != 0
    assert "give synth an environment of its own" in done.stderr
    assert str(tmp_path) in done.stderr
