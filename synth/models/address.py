"""A server's address as it may be shown."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit


def shown(url: str | None) -> str | None:
    """`url` without the user, password and query that may be in it."""
    if url is None:
        return None
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def is_loopback(url: str | None) -> bool:
    """Whether `url` is of this machine, so that no proxy stands between."""
    return urlsplit(url or "").hostname in ("localhost", "127.0.0.1", "::1")
