"""Of many candidates keep the few that behave differently.

Equal behaviour on the probes collapses into one weighted class, which loses nothing the probes can
see. If more classes remain than wanted, weighted FasterPAM picks the most central ones. During a
search `OnlineDedup` does the same as programs arrive.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from search.behaviour import BehaviourClasses, checked_outputs, classes, fingerprint
from search.distance import behaviour_distances, complexity, structure_distances

Representative: TypeAlias = Literal["simplest", "fastest", "most typical"]


@dataclass(frozen=True, slots=True, eq=False)
class Shortlist:
    """The kept programs, heaviest class first.

    `programs[i]` stands for class `of_class[i]`; `weights[i]` is the summed weight of the classes
    nearest to that one, `nearest[c]` the place in `programs` that class c is counted to.
    """

    programs: tuple[int, ...]
    of_class: tuple[int, ...]
    weights: tuple[float, ...]
    nearest: NDArray[np.int64]
    found: BehaviourClasses


def shortlist(
    outputs: ArrayLike,
    k: int,
    *,
    weights: ArrayLike | None = None,
    sources: Sequence[str] | None = None,
    seconds: ArrayLike | None = None,
    choose: Representative = "simplest",
    seed: int = 0,
) -> Shortlist:
    """At most k programs that stand for all, from hashes of their outputs (programs, probes).

    Args:
        outputs: `output_hash` of every program on every probe.
        k: how many to keep; with no more classes than that, each class is kept.
        weights: how often each program was sampled.
        sources, seconds: texts and run times of the programs, as `choose` needs.
        choose: which program of a class is shown: see `representative`.
        seed: of FasterPAM's random start.
    """
    if k < 1:
        raise ValueError(f"k is {k}; keep at least one program")
    found = classes(outputs, weights=weights)
    if len(found) <= k:
        chosen, nearest = np.arange(len(found)), np.arange(len(found))
    else:
        from search.kmedoids import fasterpam

        result = fasterpam(behaviour_distances(found.outputs), k, weights=found.counts, seed=seed)
        chosen, nearest = result.medoids, result.labels
    summed = np.zeros(len(chosen))
    np.add.at(summed, nearest, found.counts)
    order = np.argsort(-summed, kind="stable")
    place = np.empty(len(chosen), np.int64)
    place[order] = np.arange(len(chosen))
    kept = [int(c) for c in chosen[order]]
    return Shortlist(
        tuple(
            representative(found.members[c], sources=sources, seconds=seconds, choose=choose)
            for c in kept
        ),
        tuple(kept),
        tuple(float(w) for w in summed[order]),
        place[nearest],
        found,
    )


def representative(
    members: Sequence[int],
    *,
    sources: Sequence[str] | None = None,
    seconds: ArrayLike | None = None,
    choose: Representative = "simplest",
) -> int:
    """The program of a class to show; the first of equals, and the first of all without `sources`.

    "simplest" has the fewest syntax nodes, "fastest" the least run time, and "most typical" the
    least summed distance of syntax trees to the others of the class.
    """
    if not members:
        raise ValueError("a class has no members; give at least one program")
    if choose == "fastest":
        if seconds is None:
            raise ValueError("choose='fastest' needs the programs' seconds")
        times = np.asarray(seconds, dtype=np.float64)
        return min(members, key=lambda p: float(times[p]))
    if choose not in ("simplest", "most typical"):
        raise ValueError(f"choose is {choose!r}; want 'simplest', 'fastest' or 'most typical'")
    if sources is None:
        if choose == "most typical":
            raise ValueError("choose='most typical' needs the programs' sources")
        return members[0]
    if choose == "simplest":
        return min(members, key=lambda p: complexity(sources[p]))
    sums = structure_distances([sources[p] for p in members]).sum(axis=1)
    return members[int(np.argmin(np.round(sums, 5)))]


@dataclass(frozen=True, slots=True)
class Seen:
    """What `OnlineDedup.see` found: the class, whether it is new, and the program that made it."""

    behaviour: int
    new: bool
    first: Hashable


class OnlineDedup:
    """Recognise behaviours as programs arrive, and keep the k medoids of all seen so far.

    A program of known behaviour adds weight and need not be verified again: what was found for
    `Seen.first` holds for it. Medoids are improved only when asked for: the behaviours that are new
    since then are tried first, in one pass from the last medoids.
    """

    def __init__(self, k: int, *, probes: int) -> None:
        """Keep up to k medoids over `probes` outputs a program."""
        if k < 1 or probes < 0:
            raise ValueError(f"k is {k} and probes {probes}; want at least 1 and at least 0")
        self._k = k
        self._rows = np.zeros((16, probes), np.uint32)
        self._distances = np.zeros((16, 16), np.uint8 if probes <= 255 else np.uint16)
        self._weights: list[float] = []
        self._first: list[Hashable] = []
        self._known: dict[bytes, int] = {}
        self._medoids = np.zeros(0, np.int64)
        self._settled = 0

    def __len__(self) -> int:
        """How many behaviours were seen."""
        return len(self._first)

    def see(self, program: Hashable, outputs: ArrayLike, *, weight: float = 1.0) -> Seen:
        """Take note of a program by its output hashes, (probes,)."""
        row = checked_outputs(np.asarray(outputs).reshape(1, -1))[0]
        if row.shape != self._rows.shape[1:]:
            raise ValueError(
                f"there are {row.size} outputs; want {self._rows.shape[1]}, one a probe"
            )
        if not weight >= 0:
            raise ValueError(f"weight is {weight}; want at least 0")
        known = self._known.get(row.tobytes())
        if known is not None:
            self._weights[known] += weight
            return Seen(known, False, self._first[known])
        number = len(self)
        self._append(number, row)
        self._known[row.tobytes()] = number
        self._weights.append(weight)
        self._first.append(program)
        return Seen(number, True, program)

    def _append(self, number: int, row: NDArray[np.uint32]) -> None:
        from search.distance_kernels import count_mismatches_with

        if number == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
            self._distances = np.pad(self._distances, (0, number))
        between = np.zeros(number, self._distances.dtype)
        count_mismatches_with(self._rows[:number], row, between)
        self._rows[number] = row
        self._distances[number, :number] = between
        self._distances[:number, number] = between

    def weight(self, behaviour: int) -> float:
        """The summed weight of the programs seen with this behaviour."""
        return self._weights[behaviour]

    def medoids(self) -> tuple[int, ...]:
        """Up to k behaviours that stand for all, heaviest first."""
        n = len(self)
        if n <= self._k:
            chosen = np.arange(n)
        elif self._settled == n:
            chosen = self._medoids
        else:
            chosen = self._improved(n)
        self._medoids, self._settled = chosen, n
        return tuple(sorted((int(c) for c in chosen), key=lambda c: (-self._weights[c], c)))

    def _improved(self, n: int) -> NDArray[np.int64]:
        from search.kmedoids import eager, fasterpam

        d = np.ascontiguousarray(self._distances[:n, :n])
        weights = np.array(self._weights)
        if len(self._medoids) < self._k:
            return fasterpam(d, self._k, weights=weights, seed=0).medoids
        start = self._medoids.copy()
        if self._k > 1:
            order = np.concatenate([np.arange(self._settled, n), np.arange(self._settled)])
            eager(d, weights, start, order, 1, n - self._k)
            return start
        return fasterpam(d, start, weights=weights).medoids


def fingerprints(outputs: ArrayLike) -> list[int]:
    """The 64-bit fingerprint of each program's row, for logs and caches."""
    return [fingerprint(int(h) for h in row) for row in checked_outputs(outputs)]
