"""What programs do on the same probe inputs, as numbers: output hashes, fingerprints, classes.

A program's behaviour is the row of 32-bit hashes of its outputs on a fixed list of probes. An
exception, a time-out or a crash is an output like any other. Programs with equal rows form a class;
with 64 probes nineteen of twenty pairs in a class do the same on all inputs.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]

_DIGITS = 9  # significant digits of a float: sums in another order differ from the 15th on
_DEEPEST = 50


def canonical(value: Any) -> str:
    """A text that is equal for outputs a test would call equal.

    1, 1.0 and True are one value, as `==` has it; floats are compared to nine digits; sets and
    mappings regardless of order. Lists and tuples differ. Other objects count by type and repr.
    """
    return _canonical(value, 0)


def _canonical(value: Any, depth: int) -> str:
    if depth > _DEEPEST:
        return "..."
    if isinstance(value, int):
        return str(int(value)) if abs(value) < 2**4000 else f"int:{hex(value)}"
    if isinstance(value, float):
        if math.isnan(value):
            return "nan"
        if math.isfinite(value) and value == int(value) and abs(value) < 2**53:
            return str(int(value))
        rounded = float(f"{value:.{_DIGITS}g}")
        if math.isfinite(rounded) and rounded == int(rounded) and abs(rounded) < 2**53:
            return str(int(rounded))
        return repr(rounded)
    if value is None or isinstance(value, (str, bytes)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        inner = ",".join(_canonical(item, depth + 1) for item in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if isinstance(value, (set, frozenset)):
        return "{" + ",".join(sorted(_canonical(item, depth + 1) for item in value)) + "}"
    if isinstance(value, Mapping):
        pairs = (
            f"{_canonical(key, depth + 1)}:{_canonical(item, depth + 1)}"
            for key, item in value.items()
        )
        return "{" + ",".join(sorted(pairs)) + ":}"
    if isinstance(value, range):
        return f"range:{hex(value.start)}:{hex(value.stop)}:{hex(value.step)}"
    try:
        return f"{type(value).__name__}:{value!r}"
    except (ValueError, RecursionError):  # an int inside that is too long to print
        return f"{type(value).__name__}:?"


def output_hash(value: Any = None, *, failure: str = "") -> int:
    """The 32-bit hash of an output, or of how the call failed (`failure`: "timeout", "ValueError").

    A failure never has the hash of a value except by collision (one pair in four thousand million).
    """
    text = f"!{failure}" if failure else f"={canonical(value)}"
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest, "little")


def fingerprint(outputs: Iterable[int]) -> int:
    """One 64-bit number for a row of output hashes; equal rows give equal numbers."""
    row = np.fromiter(outputs, dtype=np.uint32)
    digest = hashlib.blake2b(row.tobytes(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


@dataclass(frozen=True, slots=True, eq=False)
class BehaviourClasses:
    """Programs grouped by equal behaviour, the largest class first (the first seen on ties).

    `of_program[p]` is the class of program p, `outputs[c]` the row of output hashes of class c,
    `counts[c]` its summed weight, `members[c]` its programs in the order given.
    """

    of_program: NDArray[np.int64]
    outputs: NDArray[np.uint32]
    counts: NDArray[np.float64]
    members: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.members)


def classes(outputs: ArrayLike, *, weights: ArrayLike | None = None) -> BehaviourClasses:
    """Group programs by their rows of `outputs` (programs, probes), hashes of `output_hash`.

    `weights` says how often each program was sampled. Without probes all programs are one class.
    """
    matrix = checked_outputs(outputs)
    n = matrix.shape[0]
    w = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != (n,):
        raise ValueError(f"weights have shape {w.shape}; give one for each of the {n} programs")
    known: dict[bytes, int] = {}
    members: list[list[int]] = []
    of_program = np.zeros(n, np.int64)
    for p, row in enumerate(matrix):
        c = known.setdefault(row.tobytes(), len(known))
        of_program[p] = c
        if c == len(members):
            members.append([])
        members[c].append(p)
    counts = np.zeros(len(members))
    np.add.at(counts, of_program, w)
    order = sorted(range(len(members)), key=lambda c: -counts[c])
    rank = np.empty(len(members), np.int64)
    rank[order] = np.arange(len(members))
    first = [members[c][0] for c in order]
    return BehaviourClasses(
        rank[of_program],
        matrix[first],
        counts[order],
        tuple(tuple(members[c]) for c in order),
    )


def checked_outputs(outputs: ArrayLike) -> NDArray[np.uint32]:
    """A (programs, probes) matrix of 32-bit hashes, at least one program; ValueError otherwise."""
    matrix = np.asarray(outputs)
    if matrix.ndim != 2 or matrix.shape[0] == 0:
        raise ValueError(
            f"outputs have shape {matrix.shape}; want (programs, probes), at least one program"
        )
    if matrix.size and matrix.dtype.kind not in "iu":
        raise ValueError(f"outputs have dtype {matrix.dtype}; want the hashes of output_hash")
    if matrix.size and (int(matrix.min()) < 0 or int(matrix.max()) >= 2**32):
        raise ValueError("outputs hold numbers beyond 32 bits; want the hashes of output_hash")
    return np.ascontiguousarray(matrix, dtype=np.uint32)


def disagreement(outputs: ArrayLike, *, weights: ArrayLike | None = None) -> NDArray[np.float64]:
    """For each probe the entropy, in bits, of its outputs over the programs: 0 if all agree.

    The probe with the most is the one whose right output rules out most (S*, ConAIR).
    """
    matrix = checked_outputs(outputs)
    w = np.ones(matrix.shape[0]) if weights is None else np.asarray(weights, dtype=np.float64)
    entropies = np.zeros(matrix.shape[1])
    for i, column in enumerate(matrix.T):
        _, which = np.unique(column, return_inverse=True)
        share = np.bincount(which, weights=w)
        share = share[share > 0] / w.sum()
        entropies[i] = float(-(share * np.log2(share)).sum())
    return entropies


def behaviours_of(classes_found: BehaviourClasses, chosen: Sequence[int]) -> tuple[int, ...]:
    """The first program of each of the chosen classes."""
    return tuple(classes_found.members[c][0] for c in chosen)
