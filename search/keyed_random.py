"""Random streams named by a key, so that a draw depends on what it is for and never on when.

Two searches that reach the same decision draw the same numbers there, at any concurrency and
after any resume.
"""

from __future__ import annotations

import random
from hashlib import blake2b

Key = str | int


def stream(seed: int, *key: Key) -> random.Random:
    """A generator whose sequence is a function of `seed` and `key` alone."""
    return random.Random(derive(seed, *key))


def derive(seed: int, *key: Key) -> int:
    """A 63-bit integer that is a function of `seed` and `key`: a seed for someone else's use."""
    text = "\0".join([str(seed), *(f"{type(part).__name__}:{part}" for part in key)])
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1
