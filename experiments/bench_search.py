"""How fast is the search core? Beside treequest, at 10,000 nodes, and with eight slots.

    pip install treequest
    python experiments/bench_search.py [--only treequest,large,mixed,slots]

1. `treequest`: 500 AB-MCTS-A steps of ask and tell, theirs and ours on the same scores, taking
   turns in one process; processor time, median of 5.
2. `large`: ask + tell of one more node in a tree of 10,000, which the strategy grew itself or which
   is 5,000 deep; median and 99th percentile of 300 steps.
3. `mixed`: one AB-MCTS-M decision over k children.
4. `slots`: simulated one-second calls: time until solved (or the budget is spent) with one and with
   eight slots, and the share solved.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from search.bug_kernel import BugKernel
from search.keyed_random import stream
from search.registry import create
from search.simulation import simulate
from search.strategy import Strategy
from search.tree import Expansion, Tree


def score(index: int) -> float:
    """The same pseudo-random score for the index-th node of every search."""
    return (index * 2654435761 % 1000) / 1000


def clock(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def our_steps(name: str, options: dict[str, Any], steps: int) -> None:
    strategy, tree = create(name, options), Tree()
    for index in range(steps):
        (expansion,) = strategy.ask(tree, 1)
        nodes = tree.add(expansion, index)
        tree.finish(nodes[0], value=score(index))
        strategy.tell(tree, list(nodes))


def beside_treequest() -> None:
    try:
        import treequest
    except ImportError:
        print("treequest is not installed: pip install treequest\n")
        return

    def their_asks(steps: int, **options: Any) -> None:
        algorithm = treequest.ABMCTSA(**options)
        state = algorithm.init_tree()
        for index in range(steps):
            state, trial = algorithm.ask(state, ["draft"])
            state = algorithm.tell(state, trial.trial_id, (index, score(index)))

    def their_steps(steps: int) -> None:
        algorithm = treequest.ABMCTSA()
        state = algorithm.init_tree()
        count = iter(range(steps))

        def generate(parent: Any) -> tuple[int, float]:
            index = next(count)
            return index, score(index)

        for _ in range(steps):
            state = algorithm.step(state, {"draft": generate})

    rounds: dict[str, list[float]] = {}
    limit = {"limit": 10**9}
    for _ in range(5):
        for label, work in {
            "treequest, normal": lambda: their_asks(500),
            "ours, normal": lambda: our_steps("ab-mcts-a", limit, 500),
            "treequest, beta": lambda: their_asks(500, dist_type="beta"),
            "ours, beta": lambda: our_steps("ab-mcts-a", {**limit, "prior": "beta"}, 500),
        }.items():
            rounds.setdefault(label, []).append(clock(work))
    step = clock(lambda: their_steps(500))
    print("| 500 AB-MCTS-A steps | treequest ask/tell | ours | ratio |")
    print("|---|---|---|---|")
    for prior in ("normal", "beta"):
        theirs, ours = rounds[f"treequest, {prior}"], rounds[f"ours, {prior}"]
        ratio = statistics.median(a / b for a, b in zip(theirs, ours, strict=True))
        print(
            f"| {prior} | {statistics.median(theirs):.3f} s | {statistics.median(ours):.4f} s "
            f"| {ratio:.0f}x |"
        )
    print(f"\ntreequest's default `step` for the same 500 (once): {step:.1f} s\n")


LARGE: dict[str, dict[str, Any]] = {
    "best-first": {},
    "rex": {},
    "mcts": {},
    "mcts, gen arm": {"growth": "arm"},
    "puct": {},
    "sra-mcts": {},
    "gumbel": {},
    "ab-mcts-a": {},
    "ab-mcts-a, beta": {"prior": "beta"},
    "evolve": {},
    "dfs": {},
    "chains": {"parallel": 100, "serial": 1000},
    "portfolio": {
        "members": (
            {"name": "ab-mcts-a", "options": {"limit": 10**9}},
            {"name": "mcts", "options": {"limit": 10**9}},
        )
    },
}


# Those that build on nodes they did not ask for, at any depth.
DEEP = {"best-first", "rex", "mcts", "puct", "sra-mcts", "ab-mcts-a"}


def one_more(strategy: Strategy, tree: Tree, count: int, value: Callable[[int], float]) -> None:
    for expansion in strategy.ask(tree, 1):
        nodes = tree.add(expansion, count)
        for node in nodes:
            tree.finish(node, value=value(node))
        strategy.tell(tree, list(nodes))


def climbing(seed: int, tree: Tree) -> Callable[[int], float]:
    """Values as repairs give them: near the parent's."""

    def value(node: int) -> float:
        parent = tree.parents[node][0]
        base = tree.values[parent] if parent else 0.3
        return min(0.99, max(0.0, base + stream(seed, node).gauss(0.0, 0.1)))

    return value


