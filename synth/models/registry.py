"""Models by name: `llama:`, `openai:`, `vllm:NAME`, `recorded:`, `bank:FILE`, and plug-ins' own.

Nothing heavy is imported before a model of its kind is opened. A plug-in offers a kind as an entry
point of the group `synth.models`: a function of what follows the colon and of `ModelOptions`.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from synth.errors import ModelError, UsageError
from synth.models.address import shown
from synth.models.chat import ChatModel
from synth.models.weights import KNOWN, Report, find, pull

DEFAULT = "llama:qwen2.5-coder-0.5b"


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """What can be said about a model beside its name; each kind uses what applies to it.

    `slots` is how many choices are decoded at a time and `context` how many tokens each may hold
    (embedded engines); `deadline` bounds one request, in seconds. `progress` hears of a download.
    """

    base_url: str | None = None
    api_key: str | None = None
    slots: int | None = None
    context: int | None = None
    threads: int | None = None
    deadline: float | None = None
    progress: Report | None = None

    def __repr__(self) -> str:
        key = None if self.api_key is None else "[key]"
        return (
            f"ModelOptions(base_url={shown(self.base_url)!r}, api_key={key!r}, slots={self.slots}, "
            f"context={self.context}, threads={self.threads}, deadline={self.deadline})"
        )


Factory = Callable[[str, ModelOptions], ChatModel]


def open_model(
    spec: str,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    slots: int | None = None,
    context: int | None = None,
    threads: int | None = None,
    deadline: float | None = None,
    record: str | None = None,
    progress: Report | None = None,
) -> ChatModel:
    """The model that `spec` names, such as `llama:qwen2.5-coder-0.5b` or `openai:gpt-x`.

    A `.gguf` path or the name of known weights will do by itself. Known weights that are not in
    the cache are fetched. With `record`, answers are kept in that file and replayed from it.
    Raises `UsageError` for a name that nothing answers to.
    """
    options = ModelOptions(base_url, api_key, slots, context, threads, deadline, progress)
    kind, colon, rest = spec.partition(":")
    if not colon and (spec in KNOWN or spec.endswith(".gguf")):
        kind, colon, rest = "llama", ":", spec
    factory = _factory(kind) if colon else None
    if factory is None or not rest:
        raise UsageError(
            f"unknown model {spec!r}: known are {', '.join(f'{kind}:...' for kind in kinds())} "
            f"and the weights {', '.join(f'llama:{name}' for name in KNOWN)}"
        )
    model = factory(rest, options)
    if record is None:
        return model
    from synth.models.recorded import Recorded

    return Recorded(record, model)


def default_model(*, progress: Report | None = None) -> ChatModel:
    """The embedded 0.5B model: no key, no GPU, no server."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise UsageError(
            "no model named, and the embedded default is not installed: "
            "pip install 'synth-search[llama]', or give --model openai:NAME --base-url URL"
        )
    return open_model(DEFAULT, progress=progress)


def kinds() -> list[str]:
    """What may stand before the colon."""
    return [*_BUILT_IN, *(name for name in _plug_ins() if name not in _BUILT_IN)]


def _factory(kind: str) -> Factory | None:
    return _BUILT_IN.get(kind) or _plug_ins().get(kind)


def _plug_ins() -> dict[str, Factory]:
    from importlib.metadata import entry_points

    def late(name: str) -> Factory:
        def factory(rest: str, options: ModelOptions) -> ChatModel:
            found = entry_points(group="synth.models", name=name)
            opened: ChatModel = next(iter(found)).load()(rest, options)
            return opened

        return factory

    return {point.name: late(point.name) for point in entry_points(group="synth.models")}


def _llama(rest: str, options: ModelOptions) -> ChatModel:
    if rest not in KNOWN and not rest.endswith(".gguf"):
        names = ", ".join(f"llama:{name}" for name in KNOWN)
        raise UsageError(f"unknown weights {rest!r}: known are {names}, or llama:PATH.gguf")
    if importlib.util.find_spec("xllamacpp") is None:
        raise ModelError("llama: models need xllamacpp: pip install 'synth-search[llama]'")
    from synth.models.llama_cpp import LlamaCpp

    name = ""
    if rest in KNOWN:
        path, name = find(rest) or pull(rest, options.progress), f"llama:{rest}"
    else:
        path = Path(rest).expanduser()
    return LlamaCpp(
        path,
        name=name,
        slots=options.slots or 8,
        context=options.context or 4096,
        threads=options.threads,
    )


def _openai(rest: str, options: ModelOptions) -> ChatModel:
    from synth.models.openai_chat import OpenAIChat, Patience

    patience = Patience() if options.deadline is None else Patience(deadline=options.deadline)
    return OpenAIChat(rest, base_url=options.base_url, api_key=options.api_key, patience=patience)


def _vllm(rest: str, options: ModelOptions) -> ChatModel:
    module = importlib.import_module("synth.models.vllm_engine")
    model: ChatModel = module.VllmEngine(
        rest, slots=options.slots or 16, context=options.context or 4096
    )
    return model


def _recorded(rest: str, options: ModelOptions) -> ChatModel:
    from synth.models.recorded import Recorded

    return Recorded(Path(rest).expanduser())


def _bank(rest: str, options: ModelOptions) -> ChatModel:
    from synth.models.bank import BankModel, read_bank

    return BankModel(read_bank(Path(rest).expanduser()))


_BUILT_IN: dict[str, Factory] = {
    "llama": _llama,
    "openai": _openai,
    "vllm": _vllm,
    "recorded": _recorded,
    "bank": _bank,
}
