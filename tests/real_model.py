"""The small real model, for tests that run it: fetched once, then kept in the user's cache."""

from __future__ import annotations

import importlib.util

import pytest

from synth.errors import SynthError
from synth.models.weights import find, pull

SMALL = "qwen2.5-coder-0.5b"


def why_not() -> str:
    """Why the model cannot run here; empty when it can."""
    if importlib.util.find_spec("xllamacpp") is None:  # only LlamaCpp may import it: it spins else
        return "xllamacpp is not installed"
    if find(SMALL) is None:
        try:
            pull(SMALL)
        except SynthError as error:
            return f"the weights cannot be had: {error}"
    return ""


def needs_model(test):
    """Marks a test that runs the real model: `-m 'not model'` leaves it out."""
    return pytest.mark.model(pytest.mark.usefixtures("small_model")(test))
