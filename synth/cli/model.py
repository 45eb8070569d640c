"""synth model: local weights."""

from __future__ import annotations

import sys

import cyclopts

app = cyclopts.App(name="model", help="Local model weights: pull and list them.")


@app.command
def pull(name: str = "qwen2.5-coder-0.5b", /) -> int:
    """Fetch the weights NAME into the cache, checked by SHA-256; goes on where it was cut off."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    from synth.models import weights

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Bar(
        *columns, TransferSpeedColumn(), console=console, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(name, total=None)

        def progress(now: weights.Progress) -> None:
            bar.update(task, completed=now.done, total=now.total, description=now.note or name)

        path = weights.pull(name, progress=progress)
    print(path)
    return 0


@app.command(name="list")
def list_() -> int:
    """The weights that can be pulled, and whether they are here."""
    from synth.models import weights

    for row in weights.list_weights():
        state = str(row.path) if row.path is not None else "not here"
        known = row.weights
        print(f"{known.name:<22} {known.size / 1e6:>6.0f} MB  {known.licence:<11} {state}")
    sys.stdout.flush()
    return 0
