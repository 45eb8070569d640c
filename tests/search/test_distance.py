"""Distances of behaviour, tokens and syntax trees, and their mixture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.distance import (
    behaviour_distances,
    complexity,
    mixed_distances,
    structure_distances,
    token_distances,
    tokens,
)

LOOP = "def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total\n"
RENAMED = "def f(items):\n    s = 0   # a sum\n    for i in items:\n        s += i\n    return s\n"
BUILTIN = "def f(xs):\n    return sum(xs)\n"
BROKEN = "def f(xs:\n    return ((\n"


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.integers(1, 20), st.sampled_from([0, 1, 5, 64, 300]), st.integers(0, 99))
def test_the_behaviour_distance_counts_differing_probes(n, probes, seed):
    outputs = np.random.default_rng(seed).integers(0, 3, (n, probes)).astype(np.uint32)
    d = behaviour_distances(outputs)
    assert d.dtype == (np.uint8 if probes <= 255 else np.uint16)
    assert (d == (outputs[:, None] != outputs[None]).sum(axis=2)).all()


def test_a_renamed_program_has_the_same_tree_but_other_tokens():
    d = structure_distances([LOOP, RENAMED, BUILTIN])
    assert d[0, 1] == pytest.approx(0, abs=1e-6)
    assert d[0, 2] > 0.2
    t = token_distances([LOOP, RENAMED, BUILTIN])
    assert 0 < t[0, 1] < t[0, 2] <= 1


def test_layout_and_comments_are_no_tokens():
    assert tokens("x = 1  # one\n\n") == tokens("x=1\n")
    assert tokens("if x:\n  y\n") == tokens("if x:\n        y\n")


def test_text_that_does_not_parse_is_far_from_all_but_itself():
    d = structure_distances([LOOP, BROKEN, BROKEN, BROKEN + "x"])
    assert d[1, 2] == 0
    assert d[0, 1] == d[1, 3] == 1
    assert token_distances([BROKEN, BROKEN])[0, 1] == 0
    assert complexity(BROKEN) > complexity("x")


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([LOOP, RENAMED, BUILTIN, BROKEN, "", "x = 1"]), min_size=1))
def test_text_distances_are_symmetric_with_zero_diagonal(sources):
    for d in (token_distances(sources), structure_distances(sources)):
        assert d.shape == (len(sources), len(sources))
        assert (d == d.T).all()
        assert (np.diagonal(d) == 0).all()
        assert d.min() >= 0
        assert d.max() <= 1


def test_a_mixture_weighs_its_parts_after_scaling():
    probes = np.array([[0, 32], [32, 0]], np.uint8)
    text = np.array([[0, 0.5], [0.5, 0]], np.float32)
    mixed = mixed_distances([probes, text], [3, 1], scales=[64, 1])
    assert mixed[0, 1] == pytest.approx(0.75 * 0.5 + 0.25 * 0.5)
    assert mixed_distances([probes, text], [3, 1])[0, 1] == pytest.approx(1)


def test_simpler_programs_have_less_to_read():
    assert complexity(BUILTIN) < complexity(LOOP) == complexity(RENAMED)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: token_distances([]), "at least one"),
        (lambda: structure_distances("x = 1"), "give a list"),
        (lambda: mixed_distances([], []), "match them"),
        (lambda: mixed_distances([np.zeros((2, 2))], [0]), "one above it"),
        (lambda: mixed_distances([np.zeros((2, 2)), np.zeros((3, 3))], [1, 1]), "same programs"),
    ],
)
def test_what_makes_no_sense_is_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()
