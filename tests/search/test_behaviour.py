"""Output hashes, fingerprints and classes of equal behaviour."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.behaviour import canonical, classes, disagreement, fingerprint, output_hash

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3) | st.binary(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.integers(0, 3), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(plain, plain)
def test_outputs_share_a_text_exactly_when_they_are_equal(a, b):
    assert (canonical(a) == canonical(b)) == (a == b)


def test_numbers_that_compare_equal_are_one_output():
    assert canonical(True) == canonical(1) == canonical(1.0)
    assert canonical(0.1 + 0.2) == canonical(0.3)
    assert canonical(0.1) != canonical(0.10001)
    assert canonical(10**5000) != canonical(10**5000 + 1)
    assert canonical(float("inf")) != canonical(float("-inf"))
    assert canonical(-0.0) == canonical(0)


def test_sets_and_mappings_have_no_order():
    assert canonical({3, 1, "a"}) == canonical({"a", 1, 3})
    assert canonical({"b": 1, "a": 2}) == canonical({"a": 2, "b": 1})
    assert canonical([1, 2]) != canonical([2, 1])
    assert canonical([1, 2]) != canonical((1, 2))


def test_a_failure_is_an_output_of_its_own():
    assert output_hash("timeout") != output_hash(failure="timeout")
    assert output_hash(failure="ValueError") != output_hash(failure="KeyError")


def test_text_of_any_kind_can_be_hashed():
    assert 0 <= output_hash("\ud800") < 2**32
    nested: list = []
    nested.append(nested)
    assert 0 <= output_hash(nested) < 2**32


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(1, 30), st.integers(0, 4), st.integers(0, 1000))
def test_classes_are_the_distinct_rows_with_their_weights(n, probes, seed):
    rng = np.random.default_rng(seed)
    outputs = rng.integers(0, 2, (n, probes)).astype(np.uint32)
    weights = rng.integers(0, 5, n)
    found = classes(outputs, weights=weights)
    for a in range(n):
        assert (found.outputs[found.of_program[a]] == outputs[a]).all()
        for b in range(n):
            same = (outputs[a] == outputs[b]).all()
            assert (found.of_program[a] == found.of_program[b]) == same
    assert sorted(p for members in found.members for p in members) == list(range(n))
    assert found.counts.sum() == weights.sum()
    assert (np.diff(found.counts) <= 0).all()
    assert len(found) == len({fingerprint(row) for row in outputs})


def test_the_probe_that_splits_the_programs_evenly_says_most():
    outputs = np.array([[1, 1, 1], [1, 1, 2], [1, 2, 3], [1, 2, 4]])
    assert disagreement(outputs).tolist() == [0.0, 1.0, 2.0]
    assert disagreement(outputs, weights=[1, 1, 0, 0]).tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    "outputs", [np.zeros((0, 3), int), np.zeros(3, int), [[0.5]], [[-1]], [[2**32]]]
)
def test_what_is_no_matrix_of_hashes_is_refused(outputs):
    with pytest.raises(ValueError, match=r"outputs (have|hold)"):
        classes(outputs)
    with pytest.raises(ValueError, match="one for each"):
        classes(np.zeros((2, 2), int), weights=[1])


def test_outputs_with_ints_too_long_to_print_can_be_hashed():
    huge = 10**5000
    assert output_hash(range(huge)) == output_hash(range(huge))
    assert output_hash(range(huge)) != output_hash(range(huge + 1))
    assert output_hash(SimpleNamespace(a=huge)) == output_hash(SimpleNamespace(a=huge))
