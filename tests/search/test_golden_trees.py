"""Trees as they were when last looked at: a changed decision shows up here first.

After a change that is meant to change decisions, look at the difference and write them anew:
`python tests/search/test_golden_trees.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from search.bug_kernel import BugKernel
from search.registry import create
from search.simulation import simulate

HERE = Path(__file__).resolve().parent / "golden"

# Those that draw with numpy are left out: its streams may change between versions.
GOLDEN: dict[str, dict[str, Any]] = {
    "beam": {"depth": 2},
    "stochastic-beam": {"depth": 2, "seed": 3},
    "dfs": {},
    "best-first": {"limit": 30},
    "mcts": {"limit": 30},
    "puct": {"limit": 30, "growth": "arm"},
    "sra-mcts": {"limit": 30},
    "gumbel": {"limit": 30},
    "ab-mcts-a": {"limit": 30},
    "rebase": {"depth": 2},
    "evolve": {"limit": 30},
}


def grown(name: str) -> list[str]:
    """One line a node: its parents, action, state and value."""
    record = simulate(
        create(name, GOLDEN[name]), BugKernel(seed=11, draft_rate=0.8), stop_when_solved=False
    )
    tree = record.tree
    return [
        f"{tree.parents[i]} {tree.actions[i]} {tree.states[i].name} {tree.values[i]:.2f}"
        for i in range(1, len(tree))
    ]


@pytest.mark.parametrize("name", GOLDEN)
def test_the_tree_is_the_golden_one(name: str) -> None:
    assert grown(name) == json.loads((HERE / f"{name}.json").read_text())


def main() -> None:
    HERE.mkdir(exist_ok=True)
    for name in GOLDEN:
        (HERE / f"{name}.json").write_text(json.dumps(grown(name), indent=0) + "\n")


if __name__ == "__main__":
    main()
