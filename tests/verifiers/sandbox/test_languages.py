"""Programs in other languages: compiled and run inside, judged by what they print."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.verifiers.sandbox.in_languages import needs, run
from verifiers.sandbox import compiled
from verifiers.sandbox.languages.adapter import which
from verifiers.verdict import Status

SUMS = {
    "c": """
#include <stdio.h>
int main(void) {
    int n; long s = 0, x;
    scanf("%d", &n);
    while (n--) { scanf("%ld", &x); s += x; }
    printf("%ld\\n", s);
}""",
    "c++": """
#include <iostream>
int main() { int n; long s = 0, x; std::cin >> n; while (n--) { std::cin >> x; s += x; }
std::cout << s << std::endl; }""",
    "js": """
const t = require('fs').readFileSync(0, 'utf8').split(/\\s+/).map(Number);
console.log(t.slice(1, 1 + t[0]).reduce((a, b) => a + b, 0));""",
    "java": """
import java.util.*;
public class Main {
    record Pair(int a, int b) {}
    public static void main(String[] a) {
        Scanner in = new Scanner(System.in);
        long s = 0;
        for (int n = in.nextInt(); n > 0; n--) s += in.nextLong();
        System.out.println(s);
    }
}""",
    "rust": """
use std::io::*;
fn main() {
    let mut s = String::new();
    stdin().read_to_string(&mut s).unwrap();
    let v: Vec<i64> = s.split_whitespace().map(|x| x.parse().unwrap()).collect();
    println!("{}", v[1..].iter().sum::<i64>());
}""",
    "go": """
