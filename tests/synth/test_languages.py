"""Problems that want their program in another language than Python."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from synth.actions.describe import describe
from synth.errors import ProblemError
from synth.problem import Case, Problem
from synth.problem_file import read_problem
from synth.problem_lint import lint
from synth.problems.schema import Language
from synth.program import Program
from verifiers.sandbox import Sandbox, compiled, languages
from verifiers.verify import StandardVerifier

FILE = """
statement: Print the sum of two numbers.
language: C++
reference: print(sum(map(int, input().split())))
starter: "#include <iostream>"
cases:
  - {stdin: "1 2", stdout: "3"}
  - {stdin: "10 20", stdout: "30"}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "sum.yaml"
    path.write_text(text)
    return path


def test_a_file_may_name_every_language_there_is_an_adapter_for() -> None:
    assert set(get_args(Language)) == {"python", *languages.names()}


def test_a_language_is_known_by_its_common_names(tmp_path: Path) -> None:
    problem = read_problem(written(tmp_path, FILE))
    assert problem.language == "cpp"
    assert describe(problem).startswith("Solve this programming problem in C++ with")
    assert "```cpp\n#include <iostream>\n```" in describe(problem)
    with pytest.raises(ProblemError, match="'cobol' is not one of 'python', 'c', 'cpp'"):
        read_problem(written(tmp_path, FILE.replace("C++", "cobol")))


@pytest.mark.parametrize(
    "more", ["entry_point: f", "asserts: assert True", "examples: ['f(1)==1']"]
)
def test_functions_are_asked_for_in_python_alone(more: str, tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"is for functions in Python; a program in 'cpp'"):
        read_problem(written(tmp_path, f"{FILE}{more}\n"))


def test_a_problem_made_by_hand_is_held_to_the_same() -> None:
    with pytest.raises(ProblemError, match="functions and test code are for Python"):
        Problem("p", "Double.", entry_point="double", language="rust")


def test_a_missing_tool_chain_is_found_before_money_is_spent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = Problem("p", "Print 1.", language="go", cases=(Case("", "1"), Case("2", "1")))
    monkeypatch.setattr(compiled, "tool_chain", lambda language: None)
    (finding,) = (item for item in lint(problem) if item.severity == "error")
    assert (finding.code, finding.field) == ("language", "language")
    assert finding.message == "no tool chain for Go: install Go (go)"


async def test_a_program_is_judged_by_its_cases_and_a_reference_in_python(tmp_path: Path) -> None:
    if compiled.tool_chain("cpp") is None:
        pytest.skip("no C++ compiler")
    problem = read_problem(written(tmp_path, FILE))
    source = (
        "#include <iostream>\nint main() { long a, b; std::cin >> a >> b; std::cout << a + b; }"
    )
    wrong = source.replace("a + b", "(a == 1 || a == 10 ? a + b : 0)")  # right on the cases alone
    async with Sandbox(workers=2) as sandbox:
        verifier = StandardVerifier(sandbox)
        programs = [Program(text, language="cpp") for text in (source, wrong)]
        verdicts = await verifier.verify(problem, programs)
    assert [verdict.passed for verdict in verdicts] == [True, False]
    assert verdicts[1].outcomes[-1].check == "reference"
