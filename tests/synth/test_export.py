"""Exports of a run's tree: other programs read them, and find the tree."""

from __future__ import annotations

import io
import json
import shutil
import subprocess

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.cli import main
from synth.export.dot import to_dot
from synth.export.graph import graph_of
from synth.export.graphml import to_graphml
from synth.run_log import read_events
from synth.view.trace import Trace
from tests.synth import sample_runs

MAKERS = [sample_runs.mcts_run, sample_runs.beam_run, sample_runs.hostile_run]


def traced(path) -> Trace:
    trace = Trace()
    trace.follow(read_events(path))
    return trace


def attributes(graph) -> dict[int, dict[str, object]]:
    return {int(node): dict(row) for node, row in graph.nodes(data=True)}


def exported(capsysbinary, *arguments: str) -> bytes:
    with pytest.raises(SystemExit) as ended:
        main(("export", *arguments))
    out = capsysbinary.readouterr()
    assert (ended.value.code, out.err) == (0, b"")
    return bytes(out.out)


@pytest.mark.parametrize("make", MAKERS)
def test_the_graph_is_the_tree(make):
    trace = traced(make())
    graph, tree = graph_of(trace), trace.fold.tree
    assert graph.number_of_nodes() == len(tree)
    assert networkx.is_arborescence(graph)
    for id_ in range(1, len(tree)):
        assert list(graph.predecessors(id_)) == [tree.parents[id_][0]]
    values = networkx.get_node_attributes(graph, "value")
    assert values == {n.id: n.value for n in trace.fold.nodes if trace.state_of(n.id) == "done"
                      and n.id}  # fmt: skip
    best = trace.fold.best()
    assert [n for n, row in graph.nodes(data=True) if row.get("rank") == 0] == [best.id]


@pytest.mark.parametrize("make", [sample_runs.mcts_run, sample_runs.beam_run])
def test_graphml_reads_back_equal(make):
    graph = graph_of(traced(make()))
    again = networkx.read_graphml(io.BytesIO(to_graphml(graph).encode()))
    assert attributes(again) == attributes(graph)
    assert {(int(a), int(b), kind) for a, b, kind in again.edges(data="kind")} == set(
        graph.edges(data="kind")
    )
    assert again.graph["run"] == graph.graph["run"]


@given(st.text())
def test_graphml_is_well_formed_whatever_a_model_wrote(text):
    graph = networkx.DiGraph(run=text)
    graph.add_node(0, program=text)
    read = networkx.read_graphml(io.BytesIO(to_graphml(graph).encode()))
    kept = read.nodes["0"].get("program") or ""
    assert len(kept.replace("\r", "")) <= len(text)
    if text.isalnum():
        assert kept == text


def test_json_reads_back_equal(capsysbinary):
    run = sample_runs.mcts_run()
    again = networkx.node_link_graph(json.loads(exported(capsysbinary, str(run))), edges="edges")
    assert attributes(again) == attributes(graph_of(traced(run)))


def test_programs_can_be_left_out(capsysbinary):
    run = str(sample_runs.beam_run())
    assert b"def double" in exported(capsysbinary, run)
    assert b"def double" not in exported(capsysbinary, run, "--no-programs")


def test_the_format_follows_the_file_name(tmp_path, capsysbinary):
    run = str(sample_runs.beam_run())
    for name, beginning in (("t.graphml", b"<graphml"), ("t.gv", b"digraph"), ("t.json", b"{")):
        exported(capsysbinary, run, "-o", str(tmp_path / name))
        assert (tmp_path / name).read_bytes().startswith(beginning)
    exported(capsysbinary, run, "-f", "dot", "-o", str(tmp_path / "t.txt"))
    assert (tmp_path / "t.txt").read_bytes().startswith(b"digraph")


def test_an_export_that_cannot_be_written_is_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(("export", str(sample_runs.beam_run()), "-o", str(tmp_path / "no" / "t.dot")))
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert "cannot be written" in err
    assert err.count("\n") == 1


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs graphviz in PATH")
@pytest.mark.parametrize("make", MAKERS)
def test_graphviz_reads_the_dot(make):
    graph = graph_of(traced(make()))
    done = subprocess.run(
        ["dot", "-Tdot_json"], input=to_dot(graph).encode(), capture_output=True, check=True,
        timeout=60,
    )  # fmt: skip
    assert done.stderr == b""
    read = json.loads(done.stdout)
    names = {item["_gvid"]: int(item["name"]) for item in read["objects"]}
    assert sorted(names.values()) == sorted(graph.nodes)
    edges = {(names[edge["tail"]], names[edge["head"]]) for edge in read["edges"]}
    assert edges == set(graph.edges)


@given(st.text())
def test_dot_quotes_any_text(text):
    graph = networkx.DiGraph(run=text, problem=text)
    graph.add_node(0, action=text, state="root")
    graph.add_node(1, action=text, state="failed", finding=text)
    graph.add_edge(0, 1, kind="tree")
    lines = to_dot(graph).splitlines()
    for line in lines:
        # Outside of quoted strings there is no quote left over, so no text ends its string.
        bare = line.replace("\\\\", "").replace('\\"', "")
        assert bare.count('"') % 2 == 0
    assert lines[-2] == "  0 -> 1;"
