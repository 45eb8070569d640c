"""The enumerator builds on what the model got nearly right. All programs really run."""

from __future__ import annotations

from synth.api import replay, solve_async
from synth.budget import Budget
from synth.problem import Example, Problem
from synth.run_log import list_runs
from tests.synth.test_selection import Bodies, problem


async def hybrid(directory, bodies: list[str], given: Problem):
    solution = await solve_async(
        given,
        model=Bodies(bodies),
        recipe="hybrid",
        options={"n": 4, "siblings": 3, "rounds": 0, "enumerate": 0},
        runs=directory,
        budget=Budget(programs=64),
    )
    (row,) = list_runs(directory)
    fold, _ = replay(row.path)
    return solution, fold


async def test_a_program_one_edit_away_is_mended(tmp_path):
    """17 and 23 are constants no enumeration from the library would try together."""
    examples = tuple(Example((x,), x * 17 + 23) for x in (0, 1, -4, 9))
    solution, fold = await hybrid(
        tmp_path, ["return x * 17 + 22"] * 4, problem(examples=examples, statement="A line.")
    )
    assert solution.verified
    assert fold.nodes[solution.node.id].action == "mend"
    assert "23" in solution.program
    assert solution.usage["calls"] == 2  # the drafts; mending asks no model


async def test_parts_of_failed_programs_are_combined(tmp_path):
    """Neither half is right; one is right below zero, the other is a part of what is needed."""
    examples = tuple(
        Example((x,), x * x * 31 + 5 if x > 0 else -7 * x) for x in (3, 1, 8, -2, -5, -11)
    )
    bodies = ["return x * x * 31 + 5", "return -7 * x", "return 0", "return x"]
    solution, fold = await hybrid(
        tmp_path, bodies, problem(examples=examples, statement="Two branches.")
    )
    assert solution.verified
    assert fold.nodes[solution.node.id].action == "combine"


async def test_what_cannot_be_put_together_leaves_the_model_to_repair(tmp_path):
    examples = tuple(Example((x,), hash((x, "y")) % 1009) for x in range(8))
    solution, fold = await hybrid(
        tmp_path, ["return x"], problem(examples=examples, statement="Noise.")
    )
    assert not solution.verified
    assert {node.action for node in fold.nodes} >= {"draft", "mend", "combine"}


async def test_programs_that_mislead_do_not_keep_the_enumerator_from_its_own_way():
    """Costs learned from them make what is needed dear; a search without them runs beside."""
    from synth.enumeration import enumerate_programs

    examples = tuple(
        Example((xs,), sum(x for x in xs if x % 2 == 0)) for xs in ([1, 2, 4], [6, 3], [5], [8, 8])
    )
    misleading = ["def distance(x):\n    return max(x[0] * x[1] - len(x) ** 3, 7)\n"] * 6
    given = problem(examples=examples, statement="Evens.", signature="def distance(x):")
    drafts = await enumerate_programs(given, 3, 20.0, sources=misleading)
    scope: dict[str, object] = {}
    exec(drafts[0].program.source, scope)
    assert scope["distance"]([10, 7, 20]) == 30
    assert len({draft.program.source for draft in drafts}) == len(drafts)


async def test_a_problem_without_plain_examples_is_drafted_and_repaired_alone(tmp_path):
    from synth.problem import TestCode

    tests = (TestCode("asserts", "assert all(distance(x) == abs(x) for x in range(-3, 3))"),)
    solution, fold = await hybrid(
        tmp_path, ["return x", "return abs(x)"], problem(examples=(), tests=tests)
    )
    assert solution.verified
    assert {node.action for node in fold.nodes} == {"root", "draft"}
