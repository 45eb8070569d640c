"""No attack passes, learns anything, or leaves a trace on the host."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from synth.problem import Limits
from tests.verifiers.sandbox.as_nobody import command_as_nobody
from tests.verifiers.sandbox.attacks import ATTACKS, FORGING, Attack
from verifiers.sandbox import Call
from verifiers.verdict import Status

LIMITS = Limits(seconds=0.5, memory_mb=200, output_kb=256)
GIVEN = ["lib", "lib64", "usr", "dev", "proc", "tmp"]  # names a minimal root may well show


@dataclass
class Host:
    """What an attack could reach, and how to tell that it did."""

    directory: Path
    canary: Path
    listener: socket.socket
    datagrams: socket.socket
    abstract: socket.socket
    process: subprocess.Popen[bytes]
    variable: str
    hits: list[str] = field(default_factory=list)
    pwned: str = ""

    def told(self, expected: str) -> dict[str, Any]:
        """What the attacker is told, which is generous."""
        self.pwned = f"pwned-{secrets.token_hex(8)}"
        return {
            "directory": str(self.directory),
            "canary": str(self.canary),
            "pwned": self.pwned,
            "port": self.listener.getsockname()[1],
            "abstract": self.abstract.getsockname()[1:].decode(),
            "variable": self.variable,
            "canary_pid": self.process.pid,
            "driver_pid": os.getpid(),
            "node": os.uname().nodename,
            "expected": GIVEN,
            "secret_half": expected[:8],
        }

    def unharmed(self) -> None:
        assert self.process.poll() is None, "a process of the host was killed"
        assert self.canary.read_text() == "canary" * 3
        assert self.hits == [], "something was sent out"
        for place in ("/", "/tmp", "/var/tmp", "/dev/shm", "/run", ".", str(self.directory)):
            assert not os.path.exists(os.path.join(place, self.pwned))
        assert not os.path.exists("pwned")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    directory = tmp_path_factory.mktemp("host")
    directory.chmod(0o777)
    canary = directory / "canary"
    canary.write_text("canary" * 3)
    canary.chmod(0o666)
    listener = socket.create_server(("127.0.0.1", 0))
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", listener.getsockname()[1]))
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind("\0" + secrets.token_hex(8))
    abstract.listen()
    made = Host(
        directory,
        canary,
        listener,
        datagrams,
        abstract,
        subprocess.Popen(["sleep", "1000"]),
        secrets.token_hex(16),
    )
    os.environ["SANDBOX_TEST_SECRET"] = made.variable

    def accept(server: socket.socket) -> None:
        try:
            while True:
                server.accept()[0].close()
                made.hits.append("connection")
        except OSError:
            pass

    def receive() -> None:
        try:
            while datagrams.recv(100):
                made.hits.append("datagram")
        except OSError:
            pass

    threads = [threading.Thread(target=accept, args=(server,)) for server in (listener, abstract)]
    threads.append(threading.Thread(target=receive))
    for thread in threads:
        thread.start()
    yield made
    for server in (listener, abstract, datagrams):
        if server.type == socket.SOCK_DGRAM:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", datagrams.getsockname())
        else:
            server.shutdown(socket.SHUT_RDWR)
        server.close()
    for thread in threads:
        thread.join()
    made.process.kill()
    made.process.wait()
    del os.environ["SANDBOX_TEST_SECRET"]


def test_there_are_enough_attacks() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 60


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_ends_in_its_verdict_and_leaves_no_trace(
    attack: Attack, host: Host, runner: Any
) -> None:
    expected = secrets.token_hex(16)
    told = host.told(expected)
    calls = [Call("f", (told,)), Call("f", (told,))]
    execution = runner.run(attack.source, *calls, limits=LIMITS)
    assert len(execution.results) == 2
    first = execution.results[0]
    assert first.status in attack.ends, first
    for result in execution.results:
        seen = f"{result.value!r} {result.stdout} {result.error}"[:100_000]
        assert "LOOT" not in seen
        assert host.variable not in seen
        assert "canary" * 3 not in seen
        # As in every comparison here: exact builtin types, so nothing can equal by decree.
        assert not (result.status is Status.PASSED and result.value == expected)
    host.unharmed()
    after = runner.run("def f(x): return x + 1", Call("f", (1,)))
    assert after.results[0].value == 2, "the sandbox is not fit for the next program"


# Files of their own and processes are what such a program may have.
GRANTED = {"fill the disk"}  # with 256 MB that are gone with it


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_that_may_start_processes_gets_nothing_and_leaves_no_trace(
    attack: Attack, host: Host, runner: Any
) -> None:
    expected = secrets.token_hex(16)
    told = host.told(expected)
    limits = replace(LIMITS, spawn=True)
    for result in runner.run(attack.source, Call("f", (told,)), limits=limits).results:
        seen = f"{result.value!r} {result.stdout} {result.error}"[:100_000]
        assert "LOOT" not in seen or attack.name in GRANTED
        assert host.variable not in seen
        assert "canary" * 3 not in seen
        assert not (result.status is Status.PASSED and result.value == expected)
    host.unharmed()
    assert runner.left_over() == []
    after = runner.run("def f(x): return x + 1", Call("f", (1,)), limits=limits)
    assert after.results[0].value == 2, "the sandbox is not fit for the next program"


@pytest.mark.parametrize("attack", FORGING, ids=lambda attack: attack.name)
def test_forging_fails_where_tests_and_program_share_a_process(
    attack: Attack, host: Host, runner: Any
) -> None:
    told = {**host.told("x" * 16), "expected": []}
    tests = f"def check(candidate):\n    assert candidate({told!r}) == 'never'\n    assert False\n"
    judgement = runner.wait(
        runner.sandbox.run_together(tests, _program(attack.source), LIMITS, kind="check")
    )
    assert not judgement.passed
    assert [check.line for check in judgement.checks] == [2, 3]
    assert not judgement.checks[1].passed
    host.unharmed()


@pytest.mark.parametrize("attack", FORGING, ids=lambda attack: attack.name)
def test_forging_fails_behind_the_proxy(attack: Attack, host: Host, runner: Any) -> None:
    told = {**host.told("x" * 16), "expected": []}
    tests = f"def check(candidate):\n    assert candidate({told!r}) == 'never'\n    assert False\n"
    judgement = runner.wait(
        runner.sandbox.judge(tests, _program(attack.source), LIMITS, kind="check")
    )
    assert not any(check.passed for check in judgement.checks)
    assert len(judgement.checks) == 2
    host.unharmed()


def test_a_program_finds_nothing_of_the_one_before_it(host: Host, runner: Any) -> None:
    marker = secrets.token_hex(16)
    before = f"SECRET = '{marker}'\ndef f(x): return SECRET + x"
    search = (
        "import gc\n"
        "def f(half):\n"
        "    found = [v for o in gc.get_objects() if type(o) in (list, tuple)\n"
        "             for v in o if type(v) is str and v.startswith(half) and v != half]\n"
        "    found += [v for o in gc.get_objects() if type(o) is dict\n"
        "             for v in o.values() if type(v) is str and v.startswith(half) and v != half]\n"
        "    return found\n"
    )
    for _ in range(4):  # both workers, surely
        runner.run(before, Call("f", (marker,)))
        found = runner.run(search, Call("f", (marker[:10],))).results[0]
        assert found.value == []


def test_nothing_outlives_its_program(runner: Any) -> None:
    for attack in ATTACKS[:8]:
        runner.run(attack.source, Call("f", ({},)), limits=LIMITS)
    assert runner.left_over() == []


def _program(source: str) -> Any:
    from synth.program import Program

    return Program(source, "f")


@pytest.mark.slow
@pytest.mark.skipif(
    os.geteuid() != 0 or os.environ.get("SANDBOX_TEST_AGAIN") == "1",
    reason="running as an ordinary user already",
)
def test_the_attacks_fail_as_an_ordinary_user_too() -> None:
    pytest_here = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    here = Path(__file__)
    files = [here, here.with_name("test_honest.py"), here.with_name("test_languages.py")]
    with tempfile.TemporaryDirectory() as base:
        os.chmod(base, 0o777)
        done = subprocess.run(
            command_as_nobody([*pytest_here, f"--basetemp={base}/t", *map(str, files)]),
            env={**os.environ, "SANDBOX_TEST_AGAIN": "1", "HOME": "/", "TMPDIR": base},
            capture_output=True,
            text=True,
            timeout=900,
        )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
