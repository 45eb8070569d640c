"""Whatever the examples, the search ends in order and what it returns is right on them."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synth.inductive import Limits, synthesize
from synth.inductive.task import same
from synth.inductive.values import coerce, freeze

SMALL = Limits(seconds=300, candidates=1_500, patience=300)

KINDS: list[st.SearchStrategy[Any]] = [
    st.integers(-50, 50),
    st.booleans(),
    st.text("ab1 ,-", max_size=6),
    st.floats(-9, 9).map(lambda x: round(x, 2)),
    st.lists(st.integers(-3, 9), max_size=4),
    st.lists(st.text("ab ", max_size=3), max_size=3),
    st.lists(st.lists(st.integers(0, 3), max_size=2), max_size=2),
    st.dictionaries(st.text("ab", min_size=1, max_size=2), st.integers(0, 5), max_size=2),
    st.tuples(st.integers(0, 3), st.text("xy", max_size=2)),
    st.sets(st.integers(0, 5), max_size=3),
    st.none(),
]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_every_answer_is_right_on_every_example(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.integers(0, 10), min_size=1, max_size=3))
    *inputs, output = [KINDS[kind] for kind in [*kinds, data.draw(st.integers(0, 10))]]
    rows = data.draw(
        st.lists(st.tuples(st.tuples(*inputs), output), min_size=1, max_size=4,
                 unique_by=lambda row: repr(row[0]))
    )  # fmt: skip
    pairs: list[tuple[tuple[Any, ...], Any]] = list(rows)
    try:
        found = synthesize(pairs, limits=SMALL, check_seconds=0)
    except ValueError as error:  # 1 and True, or 0 and 0.0, are one input with two outputs
        if "contradict" not in str(error):
            raise
        return
    for program in found.programs:
        function = program.function()
        for arguments, wanted in pairs:
            made = function(*arguments)
            kind = program.term.type
            if made is None or wanted is None:
                assert made is wanted
            else:
                left, right = coerce(freeze(made), kind), coerce(freeze(wanted), kind)
                assert same(left, right, kind), (program.source, arguments)


def test_a_function_without_arguments_is_a_constant() -> None:
    found = synthesize([((), "pi")], limits=SMALL, check_seconds=0)
    assert found.best is not None
    assert found.best.function()() == "pi"
