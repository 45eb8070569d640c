"""SyGuS files are problems like any other."""

from __future__ import annotations

import pytest

from synth.api import solve_async
from synth.errors import ProblemError
from synth.problem import Example
from synth.problem_file import read_problem

STRINGS = """(set-logic SLIA)
(synth-fun f ((name String)) String ((Start String (name " " (str.++ Start Start)))))
(constraint (= (f "Nancy FreeHafer") "Nancy"))
(constraint (= (f "Andrew Cencici") "Andrew"))
(check-synth)
"""
BITS = """(set-logic BV)
(synth-fun f ((x (BitVec 64))) (BitVec 64) ((Start (BitVec 64) (x (bvnot Start)))))
(constraint (= (f #x00000000000000f0) #x00000000000000e0))
(constraint (= (f #x0000000000000003) #x0000000000000002))
(constraint (= (f #x00000000000000a8) #x00000000000000a0))
(check-synth)
"""


def test_constraints_are_examples(tmp_path):
    (tmp_path / "first.sl").write_text(STRINGS)
    problem = read_problem(tmp_path / "first.sl")
    assert problem.examples[0] == Example(("Nancy FreeHafer",), "Nancy")
    assert problem.signature == "def f(name: str) -> str:"


@pytest.mark.parametrize("text", [STRINGS, BITS])
async def test_the_enumerator_solves_them_and_the_sandbox_agrees(tmp_path, text):
    (tmp_path / "one.sl").write_text(text)
    solution = await solve_async(tmp_path / "one.sl", model="none", runs=tmp_path)
    assert solution.verified
    assert solution.usage["calls"] == 0


@pytest.mark.parametrize(
    "text", ["(oops", "", "(check-synth)", STRINGS.replace('"Nancy")', "(f name))")]
)
def test_what_is_no_problem_by_examples_is_one_line(tmp_path, text):
    (tmp_path / "bad.sl").write_text(text)
    with pytest.raises(ProblemError, match=r"bad\.sl: "):
        read_problem(tmp_path / "bad.sl")