def large_trees() -> None:
    print("| one more of 10,000 nodes | grown by itself: median | p99 | deepest | "
          "5,000 deep: median | p99 |")  # fmt: skip
    print("|---|---|---|---|---|---|")
    for label, options in LARGE.items():
        name = label.split(",")[0]
        if name not in ("chains",):
            options = {**options, "limit": 10**9}
        strategy, tree = create(name, options), Tree()
        value = climbing(1, tree)

        def grow(
            strategy: Strategy = strategy, tree: Tree = tree, value: Callable[[int], float] = value
        ) -> None:
            one_more(strategy, tree, len(tree), value)

        while len(tree) < 10_000:
            grow()
        grown = [clock(grow) for _ in range(300)]
        cells = [label, milliseconds(grown, 50), milliseconds(grown, 99), str(max(tree.depths))]
        if name in DEEP:
            deep = deep_times(name, options)
            cells += [milliseconds(deep, 50), milliseconds(deep, 99)]
        else:
            cells += ["", ""]
        print("| " + " | ".join(cells) + " |", flush=True)
    print()


def deep_times(name: str, options: dict[str, Any]) -> list[float]:
    """A comb told in one go: 5,000 repairs of repairs, each with a sibling. Every other step the
    strategy asks, and its child is told; in between a child of the deepest node is."""
    tree = Tree()
    strategy = create(name, options)
    for node in range(5000):
        tree.add(Expansion((2 * node - 1 if node else 0,), "repair", n=2), node)
        tree.finish(2 * node + 1, value=0.5 + node / 10_001)
        tree.finish(2 * node + 2, value=0.5)
    strategy.tell(tree, range(1, len(tree)))
    times = []
    for index in range(300):
        bottom = 9999 if index % 2 else None

        def step(bottom: int | None = bottom) -> None:
            if bottom is None:
                one_more(strategy, tree, len(tree), lambda node: 0.5)
                return
            strategy.ask(tree, 1)
            nodes = tree.add(Expansion((bottom,), "repair", 1, tree.draws[bottom]), len(tree))
            tree.finish(nodes[0], value=0.9)
            strategy.tell(tree, list(nodes))

        times.append(clock(step))
    return times[10:]


def milliseconds(times: Sequence[float], percentile: int) -> str:
    return f"{1e3 * float(np.percentile(times, percentile)):.2f} ms"


def mixed_model() -> None:
    from search.mixed_model import fit

    print("| AB-MCTS-M decision, children | median |")
    print("|---|---|")
    generator = np.random.default_rng(0)
    for k in (2, 8, 32, 128, 1024):
        counts = generator.integers(1, 20, k).astype(float)
        means = generator.random(k)
        arms = np.arange(-1, k, dtype=np.intp)

        def decide(counts: Any = counts, means: Any = means, arms: Any = arms) -> None:
            fit(counts, counts * means, counts * (means**2 + 0.02)).draw(arms, generator)

        decide()
        print(f"| {k} | {milliseconds([clock(decide) for _ in range(50)], 50)} |")
    print()


SLOTS = [
    "best-of-n",
    "beam",
    "rebase",
    "chains",
    "best-first",
    "rex",
    "mcts",
    "puct",
    "gumbel",
    "ab-mcts-a",
    "evolve",
]  # fmt: skip


def slots(problems: int) -> None:
    print(f"{problems} problems, budget 512 programs, every call one second (simulated).\n")
    print("| strategy | 1 slot: solved | mean time | 8 slots: solved | mean time | faster | "
          "solved, difference (95 %) |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    for name in SLOTS:
        options: dict[str, Any] = {"limit": 512}
        if name == "best-of-n":
            options = {"n": 512, "siblings": 1}
        elif name == "beam":
            options = {"drafts": 32, "width": 32, "siblings": 1, "depth": 15}
        elif name == "rebase":
            options = {"width": 64, "depth": 8, "siblings": 1}
        elif name == "chains":
            options = {"parallel": 64, "serial": 8}
        runs = {}
        for width in (1, 8):
            runs[width] = [
                simulate(
                    create(name, options),
                    BugKernel(seed=seed, draft_rate=0.9, doomed=0.5, fix=0.2, break_=0.05),
                    width=width,
                    nodes=512,
                )
                for seed in range(problems)
            ]
        one, eight = runs[1], runs[8]
        differences = [100.0 * (b.solved - a.solved) for a, b in zip(one, eight, strict=True)]
        half = 1.96 * statistics.stdev(differences) / math.sqrt(problems)
        time_1 = statistics.fmean(run.seconds for run in one)
        time_8 = statistics.fmean(run.seconds for run in eight)
        print(
            f"| {name} | {100 * statistics.fmean(r.solved for r in one):.1f} % | {time_1:.1f} s "
            f"| {100 * statistics.fmean(r.solved for r in eight):.1f} % | {time_8:.1f} s "
            f"| {time_1 / time_8:.1f}x | {statistics.fmean(differences):+.1f} ± {half:.1f} |",
            flush=True,
        )
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="treequest,large,mixed,slots")
    parser.add_argument("--problems", type=int, default=200, help="of part `slots`")
    options = parser.parse_args()
    parts = options.only.split(",")
    if unknown := set(parts) - {"treequest", "large", "mixed", "slots"}:
        sys.exit(
            f"no part is called {', '.join(unknown)}; there are treequest, large, mixed, slots"
        )
    if "treequest" in parts:
        beside_treequest()
    if "large" in parts:
        large_trees()
    if "mixed" in parts:
        mixed_model()
    if "slots" in parts:
        slots(options.problems)


if __name__ == "__main__":
    main()
