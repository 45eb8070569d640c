"""Each value: in [0, 1], batched, and ahead for what it is meant to favour."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.errors import UsageError
from synth.problem import Example, Problem
from synth.program import Program
from verifiers.value import Combined, Evidence, value_names, value_of
from verifiers.value.agreement import Agreement, agreements
from verifiers.value.features import BEFORE_RUNNING, NAMES, describe
from verifiers.value.judged import read_grade, read_preference
from verifiers.value.log_probability import LogProbability
from verifiers.value.passed import Passed
from verifiers.value.self_certainty import SelfCertainty, measure_of, uniform_divergence
from verifiers.value.static_quality import FACTORS, findings, quality
from verifiers.verdict import Outcome, Status, Verdict

PROBLEM = Problem(
    id="p",
    statement="Add one to x.",
    entry_point="f",
    signature="def f(x):",
    examples=(Example((1,), 2), Example((5,), 6)),
)


def program(source: str) -> Program:
    return Program(source, "f")


def verdict(*passed: bool) -> Verdict:
    return Verdict(
        tuple(
            Outcome("example", str(i), Status.PASSED if ok else Status.FAILED)
            for i, ok in enumerate(passed)
        )
    )


_evidence = st.builds(
    Evidence,
    program=st.none()
    | st.sampled_from(["def f(x):\n    return x", "def f(", "", "x = 1"]).map(program),
    verdict=st.none() | st.lists(st.booleans(), max_size=4).map(lambda row: verdict(*row)),
    logprobs=st.lists(st.floats(-20, 0), max_size=5).map(tuple),
    answer_logprobs=st.lists(st.floats(-20, 0), max_size=5).map(tuple),
    line_logprobs=st.lists(st.floats(-20, 0), max_size=3).map(tuple),
    outputs=st.lists(st.integers(0, 3), min_size=2, max_size=2).map(tuple),
    peers=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=3).map(tuple),
    judged=st.none() | st.floats(0, 1),
    parent_score=st.none() | st.floats(0, 1),
)


@pytest.mark.parametrize(
    "name", [*value_names(), "graded*2,static", "product:passed,logprob", "max:passed,judge"]
)
@given(batch=st.lists(_evidence, max_size=4))
def test_every_value_gives_each_candidate_a_number_in_the_unit_interval(name, batch):
    scores = value_of(name).score(PROBLEM, batch)
    assert len(scores) == len(batch)
    assert all(0.0 <= score <= 1.0 for score in scores)


@given(batch=st.lists(_evidence, max_size=4))
def test_every_row_of_features_has_the_same_names(batch):
    assert all(tuple(row) == NAMES for row in describe(PROBLEM, batch))
    assert set(BEFORE_RUNNING) < set(NAMES)
    assert "passed" not in BEFORE_RUNNING


def test_features_that_are_known_before_running_do_not_depend_on_the_verdict():
    source = program("def f(x):\n    return x")
    rows = describe(PROBLEM, [Evidence(source), Evidence(source, verdict(True, False))])
    before = [{name: row[name] for name in BEFORE_RUNNING} for row in rows]
    assert repr(before[0]) == repr(before[1])  # nan is not equal to itself


@pytest.mark.parametrize(
    ("source", "finding"),
    [
        ("def g(x):\n    return x", "no entry point"),
        ("def f(x):\n    pass", "empty"),
        ("def f(x):\n    raise NotImplementedError", "not implemented"),
        ("def f(x):\n    return x + y", "undefined name"),
        ("def f(x):\n    x + 1", "no return"),
        ("def f(x):\n    return 2", "a constant answer"),
        (
            "def f(x):\n    if x == 11:\n        return 12\n    if x == 5:\n        return 6\n"
            "    return x",
            "examples as code",
        ),
        ("def f(x):\n    while True:\n        x += 1", "endless loop"),
        ("def f(x):\n    return 1 + 1", "unused argument"),
        ("def f(x):\n    return x == x", "compares with itself"),
        ("def f(x):\n    return x\n    x = 1", "unreachable"),
        ("def f(x):\n    if x:\n        return 1", "a path without return"),
        (
            "def f(x):\n    try:\n        return x\n    except:\n        return 0",
            "catches everything",
        ),
        ("def f(x, seen=[]):\n    return x, seen", "mutable default"),
        ("def f(x):\n    return [\n" + "x + 1,\n" * 300 + "]", "large"),
    ],
)
def test_a_finding_is_found_and_lowers_the_value(source, finding):
    assert finding in findings(PROBLEM, program(source))
    assert quality(PROBLEM, program(source)) <= FACTORS[finding]


def test_every_finding_has_a_case_above():
    marks = test_a_finding_is_found_and_lowers_the_value.pytestmark
    assert {case[1] for case in marks[0].args[1]} == set(FACTORS)


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return x + 1\n",
        "def f(x):\n    if x:\n        return 1\n    else:\n        return 2\n",
        "def f(x):\n    while True:\n        if x > 3:\n            return x\n        x += 1\n",
        "def f(x):\n    for i in range(x):\n        yield i\n",
        "def f(x):\n    try:\n        return int(x)\n    except ValueError:\n        return 0\n",
        "def f(x):\n    with open(x) as file:\n        return file.read()\n",
        "f = lambda x: x + 1\n",
        "from math import *\ndef f(x):\n    return sqrt(x)\n",
        "def f(x):\n    if x == 0:\n        return 1\n    return x * f(x - 1)\n",
    ],
)
def test_a_program_without_faults_has_the_whole_value(source):
    assert findings(PROBLEM, program(source)) == ()
    assert quality(PROBLEM, program(source)) == 1.0


def test_a_program_that_does_not_parse_is_below_one_that_does():
    late = quality(PROBLEM, program("def f(x):\n    x += 1\n    y = x\n    return (\n"))
    early = quality(PROBLEM, program("def f(x:\n    x += 1\n    y = x\n    return 1\n"))
    parses = quality(PROBLEM, program("def f(x):\n    return x + x"))
    assert 0.0 <= early < late < parses


def test_the_likelier_program_has_the_higher_value_whatever_its_length():
    likely, unlikely = (-0.1,) * 50, (-0.5,) * 5
    scores = LogProbability().score(
        PROBLEM, [Evidence(None, logprobs=row) for row in (likely, unlikely)]
    )
    assert scores == [pytest.approx(math.exp(-0.1)), pytest.approx(math.exp(-0.5))]
    total = LogProbability("normalised", alpha=0.0)
    scores = total.score(PROBLEM, [Evidence(None, logprobs=row) for row in (likely, unlikely)])
    assert scores[0] < scores[1]


def test_the_least_likely_token_and_line_count_where_asked_for():
    item = Evidence(None, logprobs=(-0.1, -3.0), line_logprobs=(-0.2, -1.0))
    assert LogProbability("minimum").score(PROBLEM, [item]) == [pytest.approx(math.exp(-3))]
    assert LogProbability("line").score(PROBLEM, [item]) == [pytest.approx(math.exp(-1))]


def test_self_certainty_says_by_what_it_measures():
    drawn = Evidence(None, answer_logprobs=(-0.5,))
    known = Evidence(None, distributions=((math.log(0.9), math.log(0.05)),))
    assert measure_of(drawn) == "log-probability"
    assert measure_of(known) == "divergence"
    assert measure_of(Evidence(None)) == "nothing"
    assert SelfCertainty().score(PROBLEM, [drawn]) == [pytest.approx(math.exp(-0.5))]


def test_divergence_from_the_uniform_distribution_is_exact_where_all_tokens_are_named():
    row = [math.log(p) for p in (0.7, 0.2, 0.1)]
    wanted = sum((math.log(1 / 3) - log) / 3 for log in row)
    assert uniform_divergence(row, 3) == pytest.approx(wanted)
    assert uniform_divergence([math.log(0.25)] * 4, 4) == pytest.approx(0.0)
    surer = uniform_divergence([math.log(0.99)], 1000)
    assert surer > uniform_divergence([math.log(0.5)], 1000)
    with pytest.raises(ValueError, match="2 tokens named"):
        uniform_divergence([-1.0, -1.0], 1)


def test_the_program_most_others_agree_with_is_ahead():
    batch = [Evidence(None, outputs=row) for row in ((1, 2), (1, 2), (1, 3), (7, 8))]
    scores = Agreement().score(PROBLEM, batch)
    assert scores[0] == scores[1] > scores[2] > scores[3] == 0.0


def test_peers_outside_the_batch_count_and_a_failure_agrees_with_nobody():
    peers = ((1, 2), (1, 2))
    alone, failing = (
        Evidence(None, outputs=(1, 2), peers=peers),
        Evidence(None, outputs=(1, 2), failed=(False, True), peers=peers),
    )
    assert agreements([alone]) == [1.0]
    assert agreements([failing]) == [0.5]
    assert agreements([Evidence(None, outputs=(1,))]) == [None]


def test_without_probes_the_answers_to_the_checks_are_compared():
    same = [Evidence(None, verdict(True, False)), Evidence(None, verdict(True, False))]
    assert agreements([*same, Evidence(None, verdict(False, True))])[0] == 0.5


@pytest.mark.parametrize(
    ("text", "value", "reasons"),
    [
        ("Looks right. Grade: 8/10", 0.8, "Looks right"),
        ("The loop is off by one.\n**Grade:** 3", 0.3, "The loop is off by one"),
        ("Score: 7 out of 10 because it sorts", 0.7, "because it sorts"),
        ("10/10", 1.0, ""),
        ("6", 0.6, ""),
        ("Grade: 2/10. No, after a second look: Grade: 9/10", 0.9, None),
        ("rating: 4.5/5", 0.9, ""),
    ],
)
def test_a_grade_is_read_with_its_reasons(text, value, reasons):
    grade = read_grade(text)
    assert grade is not None
    assert grade.value == pytest.approx(value)
    assert reasons is None or grade.reasons == reasons


@pytest.mark.parametrize(
    "text", ["", "It is right.", "Grade: 17/10", "Grade: good", "f(3) returns 4"]
)
def test_no_grade_is_made_up(text):
    assert read_grade(text) is None


@given(st.text(max_size=60))
def test_any_answer_gives_a_grade_in_the_unit_interval_or_none(text):
    grade = read_grade(text)
    assert grade is None or 0.0 <= grade.value <= 1.0
    assert read_preference(text) in (None, "first", "second", "tie")


@pytest.mark.parametrize(
    ("text", "preference"),
    [
        ("Better: A", "first"),
        ("The second handles [].\nBetter: **B**", "second"),
        ("Winner: program A", "first"),
        ("Better: tie", "tie"),
        ("B", "second"),
        ("A better program would sort", None),
        ("I cannot say", None),
    ],
)
def test_a_preference_is_read(text, preference):
    assert read_preference(text) == preference


def test_the_hybrid_follows_tests_and_lets_the_judge_break_ties():
    items = [
        Evidence(None, verdict(True, False), judged=0.9),
        Evidence(None, verdict(True, False), judged=0.1),
        Evidence(None, verdict(False, False), judged=1.0),
        Evidence(None, verdict(True, False)),
    ]
    first, second, third, ungraded = value_of("hybrid").score(PROBLEM, items)
    assert first > second > third
    assert ungraded == 0.5


def test_a_weighted_mean_a_product_and_the_greatest():
    items = [Evidence(None, verdict(True, False), judged=1.0)]
    assert value_of("passed*3,judge").score(PROBLEM, items) == [pytest.approx(0.625)]
    assert value_of("product:passed,judge").score(PROBLEM, items) == [pytest.approx(0.5**0.5)]
    assert value_of("max:passed,judge").score(PROBLEM, items) == [1.0]
    assert value_of("passed,judge").needs == {"judged"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("grded", "did you mean 'graded'"),
        ("", "no value is named"),
        ("graded*two", "a weight is a number"),
        ("graded*-1,passed", "weights are at least 0"),
        ("zzzzzzz", "there are: passed"),
    ],
)
def test_a_wrong_name_is_one_clear_line(text, message):
    with pytest.raises(UsageError, match=message) as caught:
        value_of(text)
    assert "\n" not in str(caught.value)


def test_a_combination_needs_as_many_weights_as_parts():
    with pytest.raises(ValueError, match="2 weights for 1 values"):
        Combined((Passed(),), (1.0, 2.0))
