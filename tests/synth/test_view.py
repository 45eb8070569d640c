"""The page of a run: it holds all of the run, as text, needs nothing else, and can be followed."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.api import resume
from synth.budget import Budget
from synth.cli import main
from synth.engine import refold
from synth.errors import RunLogError
from synth.events import Finished, Told
from synth.models.chat import Completion, Request
from synth.retrace import as_logged
from synth.run_log import read_events
from synth.view.data import Known, PageData
from synth.view.live import LiveRun, LiveServer
from synth.view.log_tail import LogTail
from synth.view.page_file import embedded, page
from synth.view.trace import Trace
from tests.scripted import MarkVerifier, ScriptedModel
from tests.synth import sample_runs


def traced(path: Path) -> Trace:
    trace = Trace()
    trace.follow(read_events(path))
    return trace


def data_of(html: str) -> dict[str, Any]:
    match = re.search(r'<script type="application/json" id="run-data">(.*?)</script>', html, re.S)
    assert match is not None
    content: dict[str, Any] = json.loads(match[1])
    return content


class Listener(ScriptedModel):
    """Remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(right=0.0, failing=0.05)
        self.heard: list[tuple[Request, Completion | None]] = []

    async def complete(self, request: Request) -> Completion:
        place = len(self.heard)
        self.heard.append((request, None))
        completion = await super().complete(request)
        self.heard[place] = (request, completion)
        return completion


def test_the_prompts_shown_are_those_that_were_sent():
    model = Listener()
    trace = traced(sample_runs.solved(model, "mcts", 40))
    sent = sorted(request.hash("m") for request, _ in model.heard)
    shown = sorted(call.request.hash("m") for call in trace.calls if call.request is not None)
    assert set(sent) <= set(shown)  # a call may still have waited for a worker when the run ended
    answered = {call.request.hash("m") for call in trace.calls if call.completion is not None}
    assert answered == {request.hash("m") for request, completion in model.heard if completion}


@pytest.mark.parametrize(
    "make", [sample_runs.mcts_run, sample_runs.beam_run, sample_runs.arrival_run]
)
def test_what_is_shown_is_what_a_replay_derives(make):
    events = read_events(make())
    derived, _, seconds = refold(events)
    logged, at = as_logged(events)
    assert logged.nodes == derived.nodes
    assert (logged.ranking, logged.reason, at) == (derived.ranking, derived.reason, seconds)
    assert logged.ledger.usage == derived.ledger.usage
    assert logged.tree.values[1:] == pytest.approx(derived.tree.values[1:], nan_ok=True)
    assert logged.tree.states == derived.tree.states


def test_a_run_of_a_version_that_decides_otherwise_is_still_shown(tmp_path):
    def otherwise(started):
        options = {**started.recipe["options"], "strategy": "beam", "limit": 3, "gone": 1}
        return replace(started, recipe={"name": "search", "options": options})

    path = sample_runs.rewritten(sample_runs.mcts_run(), otherwise, tmp_path / "r.jsonl")
    with pytest.raises(Exception, match=r"option|decides otherwise"):
        refold(read_events(path))
    assert traced(path).fold.nodes == traced(sample_runs.mcts_run()).fold.nodes


def test_every_node_call_and_told_value_is_on_the_page():
    path = sample_runs.mcts_run()
    content = data_of(page(PageData(traced(path))))
    rows = {row["id"]: row for event in read_events(path) if isinstance(event, Told)
            for row in event.nodes}  # fmt: skip
    assert len(rows) > 200
    nodes = {node["id"]: node for node in content["nodes"]}
    for id_, row in rows.items():
        assert nodes[id_]["state"] == row["state"]
        if row["state"] == "done":
            assert nodes[id_]["value"] == pytest.approx(row["value"], abs=1e-6)
            assert nodes[id_]["tokens"] == row["tokens"]
    (finished,) = [event for event in read_events(path) if isinstance(event, Finished)]
    assert content["state"]["reason"] == finished.reason
    assert content["state"]["usage"]["calls"] == finished.usage["calls"]
    assert sum("error" in call for call in content["calls"]) > 0


def test_texts_and_outcomes_are_held_once():
    content = PageData(traced(sample_runs.mcts_run())).since()
    assert len(content["texts"]) == len(set(content["texts"]))
    assert len(content["outcomes"]) == len({json.dumps(row) for row in content["outcomes"]})


