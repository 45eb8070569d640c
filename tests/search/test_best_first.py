"""Best-first search and REx: which program is repaired next, and when it is given up."""

from __future__ import annotations

from search.best_first import BestFirst
from search.rex import Rex
from search.tree import Expansion
from tests.search.stepping import Search


def test_best_first_repairs_the_best_until_it_is_tired_of_it() -> None:
    search = Search(BestFirst(drafts=2, fatigue=0.07, root_value=0.0, limit=20))
    search.level([0.4, 0.6], slots=2)
    assert [search.level([0.1], slots=1)[0] for _ in range(4)] == [2, 2, 1, 2]


def test_repairs_that_change_nothing_tire_best_first_of_their_whole_line() -> None:
    search = Search(BestFirst(drafts=2, fatigue=0.07, root_value=0.0, limit=20))
    search.level([0.5, 0.6], slots=2)
    assert [search.level([0.6], slots=1)[0] for _ in range(3)] == [2, 3, 1]
    better = Search(BestFirst(drafts=2, fatigue=0.07, root_value=0.0, limit=20))
    better.level([0.5, 0.6], slots=2)
    steps = [better.level([value], slots=1)[0] for value in (0.6, 0.65, 0.65, 0.65)]
    assert steps == [2, 3, 4, 5]  # 4 is a new best, so its line is fresh


def test_best_first_repeats_one_request_in_eight_and_only_for_the_best() -> None:
    values = [0.3, 0.32, 0.34, 0.36, 0.38, 0.4, 0.42, 0.9]
    search = Search(BestFirst(drafts=8, root_value=0.0))
    search.level(values, slots=8)
    made = search.ask(8)
    assert [search.tree.parents[nodes[0]][0] for nodes in made] == [8, 8, 7, 6, 5, 4, 3, 2]
    # Told the first of its two repairs, it may be asked again beside the other.
    search.tell(made[0][0], 0.0)
    assert search.tree.parents[search.ask(1)[0][0]] == (8,)


def test_best_first_does_not_repeat_what_is_no_better_with_the_request_counted() -> None:
    search = Search(BestFirst(drafts=2, fatigue=0.06, root_value=0.0))
    search.level([0.5, 0.6], slots=2)
    made = search.ask(2)
    assert [search.tree.parents[nodes[0]][0] for nodes in made] == [2, 1]


def test_best_first_forgets_no_program_of_a_line_it_repeats() -> None:
    """The best of a line is asked twice at a time; what is left of the line comes up as before."""
    search = Search(BestFirst(drafts=1, root_value=0.0))
    search.level([0.5], slots=1)
    search.level([0.5], slots=1)
    search.level([0.5], slots=1)  # a line of three equal programs
    made = search.ask(3)
    assert {search.tree.parents[nodes[0]][0] for nodes in made} >= {3, 2}
    for (node,) in made:
        search.tell(node, 0.0)
    assert {search.tree.parents[nodes[0]][0] for nodes in search.ask(4)} == {1, 2, 3}


def test_rex_prefers_what_passes_more_and_was_repaired_less() -> None:
    counts = {1: 0, 2: 0}
    for seed in range(60):
        search = Search(Rex(seed=seed, root_value=0.0, drafts=2))
        search.ask(2)
        search.tell(1, 0.3)
        search.tell(2, 0.8)
        parent = search.level([0.1], slots=1)[0]
        if parent:
            counts[parent] += 1
    assert counts[2] > 50 > counts[1]


def test_a_repair_counts_for_every_program_of_its_behaviour_in_rex() -> None:
    def spread(behaviours: tuple[int, int]) -> int:
        """How many of forty second repairs go to the other of two equal programs."""
        other = 0
        for seed in range(40):
            search = Search(Rex(seed=seed, root_value=0.0, drafts=2, c=1.0))
            search.ask(2)
            for node, behaviour in zip((1, 2), behaviours, strict=True):
                search.tell(node, 0.9, behaviour=behaviour)
            for index in range(30):
                made = search.tree.add(Expansion((1,), "repair", 1, index), index)
                search.tell(made[0], None)
            other += search.level([0.1], slots=1)[0] == 2
        return other

    assert spread((5, 6)) > 30  # only the first is worn out
    assert spread((5, 5)) < 30  # both are
