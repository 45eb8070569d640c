"""Fixtures of all tests."""

from __future__ import annotations

import os

import pytest

from tests.real_model import why_not


@pytest.fixture(scope="session")
def small_model() -> str:
    """The name of the small real model; skips where it cannot be had."""
    why = why_not()
    if why and os.environ.get("SYNTH_TEST_MODEL") == "required":
        pytest.fail(why)
    if why:
        pytest.skip(why)
    return "llama:qwen2.5-coder-0.5b"


@pytest.fixture(autouse=True)
def _own_runs(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes to the user's runs."""
    monkeypatch.setenv("SYNTH_RUNS", str(tmp_path_factory.mktemp("runs")))
