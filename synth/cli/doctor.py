"""synth doctor: what this machine can do."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys

from synth.cli.options import BaseUrlOption

_EXTRAS = {
    "llama": ("xllamacpp", "the embedded model"),
    "vllm": ("vllm", "models through vLLM in this process"),
    "serve": ("starlette", "synth serve"),
    "ray": ("ray", "many machines"),
    "plots": ("matplotlib", "plots of experiments"),
}


def doctor(*, base_url: BaseUrlOption = None) -> int:
    """Say what works here. Exit status 1 when solving cannot.

    Sandbox layers, languages, models, extras.
    """
    from rich.console import Console
    from rich.markup import escape

    from synth import __version__
    from synth.run_log import runs_directory
    from verifiers.sandbox import compiled, languages, probe

    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"synth {__version__}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores"
    )
    report = probe()
    console.print("[bold]sandbox[/]")
    for layer in report.layers:
        mark = "[green]yes[/]" if layer.available else "[red]no [/]"
        why = "" if layer.available else f": {layer.reason}; without it {layer.lost}"
        console.print(f"  {mark} {layer.name}{why}")
    if report.error:
        console.print(f"  [red]{report.error}[/]")
    console.print("[bold]languages[/]")
    for name in languages.names():
        tools, adapter = compiled.tool_chain(name), languages.adapter(name)
        mark = "[green]yes[/]" if tools else "[dim]no [/]"
        command = next(iter(tools.commands.values())) if tools else adapter and adapter.install
        console.print(f"  {mark} {name}: {escape(command or '')}")
    console.print("[bold]models[/]")
    ready = False
    for name, available, note in [_embedded(), _server(base_url)]:
        ready = ready or available
        mark = "[green]yes[/]" if available else "[red]no [/]"
        console.print(f"  {mark} {name}: {escape(note)}")
    console.print("[bold]extras[/]")
    for extra, (module, what) in _EXTRAS.items():
        there = importlib.util.find_spec(module) is not None
        mark = "[green]yes[/]" if there else "[dim]no [/]"
        hint = "" if there else f"  (pip install 'synth-search\\[{extra}]')"
        console.print(f"  {mark} {extra}: {what}{hint}")
    console.print(f"runs: {runs_directory()}")
    if not report.usable:
        print("solving: no: the sandbox cannot run untrusted code here", file=sys.stderr)
    elif not ready:
        print("solving: no model yet: `synth model pull`, or name a server", file=sys.stderr)
    return 0 if report.usable and ready else 1


def _embedded() -> tuple[str, bool, str]:
    from synth.models.registry import DEFAULT
    from synth.models.weights import find

    if importlib.util.find_spec("xllamacpp") is None:
        return DEFAULT, False, "xllamacpp is not installed: pip install 'synth-search[llama]'"
    path = find(DEFAULT.partition(":")[2])
    if path is None:
        return (
            DEFAULT,
            True,
            "weights not here yet: `synth model pull`, or the first solve, does it",
        )
    return DEFAULT, True, str(path)


def _server(base_url: str | None) -> tuple[str, bool, str]:
    """Whether the server an openai: model would use answers; asked once, for 3 seconds."""
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    key = os.environ.get("OPENAI_API_KEY", "")
    base = base_url or os.environ.get("OPENAI_BASE_URL")
    if base is None:
        note = "the default server, not asked" if key else "neither a key nor an address is set"
        return "openai:", bool(key), note
    request = Request(f"{base.rstrip('/')}/models", headers={"Authorization": f"Bearer {key}"})
    try:
        with urlopen(request, timeout=3) as answer:
            return "openai:", True, f"{base} answers with status {answer.status}"
    except HTTPError as error:
        return "openai:", False, f"{base} refuses: status {error.code}"
    except (URLError, OSError, ValueError) as error:
        return "openai:", False, f"{base} cannot be reached: {error}"
