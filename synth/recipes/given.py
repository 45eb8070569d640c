"""given: only programs from elsewhere (option `candidates`) are judged; nothing is drawn."""

from __future__ import annotations

from search.prelude import Nothing
from synth.recipe import Recipe


def given() -> Recipe:
    """A search over `candidates` alone."""
    return Recipe("given", Nothing())
