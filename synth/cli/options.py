"""Options that several commands share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import cyclopts

from synth.errors import UsageError

ModelOption = Annotated[
    list[str] | None,
    cyclopts.Parameter(
        name=["--model", "-m"],
        help="llama:NAME, llama:FILE.gguf, openai:NAME, vllm:DIR, recorded:FILE, bank:FILE; "
        "again for several; none: from the examples alone. Default: $SYNTH_MODEL, else the "
        "embedded one.",
    ),
]
BaseUrlOption = Annotated[
    str | None,
    cyclopts.Parameter(help="Address of the OpenAI-compatible server of an openai: model."),
]
SetOption = Annotated[
    list[str] | None,
    cyclopts.Parameter(
        name=["--set", "-s"],
        help="An option of the recipe or strategy, NAME=VALUE; again for more.",
    ),
]


def parse_settings(settings: Sequence[str] | None) -> dict[str, Any]:
    """`["n=16", "draft=plan"]` as values: JSON where it is JSON, else text."""
    values: dict[str, Any] = {}
    for setting in settings or ():
        name, sign, text = setting.partition("=")
        if not sign or not name:
            raise UsageError(f"--set takes NAME=VALUE, got {setting!r}")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        values[name.replace("-", "_")] = tuple(value) if isinstance(value, list) else value
    return values


def chosen_models(models: Sequence[str] | None) -> list[str] | None:
    """The models named on the command line or in $SYNTH_MODEL (comma-separated)."""
    import os

    if models:
        return list(models)
    named = os.environ.get("SYNTH_MODEL", "")
    return [name.strip() for name in named.split(",") if name.strip()] or None
