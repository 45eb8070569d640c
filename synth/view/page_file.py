"""The page as one file: style, script and data put into a template.

What a model or a program wrote is data in a script element that is not run, with every `<`, `>`
and `&` written as a JSON escape, and the page makes elements of text alone. A policy in the page
allows its one script, by its hash, and no connection, so nothing else could run or leave.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from functools import lru_cache
from importlib.resources import files
from string import Template
from typing import Any

from synth import __version__
from synth.view.data import PageData

SCRIPTS = (
    "data", "layout", "app", "colour", "pens", "tree_place", "tree_paint", "tree", "axes", "chart",
    "timeline", "table", "code", "diff", "details", "search", "keys", "live", "main",
)  # fmt: skip


def page(data: PageData, *, live: str | None = None) -> str:
    """The page of a run as HTML. `live` is the path where a served page asks for more."""
    content = data.since()
    if live is not None:
        content["live"] = live
    style, script = _parts()
    connections = "'self'" if live is not None else "'none'"
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        f"connect-src {connections}; base-uri 'none'; form-action 'none'"
    )
    return Template(_read("page.html")).substitute(
        title=html.escape(f"{content['run']['problem']['id']}: synth"),
        version=html.escape(__version__),
        policy=html.escape(policy, quote=True),
        style=style,
        script=script,
        data=embedded(content),
    )


def embedded(content: dict[str, Any]) -> str:
    """JSON that no HTML parser finds anything in: ASCII, without `<`, `>` and `&`."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@lru_cache(maxsize=1)
def _parts() -> tuple[str, str]:
    script = "\n".join(_read(f"{name}.js") for name in SCRIPTS)
    return _read("style.css"), f'"use strict";\n(() => {{\n{script}}})();\n'


def _read(name: str) -> str:
    return files("synth.view").joinpath("page", name).read_text("utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
