"""How fast is search.kmedoids beside the `kmedoids` package (Rust), at what loss?

    python experiments/bench_kmedoids.py              FasterPAM, all cells (about four minutes)
    python experiments/bench_kmedoids.py --headline   PAM's SWAP over FasterPAM's, k = 100 and 200
    python experiments/bench_kmedoids.py --first-call one clustering in a new process

Needs `pip install kmedoids scikit-learn` (the latter only for the digits). Everything is CPU time
of one thread, the median of interleaved rounds, from the same random start in the same fixed order.
The package reads columns of the matrix, so it is shown with the matrix (C) and its transpose (F).
Behaviour distances are small integers: bytes for us, float32 for the package, which has no bytes.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
BYTES = np.dtype(np.uint8)


def euclidean(x: Array) -> Array:
    squares = (x**2).sum(axis=1)
    d = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * x @ x.T, 0))
    d = (d + d.T) / 2
    np.fill_diagonal(d, 0)
    return np.ascontiguousarray(d.astype(np.float32))


def mixture(n: int) -> Array:
    rng = np.random.default_rng(0)
    centres = 2 * rng.normal(size=(50, 20))
    return euclidean(centres[rng.integers(50, size=n)] + rng.normal(size=(n, 20)))


def digits(n: int) -> Array:
    from sklearn.datasets import load_digits

    return euclidean(load_digits().data[:n].astype(np.float64))


def behaviour(n: int) -> Array:
    """64 outputs a program; each program changes a few outputs of an earlier one."""
    rng = np.random.default_rng(0)
    outputs = np.zeros((n, 64), np.int32)
    for i in range(1, n):
        outputs[i] = outputs[rng.integers(i)]
        changed = rng.random(64) < rng.choice([0.05, 0.3])
        outputs[i, changed] = rng.integers(20, size=int(changed.sum()))
    d = np.zeros((n, n), np.uint8)
    for probe in outputs.T:
        d += probe[:, None] != probe[None]
    return d


def cells() -> Iterator[tuple[str, Callable[[int], Array], int, list[int]]]:
    yield "mixture", mixture, 1000, [10, 100, 500]
    yield "mixture", mixture, 2000, [10, 100, 500]
    yield "mixture", mixture, 5000, [10, 50, 100, 200, 500]
    yield "mixture", mixture, 10000, [10, 100, 500]
    if find_spec("sklearn") is not None:
        yield "digits", digits, 1797, [10, 100, 500]
    yield "behaviour", behaviour, 1000, [10, 100, 500]
    yield "behaviour", behaviour, 5000, [10, 100, 500]
    yield "behaviour", behaviour, 10000, [10, 100, 500]


def cpu_seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    started = time.process_time()
    result = call()
    return time.process_time() - started, result


def compare(rounds: int) -> None:
    import kmedoids

    from search.kmedoids import fasterpam

    print("| data | n | k | Rust C ms | Rust F ms | ours ms | C / ours | F / ours | loss ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    against_better: dict[int, list[float]] = {}
    worst_loss = 0.0
    for name, make, n, ks in cells():
        d = make(n)
        theirs = d.astype(np.float32) if d.dtype == BYTES else d
        for k in ks:
            start = np.random.default_rng(k).choice(n, k, replace=False)
            calls: dict[str, Callable[[], Any]] = {
                "C": lambda m=theirs, s=start: kmedoids.fasterpam(m, s.astype(np.uint64), n_cpu=1),
                "F": lambda m=theirs, s=start: kmedoids.fasterpam(
                    m.T, s.astype(np.uint64), n_cpu=1
                ),
                "ours": lambda m=d, s=start: fasterpam(m, s),
            }
            calls["ours"]()  # compiled, or read from the cache
            times: dict[str, list[float]] = {name: [] for name in calls}
            losses: dict[str, float] = {}
            for _ in range(rounds):
                for who, call in calls.items():
                    seconds, result = cpu_seconds(call)
                    times[who].append(seconds)
                    losses[who] = float(result.loss)
            c, f, ours = (1e3 * statistics.median(times[who]) for who in calls)
            ratio = losses["ours"] / losses["F"]
            worst_loss = max(worst_loss, ratio)
            against_better.setdefault(n, []).append(min(c, f) / ours)
            print(
                f"| {name} | {n} | {k} | {c:.1f} | {f:.1f} | {ours:.1f} | {c / ours:.1f} "
                f"| {f / ours:.1f} | {ratio:.6f} |",
                flush=True,
            )
    everything = [ratio for ratios in against_better.values() for ratio in ratios]
    large = [ratio for n, ratios in against_better.items() if n >= 5000 for ratio in ratios]
    print(
        f"\nagainst the package's better order: worst cell {min(everything):.2f}x, geometric mean "
        f"{statistics.geometric_mean(everything):.2f}x, at n >= 5000 "
        f"{statistics.geometric_mean(large):.2f}x; worst loss ratio {worst_loss:.6f}"
    )


def headline(n: int) -> None:
    from search.kmedoids import fasterpam, fastpam1, pam

    d = digits(n)
    print(
        "| start | k | PAM s | FastPAM1 s | FasterPAM ms | PAM / FasterPAM | PAM swaps | losses |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for init in ("random", "build"):
        for k in (100, 200):
            start = fasterpam(d, k, seed=k, init=init, max_iter=0).medoids  # type: ignore[arg-type]
            for method in (fasterpam, fastpam1):
                method(d, start)
            eager = statistics.median(
                cpu_seconds(lambda s=start: fasterpam(d, s))[0] for _ in range(9)
            )
            result = fasterpam(d, start)
            one, same = cpu_seconds(lambda s=start: fastpam1(d, s, max_iter=10_000))
            pam(d, start, max_iter=0)
            full, slow = cpu_seconds(lambda s=start: pam(d, s, max_iter=10_000))
            print(
                f"| {init} | {k} | {full:.2f} | {one:.3f} | {1e3 * eager:.2f} "
                f"| {full / eager:.0f}x | {slow.n_swap} "
                f"| {slow.loss:.1f} / {same.loss:.1f} / {result.loss:.1f} |",
                flush=True,
            )


def first_call() -> None:
    code = (
        "import time; t = time.process_time(); import numpy as np; u = time.process_time();"
        "from search.kmedoids import fasterpam;"
        "d = np.abs(np.arange(500.)[:, None] - np.arange(500.)); fasterpam(d, 5, seed=0);"
        "print(time.process_time() - u)"
    )
    for _ in range(4):
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        print(f"import search.kmedoids and first clustering: {float(run.stdout):.2f} s CPU")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--headline", action="store_true")
    parser.add_argument("--first-call", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--n", type=int, default=1000, help="objects for --headline")
    options = parser.parse_args()
    if options.headline:
        headline(options.n)
    elif options.first_call:
        first_call()
    else:
        compare(options.rounds)


if __name__ == "__main__":
    main()
