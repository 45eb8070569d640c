"""What programs in other languages may use: what is refused, and what is not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from synth.errors import SandboxError
from synth.problem import Limits, Problem
from synth.program import Program
from tests.verifiers.sandbox.in_languages import run_once
from verifiers.sandbox import compiled, protocol
from verifiers.sandbox.answers import Ended
from verifiers.sandbox.compiled import Compiled, outcome
from verifiers.verdict import Outcome, Status, Verdict
from verifiers.verdict_store import is_lasting

FAIR = {
    "eight threads at a small limit": (
        "cpp",
        "#include <cstdio>\n#include <thread>\n#include <vector>\nint main() {"
        " std::vector<std::thread> all; for (int i = 0; i < 7; i++) all.emplace_back([] {});"
        ' for (auto &one : all) one.join(); puts("fair"); }',
    ),
    "a large array of which little is used": (
        "cpp",
        '#include <cstdio>\nchar grid[400 << 20]; int main() { grid[9] = 1; puts("fair"); }',
    ),
    "a recursion of a hundred thousand calls": (
        "js",
        "function f(n) { return n ? 1 + f(n - 1) : 0 }\n"
        "console.log(f(100000) === 100000 ? 'fair' : 'wrong')",
    ),
    "as much garbage as is in use": (
        "go",
        'package main\nimport "fmt"\nfunc main() { a := make([][]byte, 300)\n'
        "for i := 0; i < 900; i++ { b := make([]byte, 1<<20)\n"
        "for j := range b { b[j] = 1 }\na[i%300] = b }\n"
        'fmt.Println("fair") }',
    ),
}


@pytest.mark.parametrize("what", FAIR)
def test_a_program_within_its_limits_is_not_refused(what: str, runner: Any) -> None:
    language, source = FAIR[what]
    result = run_once(runner, language, source, memory_mb=512 if language == "go" else 128)
    assert (result.status, result.value) == (Status.PASSED, "fair\n"), result


def test_memory_is_what_was_used_and_not_what_was_reserved(runner: Any) -> None:
    source = (
        "#include <stdlib.h>\nint main(void) { volatile char *p = malloc(300 << 20);"
        " for (long i = 0; i < 300 << 20; i += 4096) p[i] = 1; return 0; }"
    )
    assert run_once(runner, "c", source, memory_mb=350).status is Status.PASSED
    over = run_once(runner, "c", source, memory_mb=250)
    assert over.status is Status.MEMORY
    assert over.error.endswith(" of 250 MB allowed")


def test_what_the_children_of_a_program_spent_counts_as_its_own() -> None:
    limits = Limits(seconds=1.0)
    ended = Ended(protocol.EXITED, 0, 0, b"", b"42\n", b"", 0.9, 0)
    assert outcome(ended, limits).status is Status.PASSED
    ended = Ended(protocol.EXITED, 0, 0, b"", b"42\n", b"", 2.4, 0)
    assert outcome(ended, limits).status is Status.TIMEOUT


BOMBS = {
    "an endless file": ("c", '#include "/dev/zero"\nint main(void) {}', "too much memory"),
    "a large binary": ("c", "char a[30 << 20] = {1}; int main(void) { return a[1]; }", "too large"),
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_compilation_has_limits_of_its_own(what: str, runner: Any) -> None:
    language, source, why = BOMBS[what]
    result = run_once(runner, language, source)
    assert result.status is Status.ERROR
    assert result.error.startswith("CompileError: ")
    assert why in result.error


async def test_a_compilation_that_was_lost_is_tried_again() -> None:
    class Lost:
        tries = 0

        async def run(self, kind: str, request: object) -> tuple[Ended, float]:
            self.tries += 1
            raise SandboxError("the sandbox process broke twice")

    pool = Lost()
    programs = Compiled(pool)  # type: ignore[arg-type]
    if compiled.tool_chain("c") is None:
        pytest.skip("no C compiler")
    for _ in range(2):
        with pytest.raises(SandboxError):
            await programs.run(Program("int main;", language="c"), [""], Limits())
    assert pool.tries == 2
    await asyncio.sleep(0)


def test_a_missing_tool_chain_is_not_remembered_as_a_verdict() -> None:
    missing = Outcome("stdio", "case 1", Status.ERROR, error="ToolChainError: no tool chain for Go")
    wrong = Outcome("stdio", "case 1", Status.ERROR, error="ExitError: exit status 1")
    problem = Problem("p", "?")
    assert not is_lasting(problem, Verdict((missing,)))
    assert is_lasting(problem, Verdict((wrong,)))
