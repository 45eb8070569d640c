"""The processes of a sandbox: replaced when they die, gone with their driver, refused unsealed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from synth.errors import SandboxError
from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import Call, Sandbox, probe, protocol
from verifiers.sandbox.requests import request

ROOT = Path(__file__).resolve().parents[3]


_DRIVER = """
import asyncio, pathlib, sys
sys.path.insert(0, sys.argv[1])
from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import Call, Sandbox

def tree(pid):
    found = [pid]
    for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += tree(int(child))
    return found

async def main():
    async with Sandbox(workers=1) as sandbox:
        programs = ["import time\\ndef f(): time.sleep(100)", "def f():\\n    while True: pass"]
        limits = Limits(seconds=100.0)
        ask = sandbox.run(Program(programs[int(sys.argv[2])], "f"), [Call("f", ())], limits)
        task = asyncio.create_task(ask)
        (warden,) = [launcher._process.pid for launcher in sandbox._pool._all]
        while len(tree(warden)) < 3:
            await asyncio.sleep(0.01)
        print(*tree(warden), flush=True)
        await task

asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["0", "1"])
def test_a_driver_that_is_killed_takes_all_with_it(kind: str, runner: Any) -> None:
    driver = subprocess.Popen(
        [sys.executable, "-P", "-c", _DRIVER, str(ROOT), kind], stdout=subprocess.PIPE, text=True
    )
    assert driver.stdout is not None
    pids = [int(pid) for pid in driver.stdout.readline().split()]
    assert len(pids) == 3
    driver.kill()
    driver.wait()
    driver.stdout.close()
    deadline = time.monotonic() + 20
    while any(map(_runs, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(_runs, pids))


def _first_child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"  # one that nobody has waited for yet is as good as gone


async def test_many_programs_run_at_once_and_cancelling_harms_none() -> None:
    async with Sandbox(workers=2) as sandbox:
        program = Program("def f(x): return x * 2")
        slow = Program("import time\ndef f(x): time.sleep(30)")
        tasks = [
            asyncio.create_task(sandbox.run(program, [Call("f", (i,))], Limits()))
            for i in range(50)
        ]
        hanging = [
            asyncio.create_task(sandbox.run(slow, [Call("f", (i,))], Limits(seconds=20)))
            for i in range(3)
        ]
        done = await asyncio.gather(*tasks)
        assert [execution.results[0].value for execution in done] == [2 * i for i in range(50)]
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
        again = await sandbox.run(program, [Call("f", (7,))], Limits())
        assert again.results[0].value == 14


async def test_who_waits_for_a_process_that_does_not_come_up_starts_one() -> None:
    async with Sandbox(workers=1) as sandbox:
        program = Program("import numpy\ndef f(): return 1")
        first, *others = (
            asyncio.create_task(sandbox.run(program, [Call("f")], Limits())) for _ in range(3)
        )
        await asyncio.sleep(0.05)  # the zygote that has numpy is coming up
        first.cancel()
        done = await asyncio.wait_for(asyncio.gather(*others), 60)
        assert [execution.results[0].value for execution in done] == [1, 1]


async def test_cancelling_what_was_sent_ahead_harms_no_start_and_no_session() -> None:
    async with Sandbox(workers=1) as sandbox:
        slow = Program("import numpy, time\ndef f(): time.sleep(0.4)\ndef g(): return 1")

        def later(function: str) -> asyncio.Task[Any]:
            return asyncio.create_task(sandbox.run(slow, [Call(function)], Limits()))

        async def talk() -> Any:
            async with sandbox.open(slow, Limits()) as session:
                return (await session.call(Call("g"))).value

        starting = [later("g"), later("g")]
        await asyncio.sleep(0.05)
        ahead = later("g")
        await asyncio.sleep(0.05)
        ahead.cancel()
        done = await asyncio.gather(*starting)
        assert [execution.results[0].value for execution in done] == [1, 1]

        first = later("f")
        await asyncio.sleep(0.05)
        session = asyncio.create_task(talk())
        await asyncio.sleep(0.05)
        ahead = later("f")
        await first
        await asyncio.sleep(0.05)  # the session has it now, and waits for what was sent ahead
        ahead.cancel()
        assert await session == 1


async def test_a_zygote_that_is_killed_is_replaced() -> None:
    async with Sandbox(workers=1) as sandbox:
        program = Program("def f(x): return x")
        for _ in range(2):
            for launcher in list(sandbox._pool._all):
                assert launcher._process is not None
                launcher._process.kill()
            execution = await sandbox.run(program, [Call("f", (1,))], Limits())
            assert execution.results[0].value == 1


async def test_a_zygote_that_is_stopped_is_replaced() -> None:
    async with Sandbox(workers=1) as sandbox:
        program = Program("def f(x): return x")
        (launcher,) = sandbox._pool._all
        assert launcher._process is not None
        zygote = _first_child(launcher._process.pid)
        os.kill(zygote, signal.SIGSTOP)
        try:
            execution = await sandbox.run(program, [Call("f", (1,))], Limits())
            assert execution.results[0].value == 1
            assert not _runs(zygote)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(zygote, signal.SIGKILL)


def test_other_event_loops_may_use_it_too(runner: Any) -> None:
    async def elsewhere() -> Any:
        return await runner.sandbox.run(Program("def f(): return 5"), [Call("f")], Limits())

    assert asyncio.run(elsewhere()).results[0].value == 5


def test_what_does_not_fit_behind_the_header_is_refused() -> None:
    job = {"source": "a" * (protocol.INBOX_BYTES - protocol.REQUEST.size)}
    with pytest.raises(SandboxError, match="split it"):  # it was waited for until the time was up
        request(protocol.BATCH, job, Limits())


async def test_a_sandbox_that_is_not_open_says_so() -> None:
    with pytest.raises(SandboxError, match="async with"):
        await Sandbox().run(Program(""), [], Limits())


async def test_a_machine_without_a_required_layer_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import verifiers.sandbox.pool as pool

    monkeypatch.setattr(pool, "REQUIRED", ("pid namespace", "a layer nobody has"))
    with pytest.raises(SandboxError, match="a layer nobody has"):
        async with Sandbox():
            pass
    async with Sandbox(unsafe=True) as sandbox:
        execution = await sandbox.run(Program("def f(): return 5"), [Call("f")], Limits())
        assert execution.results[0].value == 5


WITHOUT_NAMESPACES = r"""
import asyncio, ctypes, os
libc = ctypes.CDLL(None)
uid, gid = os.getuid(), os.getgid()
if libc.unshare(0x10000000):
    raise SystemExit("cannot try")
for name, text in ("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1"):
    open(f"/proc/self/{name}", "w").write(text)
try:
    open("/proc/sys/user/max_user_namespaces", "w").write("0")
except OSError:
    raise SystemExit("cannot try")
from synth.errors import SandboxError
from synth.problem import Limits
from synth.program import Program
from verifiers.sandbox import Call, Sandbox, probe
assert not probe().usable
async def run(unsafe, source):
    async with Sandbox(workers=1, unsafe=unsafe) as sandbox:
        return (await sandbox.run(Program(source), [Call("f")], Limits(seconds=0.4))).results[0]
try:
    asyncio.run(run(False, "def f(): return 1"))
except SandboxError as error:
    assert "no pid namespace" in str(error), error
else:
    raise SystemExit("was not refused")
for source, status in (
    ("def f(): return 1", "passed"),
    ("import os\ndef f():\n    while True: os.fork()", "forbidden"),
    ("def f():\n    while True: pass", "timeout"),
    ("def f(): return open('/etc/passwd').read()", "error"),
):
    result = asyncio.run(run(True, source))
    assert result.status == status, result
print("fine")
"""


def test_a_machine_without_user_namespaces_is_refused_and_can_be_forced() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NAMESPACES], capture_output=True, text=True, timeout=120
    )
    if "cannot try" in done.stderr:
        pytest.skip("this machine does not let a test take its namespaces away")
    assert done.stdout == "fine\n", done.stderr


def test_the_probe_names_every_layer(runner: Any) -> None:
    report = probe()
    assert report.usable
    assert {"pid namespace", "seccomp", "landlock"} <= {layer.name for layer in report.layers}
    assert all(layer.lost for layer in report.layers)
    assert all(layer.available or layer.reason for layer in report.layers)
