"""What is known of the candidates when the given tests do not decide: two matrices, counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from search.behaviour import BehaviourClasses, checked_outputs, classes

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Candidates, what they return on probe inputs, and which generated tests they pass.

    `outputs` (programs, inputs): hashes of `search.behaviour.output_hash`; no inputs is allowed.
    `passes` (programs, tests): bool; no tests is allowed. `weights` (programs,): how often each
    was sampled. `test_weights` (tests,): how often each test was sampled. `failed` (programs,
    inputs): where the program raised or ran out of time. `complexity` (programs,): how much there
    is to read. Build it with `Evidence.of`.
    """

    outputs: NDArray[np.uint32]
    passes: NDArray[np.bool_]
    weights: NDArray[np.float64]
    test_weights: NDArray[np.float64]
    failed: NDArray[np.bool_]
    complexity: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        outputs: ArrayLike,
        *,
        passes: ArrayLike | None = None,
        weights: ArrayLike | None = None,
        test_weights: ArrayLike | None = None,
        failed: ArrayLike | None = None,
        complexity: ArrayLike | None = None,
    ) -> Self:
        """Check the shapes and fill in what is not given: no tests, equal weights, no failures."""
        hashes = checked_outputs(outputs)
        n, inputs = hashes.shape
        passed = np.zeros((n, 0), bool) if passes is None else np.asarray(passes, bool)
        if passed.ndim != 2 or passed.shape[0] != n:
            raise ValueError(f"passes have shape {passed.shape}; want ({n} programs, tests)")
        return cls(
            hashes,
            passed,
            _vector(weights, n, "weights", "programs"),
            _vector(test_weights, passed.shape[1], "test_weights", "tests"),
            _matrix(failed, (n, inputs)),
            _vector(complexity, n, "complexity", "programs"),
        )

    def __len__(self) -> int:
        """How many programs."""
        return int(self.outputs.shape[0])

    def classes(self) -> BehaviourClasses:
        """Programs of equal outputs and equal test results, heaviest first."""
        return classes(
            np.concatenate([self.outputs, self.passes.astype(np.uint32)], axis=1),
            weights=self.weights,
        )

    def only(self, programs: ArrayLike) -> Self:
        """The evidence of some of the programs (indices or a mask)."""
        chosen = np.asarray(programs)
        return type(self)(
            self.outputs[chosen],
            self.passes[chosen],
            self.weights[chosen],
            self.test_weights,
            self.failed[chosen],
            self.complexity[chosen],
        )


def _vector(values: ArrayLike | None, n: int, name: str, of: str) -> NDArray[np.float64]:
    if values is None:
        return np.ones(n)
    vector = np.asarray(values, dtype=np.float64)
    if vector.shape != (n,):
        raise ValueError(f"{name} have shape {vector.shape}; give one for each of the {n} {of}")
    if not np.isfinite(vector).all() or (vector < 0).any():
        raise ValueError(f"{name} must be finite and at least 0")
    return vector


def _matrix(values: ArrayLike | None, shape: tuple[int, int]) -> NDArray[np.bool_]:
    if values is None:
        return np.zeros(shape, bool)
    matrix = np.asarray(values, bool)
    if matrix.shape != shape:
        raise ValueError(f"failed has shape {matrix.shape}; want that of outputs, {shape}")
    return matrix
