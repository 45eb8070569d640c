"""Strategies by name: options, descriptions, packages that add one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from search.beam import Beam
from search.bug_kernel import BugKernel
from search.registry import create, describe, names
from search.simulation import Result, simulate
from search.tree import State

PLUG_IN = """
from dataclasses import dataclass

from search.tree import Expansion


@dataclass
class Once:
    action: str = "draft"

    def ask(self, tree, slots):
        return [] if self.done(tree) else [Expansion((0,), self.action)]

    def tell(self, tree, nodes):
        pass

    def done(self, tree):
        return len(tree) > 1
"""


@pytest.mark.parametrize(
    ("name", "options", "cure"),
    [
        ("beam", {"width": 0}, "width must be at least 1"),
        ("beam", {"widht": 3}, "no option widht; it has width, siblings"),
        ("baem", {}, "no strategy is called 'baem'; there are"),
        ("dfs", {"order": "sideways"}, "order must be one of depth, breadth"),
        ("mcts", {"max_weight": 2}, r"max_weight must be in \[0, 1\]"),
        ("mcts", {"prior_temperature": 0}, "prior_temperature must be above 0"),
        ("rebase", {"temperature": 0.0}, "temperature must be above 0"),
        ("mcts", {"limit": True}, "limit must be at least 1, got True"),
        ("portfolio", {"members": ()}, "members must be strategies"),
        ("portfolio", {"suitability": (0.1,)}, "one number a member"),
        ("portfolio", {"members": ({"nmae": "beam"},)}, "described by name and options"),
        ("model-bandit", {"models": ("a", "a")}, "distinct names"),
        ("ab-mcts-a", {"prior": "gamma"}, "one of normal, beta, mixed"),
    ],
)
def test_a_wrong_option_is_refused_with_the_cure(
    name: str, options: dict[str, Any], cure: str
) -> None:
    with pytest.raises(ValueError, match=cure):
        create(name, options)


def test_descriptions_nest_and_use_the_most_telling_name() -> None:
    assert describe(create("bfs"))["name"] == "bfs"
    assert describe(create("ab-mcts-m"))["name"] == "ab-mcts-m"
    assert describe(create("stochastic-beam", {"temperature": 0.5}))["name"] == "beam"
    nested = describe(create("portfolio"))["options"]["members"]
    assert [member["name"] for member in nested] == ["best-of-n", "best-first", "rebase"]
    assert "mcts" in names()


def test_an_installed_package_adds_a_strategy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugged_in_once.py").write_text(PLUG_IN)
    info = tmp_path / "plugged_in_once-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged-in-once\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[synth.strategies]\nonce = plugged_in_once:Once\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "once" in names()
    strategy = create("once", {"action": "plan"})
    assert describe(strategy) == {"name": "once", "options": {"action": "plan"}}
    assert len(simulate(strategy, BugKernel()).tree) == 2


def test_a_class_without_a_name_is_not_described() -> None:
    class Nameless(Beam):
        pass

    with pytest.raises(ValueError, match=r"entry points 'synth\.strategies'"):
        describe(Nameless())


def test_results_default_to_done() -> None:
    assert Result().state is State.DONE
