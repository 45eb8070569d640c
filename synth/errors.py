"""Everything synth raises on purpose.

SynthError
├── ProblemError        a problem file, row or object that cannot be used (file, line, field)
├── UsageError          a wrong option, recipe, model or strategy name
├── ModelError          a model that cannot be reached or loaded, or refuses for good
│   └── RequestRefused  one request it will not answer (too long, filtered); others it may
├── SandboxError        the sandbox cannot run untrusted code on this machine
└── RunLogError         a run log that is missing, damaged, or does not replay

A failing candidate, a refused generation, a spent budget are not exceptions: they are verdicts and
events.
"""

from __future__ import annotations


class SynthError(Exception):
    """The root of every error synth raises on purpose; its text is one line made for people."""


class ProblemError(SynthError):
    """A problem that cannot be used: says where (file, line, field), what is wrong, what would do.

    `line` counts from 1; `field` is a dotted path such as `examples[2].expected`.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        place = file or ""
        if line is not None:
            place += f":{line}" if place else f"line {line}"
        # A key of the file may hold line breaks; the report stays one line.
        shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in field or "")
        parts = [part for part in (place, shown) if part]
        super().__init__(": ".join([*parts, message]))
        self.message, self.file, self.line, self.field = message, file, line, field


class UsageError(SynthError):
    """A wrong option, or a name that no registry knows."""


class ModelError(SynthError):
    """A model that cannot be reached or loaded, or that refuses for good."""


class RequestRefused(ModelError):
    """One request the model will not answer, such as a prompt longer than its context; another
    request may well be answered, so a search goes on."""


class SandboxError(SynthError):
    """The sandbox cannot run untrusted code on this machine, or broke beyond repair."""


class RunLogError(SynthError):
    """A run log that is missing, damaged, or does not replay."""