package main
import "fmt"
func main() { var n, x, s int; fmt.Scan(&n); for ; n > 0; n-- { fmt.Scan(&x); s += x }
fmt.Println(s) }""",
}
BROKEN = {
    "c": "int main( {",
    "c++": "int main() { return undeclared; }",
    "js": "let x = ;",
    "java": 'public class Main { void f() { int x = ""; } }',
    "rust": 'fn main() { let x: i32 = ""; }',
    "go": "package main\nfunc main() { x }",
}


@pytest.mark.parametrize("language", SUMS)
def test_a_right_program_prints_its_answer_for_every_input(language: str, runner: Any) -> None:
    needs(language)
    results = run(runner, language, SUMS[language], "3\n1 2 3\n", "1\n-7\n", "0\n")
    assert [result.status for result in results] == [Status.PASSED] * 3, results
    assert [result.value for result in results] == ["6\n", "-7\n", "0\n"]


@pytest.mark.parametrize("language", BROKEN)
def test_a_program_that_does_not_compile_says_so(language: str, runner: Any) -> None:
    needs(language)
    for result in run(runner, language, BROKEN[language], "", ""):
        assert result.status is Status.ERROR
        assert result.error.startswith("ExitError" if language == "js" else "CompileError: line ")
        assert result.line > 0


def test_a_missing_tool_chain_is_one_clear_line(
    runner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "tool_chain", lambda language: None)
    result = run(runner, "rust", SUMS["rust"])[0]
    assert (
        result.error == "ToolChainError: no tool chain for Rust: install rustc and a C linker (cc)"
    )
    unknown = run(runner, "cobol", "x")[0]
    assert unknown.error == "ToolChainError: no adapter for 'cobol'"


def c(body: str) -> str:
    heads = ("stdio", "stdlib", "unistd", "string", "fcntl", "signal", "sys/socket", "sys/mount",
             "sys/ptrace", "netinet/in", "arpa/inet", "pthread", "sched")  # fmt: skip
    includes = "".join(f"#include <{head}.h>\n" for head in heads)
    return f"#define _GNU_SOURCE\n{includes}int main(void) {{ {body} }}"


HOSTILE: list[tuple[str, str, tuple[Status, ...]]] = [
    ("endless loop", "volatile int x = 0; for (;;) x++;", (Status.TIMEOUT,)),
    ("sleep", "sleep(1000);", (Status.TIMEOUT,)),
    ("fork bomb", "for (;;) fork();", (Status.TIMEOUT,)),
    (
        "memory bomb",
        "for (;;) { char *p = malloc(1 << 20); if (!p) return 3; memset(p, 1, 1 << 20); }",
        (Status.ERROR, Status.MEMORY),
    ),
    ("too much output", "for (;;) puts(\"aaaaaaaaaaaaaaaaaaaaaaa\");", (Status.OUTPUT,)),
    ("segmentation fault", "volatile int *p = 0; *p = 1;", (Status.CRASHED,)),
    ("abort", "abort();", (Status.CRASHED,)),
    ("exit status", "exit(3);", (Status.ERROR,)),
    (
        "files of the host",
        "puts(open(\"/etc/passwd\", 0) < 0 && open(\"/root/.bashrc\", 0) < 0"
        " && open(\"/usr/x\", O_CREAT | O_WRONLY, 0666) < 0 ? \"refused\" : \"LOOT\");",
        (Status.PASSED,),
    ),
    (
        "the network",
        "puts(socket(2, 1, 0) < 0 && socket(1, 1, 0) < 0 ? \"refused\" : \"LOOT\");",
        (Status.PASSED,),
    ),
    (
        "mount and trace",
        "puts(mount(\"x\", \"/tmp\", \"tmpfs\", 0, 0) && ptrace(PTRACE_ATTACH, 1, 0, 0) == -1"
        " && unshare(0x10000000) ? \"refused\" : \"LOOT\");",
        (Status.PASSED,),
    ),
    (
        "a process that stays",
        "if (fork() == 0) { setsid(); for (;;) sleep(1); } puts(\"refused\"); return 0;",
        (Status.PASSED,),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case[0])
def test_a_hostile_compiled_program_ends_in_its_verdict(
    case: tuple[str, str, tuple[Status, ...]], runner: Any
) -> None:
    needs("c")
    _, body, ends = case
    source = c(body)
    began = time.monotonic()
    # Touching 128 MB can take more than 0.4 s of CPU on a machine whose pages come slowly.
    seconds = 20.0 if case[0] == "memory bomb" else 0.4
    result = run(runner, "c", source, "", seconds=seconds, memory_mb=128, output_kb=64)[0]
    assert result.status in ends, result
    assert "LOOT" not in str(result.value)
    if result.status is Status.PASSED:
        assert result.value == "refused\n"
    assert time.monotonic() - began < 90
    again = run(runner, "c", SUMS["c"], "1\n5\n")[0]
    assert again.value == "5\n"
    assert runner.left_over() == []


def test_endless_output_ends_long_before_the_time_is_up(runner: Any) -> None:
    needs("c")
    source = c('for (;;) puts("aaaaaaaaaaaaaaaaaaaaaaa");')
    result = run(runner, "c", source, "", seconds=30.0, output_kb=64)[0]
    assert result.status is Status.OUTPUT
    assert result.cpu_seconds < 10


def test_of_long_last_words_head_and_tail_are_kept(runner: Any) -> None:
    needs("c")
    noise = 'for (int i = 0; i < 50000; i++) fprintf(stderr, "noise %d\\n", i);'
    for words in (
        f'fputs("runtime: first\\n", stderr); {noise}',
        f'{noise} fputs("runtime: last\\n", stderr);',
    ):
        result = run(runner, "c", c(f"{words} return 1;"), "")[0]
        assert result.status is Status.ERROR
        assert ("first" if "first" in words else "last") in result.error


def test_a_program_may_have_so_many_processes_and_no_more(runner: Any) -> None:
    needs("c")
    source = c(
        "int n = 0, p; while (n < 200 && (p = fork()) > 0) n++;"
        ' if (p == 0) { sleep(5); _exit(0); } printf("%d\\n", n);'
    )
    assert 20 < int(run(runner, "c", source, "")[0].value) < 64


def test_a_compiled_program_finds_no_files_of_another(runner: Any) -> None:
    needs("c")
    source = c(
        'puts(access("mark", 0) ? "clean" : "LOOT"); close(open("mark", O_CREAT | O_WRONLY, 0666));'
    )
    results = run(runner, "c", source, "", "", "")
    assert [result.value for result in results] == ["clean\n"] * 3


BY_NAME = {
    "python": "print(sum(map(int, open('/dev/stdin').read().split())))",
    "js": "console.log(require('fs').readFileSync('/dev/stdin', 'utf8').split(' ')"
    ".reduce((a, b) => a + Number(b), 0))",
    "c": c('freopen("/dev/stdin", "r", stdin); int x, s = 0;'
           ' while (scanf("%d", &x) == 1) s += x; printf("%d\\n", s);'),
}  # fmt: skip


@pytest.mark.parametrize("language", BY_NAME)
def test_standard_input_can_be_opened_by_its_name(language: str, runner: Any) -> None:
    if language != "python":
        needs(language)
    results = run(runner, language, BY_NAME[language], "1 2", "30 40 50")
    assert [result.value for result in results] == ["3\n", "120\n"], results


def test_the_scratch_directory_holds_a_bounded_number_of_files(runner: Any) -> None:
    needs("c")
    body = (
        'char name[20]; int i = 0; for (; i < 1000000; i++) { sprintf(name, "%d", i);'
        ' if (symlink("x", name)) break; } puts(i < 100000 ? "refused" : "LOOT");'
    )
    assert run(runner, "c", c(body), seconds=20.0)[0].value == "refused\n"


OTHER_NAMES = {
    "a public class": "import java.util.*;\npublic class Solution {\n"
    "    public static class Inner {}\n"
    "    public static void main(String[] a) {\n        System.out.println(7);\n    }\n}\n",
    "a package": "package org.example;\nclass Helper {}\npublic class Main {\n"
    "    public static void main(String[] a) { System.out.println(7); }\n}\n",
}


@pytest.mark.parametrize("what", OTHER_NAMES)
def test_java_runs_the_class_that_has_a_main(what: str, runner: Any) -> None:
    needs("java")
    result = run(runner, "java", OTHER_NAMES[what])[0]
    assert (result.status, result.value) == (Status.PASSED, "7\n"), result


def test_a_source_that_is_no_text_has_a_verdict(runner: Any) -> None:
    needs("js")
    result = run(runner, "js", "console.log('\ud800\udcff'.length)")[0]
    assert (result.status, result.value) == (Status.PASSED, "2\n")


def test_a_wrapper_under_a_compilers_name_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, name in (("wrapped", "ccache"), ("real", "gcc-12")):
        (tmp_path / folder).mkdir()
        command = tmp_path / folder / name
        command.write_text("#!/bin/sh\n")
        command.chmod(0o755)
        (tmp_path / folder / "gcc").symlink_to(command)
    monkeypatch.setenv("PATH", f"{tmp_path}/wrapped:{tmp_path}/real")
    assert which("gcc") == str((tmp_path / "real" / "gcc-12").resolve())
    monkeypatch.setenv("PATH", f"{tmp_path}/wrapped")
    assert which("gcc") is None
