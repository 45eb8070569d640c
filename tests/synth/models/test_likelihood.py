import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.models.chat import Choice
from synth.models.likelihood import (
    by_line,
    of_choice,
    of_program,
    of_span,
    of_values,
    token_spans,
)


def choice(*pairs, text=None):
    tokens = tuple(token for token, _ in pairs)
    values = tuple(value for _, value in pairs)
    return Choice("".join(tokens) if text is None else text, "stop", tokens, values)


PIECES = st.lists(
    st.tuples(st.text(alphabet="ab \n", min_size=1, max_size=4), st.floats(-20, 0)), max_size=20
)


@given(PIECES)
def test_tokens_tile_the_text(pieces):
    drawn = choice(*pieces)
    spans = token_spans(drawn)
    assert [drawn.text[start:end] for start, end in spans] == list(drawn.tokens)


@given(PIECES)
def test_lines_add_up_to_the_whole(pieces):
    drawn = choice(*pieces)
    lines = by_line(drawn)
    assert len(lines) == drawn.text.count("\n") + 1
    assert sum(line.tokens for line in lines) == len(pieces)
    assert math.fsum(line.total for line in lines) == pytest.approx(of_choice(drawn).total)


@given(st.lists(st.floats(-20, 0), min_size=1))
def test_the_mean_lies_between_the_minimum_and_zero(values):
    likelihood = of_values(values)
    assert likelihood.minimum - 1e-9 <= likelihood.mean <= 0
    assert 0 < likelihood.probability <= 1
    assert likelihood.normalised(0) == likelihood.total
    assert likelihood.normalised(1) == pytest.approx(likelihood.mean)


def test_a_program_is_weighed_without_the_chatter_around_it():
    drawn = choice(
        ("Sure:", -9.0), ("\n```python\n", -8.0), ("def f", -1.0), ("(): ", -0.5), ("pass", -0.3),
        ("\n```", -7.0),
    )  # fmt: skip
    program = of_program(drawn, "def f(): pass\n")
    assert program is not None
    assert (program.tokens, program.total, program.minimum) == (3, pytest.approx(-1.8), -1.0)
    assert of_program(drawn, "def g(): pass") is None


def test_a_token_partly_in_a_span_counts():
    drawn = choice(("ab", -1.0), ("cd", -2.0), ("ef", -4.0))
    assert of_span(drawn, 1, 3).total == -3.0
    assert of_span(drawn, 2, 2).tokens == 0


def test_a_character_split_over_tokens_does_not_shift_the_rest():
    drawn = choice(
        ("a = '", -1.0), ("\ufffd", -2.0), ("\ufffd", -3.0), ("'", -4.0), ("\nb", -5.0),
        text="a = '\U0001f642'\nb",
    )  # fmt: skip
    assert token_spans(drawn) == [(0, 5), (5, 5), (5, 6), (6, 7), (7, 9)]
    assert [line.total for line in by_line(drawn)] == [-15.0, 0.0]
    assert of_span(drawn, 8, 9).total == -5.0


def test_nothing_asked_for_is_nothing_known():
    assert of_choice(Choice("text")).tokens == 0
    assert of_choice(Choice("text")).mean == 0.0
