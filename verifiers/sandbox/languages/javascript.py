"""JavaScript in Node, nothing to compile."""

from __future__ import annotations

from verifiers.sandbox.languages.adapter import SYSTEM_TREES, Adapter, ToolChain, which


def _find() -> ToolChain | None:
    node = which("node", "nodejs")
    return ToolChain({"run": node}, SYSTEM_TREES) if node else None


ADAPTER = Adapter(
    name="JavaScript",
    source="program.js",
    find=_find,
    install="install Node (node)",
    run=lambda tools, memory: [
        tools.commands["run"],
        f"--max-old-space-size={memory}",
        "program.js",
    ],
    slack_mb=512,
)
