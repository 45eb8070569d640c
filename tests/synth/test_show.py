"""`synth show`: the tree in a terminal, whole when small, sane when large."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.tree import Expansion, State, Tree
from synth.cli import main
from synth.node import Draft, Node
from synth.program import Program
from synth.run_log import read_events
from synth.view.outline import outline
from synth.view.trace import Trace
from tests.synth import sample_runs


class Grown:
    """A tree with nodes of given parents and values, in the place of a fold."""

    def __init__(self, parents: list[int], values: list[float]) -> None:
        self.tree = Tree()
        self.nodes = [Node(0, (), "root", State.DONE)]
        for index, (parent, value) in enumerate(zip(parents, values, strict=True)):
            (id_,) = self.tree.add(Expansion((parent,), "repair"), index)
            self.tree.finish(id_, value=value)
            draft = Draft("", Program(f"x = {id_}"))
            self.nodes.append(Node(id_, (parent,), "repair", State.DONE, draft, value=value))

    def best(self) -> Node | None:
        return self.nodes[self.tree.best] if self.tree.best else None


@st.composite
def trees(draw) -> Grown:
    count = draw(st.integers(1, 60))
    parents = [draw(st.integers(0, place)) for place in range(count)]
    values = draw(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=count, max_size=count))
    return Grown(parents, values)


def show(capsys, *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(("show", *arguments))
    out = capsys.readouterr()
    assert (ended.value.code, out.err) == (0, "")
    return str(out.out)


@given(trees(), st.integers(1, 40), st.integers(0, 5))
@settings(deadline=None)
def test_no_node_is_lost_and_the_best_are_kept(fold, limit, depth):
    lines = outline(fold, limit=limit, depth=depth)
    shown = [line.node for line in lines if line.node is not None]
    assert len(shown) == len(set(shown))
    assert len(shown) + sum(line.hidden for line in lines) == len(fold.tree) - 1
    for node in shown:
        assert fold.tree.parents[node][0] in (0, *shown)
        assert not depth or fold.tree.depths[node] <= depth
    best = fold.best()
    # Ancestors of the best come with it, so a long lineage may exceed a tiny limit.
    lineage = fold.tree.depths[best.id]
    assert len(lines) <= max(limit, 2 * lineage + 1) or depth
    if not depth:
        assert best.id in shown


@given(trees())
@settings(deadline=None)
def test_without_a_limit_every_node_is_shown_in_order_of_asking(fold):
    shown = [line.node for line in outline(fold)]
    order, ahead = [], [0]
    while ahead:
        node = ahead.pop()
        order.append(node)
        ahead += reversed(fold.tree.children[node])
    assert shown == order[1:]


def test_guides_show_who_is_whose_child():
    fold = Grown([0, 1, 1, 0, 4], [0.1, 0.2, 0.3, 0.4, 0.5])
    assert [line.guides + str(line.node) for line in outline(fold)] == [
        "├─ 1", "│  ├─ 2", "│  └─ 3", "└─ 4", "   └─ 5",
    ]  # fmt: skip


def test_a_chain_of_ten_thousand_stays_narrow_and_short():
    fold = Grown(list(range(10_000)), [0.5] * 9_999 + [0.6])
    lines = outline(fold)
    assert len(lines) == 10_000
    assert max(len(line.guides) for line in lines) < 60
    lines = outline(fold, limit=50, depth=20)
    assert len(lines) <= 21
    assert sum(line.hidden for line in lines) == 9_980


def test_ten_thousand_children_are_folded():
    fold = Grown([0] * 10_000, [i / 10_000 for i in range(10_000)])
    lines = outline(fold, limit=30)
    assert len(lines) == 30
    assert [line.node for line in lines[:-1]] == list(range(9_972, 10_001))
    assert lines[-1].hidden == 9_971
    assert lines[-1].best == pytest.approx(0.997)


def test_the_columns_are_aligned(capsys):
    text = show(capsys, str(sample_runs.mcts_run()), "--limit", "60")
    rows = [line for line in text.splitlines() if re.match(r"[│├└ ]+─ \d+ (draft|repair)", line)]
    header = next(line for line in text.splitlines() if line.startswith("node "))
    assert len(rows) > 20
    for row in rows:
        assert re.fullmatch(r"\s*(\d\.\d\d|none|open|cancelled|verified)",
                            row[: header.index("value") + 5][-11:].rpartition("  ")[2])  # fmt: skip
        assert not row[header.index("value") + 5].strip()
    assert len(text.splitlines()) <= 60 + 6


def test_the_best_node_has_a_star_and_is_named(capsys):
    run = sample_runs.beam_run()
    trace = Trace()
    trace.follow(read_events(run))
    best = trace.fold.best()
    text = show(capsys, str(run))
    (starred,) = [line for line in text.splitlines() if line.endswith("*")]
    assert f" {best.id} " in starred
    assert "verified" in starred
    assert f"best: node {best.id}, 5 of 5 examples" in text


def test_a_node_is_shown_whole_with_its_diff_and_prompt(capsys):
    run = sample_runs.mcts_run()
    trace = Trace()
    trace.follow(read_events(run))
    nodes = trace.fold.nodes
    node = next(n for n in nodes[1:] if n.program and n.parents[0] and nodes[n.parents[0]].program
                and nodes[n.parents[0]].program.source != n.program.source)  # fmt: skip
    text = show(capsys, str(run), "--node", str(node.id))
    assert node.program.source.strip() in text
    assert f"{sum(o.passed for o in node.verdict.outcomes)} of 5 examples" in text
    text = show(capsys, str(run), "--node", str(node.id), "--diff")
    parent = nodes[node.parents[0]].program.source
    assert f"--- node {node.parents[0]}\n+++ node {node.id}" in text
    assert "-" + parent.splitlines()[1] in text
    assert "+" + node.program.source.splitlines()[1] in text
    text = show(capsys, str(run), "--node", str(node.id), "--prompt")
    assert "--- user\n" in text
    assert parent.strip() in text
    assert "--- answer (stop)\n" in text


def test_json_holds_every_node(capsys):
    rows = json.loads(show(capsys, str(sample_runs.mcts_run()), "--json"))
    trace = Trace()
    trace.follow(read_events(sample_runs.mcts_run()))
    assert [row["id"] for row in rows] == list(range(1, len(trace.fold.nodes)))
    assert all(row["value"] is None for row in rows if row["state"] != "done")


@pytest.mark.parametrize("options", [(), ("--node", "1"), ("--node", "1", "--prompt"), ("--json",)])
def test_a_terminal_is_sent_no_escape_sequence_of_a_models(capsys, options):
    text = show(capsys, str(sample_runs.hostile_run()), *options)
    assert "\x1b" not in text
    assert "\x00" not in text
    text.encode()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--node", "100000"), "the run has nodes 1 to"),
        (("--diff",), "--diff and --prompt go with --node"),
        (("--limit", "-1"), "--depth and --limit"),
    ],
)
def test_what_cannot_be_shown_is_one_line(capsys, arguments, words):
    with pytest.raises(SystemExit) as ended:
        main(("show", str(sample_runs.beam_run()), *arguments))
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert words in err
    assert err.count("\n") == 1
