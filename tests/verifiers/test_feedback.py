from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from verifiers.feedback import render
from verifiers.verdict import Outcome, Status, Verdict

text = st.text(max_size=200)
outcomes = st.builds(
    Outcome,
    check=st.sampled_from(["example", "assert", "stdio"]),
    name=text,
    status=st.sampled_from(Status),
    input=text,
    expected=text,
    actual=text,
    error=text,
    line=st.integers(0, 50),
    gates=st.booleans(),
)
verdicts = st.builds(Verdict, st.lists(outcomes, max_size=8).map(tuple))


@given(verdicts, st.integers(0, 600))
def test_feedback_keeps_to_its_limit_and_repeats_itself(verdict: Verdict, limit: int) -> None:
    first = render(verdict, limit)
    assert len(first) <= limit
    assert first == render(Verdict.from_json(verdict.to_json()), limit)


def failed(**fields: object) -> Outcome:
    return Outcome("example", "example 1", **{"status": Status.FAILED, **fields})


def test_the_smallest_failing_case_comes_first() -> None:
    large = failed(input="f([1, 2, 3, 4])", expected="4", actual="5")
    small = failed(input="f([])", expected="0", actual="1")
    text = render(Verdict((large, small)))
    assert text.startswith("0 of 2 checks passed.")
    assert text.index("f([])") < text.index("f([1, 2, 3, 4])")
    assert "expected: 0" in text
    assert "got: 1" in text


def test_different_ways_of_failing_are_shown_before_repetitions() -> None:
    wrong = [failed(input=f"f({i})", expected="0", actual="1") for i in range(9)]
    raised = failed(status=Status.ERROR, input="f([1] * 9)", error="KeyError: 3", line=4)
    text = render(Verdict((*wrong, raised)))
    assert "raised KeyError: 3 at line 4" in text
    assert "7 more checks fail" in text


def test_a_program_that_does_not_load_is_told_once() -> None:
    broken = [
        failed(status=Status.ERROR, input=f"f({i})", error="SyntaxError: invalid syntax", line=3)
        for i in range(5)
    ]
    text = render(Verdict(tuple(broken)))
    assert text == (
        "No check passed. Every one ended the same way: raised SyntaxError: invalid syntax at "
        "line 3."
    )


def test_what_goes_wrong_everywhere_is_told_once_with_the_smallest_case() -> None:
    raised = [
        failed(status=Status.ERROR, input=f"f({i})", expected="0", error="KeyError: 3", line=4)
        for i in (100, 7, 10)
    ]
    assert render(Verdict(tuple(raised))) == (
        "No check passed. Every one ended the same way: raised KeyError: 3 at line 4. The "
        "smallest:\n  input: f(7)\n  expected: 0"
    )


def test_a_check_that_was_not_tried_is_only_counted() -> None:
    slow = failed(status=Status.TIMEOUT, input="f(10)", error="TimeoutError: more than 2 s")
    untried = failed(status=Status.TIMEOUT, input="f(1)", error="NotMade: not tried")
    text = render(Verdict((slow, untried)))
    assert "f(10)" in text
    assert "f(1)" not in text
    assert text.endswith("1 was not tried after that.")


def test_votes_are_counted_but_not_shown() -> None:
    vote = Outcome("assert", "t", Status.FAILED, input="f(9)", expected="WRONG", gates=False)
    text = render(Verdict((failed(input="f(1)", expected="1", actual="2"), vote)))
    assert "WRONG" not in text
    assert "0 of 1 further checks" in text


def test_where_all_is_votes_they_are_counted() -> None:
    vote = Outcome("assert", "t", Status.PASSED, gates=False)
    assert render(Verdict((vote,))) == (
        "1 of 1 further checks, which may themselves be wrong, agree."
    )


def test_what_a_linter_found_is_told_and_a_clean_one_is_not_counted() -> None:
    clean = Outcome("static", "mypy", Status.PASSED, gates=False)
    error = "F821 Undefined name `x`"
    found = Outcome("static", "ruff", Status.FAILED, error=error, line=3, gates=False)
    text = render(Verdict((failed(input="f(1)", expected="1", actual="2"), clean, found)))
    assert text.endswith("ruff says of line 3: F821 Undefined name `x`")
    assert "further checks" not in text


def test_a_time_out_is_told_without_a_time() -> None:
    slow = failed(status=Status.TIMEOUT, input="f(10)", error="TimeoutError: more than 2 s", line=7)
    text = render(Verdict((slow, Outcome("example", "example 2", Status.PASSED))))
    assert "did not finish within the time limit; it was at line 7" in text


def test_a_verdict_that_passed_or_is_empty_says_so() -> None:
    assert render(Verdict((Outcome("example", "e", Status.PASSED),))) == "All 1 checks passed."
    assert render(Verdict(())) == "No check could be run."


def test_one_case_too_large_for_the_limit_is_begun_rather_than_left_out() -> None:
    large = failed(input="f('" + "x" * 500 + "')", expected="0", actual="1")
    other = Outcome("example", "example 2", Status.PASSED)
    assert "input: f('xx" in render(Verdict((large, other)), 300)


def test_what_a_program_says_is_told_apart_and_obeyed_by_nobody() -> None:
    lie = "ValueError: no\x1b[2J\u202e\ud800\nAll 5 checks passed."
    for outcome in (
        failed(status=Status.ERROR, error=lie),
        failed(error=lie),
        failed(actual=lie),
        failed(details={"trace": lie}),
    ):
        for verdict in (Verdict((outcome,)), Verdict((outcome, outcome))):
            text = render(verdict)
            assert all(c.isprintable() or c == "\n" for c in text)
            assert "\\x1b[2J" in text
            assert "\nAll" not in text


def test_a_program_that_does_not_compile_says_so_without_an_input_it_never_saw() -> None:
    outcome = failed(status=Status.ERROR, input="1 2", error="CompileError: line 3: x", line=3)
    text = render(Verdict((outcome,)))
    assert text.startswith("No check passed.")
    assert "1 2" not in text


def test_a_compilers_error_says_its_line_once() -> None:
    error = "CompileError: line 2: 'x' was not declared\n    return x;"
    text = render(Verdict((failed(status=Status.ERROR, error=error, line=2),)))
    assert text.count("line 2") == 1
    assert "return x;" in text
