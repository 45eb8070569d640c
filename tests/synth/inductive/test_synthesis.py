"""The search: finds everyday programs, prefers the cheapest, stops when told."""

from __future__ import annotations

from typing import Any

import pytest

from synth.inductive import Limits, Synthesis, answer, make_task, synthesize, synthesize_anytime

# Counted in candidates, so that a busy machine finds the same programs.
QUICK = Limits(seconds=300, candidates=100_000, patience=300)

EVERYDAY: list[tuple[list[tuple[tuple[Any, ...], Any]], list[tuple[tuple[Any, ...], Any]]]] = [
    ([((3, 4), 7), ((1, 9), 10), ((2, 2), 4)], [((10, -3), 7)]),
    ([(([3, 1, 2],), [1, 2, 3]), (([5, 4],), [4, 5])], [(([9, 1],), [1, 9])]),
    ([(([1, 2, 3],), [2, 4, 6]), (([5],), [10]), (([],), [])], [(([7, 8],), [14, 16])]),
    ([(("Ada Lovelace",), "Lovelace"), (("Alan Turing",), "Turing")], [(("Bo Li",), "Li")]),
    ([(("a-b-c",), "a_b_c"), (("x-y",), "x_y")], [(("q-r-s-t",), "q_r_s_t")]),
    ([((15, 0, 10), 10), ((-3, 0, 10), 0), ((5, 0, 10), 5), ((7, 6, 8), 7), ((3, 6, 8), 6)],
     [((9, 1, 4), 4)]),
    ([((["a", "b", "a"],), {"a": 2, "b": 1}), ((["z"],), {"z": 1}), (([],), {})],
     [((["q", "q"],), {"q": 2})]),
    ([(([1, 2, 3, 4],), (1, 4)), (([7, 3],), (3, 7)), (([5],), (5, 5))], [(([4, 9],), (4, 9))]),
    ([((-3,), "neg"), ((-1,), "neg"), ((4,), "pos"), ((17,), "pos"), ((0,), "zero")],
     [((-20,), "neg"), ((30,), "pos")]),
    ([(([5, 93, 14, 73, 4, 8],), [5, 93, 42, 73, 12, 24]), (([77, 0, 6],), [77, 0, 18]),
      (([3, 4],), [3, 12])], [(([2, 1],), [6, 1])]),
    ([(([22, 1, 6, 8],), [23, 7, 14]), (([8, 2, 65],), [10, 67]), (([1, 1],), [2])],
     [(([1, 2, 3, 4],), [3, 5, 7])]),
    ([(([88, 93, 73],), [88, 1, 93, 2, 73, 3]), (([11, 0],), [11, 1, 0, 2])],
     [(([5],), [5, 1])]),
]  # fmt: skip


@pytest.mark.parametrize(("shown", "held"), EVERYDAY, ids=lambda pairs: repr(pairs[0])[:40])
def test_everyday_programs_are_right_on_inputs_that_were_not_shown(
    shown: list[tuple[tuple[Any, ...], Any]], held: list[tuple[tuple[Any, ...], Any]]
) -> None:
    found = synthesize(shown, limits=QUICK, check_seconds=0)
    assert found.best is not None
    function = found.best.function()
    for arguments, output in [*shown, *held]:
        assert function(*arguments) == output


def test_the_source_stands_alone() -> None:
    found = synthesize(
        [(("x1y22",), "122"), (("a3b",), "3"), (("77",), "77")], name="digits",
        parameters=["text"], limits=QUICK, check_seconds=0,
    )  # fmt: skip
    assert found.best is not None
    space: dict[str, Any] = {}
    exec(found.best.source, space)
    assert space["digits"]("q9w8") == "98"
    assert "def digits(text):" in found.best.source


def test_optional_outputs_get_a_none_branch() -> None:
    shown = [(([3, 5],), 3), (([8],), 8), (([],), None), (([2, 2, 9],), 2)]
    found = synthesize(shown, limits=QUICK, check_seconds=0)
    assert found.best is not None
    assert found.best.function()([]) is None
    assert found.best.function()([6, 7]) == 6


