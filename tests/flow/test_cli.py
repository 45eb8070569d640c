"""The commands as a user runs them."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.real_model import needs_model

ROOT = Path(__file__).resolve().parents[2]
STUB = '''def running_total(amounts: list[int]) -> list[int]:
    """The balance of an account after each booking, starting from zero.

    >>> running_total([50, -20, 5])
    [50, 30, 35]
    >>> running_total([])
    []
    """
    ...
'''


def synth(*arguments: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "synth", *arguments],
        cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, timeout=900,
        check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@needs_model
def test_solve_show_replay_and_resume_with_the_real_model(tmp_path):
    stub = tmp_path / "running_total.py"
    stub.write_text(STUB)
    out = tmp_path / "answer.py"
    done = synth("solve", str(stub), "-o", str(out))
    assert done.returncode == 0, done.stderr
    assert "verified: 2 of 2 examples" in done.stderr
    judged = synth("verify", str(stub), str(out), "--json")
    assert judged.returncode == 0, judged.stderr
    assert json.loads(judged.stdout)["passed"]
    shown = synth("show")
    assert "draft" in shown.stdout
    assert "verified" in shown.stdout
    replayed = synth("replay")
    assert replayed.returncode == 0
    assert replayed.stdout.startswith("identical: ")
    resumed = synth("resume")  # there is nothing left to do, and nothing is paid
    assert resumed.returncode == 0
    assert out.read_text().strip() == resumed.stdout.strip()
    runs = synth("runs", "--json")
    assert json.loads(runs.stdout)["verified"] is True
    record = tmp_path / "answers.jsonl"
    kept = tmp_path / "verdicts.sqlite"
    alone = ("solve", str(stub), "--set", "enumerate=0", "--verdicts", str(kept))
    asked = synth(*alone, "--record", str(record))
    assert json.loads(record.read_text().splitlines()[0])["completion"]["choices"]
    again = synth(*alone, "--model", f"recorded:{record}")
    assert again.returncode == asked.returncode
    assert again.stdout == asked.stdout
    with sqlite3.connect(kept) as database:
        assert database.execute("select count(*) from verdicts").fetchone()[0] > 0


@needs_model
def test_ctrl_c_returns_the_best_so_far_and_the_run_can_be_taken_up(tmp_path):
    """No program can pass: the search would go on until its budget."""
    problem = {
        "id": "never",
        "statement": "Write a function f(x) that returns x.",
        "signature": "def f(x: int) -> int",
        "examples": [{"input": 1, "output": 1}, {"input": 2, "output": 3}],
    }
    path = tmp_path / "never.json"
    path.write_text(json.dumps(problem))
    process = subprocess.Popen(
        [
            sys.executable, "-m", "synth", "solve", str(path), "--set", "rounds=20", "--set",
            "enumerate=0",
        ],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ,
    )  # fmt: skip
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line.startswith("node 1 draft"), line
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    output, errors = process.communicate(timeout=120)
    assert time.monotonic() - began < 60
    assert process.returncode == 1, errors
    assert "not solved (interrupt)" in errors
    assert "def f" in output
    assert synth("replay").returncode == 0
    resumed = synth("resume", "--budget.programs", "2")
    assert resumed.returncode == 1, resumed.stderr
    assert "budget: programs" in resumed.stderr


BAD = {
    "a missing file": (["solve", "nothing.yaml"], "nothing.yaml"),
    "no file": (["solve"], "FILE"),
    "a table without columns": (["solve", "--csv", "t.csv"], "--input"),
    "an unknown command": (["sovle"], "sovle"),
    "an unknown option": (["solve", "stub.py", "--modle", "x"], "--modle"),
    "an unknown model": (["solve", "stub.py", "--model", "gpt"], "unknown model 'gpt'"),
    "an unknown recipe": (["solve", "stub.py", "--recipe", "best-of-m"], "did you mean"),
    "an unknown strategy": (["solve", "stub.py", "--strategy", "mtcs"], "mcts"),
    "an unknown setting": (["solve", "stub.py", "--set", "m=1"], "no option 'm'"),
    "a setting without a value": (["solve", "stub.py", "--set", "n"], "NAME=VALUE"),
    "a setting out of range": (["solve", "stub.py", "--set", "n=0"], "n must be at least 1"),
    "a negative budget": (["solve", "stub.py", "--budget.tokens", "-1"], "budget.tokens"),
    "a budget that is no number": (["solve", "stub.py", "--budget.calls", "x"], "calls"),
    "an unknown run": (["show", "nothing"], "no run 'nothing'"),
    "a replay of nothing": (["replay", "nothing"], "no run 'nothing'"),
    "an output that is a directory": (["solve", "stub.py", "-o", "."], "is a directory"),
    "a file that is no problem": (["check", "text.yaml"], "text.yaml"),
    "no evidence": (["solve", "bare.py"], "nothing to verify"),
    "a program that is not there": (["verify", "stub.py", "none.py"], "none.py"),
    "a program without evidence": (["verify", "bare.py", "stub.py"], "nothing to verify"),
    "no certificate": (["verify", "stub.py", "bare.py", "--certificate", "bare.py"], "--certify"),
    "a certificate nowhere": (
        ["verify", "stub.py", "bare.py", "--certify", "no/x"],
        "no/x: cannot",
    ),
    "a reference that is wrong": (["verify", "wrong.yaml", "bare.py"], "wrong.yaml:3: reference: "),
    "weights nobody knows": (["model", "pull", "x"], "unknown weights 'x'"),
}


WRONG_REFERENCE = """entry_point: f
examples: [{input: 1, output: 2}]
reference: "def f(x): return x"
"""


@pytest.mark.parametrize(("arguments", "says"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_clear_line_and_status_2(tmp_path, arguments, says):
    (tmp_path / "stub.py").write_text(STUB)
    (tmp_path / "bare.py").write_text("def f(x):\n    ...\n")
    (tmp_path / "text.yaml").write_text("just a text")
    (tmp_path / "wrong.yaml").write_text(WRONG_REFERENCE)
    done = synth(*arguments, cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert done.stderr.startswith("synth: error: ")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


def test_verify_shows_the_trace_of_a_failure_and_reads_programs_as_python_does(tmp_path):
    (tmp_path / "stub.py").write_text(STUB)
    wrong = (
        "# -*- coding: latin-1 -*-\n# \xe4\ndef running_total(amounts):\n    return amounts[:]\n"
    )
    (tmp_path / "wrong.py").write_bytes(wrong.replace("\n", "\r\n").encode("latin-1"))
    done = synth("verify", "stub.py", "wrong.py", cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert done.returncode == 1, done.stderr
    assert "passed example 2\n" in done.stdout
    assert "running_total, line 4: amounts=[50, -20, 5], return=[50, -20, 5]" in done.stdout
    assert "nodes" in done.stdout


def test_a_table_is_filled_from_its_own_rows(tmp_path):
    people = [
        "Ada,Lovelace,AL",
        "Alan,Turing,AT",
        "Grace,Hopper,GH",
        "Kurt,Godel,",
        "Emmy,Noether,",
    ]
    table = "\n".join(["First,Last,Initials", *people])
    (tmp_path / "t.csv").write_text(table)
    arguments = ["--input", "First,Last", "--output", "Initials"]
    done = synth("solve", "--csv", "t.csv", *arguments, cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[4:] == ["Kurt,Godel,KG", "Emmy,Noether,EN"]
    wrong = synth(
        "solve", "--csv", "t.csv", "--input", "Frist", "--output", "Initials",
        cwd=tmp_path, PYTHONPATH=str(ROOT),
    )  # fmt: skip
    assert wrong.returncode == 2
    assert "no column 'Frist'" in wrong.stderr


def test_an_unreachable_server_is_named(tmp_path):
    (tmp_path / "stub.py").write_text(STUB)
    done = synth(
        "solve", "stub.py", "--model", "openai:x", "--base-url", "http://127.0.0.1:9/v1", "-q",
        "--set", "enumerate=0",
        cwd=tmp_path, PYTHONPATH=str(ROOT), OPENAI_API_KEY="sk-very-secret",
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "127.0.0.1:9" in done.stderr or "onnect" in done.stderr
    assert "sk-very-secret" not in done.stderr


def test_the_schema_is_json_and_the_doctor_knows_the_sandbox():
    assert "properties" in json.loads(synth("schema").stdout)
    assert "seccomp" in synth("doctor").stdout


def test_help_lists_every_command():
    text = synth("--help").stdout
    for command in ("solve", "verify", "show", "replay", "resume", "serve", "doctor", "model"):
        assert command in text
        assert synth(command, "--help").returncode == 0