def resolved(content: dict[str, Any]) -> dict[str, Any]:
    """Page data with every reference replaced by what it refers to."""
    texts, outcomes = content["texts"], content["outcomes"]

    def text(place: int | None) -> str | None:
        return None if place is None else texts[place]

    nodes = []
    for node in content["nodes"]:
        node = dict(node)
        for name in ("program", "answer", "notes"):
            if name in node:
                node[name] = text(node[name])
        if node.get("verdict"):
            node["verdict"] = node["verdict"] | {
                "outcomes": [outcomes[place] for place in node["verdict"]["outcomes"]]
            }
        nodes.append(node)
    calls = []
    for call in content["calls"]:
        call = dict(call)
        for name in ("messages", "choices"):
            if name in call:
                at = 1 if name == "messages" else 0
                call[name] = [[text(c) if i == at else c for i, c in enumerate(row)]
                              for row in call[name]]  # fmt: skip
        calls.append(call)
    return {"nodes": nodes, "calls": calls, "state": content["state"], "run": content["run"]}


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(1, 400), max_size=6), early=st.booleans())
def test_a_page_that_follows_ends_with_what_a_page_written_later_holds(cuts, early):
    events = read_events(sample_runs.beam_run())
    trace = Trace()
    data, grown = PageData(trace), None
    places = sorted({1, *(cut % len(events) for cut in cuts if cut % len(events)), len(events)})
    for start, end in zip([0, *places], places, strict=False):
        trace.follow(events[start:end])
        if early:
            data.since()  # another page looks as well
        if grown is None:
            grown = data.since()
            continue
        known = Known(grown["revision"], len(grown["texts"]), len(grown["outcomes"]))
        part = json.loads(json.dumps(data.since(known)))
        nodes = {node["id"]: node for node in grown["nodes"]} | {n["id"]: n for n in part["nodes"]}
        calls = {call["id"]: call for call in grown["calls"]} | {c["id"]: c for c in part["calls"]}
        grown = {
            "run": grown["run"],
            "state": part["state"],
            "revision": part["revision"],
            "nodes": list(nodes.values()),
            "calls": list(calls.values()),
            "texts": grown["texts"] + part["texts"],
            "outcomes": grown["outcomes"] + part["outcomes"],
        }
    assert grown is not None
    whole = PageData(traced(sample_runs.beam_run())).since()
    assert resolved(json.loads(json.dumps(grown))) == resolved(json.loads(json.dumps(whole)))


def test_nothing_new_is_nothing_sent():
    data = PageData(traced(sample_runs.beam_run()))
    first = data.since()
    again = data.since(Known(first["revision"], len(first["texts"]), len(first["outcomes"])))
    assert again["nodes"] == again["calls"] == again["texts"] == again["outcomes"] == []


def test_a_resumed_run_opens_what_its_end_had_cancelled(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_bytes(sample_runs.mcts_run().read_bytes())
    before = traced(path)
    cancelled = [n for n in range(len(before.moments)) if before.state_of(n) == "cancelled"]
    told = sum(moment.told is not None for moment in before.moments)
    resume(path, model=ScriptedModel(right=0.0), verifier=MarkVerifier(),
           budget=Budget(programs=240))  # fmt: skip
    after = traced(path)
    assert sum(moment.told is not None for moment in after.moments) > told
    assert all(after.state_of(node) != "open" for node in range(len(after.moments)))
    for node in cancelled:
        assert after.moments[node].told is not None or after.state_of(node) == "cancelled"


@given(st.text())
def test_embedded_data_reads_back_and_holds_nothing_html_reads(text):
    written = embedded({"text": text})
    assert json.loads(written) == {"text": text}
    assert not set("<>&") & set(written)
    assert written.isascii()


def test_the_page_needs_no_network_and_runs_only_its_own_script():
    html = page(PageData(traced(sample_runs.hostile_run())))
    parts = re.split(r'<script type="application/json".*?</script>', html, flags=re.S)
    assert len(parts) == 2
    without_data = "".join(parts)
    assert re.findall(r"https?://[^\"' ]+", without_data) == ["http://www.w3.org/2000/svg"] * 2
    assert not re.search(r"@import|url\(|<link|<iframe|<base", without_data)
    assert html.count("<script") == html.count("</script>") == 2
    script = html.rpartition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert f"script-src &#x27;sha256-{digest}&#x27;" in policy[1]
    assert "connect-src &#x27;none&#x27;" in policy[1]
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", script)


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(0, 10_000), max_size=8))
def test_a_tail_reads_each_whole_line_once(cuts):
    whole = sample_runs.beam_run().read_bytes()
    path = sample_runs.directory() / "tail.part"
    path.write_bytes(b"")
    tail, seen = LogTail(path), []
    for cut in [*sorted(cut % len(whole) for cut in cuts), len(whole)]:
        path.write_bytes(whole[:cut])
        seen += tail.read()
    assert seen == read_events(sample_runs.beam_run())


