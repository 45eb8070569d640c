"""What compilers and run times say, cut down to what a repair needs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.verifiers.sandbox.in_languages import run_once
from verifiers.sandbox import diagnostics
from verifiers.verdict import Status

HEADERS = "#include <algorithm>\n#include <vector>\n"
BROKEN = {
    "an unknown member": ("cpp", HEADERS + "int main() {\nstd::vector<int> v; v.push(3); }", 4),
    "an error inside a header": (
        "cpp",
        HEADERS + "struct A {};\nint main() {\nstd::vector<A> v;\nstd::sort(v.begin(), v.end()); }",
        6,
    ),
    "an error after warnings": (
        "rust",
        'use std::io;\nfn f() {}\nfn main() {\nlet y = 3;\nlet x: i32 = "a";\n}',
        5,
    ),
    "a symbol nobody knows": (
        "java",
        "public class Main {\npublic static void main(String[] a) {\nint x = foo(3);\n} }",
        3,
    ),
    "a name not declared": ("c", "int main(void) {\nint x = 1;\nreturn y;\n}", 3),
    "a variable not used": ("go", "package main\nfunc main() {\nx := 3\n}", 3),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_compile_error_comes_first_and_names_the_programs_own_line(
    what: str, runner: Any
) -> None:
    language, source, line = BROKEN[what]
    result = run_once(runner, language, source)
    assert result.status is Status.ERROR
    assert result.line == line
    assert result.error.startswith(f"CompileError: line {line}: "), result.error
    assert source.split("\n")[line - 1].strip() in result.error
    assert len(result.error) < 400


def test_javac_s_symbol_stands_with_its_error(runner: Any) -> None:
    result = run_once(runner, *BROKEN["a symbol nobody knows"][:2])
    assert "cannot find symbol: method foo(int)" in result.error


def test_many_errors_become_the_first_few_and_a_count() -> None:
    said = "".join(f"program.cpp:{n}:1: error: number {n} is wrong\n" for n in range(1, 41))
    text, line = diagnostics.of_compiler(said, 1, "program.cpp", "x\n" * 40)
    assert line == 1
    assert text.startswith("line 1: number 1 is wrong\n    x\nline 2:")
    assert text.endswith(" more")
    assert len(text) < 400


@pytest.mark.parametrize(
    ("said", "code", "text"),
    [
        ("g++: fatal error: Killed signal terminated program cc1plus", 1, "takes too long"),
        ("", -9, "takes too long"),
        ("cc1plus: out of memory allocating 8589934608 bytes", 1, "too much memory"),
        ("/usr/bin/ld: a.o: undefined reference to `foo(int)'", 1, "undefined reference to `foo"),
        ("", 3, "ended with status 3"),
        ("program.cpp:99999999999999999999:1: error: \udcff", 1, "line 999999999: "),
    ],
)
def test_what_has_no_place_in_the_source_is_said_in_words(said: str, code: int, text: str) -> None:
    assert text in diagnostics.of_compiler(said, code, "program.cpp", "")[0]


ENDLESS = {
    "java": "public class Main {\nstatic int f(int n) { return 1 + f(n + 1); }\n"
    "public static void main(String[] a) { System.out.println(f(0)); } }",
    "js": "function f(n) { return 1 + f(n + 1) }\nconsole.log(f(0))",
}


@pytest.mark.parametrize("language", ENDLESS)
def test_a_long_stack_trace_keeps_the_name_of_the_error(language: str, runner: Any) -> None:
    result = run_once(runner, language, ENDLESS[language])
    assert result.status is Status.ERROR
    assert "StackOverflowError" in result.error or "call stack size" in result.error
    assert result.line in (1, 2)


def test_what_was_printed_before_the_end_gives_way_to_what_ended_it() -> None:
    said = "debug 17\n" * 500 + "panic: index out of range\n\tprogram.go:4 +0x1a\n"
    text, line = diagnostics.of_run(said)
    assert text.startswith("panic: index out of range")
    assert line == 4


GREEDY = {
    "cpp": HEADERS + "int main() { std::vector<std::vector<char>> v;\n"
    "for (;;) v.emplace_back(10 << 20, 1); }",
    "rust": "fn main() { let mut v = vec![]; loop { v.push(vec![1u8; 10 << 20]); } }",
    "js": "const a = []; for (;;) a.push(new Array(1000).fill(1.5))",
    "go": "package main\nfunc main() { var a [][]byte\nfor { b := make([]byte, 10<<20)\n"
    "for i := range b { b[i] = 1 }\na = append(a, b) } }",
}


@pytest.mark.parametrize("language", GREEDY)
def test_a_run_time_that_aborts_for_want_of_memory_is_no_crash(language: str, runner: Any) -> None:
    result = run_once(runner, language, GREEDY[language], seconds=20.0, memory_mb=128)
    assert result.status is Status.MEMORY, result


def test_an_abort_is_called_so_although_another_signal_ends_it(runner: Any) -> None:
    source = "#include <cassert>\nint main() {\nassert(1 == 2); }"
    result = run_once(runner, "cpp", source)
    assert (result.status, result.line) == (Status.CRASHED, 3)
    assert result.error.startswith("Crash: aborted: ")
    assert "Assertion `1 == 2' failed" in result.error
