"""Languages whose whole programs can be compiled and run in the sandbox, one adapter a file."""

from __future__ import annotations

from verifiers.sandbox.languages import c, cpp, go, java, javascript, rust
from verifiers.sandbox.languages.adapter import Adapter, ToolChain

_ADAPTERS: dict[str, Adapter] = {
    "c": c.ADAPTER,
    "cpp": cpp.ADAPTER,
    "javascript": javascript.ADAPTER,
    "java": java.ADAPTER,
    "rust": rust.ADAPTER,
    "go": go.ADAPTER,
}
_ALSO = {
    "c++": "cpp",
    "cxx": "cpp",
    "cc": "cpp",
    "js": "javascript",
    "node": "javascript",
    "rs": "rust",
    "golang": "go",
}


def adapter(language: str) -> Adapter | None:
    """The adapter of a language by any of its names."""
    return _ADAPTERS.get(canonical(language))


def canonical(language: str) -> str:
    """The one name of a language that has several: `cpp` for `C++`."""
    name = language.lower()
    return _ALSO.get(name, name)


def names() -> list[str]:
    """Every language there is an adapter for, whether or not its tool chain is installed."""
    return list(_ADAPTERS)


__all__ = ["Adapter", "ToolChain", "adapter", "canonical", "names"]
