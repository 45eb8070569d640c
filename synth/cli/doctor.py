"""synth doctor: what this machine can do."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys

_EXTRAS = {
    "llama": ("xllamacpp", "the embedded model"),
    "vllm": ("vllm", "models through vLLM in this process"),
    "serve": ("starlette", "synth serve"),
    "ray": ("ray", "many machines"),
    "plots": ("matplotlib", "plots of experiments"),
}


def doctor() -> int:
    """Say what works here: sandbox layers, models, extras. Exit status 1 when solving cannot."""
    from rich.console import Console

    from synth import __version__
    from synth.models.registry import describe_models
    from synth.run_log import runs_directory
    from verifiers.sandbox import probe

    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"synth {__version__}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores"
    )
    report = probe()
    console.print("[bold]sandbox[/]")
    for layer in report.layers:
        mark = "[green]yes[/]" if layer.available else "[red]no [/]"
        console.print(f"  {mark} {layer.name}{'' if layer.available else f': {layer.reason}'}")
    console.print("[bold]models[/]")
    ready = False
    for name, available, note in describe_models():
        ready = ready or available
        mark = "[green]yes[/]" if available else "[red]no [/]"
        console.print(f"  {mark} {name}: {note}")
    console.print("[bold]extras[/]")
    for extra, (module, what) in _EXTRAS.items():
        there = importlib.util.find_spec(module) is not None
        mark = "[green]yes[/]" if there else "[dim]no [/]"
        hint = "" if there else f"  (pip install 'synth-search[{extra}]')"
        console.print(f"  {mark} {extra}: {what}{hint}")
    console.print(f"runs: {runs_directory()}")
    if not report.safe:
        print("solving: no: the sandbox cannot run untrusted code here", file=sys.stderr)
    elif not ready:
        print("solving: no model yet: `synth model pull`, or name a server", file=sys.stderr)
    return 0 if report.safe and ready else 1
