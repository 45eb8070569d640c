"""The command line. Each command is a file of this package; what is heavy is imported when used.

Exit status: 0 done (for solve: a verified program), 1 not solved, 2 bad input or set-up.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import cyclopts

from synth import __version__
from synth.errors import SynthError

app = cyclopts.App(
    name="synth",
    help="Search for a program that solves a problem, and verify it.",
    version=__version__,
    version_flags=["--version"],
    default_parameter=cyclopts.Parameter(negative_iterable=()),
)
# Help texts stand here so that `synth --help` imports no command.
_COMMANDS = {
    "solve": "Search for a program that solves a problem, and verify it.",
    "verify": "Judge one program by every check of a problem.",
    "check": "Say what could go wrong with a problem, before money is spent.",
    "runs": "List runs.",
    "show": "Show a run: its tree, or one node.",
    "view": "Write a run as one web page, or follow it live.",
    "export": "Write a run's tree as GraphML, DOT or JSON.",
    "replay": "Derive a run again from its facts, and compare byte for byte.",
    "resume": "Go on with a run that was killed, interrupted, or ran out of budget.",
    "train-value": "Train a value that guides searches, on finished runs.",
    "serve": "An OpenAI-compatible server whose answers are verified programs.",
    "doctor": "Say what works on this machine.",
}
for _name, _help in _COMMANDS.items():
    _module = _name.replace("-", "_")
    app.command(f"synth.cli.{_module}:{_module}", name=_name, help=_help)
app.command("synth.cli.check:schema", name="schema", help="Print the JSON Schema of problems.")
app.command("synth.cli.model:app", name="model", help="Local model weights: pull, list.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    try:
        status = app(
            arguments, exit_on_error=False, print_error=False, result_action="return_value"
        )
    except cyclopts.CycloptsError as error:
        status = fail(str(error).strip().splitlines()[0] if str(error).strip() else repr(error))
    except SynthError as error:
        status = fail(str(error))
    except KeyboardInterrupt:
        print("synth: interrupted", file=sys.stderr)
        status = 130
    except BrokenPipeError:
        # The reader of our output went away (`synth runs | head`): not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    sys.exit(status if isinstance(status, int) else 0)


def fail(message: str) -> int:
    """One line on standard error; the status of bad input."""
    print(f"synth: error: {message}", file=sys.stderr)
    return 2
