"""One server seed for each draw of a request."""

from __future__ import annotations

import hashlib


def server_seed(seed: int, offset: int = 0) -> int:
    """A 31-bit seed for the choices of a request from number `offset` on.

    Hashed, because servers give the i-th choice `seed + i`: neighbouring seeds of ours would then
    share draws.
    """
    digest = hashlib.blake2b(f"{seed}:{offset}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1
