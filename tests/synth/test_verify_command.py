"""`synth verify`: certificates hold for what they say, and for nothing less."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from synth.cli import main

PROBLEM = """
id: double
statement: Twice x.
entry_point: f
signature: "def f(x: int) -> int:"
examples:
  - {args: [1], expected: 2}
tests:
  - {kind: asserts, source: "assert f(5) == 10"}
"""


@pytest.fixture
def verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    (tmp_path / "problem.yaml").write_text(PROBLEM)

    def run(source: str, *options: str) -> tuple[int, str]:
        (tmp_path / "program.py").write_text(source)
        files = [str(tmp_path / "problem.yaml"), str(tmp_path / "program.py")]
        with pytest.raises(SystemExit) as exit:
            main(["verify", *files, *options])
        captured = capsys.readouterr()
        return int(exit.value.code or 0), captured.out + captured.err

    return run


def test_a_certificate_holds_for_its_program_and_says_what_differs_for_another(
    verify: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    path = str(tmp_path / "certificate.json")
    assert verify("def f(x): return 2 * x\n", "--certify", path, "--seed", "7")[0] == 0
    status, said = verify("def f(x): return 2 * x\n", "--certificate", path)
    assert (status, "the certificate holds" in said) == (0, True)
    status, said = verify("def f(x): return x + x\n", "--certificate", path)
    assert (status, "differs from the certificate: program" in said) == (1, True)


def test_a_certificate_cannot_leave_checks_out(
    verify: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    path = tmp_path / "certificate.json"
    wrong = "def f(x): return 2\n"
    assert verify(wrong, "--certify", str(path))[0] == 1
    forged = json.loads(path.read_text())
    forged["settings"]["checks"] = ["example"]
    forged |= {"passed": True, "outcomes": [["example", "example 1", "passed"]]}
    path.write_text(json.dumps(forged))
    status, said = verify(wrong, "--certificate", str(path))
    assert status == 1
    assert "not verified" in said
    assert "differs from the certificate: settings" in said
    assert "holds" not in said


@pytest.mark.parametrize("settings", [3, None, {"store": "x"}, {"seed": "a"}, {"symbolic": "1"}])
def test_settings_that_are_none_are_no_crash(
    verify: Callable[..., tuple[int, str]], tmp_path: Path, settings: object
) -> None:
    path = tmp_path / "certificate.json"
    right = "def f(x): return 2 * x\n"
    verify(right, "--certify", str(path))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"settings": settings}))
    status, said = verify(right, "--certificate", str(path))
    assert status in (1, 2)
    assert "certificate" in said
