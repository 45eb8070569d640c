"""JavaScript in Node, nothing to compile."""

from __future__ import annotations

import resource

from verifiers.sandbox.languages.adapter import SYSTEM_TREES, Adapter, ToolChain, which


def _find() -> ToolChain | None:
    node = which("node", "nodejs")
    # It is one file; one that a version manager keeps in a home directory brings nothing else in.
    return ToolChain({"run": node}, (*SYSTEM_TREES, node)) if node else None


def _stack_kb() -> int:
    """Most of the 64 MB of stack a process in the sandbox has: Node's own 1 MB is a recursion of
    ten thousand calls, where C++ has a million."""
    _, hard = resource.getrlimit(resource.RLIMIT_STACK)
    stack = 64 << 20 if hard == resource.RLIM_INFINITY else min(hard, 64 << 20)
    return stack * 3 // 4 >> 10


ADAPTER = Adapter(
    name="JavaScript",
    source="program.js",
    find=_find,
    install="install Node (node)",
    run=lambda tools, memory, files: [
        tools.commands["run"],
        f"--max-old-space-size={memory}",
        f"--stack-size={_stack_kb()}",
        "program.js",
    ],
    slack_mb=512,
)
