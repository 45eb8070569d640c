"""Inputs that tell candidates apart, and what an answer to one rules out."""

import numpy as np
import pytest

from search.selection.distinguishing import answered, best_question, distinguishing_inputs

OUTPUTS = np.array([[1, 1, 1, 1], [1, 2, 1, 2], [1, 1, 2, 3], [1, 2, 2, 4]])


def test_only_inputs_on_which_two_programs_differ_tell_them_apart():
    assert distinguishing_inputs(OUTPUTS, 0, 1) == (3, 1)
    assert distinguishing_inputs(OUTPUTS, 0, 0) == ()
    failed = np.zeros(OUTPUTS.shape, bool)
    failed[1, 3] = True
    assert distinguishing_inputs(OUTPUTS, 0, 1, failed=failed, most=1) == (1,)


def test_the_best_question_splits_the_probability_most():
    assert best_question(OUTPUTS, [1, 1, 1, 1]) == 3
    assert best_question(OUTPUTS, [1, 0, 1, 0]) == 2
    assert best_question(OUTPUTS, [1, 1, 1, 1], asked=[3]) in (1, 2)
    assert best_question(OUTPUTS, [1, 0, 0, 0]) is None


def test_inputs_on_which_most_programs_fail_are_not_asked():
    failed = np.zeros(OUTPUTS.shape, bool)
    failed[1:, 3] = True
    assert best_question(OUTPUTS, [1, 1, 1, 1], failed=failed) in (1, 2)


def test_an_answer_leaves_the_programs_that_gave_it():
    assert answered(OUTPUTS, [0.1, 0.2, 0.3, 0.4], 1, 2) == pytest.approx([0, 1 / 3, 0, 2 / 3])
    assert answered(OUTPUTS, [0.1, 0.2, 0.3, 0.4], 1, 99).tolist() == [0, 0, 0, 0]


def test_asking_on_finds_any_program_in_few_questions():
    rng = np.random.default_rng(0)
    outputs = rng.integers(0, 2, (32, 40))
    for truth in range(32):
        p, asked = np.ones(32), []
        while (question := best_question(outputs, p, asked=asked)) is not None:
            asked.append(question)
            p = answered(outputs, p, question, int(outputs[truth, question]))
        assert p[truth] > 0
        assert (outputs[p > 0] == outputs[truth]).all()
        assert len(asked) <= 8


def test_a_probability_a_program_is_wanted():
    with pytest.raises(ValueError, match="for each of 4"):
        best_question(OUTPUTS, [1, 2])
