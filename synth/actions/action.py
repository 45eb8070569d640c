"""The plug point of this room: something that turns a place in the tree into drafts."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from string import Template
from typing import Protocol

from synth.context import Context
from synth.node import Draft


class Action(Protocol):
    """At most `ctx.n` drafts for `ctx.node`.

    `calls` bounds the model requests of one expansion (0: none), so that a budget can be reserved
    before. An answer that holds no program is a Draft with an `error`, never an exception. An
    action may have a method `applies(problem) -> bool`; where it is False it is passed over.
    """

    @property
    def calls(self) -> int: ...

    async def __call__(self, ctx: Context) -> list[Draft]: ...


@lru_cache(maxsize=256)
def _template(name: str) -> Template:
    return Template((files("synth.actions") / "prompts" / f"{name}.txt").read_text("utf-8"))


def prompt(name: str, **values: str) -> str:
    """The prompt file `name` with `$placeholders` filled in; an unfilled one is an error."""
    return _template(name).substitute(values).strip() + "\n"
