"""Confidence: a probability, falling with cost, rising with what speaks for a program."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from synth.inductive import Limits, Synthesis, make_task
from synth.inductive.answer import judge, leave_one_out
from synth.inductive.confidence import COEFFICIENTS, Evidence, probability
from synth.inductive.distinguishing import Behaviour

evidences = st.builds(
    Evidence,
    cost=st.integers(1, 60),
    examples=st.integers(1, 300),
    agreement=st.floats(0, 1),
    failures=st.floats(0, 1),
    conditionals=st.integers(0, 5),
    leave_one_out=st.none() | st.floats(0, 1),
    output_size=st.integers(0, 5_000),
)


@given(evidences)
def test_confidence_is_a_probability_and_falls_with_cost(evidence: Evidence) -> None:
    chance = probability(evidence)
    assert 0 < chance < 1
    assert probability(replace(evidence, cost=evidence.cost + 5)) <= chance
    assert evidence.examples < 3 or probability(replace(evidence, cost=99)) < chance
    assert len(COEFFICIENTS) == len(evidence.features())


@given(evidences)
def test_more_examples_and_more_agreement_never_lower_confidence(evidence: Evidence) -> None:
    chance = probability(evidence)
    assert probability(replace(evidence, examples=evidence.examples + 1)) >= chance
    assert probability(replace(evidence, agreement=1.0)) >= chance


def test_two_examples_never_make_it_sure() -> None:
    """However cheap the program and however long the outputs (the CSV case)."""
    for cost in (2, 5, 9):
        for output_size in (4, 40, 400, 4000):
            evidence = Evidence(cost, 2, 1.0, 0.0, 0, None, output_size)
            assert probability(evidence) <= 0.8
            assert probability(replace(evidence, examples=1)) <= 0.5
            four = replace(evidence, examples=4, leave_one_out=1.0)
            assert probability(four) > probability(evidence)


def test_leave_one_out_tells_a_rule_from_a_coincidence() -> None:
    limits = Limits(seconds=300, candidates=20_000, patience=300)
    rule = make_task([(([3, 1, 2],), [1, 2, 3]), (([9, 2, 4],), [2, 4, 9]), (([5],), [5]),
                      (([7, 8, 6],), [6, 7, 8])])  # fmt: skip
    search = Synthesis(rule)
    list(search.run(limits))
    told = leave_one_out(rule, search.found[0].term, 2.0)
    noise = make_task([((n,), m) for n, m in [(1, 17), (2, -4), (3, 90), (4, 33), (5, -61)]])
    other = Synthesis(noise)
    list(other.run(limits))
    assert told == 1.0
    if other.found:
        guessed = leave_one_out(noise, other.found[0].term, 1.0)
        assert guessed is None or guessed < 1.0


def test_the_question_splits_the_leaders_and_prefers_inputs_the_user_gave() -> None:
    task = make_task([(("ab",), "a"), (("cd",), "c")], inputs=[("xyz",), ("Qr s",)])
    search = Synthesis(task)
    list(search.run(Limits(seconds=300, candidates=5_000, patience=300)))
    programs, question = judge(search, check_seconds=0)
    assert len(programs) > 1
    assert question is not None
    assert len(set(map(repr, question.outputs))) > 1
    same = Behaviour(task, search.variables, [programs[0].term, programs[0].term])
    assert same.question([1.0, 1.0]) is None
    assert same.agreement(0) == 1.0
