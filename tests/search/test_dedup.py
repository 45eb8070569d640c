"""Collapsing look-alikes, choosing who stands for them, and doing so as programs arrive."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.dedup import OnlineDedup, fingerprints, representative, shortlist
from search.distance import behaviour_distances


def rows(n, probes=12, seed=0, kinds=3):
    """Programs of a few families, each a variation of one behaviour."""
    rng = np.random.default_rng(seed)
    families = rng.integers(0, 100, (kinds, probes))
    outputs = families[rng.integers(kinds, size=n)]
    changed = rng.random(outputs.shape) < 0.1
    return np.where(changed, rng.integers(100, 110, outputs.shape), outputs).astype(np.uint32)


def spread(outputs, chosen, weights):
    d = behaviour_distances(outputs)[list(chosen)].min(axis=0)
    return float(np.dot(weights, d))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(1, 60), st.integers(1, 8), st.integers(0, 500))
def test_a_shortlist_stands_for_every_program(n, k, seed):
    outputs = rows(n, seed=seed)
    weights = np.random.default_rng(seed).integers(1, 4, n)
    kept = shortlist(outputs, k, weights=weights)
    behaviours = len(kept.found)
    assert len(kept.programs) == min(k, behaviours)
    assert sum(kept.weights) == weights.sum()
    assert list(kept.weights) == sorted(kept.weights, reverse=True)
    assert len({outputs[p].tobytes() for p in kept.programs}) == len(kept.programs)
    for place, behaviour in enumerate(kept.of_class):
        assert kept.nearest[behaviour] == place


def test_few_behaviours_are_all_kept_whatever_their_weight():
    outputs = np.repeat(np.array([[1, 2], [3, 4], [5, 6]]), [50, 1, 1], axis=0)
    kept = shortlist(outputs, 3)
    assert kept.programs == (0, 50, 51)
    assert kept.weights == (50, 1, 1)


def test_medoids_cover_more_than_the_largest_classes():
    """One family of many near-equal variants must not take all the places."""
    outputs = rows(300, seed=3, kinds=6)
    kept = shortlist(outputs, 6)
    largest = [members[0] for members in kept.found.members[:6]]
    weights = np.ones(len(outputs))
    assert spread(outputs, kept.programs, weights) <= spread(outputs, largest, weights)


def test_the_representative_is_simplest_fastest_or_most_typical():
    sources = [
        "def f(x):\n    y = x\n    z = y\n    return z",
        "def f(x): return x",
        "def f(x):\n    y = x\n    return y",
        "def f(x):\n    a = x\n    return a",
    ]
    seconds = [0.1, 0.3, 0.2, 0.05]
    everyone = [0, 1, 2, 3]
    assert representative(everyone) == 0
    assert representative(everyone, sources=sources) == 1
    assert representative(everyone, seconds=seconds, choose="fastest") == 3
    assert representative(everyone, sources=sources, choose="most typical") == 2
    assert representative([3, 2], sources=sources, choose="most typical") == 3


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(1, 50), st.integers(1, 6), st.integers(0, 500))
def test_arriving_one_by_one_finds_the_same_behaviours(n, k, seed):
    outputs = rows(n, seed=seed)
    online = OnlineDedup(k, probes=outputs.shape[1])
    first = {}
    for p, row in enumerate(outputs):
        seen = online.see(p, row)
        assert seen.new == (row.tobytes() not in first)
        assert seen.first == first.setdefault(row.tobytes(), p)
        medoids = online.medoids()
        assert len(medoids) == len(set(medoids)) == min(k, len(online))
    assert len(online) == len(first) == len(set(fingerprints(outputs)))
    for row, p in first.items():
        behaviour = list(first).index(row)
        assert online.weight(behaviour) == (outputs == outputs[p]).all(axis=1).sum()


def test_online_medoids_are_about_as_good_as_those_found_at_the_end():
    losses = []
    for seed in range(8):
        outputs = np.unique(rows(250, seed=seed, kinds=5), axis=0)
        np.random.default_rng(seed).shuffle(outputs)
        online = OnlineDedup(5, probes=outputs.shape[1])
        for p, row in enumerate(outputs):
            online.see(p, row)
            if p % 10 == 0:
                online.medoids()
        weights = np.ones(len(outputs))
        at_once = shortlist(outputs, 5).programs
        losses.append(
            spread(outputs, online.medoids(), weights) / spread(outputs, at_once, weights)
        )
    assert np.mean(losses) < 1.05


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: shortlist(rows(5), 0), "at least one program"),
        (lambda: representative([]), "no members"),
        (lambda: representative([0], choose="fastest"), "needs the programs' seconds"),
        (lambda: representative([0], choose="most typical"), "needs the programs' sources"),
        (lambda: representative([0], choose="best"), "want 'simplest'"),
        (lambda: OnlineDedup(0, probes=3), "at least 1"),
        (lambda: OnlineDedup(2, probes=3).see(0, [1, 2]), "one a probe"),
        (lambda: OnlineDedup(2, probes=1).see(0, [1], weight=-1), "at least 0"),
    ],
)
def test_what_makes_no_sense_is_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()
