"""synth view: a run as one web page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import cyclopts


def view(
    run: str = "last",
    /,
    *,
    output: Annotated[
        Path | None, cyclopts.Parameter(name=["--output", "-o"], allow_leading_hyphen=True)
    ] = None,
    open_: Annotated[bool, cyclopts.Parameter(name="--open", negative="")] = False,
    follow: Annotated[bool, cyclopts.Parameter(negative="")] = False,
    port: int = 0,
) -> int:
    """Write RUN as one HTML page: its tree, programs, diffs, prompts, verdicts, cost over time.

    The page needs no network and no other file. It holds the programs and prompts of the run.

    Parameters
    ----------
    run
        A run's id, the beginning of one, or a file; the last run without.
    output
        Where to write it, `-` for standard output. Default: RUN.html in the current directory.
    open_
        Open it in the browser.
    follow
        Serve it on this machine while the run goes on; Ctrl-C ends it.
    port
        The port to serve on. Default: any free one.
    """
    import webbrowser

    from synth.errors import UsageError
    from synth.run_log import find_run
    from synth.view.data import PageData
    from synth.view.log_tail import LogTail
    from synth.view.page_file import page
    from synth.view.trace import Trace

    path = find_run(run)
    if follow:
        from synth.view.live import serve

        def ready(address: str) -> None:
            print(f"following {path.stem} at {address}  (Ctrl-C ends this)", flush=True)
            if open_:
                webbrowser.open(address)

        if output is not None:
            raise UsageError(
                "--follow serves the page; write it with --output when the run is over"
            )
        serve(path, port=port, ready=ready)
        return 0
    trace = Trace()
    trace.follow(LogTail(path).read())
    text = page(PageData(trace))
    if output is not None and str(output) == "-":
        sys.stdout.write(text)
        return 0
    target = output or Path(f"{path.stem}.html")
    if target.is_dir():
        target = target / f"{path.stem}.html"
    try:
        target.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{target}: cannot be written ({error.strerror})") from error
    print(target)
    if open_:
        webbrowser.open(target.absolute().as_uri())
    return 0
