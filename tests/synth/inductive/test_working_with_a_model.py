"""Seeds, learned weights and repair: what enumeration takes from a model and gives back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from synth.inductive import Limits, Synthesis, answer, make_task
from synth.inductive.library import library, universe
from synth.inductive.repair import fill_holes, near_miss_seed, right_outputs, variants
from synth.inductive.seeds import Seed, expressions_of, seed_term
from synth.inductive.task import Task
from synth.inductive.value_types import STR, list_of
from synth.inductive.values import BOTTOM, thaw
from synth.inductive.weights import learn_weights

# Counted in candidates, so that a busy machine finds the same programs.
QUICK = Limits(seconds=300, candidates=100_000, patience=300)


def run_programs(task: Task) -> Any:
    """A trusted stand-in for the sandbox: the sources of these tests are our own."""

    def evaluate(sources: Sequence[str]) -> list[list[Any]]:
        outputs = []
        for source in sources:
            space: dict[str, Any] = {}
            exec(source, space)
            row = []
            for given in task.inputs:
                try:
                    row.append(space[task.name](*map(thaw, given, task.types)))
                except Exception:
                    row.append(BOTTOM)
            outputs.append(row)
        return outputs

    return evaluate


def test_a_seed_is_combined_with_the_library_and_its_text_appears_in_the_program() -> None:
    shown = [(("k3",), "<333>"), (("z5",), "<555>"), (("q7",), "<777>")]
    task = make_task(shown, parameters=["s"])
    seed = Seed("''.join(c * 3 for c in s if c.isdigit())", ("333", "555", "777"))
    search = Synthesis(task, seeds=[seed])
    list(search.run(QUICK))
    best = answer(search, check_seconds=0).best
    assert best is not None
    assert best.foreign
    space: dict[str, Any] = {}
    exec(best.source, space)
    assert space["f"]("b2") == "<222>"


def test_a_program_with_foreign_text_refuses_to_run_here() -> None:
    task = make_task([((1,), 10), ((2,), 40), ((3,), 90)], parameters=["n"])
    search = Synthesis(
        task, seeds=[Seed("mystery(n)", (10, 40, 90), preamble="def mystery(n): ...")]
    )
    list(search.run(QUICK))
    best = next(p for p in answer(search, check_seconds=0, most=8).programs if p.foreign)
    assert best.source.startswith("def mystery(n)")
    with pytest.raises(ValueError, match="sandbox"):
        best.function()


def test_seeds_that_raise_everywhere_or_use_unknown_names_are_left_out() -> None:
    task = make_task([((1,), 2), ((2,), 3)], parameters=["n"])
    variables = Synthesis(task).variables
    assert seed_term(Seed("n + 1", (BOTTOM, BOTTOM)), task, variables) is None
    assert seed_term(Seed("other + 1", (1, 2)), task, variables) is None
    assert seed_term(Seed("n + 1", (2, BOTTOM)), task, variables) is not None


def test_sub_expressions_of_a_program_are_closed_over_its_parameters() -> None:
    source = (
        "def g(text):\n"
        "    parts = text.split(',')\n"
        "    total = 0\n"
        "    for p in parts:\n"
        "        total += len(p)\n"
        "    return '-'.join(parts[::-1]) + str(total)\n"
    )
    found = expressions_of(source, ["s"])
    assert "s.split(',')" in found
    assert "'-'.join(s.split(',')[::-1])" in found
    assert not any("total" in text or "p)" in text for text in found)


def test_weights_make_what_samples_use_cheap_and_the_rest_dear() -> None:
    samples = ["def f(s): return ' '.join(s.split()[::-1])"] * 4 + ["def f(s) return"]
    components = library(universe([STR], STR))
    costs = learn_weights(samples, components)
    own = {component.name: component.cost for component in components}
    assert costs["words"] < own["words"] + 1
    assert costs["join"] <= own["join"]
    assert costs["upper"] > own["upper"]
    assert costs["words"] < costs["swapcase"]
    assert learn_weights(["not python ("], components) == {}


@pytest.mark.parametrize(
    ("source", "examples"),
    [
        ("def f(xs):\n    return [x for x in xs if x > 2]\n",
         [(([1, 5, 3],), [5]), (([9, 2, 4],), [9, 4])]),
        ("def f(xs):\n    return max(xs) - 1\n", [(([1, 5, 3],), 0), (([9, 2, 4],), 1)]),
        ("def f(xs):\n    return xs[0]\n", [(([1, 5],), 5), (([4, 7, 8],), 8)]),
    ],
)  # fmt: skip
def test_a_near_miss_is_repaired_by_one_filled_hole(
    source: str, examples: list[tuple[tuple[Any, ...], Any]]
) -> None:
    task = make_task(examples, parameters=["xs"])
    repair = next(fill_holes(source, task, run_programs(task)))
    assert repair.source != source
    assert all(right_outputs(run_programs(task)([repair.source])[0], task))


def test_holes_stop_at_their_budget() -> None:
    task = make_task([((1,), 100), ((2,), -5)], parameters=["n"])
    calls: list[int] = []
    inner = run_programs(task)

    def evaluate(sources: Sequence[str]) -> Any:
        calls.append(len(sources))
        return inner(sources)

    assert list(fill_holes("def f(n):\n    return n + 1\n", task, evaluate, most=20)) == []
    assert sum(calls) <= 20
    assert list(variants("def f(n) return", task)) == []


def test_a_program_that_is_right_on_some_examples_gets_its_missing_branch() -> None:
    source = "def f(xs):\n    return sum(x * x * 31 % 17 for x in xs)\n"
    inputs = [[1, 2], [5], [], [3, 3, 3], [4, 1], []]
    wanted = [sum(x * x * 31 % 17 for x in xs) if xs else -1 for xs in inputs]
    task = make_task([((xs,), y) for xs, y in zip(inputs, wanted, strict=True)], parameters=["xs"])
    outputs = run_programs(task)([source])[0]
    seed = near_miss_seed(source, "f", outputs, task)
    assert seed is not None
    search = Synthesis(task, seeds=[seed])
    list(search.run(QUICK))
    best = answer(search, check_seconds=0).best
    assert best is not None
    space: dict[str, Any] = {}
    exec(best.source, space)
    assert space["f"]([]) == -1
    assert space["f"]([7, 8]) == sum(x * x * 31 % 17 for x in (7, 8))


def test_a_program_that_is_right_nowhere_is_no_seed() -> None:
    task = make_task([((1,), 2), ((2,), 3)], parameters=["n"])
    assert near_miss_seed("def f(n): return 0", "f", [0, 0], task) is None
    assert list_of(STR).element is STR
