"""Which programs are verified when they arrive one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.behaviour_tree import Ask, BehaviourTree, Hopeless, Known, Verify


def arrive(tree, rows):
    """Feed the programs; what was decided for each, and how many calls were made."""
    decided, calls = [], 0
    for program, row in enumerate(rows):
        outputs = {}
        while isinstance(advice := tree.look(outputs), Ask):
            assert not set(advice.inputs) & outputs.keys()
            outputs |= {i: int(row[i]) for i in advice.inputs}
        if isinstance(advice, Verify):
            outputs = {i: int(output) for i, output in enumerate(row)}
            tree.settle(program, outputs)
        decided.append(advice)
        calls += len(outputs)
    return decided, calls


def test_a_behaviour_is_verified_until_it_is_confirmed():
    decided, calls = arrive(BehaviourTree([0, 1], confirmations=2), [[1, 2, 3, 4]] * 5)
    assert decided == [Verify(), Verify(), Known(0), Known(0), Known(0)]
    assert calls == 4 + 4 + 2 + 2 + 2


def test_a_difference_found_by_confirming_is_asked_from_then_on():
    rows = [[1, 1, 1], [1, 1, 2], [1, 1, 1], [1, 1, 1], [1, 1, 2], [1, 1, 2], [1, 1, 3]]
    decided, _ = arrive(BehaviourTree([0], confirmations=2), rows)
    assert decided == [
        Verify(), Verify(), Verify(), Known(0), Verify(), Known(1), Verify()
    ]  # fmt: skip


def test_programs_that_fail_on_every_probe_are_given_up():
    tree = BehaviourTree([0, 1], is_failure=lambda output: output >= 90)
    decided, calls = arrive(tree, [[90, 91, 1], [90, 2, 1]])
    assert decided == [Hopeless(), Verify()]
    assert calls == 2 + 3


def test_programs_that_ignore_their_input_are_given_up_once_others_do_not():
    varied = [[1, 2, 3, 4, 5], [1, 2, 4, 4, 5], [1, 3, 3, 4, 5]]
    constant = [7, 7, 7, 7, 7]
    tree = BehaviourTree(range(4))
    assert arrive(tree, [*varied, constant])[0][-1] == Hopeless()
    assert arrive(BehaviourTree(range(4)), [constant, *varied])[0] == [Verify()] * 4
    assert Hopeless() not in arrive(BehaviourTree(range(4)), [constant] * 5)[0]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(0, 999), st.integers(1, 40), st.integers(0, 4), st.integers(1, 3))
def test_a_known_program_agrees_with_its_first_on_everything_asked(seed, n, probes, confirmations):
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 2, (n, 5))[rng.integers(0, n, n)]
    tree = BehaviourTree(range(probes), confirmations=confirmations)
    decided, calls = arrive(tree, rows)
    assert calls <= rows.size
    for program, advice in enumerate(decided):
        if isinstance(advice, Known):
            assert (rows[advice.first][:probes] == rows[program][:probes]).all()
            assert isinstance(decided[advice.first], Verify)


def test_with_every_input_as_a_probe_each_behaviour_is_verified_and_no_other():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 2, (60, 3))
    decided, _ = arrive(BehaviourTree(range(3), confirmations=1), rows)
    verified = [tuple(row) for row, a in zip(rows, decided, strict=True) if a == Verify()]
    assert sorted(verified) == sorted({tuple(row) for row in rows})


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="at least one of each"):
        BehaviourTree([0], confirmations=0)
    with pytest.raises(ValueError, match="drop the repeats"):
        BehaviourTree([0, 0])
    tree = BehaviourTree([0])
    with pytest.raises(ValueError, match="lack the probes"):
        tree.settle("p", {1: 5})
    tree.settle("p", {0: 1, 1: 5})
    with pytest.raises(ValueError, match="other inputs"):
        tree.settle("q", {0: 1, 2: 5})


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(0, 999), st.integers(2, 30), st.integers(0, 3), st.integers(1, 2))
def test_a_branch_knows_what_was_settled_before_it_and_nothing_else(seed, n, probes, confirmations):
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 2, (n, 4))
    cut = n // 2
    trunk = BehaviourTree(range(probes), confirmations=confirmations)
    arrive(trunk, rows[:cut])
    branch = trunk.branch()
    alone = BehaviourTree(range(probes), confirmations=confirmations)
    arrive(alone, rows[:cut])
    arrive(trunk, rows[::-1])  # what the trunk learns now is nothing to its branch
    assert arrive(branch, rows[cut:]) == arrive(alone, rows[cut:])


def test_how_many_are_still_to_be_verified_is_said():
    tree = BehaviourTree([0], confirmations=3)
    missing = []
    for program in range(3):
        missing.append(tree.look({0: 7}).missing)
        tree.settle(program, {0: 7, 1: 8})
    assert missing == [3, 2, 1]
    assert tree.look({0: 7}) == Known(0)