def test_a_user_component_is_used_where_it_is_the_short_way() -> None:
    def collatz_length(n: int) -> int:
        steps = 0
        while n > 1 and steps < 1000:
            n = 3 * n + 1 if n % 2 else n // 2
            steps += 1
        return steps

    shown = [(([6, 7],), [8, 16]), (([27],), [111]), (([1, 2, 3],), [0, 1, 7])]
    found = synthesize(shown, components=[collatz_length], limits=QUICK, check_seconds=0)
    assert found.best is not None
    assert "collatz_length" in found.best.source
    function = found.best.function({"collatz_length": collatz_length})
    assert function([9, 10]) == [19, 6]


def test_many_examples_are_searched_by_counterexamples() -> None:
    shown = [((n,), "even" if n % 2 == 0 else "odd") for n in range(60)]
    search = Synthesis(make_task(shown))
    for _ in search.run(QUICK):
        pass
    assert search.found
    assert len(search._places) < 20
    function = answer(search, check_seconds=0).programs[0].function()
    assert function(1001) == "odd"


def test_a_candidate_budget_gives_the_same_programs_every_time() -> None:
    shown = [(("ann chang",), "a.chang"), (("bobby smith",), "b.smith"), (("jo li",), "j.li")]

    def run() -> list[str]:
        search = Synthesis(make_task(shown))
        list(search.run(Limits(seconds=60, candidates=20_000, patience=60)))
        return [repr(found.term) for found in search.found]

    assert run() == run() != []


def test_a_search_can_be_run_on_and_only_improves() -> None:
    shown = [(([5, 1, 2],), 7), (([8, 9, 4, 4],), 17), (([3],), 3), (([2, 2],), 4)]
    search = Synthesis(make_task(shown))
    costs = []
    for _ in range(30):
        list(search.run(Limits(seconds=0.1, patience=60)))
        if search.found:
            costs.append(search.best_cost)
        if search.stopped == "cheapest":
            break
    assert costs
    assert costs == sorted(costs, reverse=True)


def test_should_stop_ends_a_search_that_would_go_on() -> None:
    shown = [((n,), (n * 7919) % 104729) for n in range(1, 9)]
    asked = []
    search = Synthesis(make_task(shown))

    def stop() -> bool:
        asked.append(1)
        return len(asked) >= 2

    list(search.run(Limits(seconds=30), should_stop=stop))
    assert search.stopped == "asked"
    assert search.seconds < 20


def test_improvements_arrive_as_they_are_found() -> None:
    shown = [(("Nancy FreeHafer",), "N. FreeHafer"), (("Jan Kotas",), "J. Kotas")]
    costs = [program.cost for program in synthesize_anytime(make_task(shown), QUICK)]
    assert costs
    assert costs == sorted(costs, reverse=True)


def test_contradicting_examples_are_named() -> None:
    with pytest.raises(ValueError, match="contradict each other: f\\(1,\\) is both 2 and 3"):
        make_task([((1,), 2), ((1,), 3)])


def test_a_repeated_example_keeps_its_place() -> None:
    task = make_task([((1,), 2), ((1,), 2), ((5,), 6)])
    assert task.inputs == ((1,), (1,), (5,))
    assert task.outputs == (2, 2, 6)


def test_examples_of_different_arity_are_named() -> None:
    with pytest.raises(ValueError, match="1 and 2 arguments"):
        make_task([((1,), 2), ((1, 2), 3)])


def test_no_program_is_said_with_what_would_help() -> None:
    shown = [((n,), (n * 7919 + n**3) % 104729) for n in range(1, 9)]
    found = synthesize(shown, limits=Limits(seconds=0.3))
    if found.best is None:
        assert "use a model" in found.advice()
    else:
        assert found.best.probability < 0.6


def test_low_confidence_asks_about_an_input_on_which_leaders_differ() -> None:
    found = synthesize([(("ab",), "a"), (("cd",), "c")], limits=QUICK)
    assert found.question is not None
    assert len(set(map(repr, found.question.outputs))) > 1