def test_a_log_that_is_none_is_said_with_its_line(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b"{}\n")
    with pytest.raises(RunLogError, match=r"bad\.jsonl:1"):
        LogTail(path).read()
    events = read_events(sample_runs.beam_run())
    with pytest.raises(RunLogError, match="does not begin with `started`"):
        Trace().follow(events[1:])
    with pytest.raises(RunLogError, match=r"line \d+: "):
        Trace().follow([events[0], events[-2], *events[1:]])


@contextmanager
def served(path: Path):
    with LiveServer(LiveRun(path)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def fetch(address: str, place: str, host: str | None = None) -> tuple[int, str, dict[str, str]]:
    url = urlsplit(address)
    connection = HTTPConnection(url.hostname or "", url.port or 0, timeout=10)
    try:
        connection.request("GET", place, headers={"Host": host or url.netloc})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    finally:
        connection.close()


def test_a_served_run_grows_with_its_log(tmp_path):
    lines = sample_runs.beam_run().read_bytes().splitlines(keepends=True)
    path = tmp_path / "growing.jsonl"
    path.write_bytes(b"".join(lines[:5]) + lines[5][:10])
    with served(path) as server:
        secret = urlsplit(server.address).path
        status, html, _ = fetch(server.address, secret)
        assert status == 200
        first = data_of(html)
        assert first["live"] == secret.rstrip("/")
        assert first["state"]["reason"] is None
        path.write_bytes(b"".join(lines))
        query = (
            f"since={first['revision']}&texts={len(first['texts'])}"
            f"&outcomes={len(first['outcomes'])}"
        )
        status, body, _ = fetch(server.address, f"{secret}data?{query}")
        assert status == 200
        part = json.loads(body)
        assert part["state"]["reason"] == "solved"
        assert part["nodes"]
        status, saved, headers = fetch(server.address, f"{secret}save")
        assert status == 200
        assert "growing.html" in headers["Content-Disposition"]
        assert "live" not in data_of(saved)


def test_a_served_run_is_only_for_those_who_know_its_address(tmp_path):
    with served(sample_runs.beam_run()) as server:
        secret = urlsplit(server.address).path
        assert server.server_address[0] == "127.0.0.1"
        assert fetch(server.address, "/")[0] == 404
        assert fetch(server.address, "/wrong/data")[0] == 404
        assert fetch(server.address, secret, host="evil.example")[0] == 404
        assert fetch(server.address, f"{secret}../../etc/passwd")[0] == 404
        assert fetch(server.address, f"{secret}data?since=x")[0] == 400


def test_a_log_that_breaks_while_it_is_followed_is_said(tmp_path):
    path = tmp_path / "run.jsonl"
    lines = sample_runs.beam_run().read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:4]))
    with served(path) as server:
        path.write_bytes(b"".join(lines[:4]) + b"not an event\n")
        status, body, _ = fetch(server.address, f"{urlsplit(server.address).path}data")
        assert status == 409
        assert "run.jsonl:5" in json.loads(body)["error"]


def run_cli(capsys, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out = capsys.readouterr()
    return int(ended.value.code or 0), out.out, out.err


def test_view_writes_one_file(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = sample_runs.beam_run()
    assert run_cli(capsys, "view", str(run)) == (0, f"{run.stem}.html\n", "")
    assert data_of((tmp_path / f"{run.stem}.html").read_text())["run"]["id"] == run.stem
    status, out, err = run_cli(capsys, "view", str(run), "-o", "-")
    assert (status, err) == (0, "")
    assert data_of(out) == data_of((tmp_path / f"{run.stem}.html").read_text())


def test_view_says_in_one_line_what_it_cannot_do(tmp_path, capsys):
    run = str(sample_runs.beam_run())
    for arguments, words in (
        (("view", "no-such-run"), "no run 'no-such-run'"),
        (("view", run, "-o", str(tmp_path / "no" / "x.html")), "cannot be written"),
        (("view", run, "--follow", "-o", "x.html"), "--follow"),
    ):
        status, _, err = run_cli(capsys, *arguments)
        assert status == 2
        assert words in err
        assert err.count("\n") == 1
