"""How fast is the search core? Beside treequest, at 10,000 nodes, and with eight slots.

    pip install treequest
    python experiments/bench_search.py [--only treequest,large,mixed,chain,slots,small]

1. `treequest`: 500 AB-MCTS-A steps of ask and tell, theirs and ours on the same scores, taking
   turns in one process; processor time, median of 5.
2. `large`: ask + tell of one more node in a tree of 10,000, which the strategy grew itself or which
   is 5,000 deep; median and 99th percentile of 300 steps.
3. `mixed`: one AB-MCTS-M decision over k children; `chain`: its chance to generate beside a long
   Markov chain's.
4. `slots`: simulated one-second calls: time until solved (or the budget is spent) with one and with
   eight slots, and the share solved.
5. `small`: the same where the budget is small: 64 programs, that is eight rounds of eight.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from search.bug_kernel import BugKernel
from search.keyed_random import stream
from search.registry import create
from search.simulation import Record, simulate
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
        algorithm: Any = treequest.ABMCTSA(**options)
        state = algorithm.init_tree()
        for index in range(steps):
            state, trial = algorithm.ask(state, ["draft"])
            state = algorithm.tell(state, trial.trial_id, (index, score(index)))

    def their_steps(steps: int) -> None:
        algorithm: Any = treequest.ABMCTSA()
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


ENDLESS = 10**9
LARGE: dict[str, dict[str, Any]] = {
    "best-of-n": {"n": ENDLESS, "siblings": 1},
    "beam": {"drafts": 64, "width": 64, "siblings": 1, "depth": ENDLESS},
    "stochastic-beam": {"drafts": 64, "width": 64, "siblings": 1, "depth": ENDLESS},
    "rebase": {"width": 64, "siblings": 1, "depth": ENDLESS},
    "chains": {"parallel": 100, "serial": 1000},
    "coarse-to-fine": {"k": 64, "siblings": 1, "rounds": ENDLESS},
    "dfs": {},
    "bfs": {},
    "best-first": {},
    "rex": {},
    "mcts": {},
    "mcts, gen arm": {"growth": "arm"},
    "puct": {},
    "pg-td": {},
    "lats": {},
    "sra-mcts": {},
    "gumbel": {},
    "ab-mcts-a": {},
    "ab-mcts-a, beta": {"prior": "beta"},
    "ab-mcts-m": {},
    "evolve": {},
    "model-bandit": {
        "inner": {"name": "ab-mcts-a", "options": {"limit": ENDLESS}},
        "models": ("a", "b"),
    },
    "portfolio": {
        "members": (
            {"name": "ab-mcts-a", "options": {"limit": ENDLESS}},
            {"name": "mcts", "options": {"limit": ENDLESS}},
        )
    },
}


# Those that build on nodes they did not ask for, at any depth.
DEEP = {"best-first", "rex", "mcts", "puct", "lats", "sra-mcts", "ab-mcts-a", "ab-mcts-m"}


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
        if hasattr(create(name), "limit"):
            options = {**options, "limit": ENDLESS}
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


def beside_a_chain() -> None:
    """The chance of GEN by quadrature and by the chain of the tests, which shares no code."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from tests.search.test_mixed_model import CASES, chain, gen_share, quadrature

    print("| chance that AB-MCTS-M generates | quadrature | Markov chain | difference |")
    print("|---|---|---|---|")
    for name, groups in CASES.items():
        _, old, new = chain(groups)
        generator = np.random.default_rng(1)
        exact = quadrature(groups, generator)[1]
        ours = float((exact[:, 0] > exact[:, 1:].max(1)).mean())
        theirs = gen_share(old, new, generator)
        print(f"| {name} | {ours:.3f} | {theirs:.3f} | {ours - theirs:+.3f} |", flush=True)
    print()


