"""Source text to syntax trees without a word: other people's programs are full of `"\\d"`, and the
parser's warnings about it belong to nobody who runs this."""

from __future__ import annotations

import ast
import warnings


def parse(source: str) -> ast.Module:
    """The syntax tree of a module. Raises what `ast.parse` does: SyntaxError, ValueError (null
    bytes), RecursionError or MemoryError (bottomless nesting)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
