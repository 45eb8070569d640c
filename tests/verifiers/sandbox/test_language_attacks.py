"""Programs that attack while they are compiled, or the run after them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.verifiers.sandbox.in_languages import needs, run
from verifiers.sandbox import CallResult
from verifiers.verdict import Status

LOOT = "THE-SECRET-OF-THE-HOST"


def attempt(runner: Any, language: str, source: str, *inputs: str) -> list[CallResult]:
    needs(language)
    return run(runner, language, source, *inputs)


# Each puts a file of the host into the program, or into what the compiler complains of.
READERS = {
    "c": '#include "FILE"\nint main(void) {}',
    "cpp": 'asm("x: .incbin \\"FILE\\"\\n.byte 0"); extern "C" char x[];\n'
    "#include <cstdio>\nint main() { puts(x); }",
    "rust": 'fn main() { println!("{}", include_str!("FILE")); }',
    "go": 'package main\nimport _ "embed"\n//go:embed FILE\nvar s string\n'
    "func main() { println(s) }",
    "java": "import java.nio.file.*;\npublic class Main {\n"
    "public static void main(String[] a) throws Exception {\n"
    'System.out.println(Files.readString(Path.of("FILE"))); } }',
    "javascript": "import text from 'FILE' with { type: 'json' }; console.log(text)",
}


@pytest.mark.parametrize("language", READERS)
def test_a_compiler_gives_away_no_file_of_the_host(language: str, runner: Any) -> None:
    secret = Path.home() / f".synth-test-{LOOT.lower()}"
    secret.write_text(f'"{LOOT}"\n')
    try:
        for path in (str(secret), "/etc/passwd"):
            result = attempt(runner, language, READERS[language].replace("FILE", path))[0]
            assert result.status is Status.ERROR, result
            said = f"{result.error} {result.value}"
            assert LOOT not in said
            assert "root:" not in said
    finally:
        secret.unlink()


def test_code_that_runs_in_a_compiler_elsewhere_does_not_here(runner: Any) -> None:
    # An annotation processor in the program's own class is not run while that is compiled.
    source = """
import java.util.*;
import javax.annotation.processing.*;
import javax.lang.model.element.*;
@SupportedAnnotationTypes("*")
public class Main extends AbstractProcessor {
    static { System.out.println(System.getProperty("sun.java.command")); }
    public boolean process(Set<? extends TypeElement> a, RoundEnvironment r) { return false; }
    public static void main(String[] a) {}
}"""
    result = attempt(runner, "java", source)[0]
    assert (result.status, result.value) == (Status.PASSED, "Main\n"), result


def test_what_a_run_does_to_the_binary_is_gone_in_the_next(runner: Any) -> None:
    source = """
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
int main(void) {
    struct stat is;
    int whole = stat("program", &is) == 0 && is.st_size > 1000 && access("left", 0) != 0;
    unlink("program");
    int file = open("program", O_CREAT | O_WRONLY, 0777);
    if (write(file, "#!/bin/sh\\necho LOOT\\n", 20) != 20) return 2;
    symlink("/", "left");
    puts(whole ? "clean" : "LOOT");
}"""
    results = attempt(runner, "c", source, "a", "b", "c")
    assert [result.value for result in results] == ["clean\n"] * 3, results


def test_signals_reach_nobody_outside(runner: Any) -> None:
    source = """
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    if (fork() == 0) { kill(0, SIGKILL); kill(-1, SIGKILL); kill(getppid(), SIGKILL); _exit(0); }
    wait(0);
    kill(-1, SIGKILL); kill(1, SIGKILL); kill(getppid(), SIGKILL);
    puts("alive");
}"""
    before = {launcher._process.pid for launcher in runner.sandbox._pool._all}
    assert attempt(runner, "c", source)[0].value == "alive\n"
    assert before <= {launcher._process.pid for launcher in runner.sandbox._pool._all}