def spending(budget: int) -> dict[str, dict[str, Any]]:
    """Options with which every strategy can spend `budget` programs, a request for each."""
    level = {"drafts": budget // 16, "width": budget // 16, "siblings": 1, "depth": 15}
    wide = max(16, budget // 8)
    limited = ["best-first", "rex", "mcts", "puct", "lats", "sra-mcts", "gumbel", "ab-mcts-a",
               "ab-mcts-m", "evolve", "portfolio"]  # fmt: skip
    return {
        "best-of-n": {"n": budget, "siblings": 1},
        "beam": level,
        "stochastic-beam": level,
        "rebase": {"width": wide, "depth": budget // wide, "siblings": 1},
        "chains": {"parallel": wide, "serial": budget // wide},
        "coarse-to-fine": {"k": budget // 16, "siblings": 1, "rounds": 15},
        "dfs": {"limit": budget},
        "bfs": {"limit": budget},
        **{name: {"limit": budget} for name in limited},
    }


def both(
    name: str, options: dict[str, Any], world: dict[str, Any], problems: int, budget: int
) -> tuple[list[Record], list[Record]]:
    """The same problems with one slot and with eight."""
    one, eight = (
        [
            simulate(
                create(name, options), BugKernel(seed=seed, **world), width=width, nodes=budget
            )
            for seed in range(problems)
        ]
        for width in (1, 8)
    )
    return one, eight


def difference(one: Sequence[Record], eight: Sequence[Record]) -> str:
    """Share solved with eight slots less that with one, in points, 95 % interval over pairs."""
    points = [100.0 * (b.solved - a.solved) for a, b in zip(one, eight, strict=True)]
    half = 1.96 * statistics.stdev(points) / math.sqrt(len(points))
    return f"{statistics.fmean(points):+.1f} ± {half:.1f}"


def share(records: Sequence[Record]) -> str:
    return f"{100 * statistics.fmean(record.solved for record in records):.1f} %"


HARD: dict[str, Any] = {"draft_rate": 0.9, "doomed": 0.5, "fix": 0.2, "break_": 0.05}
SMALL: dict[str, dict[str, Any]] = {
    "plain": {},
    "slow": {"draft_rate": 0.8, "fix": 0.15, "break_": 0.03, "doomed": 0.3},
}


def slots(problems: int, chosen: Collection[str]) -> None:
    print(f"{problems} problems, budget 512 programs, every call one second (simulated).\n")
    print("| strategy | 1 slot: solved | mean time | 8 slots: solved | mean time | faster | "
          "solved, difference (95 %) |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    for name, options in spending(512).items():
        if name not in chosen:
            continue
        one, eight = both(name, options, HARD, problems, 512)
        time_1 = statistics.fmean(run.seconds for run in one)
        time_8 = statistics.fmean(run.seconds for run in eight)
        print(
            f"| {name} | {share(one)} | {time_1:.1f} s | {share(eight)} | {time_8:.1f} s "
            f"| {time_1 / time_8:.1f}x | {difference(one, eight)} |",
            flush=True,
        )
    print()


def small_budget(problems: int, chosen: Collection[str]) -> None:
    print(f"{problems} problems of each kind, budget 64 programs.\n")
    heads = [f"{kind}: 1 slot | 8 slots | difference (95 %)" for kind in SMALL]
    print("| strategy | " + " | ".join(heads) + " |")
    print("|---" * (1 + 3 * len(SMALL)) + "|")
    for name, options in spending(64).items():
        if name not in chosen:
            continue
        cells = [name]
        for world in SMALL.values():
            one, eight = both(name, options, world, problems, 64)
            cells += [share(one), share(eight), difference(one, eight)]
        print("| " + " | ".join(cells) + " |", flush=True)
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="treequest,large,mixed,chain,slots,small")
    parser.add_argument("--problems", type=int, default=1000, help="of parts `slots` and `small`")
    parser.add_argument("--strategies", default="", help="of these parts: only those named")
    options = parser.parse_args()
    chosen = set(options.strategies.split(",")) if options.strategies else set(spending(64))
    parts: dict[str, Callable[[], None]] = {
        "treequest": beside_treequest,
        "large": large_trees,
        "mixed": mixed_model,
        "chain": beside_a_chain,
        "slots": lambda: slots(options.problems, chosen),
        "small": lambda: small_budget(options.problems, chosen),
    }
    wanted = options.only.split(",")
    if unknown := set(wanted) - set(parts):
        sys.exit(f"no part is called {', '.join(unknown)}; there are {', '.join(parts)}")
    for name, part in parts.items():
        if name in wanted:
            part()


if __name__ == "__main__":
    main()
