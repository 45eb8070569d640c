"""How many executions does dedup save, at what loss of solved problems?

    python experiments/dedup/measure.py

Unit of cost: one call of one program on one input, probes included. To verify a program is to call
it on every input there is (those of the generated tests, their mutants); without dedup all 100
samples of a problem are. A problem is solved if a right program was verified, as the hidden test
(which nothing but the count sees) has it. Samples arrive in 20 random orders, probes are
drawn at random; the first program of a behaviour is the one verified.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "selection"))

from record import Recorded, recorded  # the recording is shared with selection

from search.behaviour import classes
from search.behaviour_tree import Ask, BehaviourTree, Verify
from search.dedup import shortlist

Array = NDArray[Any]
Policy: TypeAlias = Callable[[Recorded, Array, np.random.Generator], tuple[float, list[int]]]
"""From a problem and the order of its samples to calls made and programs verified."""


def everything(r: Recorded, order: Array, rng: np.random.Generator) -> tuple[float, list[int]]:
    return len(order) * r.outputs.shape[1], r.samples[order].tolist()


def distinct_texts(r: Recorded, order: Array, rng: np.random.Generator) -> tuple[float, list[int]]:
    return r.texts * r.outputs.shape[1], r.samples[order].tolist()


def distinct_keys(r: Recorded, order: Array, rng: np.random.Generator) -> tuple[float, list[int]]:
    return len(r.sources) * r.outputs.shape[1], r.samples[order].tolist()


def probing(probes: int, *, k: int | None = None, medoids: bool = True) -> Policy:
    """Probe each new program; verify the first of each fingerprint, or of k fingerprints."""

    def policy(r: Recorded, order: Array, rng: np.random.Generator) -> tuple[float, list[int]]:
        inputs = r.outputs.shape[1]
        programs, counts = arriving(r, order)
        columns = rng.permutation(inputs)[:probes]
        seen = r.outputs[np.ix_(programs, columns)]
        if k is None:
            verified = [members[0] for members in classes(seen).members]
        elif medoids:
            verified = list(shortlist(seen, k, weights=counts).programs)
        else:
            verified = [m[0] for m in classes(seen, weights=counts).members[:k]]
        calls = len(verified) * inputs + (len(programs) - len(verified)) * len(columns)
        return float(calls), programs[verified].tolist()

    return policy


def tree(probes: int, confirmations: int) -> Policy:
    """search.behaviour_tree: confirm each fingerprint, and ask on where look-alikes differed."""

    def policy(r: Recorded, order: Array, rng: np.random.Generator) -> tuple[float, list[int]]:
        inputs = r.outputs.shape[1]
        failures = set(r.outputs[r.failed].tolist())
        decide = BehaviourTree(
            rng.permutation(inputs)[:probes].tolist(),
            confirmations=confirmations,
            is_failure=failures.__contains__,
        )
        calls, verified = 0, []
        for program in arriving(r, order)[0].tolist():
            row = r.outputs[program].tolist()
            outputs: dict[int, int] = {}
            while isinstance(advice := decide.look(outputs), Ask):
                outputs |= {i: row[i] for i in advice.inputs}
            if isinstance(advice, Verify):
                outputs = dict(enumerate(row))
                decide.settle(program, outputs)
                verified.append(program)
            calls += len(outputs)
        return float(calls), verified

    return policy


def arriving(r: Recorded, order: Array) -> tuple[Array, Array]:
    """Distinct programs as they arrive, and how often each was sampled."""
    programs = np.array(list(dict.fromkeys(r.samples[order].tolist())))
    return programs, np.bincount(r.samples, minlength=len(r.sources))[programs]


POLICIES: dict[str, Policy] = {
    "every sample": everything,
    "every text": distinct_texts,
    "every program key": distinct_keys,
    **{f"keys, first of each of {m} probes": probing(m) for m in (4, 8, 16, 32)},
    **{f"keys, 32 probes, {k} medoids": probing(32, k=k) for k in (4, 8, 16)},
    **{f"keys, 32 probes, {k} largest": probing(32, k=k, medoids=False) for k in (4, 8, 16)},
    **{
        f"keys, tree of {m} probes, {c} confirmations": tree(m, c)
        for m, c in ((8, 2), (16, 2), (24, 2), (8, 3), (12, 3), (16, 3), (16, 4))
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--orders", type=int, default=20)
    parser.add_argument("--partial", action="store_true", help="only what is recorded already")
    options = parser.parse_args()
    problems = [r for r in recorded(run=not options.partial) if r.outputs.shape[1] > 0]
    samples = sum(len(r.samples) for r in problems)
    texts, keys = sum(r.texts for r in problems), sum(len(r.sources) for r in problems)
    behaviours = sum(len(classes(r.outputs)) for r in problems)
    print(
        f"{len(problems)} problems with inputs, {samples} samples, {texts} texts, {keys} program "
        f"keys, {behaviours} behaviours on {np.mean([r.outputs.shape[1] for r in problems]):.0f} "
        "inputs on average\n"
    )
    print("| policy | executions avoided | programs verified | solved | lost, points |")
    print("|---|---|---|---|---|")
    most = sum(100 * r.outputs.shape[1] for r in problems)
    ceiling = np.mean([r.correct[r.samples].any() for r in problems])
    for name, policy in POLICIES.items():
        calls, solved, verified = 0.0, [], 0
        orders = options.orders if "probes" in name else 1
        for seed in range(orders):
            for r in problems:
                rng = np.random.default_rng(seed)
                cost, checked = policy(r, rng.permutation(len(r.samples)), rng)
                calls += cost / orders
                verified += len(set(checked))
                solved.append(r.correct[checked].any())
        print(
            f"| {name} | {1 - calls / most:.1%} | {verified / orders / len(problems):.1f} | "
            f"{np.mean(solved):.2%} | {100 * (ceiling - np.mean(solved)):.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
