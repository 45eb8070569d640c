"""The page in a real browser, headless: what it draws, says, and does not run."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synth.run_log import read_events
from synth.view.data import PageData
from synth.view.live import LiveRun, LiveServer
from synth.view.page_file import page
from synth.view.trace import Trace
from tests.synth import sample_runs

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver in PATH"
)
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def chrome(tmp_path_factory) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*QUIET, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.set_script_timeout(20)
    yield driver
    driver.quit()


class Browser:
    """A page opened from disk; reading it says what the console said."""

    def __init__(self, driver: Any, directory: Path) -> None:
        self.driver, self.directory = driver, directory

    def open(self, run: Path, *, width: int = 1300, dark: bool = False, place: str = "") -> Trace:
        trace = Trace()
        trace.follow(read_events(run))
        file = self.directory / f"{run.stem}.html"
        file.write_text(page(PageData(trace)), "utf-8")
        self.shape(width, dark)
        self.driver.get("about:blank")
        self.driver.get(file.as_uri() + place)
        if self.js("return localStorage.length"):  # a theme that an earlier test chose
            self.js("localStorage.clear()")
            self.driver.refresh()
        return trace

    def shape(self, width: int, dark: bool) -> None:
        metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 800}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})

    def js(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def text(self, selector: str) -> str:
        return str(
            self.js(
                "return document.querySelector(arguments[0]).textContent.toWellFormed()", selector
            )
        )

    def press(self, *keys: str) -> None:
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def focus(self, selector: str) -> None:
        self.js("document.querySelector(arguments[0]).focus()", selector)

    def selected(self) -> int:
        return int(self.js("return synth.app.selected"))

    def select(self, node: int, tab: str = "") -> None:
        self.js("synth.select(arguments[0], { reveal: true })", node)
        if tab:
            self.driver.find_element("id", f"tab-{tab}").click()

    def settle(self) -> None:
        """Wait until two frames in a row draw the tree at the same place."""
        self.driver.execute_async_script("""
            const done = arguments[0]; let before = "";
            const look = () => {
              const now = synth.at(synth.app.selected).join();
              if (now === before) done(); else { before = now; setTimeout(look, 60); }
            };
            look();""")

    def complaints(self) -> list[str]:
        return [row["message"] for row in self.driver.get_log("browser")]


@pytest.fixture
def browser(chrome, tmp_path) -> Iterator[Browser]:
    chrome.get_log("browser")
    found = Browser(chrome, tmp_path)
    yield found
    assert found.complaints() == []


def test_a_page_opens_from_disk_at_the_best_node(browser):
    trace = browser.open(sample_runs.beam_run())
    best = trace.fold.best()
    assert best is not None
    assert browser.selected() == best.id
    assert browser.text("#pill") == "verified"
    assert browser.text("h1") == "double"
    assert f"Node {best.id}" in browser.text("#details h2")
    assert best.program.source.strip().splitlines()[-1].strip() in browser.text("#panel")
    assert browser.driver.title == "double: verified - synth"


def test_the_tree_of_two_hundred_nodes_is_drawn_apart_and_in_order(browser):
    trace = browser.open(sample_runs.mcts_run())
    places = browser.js("return synth.data.nodes.map((node) => synth.at(node.id))")
    tree = trace.fold.tree
    assert len(places) == len(tree) > 200
    for id_, children in enumerate(tree.children):
        across = [places[child][0] for child in children]
        assert across == sorted(across)
        if across:
            assert places[id_][0] == pytest.approx((across[0] + across[-1]) / 2)
    levels: dict[float, list[float]] = {}
    for x, y in places:
        levels.setdefault(round(y, 3), []).append(x)
    assert len(levels) == max(tree.depths) + 1
    step = browser.js("return synth.at(1)[1] - synth.at(0)[1]")
    assert step > 20
    gaps = [b - a for row in levels.values() for a, b in zip(sorted(row), sorted(row)[1:],
                                                            strict=False)]  # fmt: skip
    assert min(gaps) > 0.5
    drawn = browser.js("""
        const c = document.getElementById("tree"), box = c.getContext("2d");
        const all = box.getImageData(0, 0, c.width, c.height).data;
        return synth.data.nodes.filter((node) => {
          const [x, y] = synth.at(node.id).map((v) => Math.round(v * devicePixelRatio));
          return all.slice(4 * (y * c.width + x - 2), 4 * (y * c.width + x + 3)).some((v) => v);
        }).length""")
    assert drawn == len(tree)


def test_a_click_on_a_node_shows_it(browser):
    trace = browser.open(sample_runs.beam_run())
    node = next(n for n in trace.fold.nodes[1:] if n.program is not None and not n.solved)
    canvas = browser.driver.find_element("id", "tree")
    x, y = browser.js("return synth.at(arguments[0])", node.id)
    size = canvas.size
    webdriver.ActionChains(browser.driver).move_to_element_with_offset(
        canvas, round(x - size["width"] / 2), round(y - size["height"] / 2)
    ).click().perform()
    assert browser.selected() == node.id
    assert node.program.source.splitlines()[1].strip() in browser.text("#panel")


def test_program_diff_prompt_and_verdict_are_those_of_the_run(browser):
    trace = browser.open(sample_runs.mcts_run())
    nodes = trace.fold.nodes
    node = next(n for n in nodes[1:] if n.program and n.action == "repair" and n.parents[0]
                and nodes[n.parents[0]].program
                and nodes[n.parents[0]].program.source != n.program.source)  # fmt: skip
    before = nodes[node.parents[0]].program.source.splitlines()
    after = node.program.source.splitlines()
    browser.select(node.id, "diff")
    rows = browser.js("""
        return [...document.querySelectorAll("#panel .diff .t")].map((row) =>
          [row.classList.contains("add") ? "+" : row.classList.contains("del") ? "-" : " ",
           row.textContent])""")
    assert [line for sign, line in rows if sign != "+"] == before
    assert [line for sign, line in rows if sign != "-"] == after
    browser.select(node.id, "prompt")
    calls = [c for c in trace.calls if c.expansion == trace.fold.tree.expansions[node.id]]
    shown = browser.text("#panel")
    for message in calls[0].request.messages:
        for line in message.content.splitlines():
            assert "```" in line or line.strip() in shown
    browser.select(node.id, "verdict")
    statuses = browser.js("""return [...document.querySelectorAll("#panel .outcome .status")]
        .map((status) => status.textContent.split(" ")[1])""")
    assert sorted(statuses) == sorted(o.status.value for o in node.verdict.outcomes)


def test_a_long_diff_folds_what_stays_and_marks_what_changes(browser):
    browser.open(sample_runs.beam_run())
    before = "\n".join(f"line {i}" for i in range(30))
    after = before.replace("line 20", "line twenty").replace("line 3\n", "")
    browser.js("""
        const [one, other] = synth.data.told.filter((node) => node.program !== null);
        synth.data.texts[one.program] = arguments[0];
        synth.data.texts.push(arguments[1]);
        synth.data.nodes[other.id].program = synth.data.texts.length - 1;
        synth.data.nodes[other.id].parents = [one.id];
        synth.select(other.id);
        document.getElementById("tab-diff").click();""", before, after)  # fmt: skip
    text = browser.text("#panel")
    assert "1 added, 2 removed" in text
    assert "lines as before" in text
    bold = browser.js("return [...document.querySelectorAll('#panel b')].map((b) => b.textContent)")
    assert bold == ["20", "twenty"]


def test_the_keyboard_goes_everywhere(browser):
    trace = browser.open(sample_runs.mcts_run())
    tree, down, up, left, right = trace.fold.tree, "\ue015", "\ue013", "\ue012", "\ue014"
    browser.focus("#tree")
    browser.press("\ue011")  # Home
    assert browser.selected() == 0
    browser.press(down)
    child = browser.selected()
    assert child in tree.children[0]
    browser.press(right)
    assert browser.selected() in tree.children[0]
    browser.press(left)
    assert browser.selected() == child
    browser.press(up)
    assert browser.selected() == 0
    told = sorted((m.order, n) for n, m in enumerate(trace.moments) if n and m.order >= 0)
    browser.press("n", "n")
    assert browser.selected() in (told[0][1], told[1][1])
    browser.press("b")
    assert browser.selected() == trace.fold.best().id
    assert f"Node {trace.fold.best().id}" in browser.text("#live")
    browser.press("4")
    assert browser.js("return document.querySelector('#details [aria-selected=true]').id") == (
        "tab-verdict"
    )
    browser.press("t")
    assert browser.js("return document.documentElement.dataset.theme") == "dark"
    browser.press("t", "\ue007")  # Enter
    assert browser.js("return document.activeElement.id") == "panel"
    browser.press("/")
    assert browser.js("return document.activeElement.id") == "search"
    browser.press("\ue00c", "?")  # Escape
    assert browser.js("return document.getElementById('keys').open")
    browser.press("\ue00c")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("is:failed", lambda n, t: t.state_of(n.id) in ("failed", "done") and not n.program),
        ("value>=0.6", lambda n, t: t.state_of(n.id) == "done" and n.value >= 0.6),
        ("action:repair is:repeated", lambda n, t: n.action == "repair" and n.duplicate_of),
        ("depth=2", lambda n, t: t.fold.tree.depths[n.id] == 2),
        ('"return 3"', lambda n, t: n.draft is not None and "return 3" in n.draft.text),
        ("17", lambda n, t: n.id == 17),
        ("no such words", lambda n, t: False),
    ],
)
def test_search_finds(browser, query, wanted):
    trace = browser.open(sample_runs.mcts_run())
    browser.focus("#search")
    browser.press(query)
    found = browser.js("return [...synth.app.matches].sort((a, b) => a - b)")
    assert found == [n.id for n in trace.fold.nodes[1:] if wanted(n, trace)]
    assert browser.text("#found") == str(len(found))
    if found:
        browser.press("\ue007")
        assert browser.selected() in found


def test_the_table_holds_all_nodes_and_sorts(browser):
    trace = browser.open(sample_runs.mcts_run())
    browser.driver.find_element("id", "view-table").click()
    grid = "document.querySelector('#table [role=grid]')"
    assert browser.js(f"return {grid}.getAttribute('aria-rowcount')") == str(len(trace.fold.nodes))
    assert browser.js("return document.querySelectorAll('#table .body [role=row]').length") < 60
    browser.driver.find_elements("css selector", "#table .head button")[3].click()
    browser.settle()
    first = browser.js("return +document.querySelector('#table .body [role=gridcell]').textContent")
    assert trace.fold.nodes[first].value == max(n.value for n in trace.fold.nodes)
    browser.focus("#table [role=grid]")
    browser.press("\ue015")
    assert browser.selected() in {n.id for n in trace.fold.nodes}


@pytest.mark.parametrize("layout", ["down", "right", "radial"])
def test_every_layout_fits_the_whole_tree_and_zooms_back(browser, layout):
    browser.open(sample_runs.mcts_run())
    browser.js("""const pick = document.getElementById("layout"); pick.value = arguments[0];
        pick.dispatchEvent(new Event("change"));""", layout)  # fmt: skip
    for _ in range(6):
        browser.driver.find_element("id", "zoom-in").click()
    browser.driver.find_element("id", "zoom-fit").click()
    browser.settle()
    outside = browser.js("""
        const { clientWidth, clientHeight } = document.getElementById("tree");
        return synth.data.nodes.filter((node) => {
          const [x, y] = synth.at(node.id);
          return x < 0 || y < 0 || x > clientWidth || y > clientHeight;
        }).length""")
    assert outside == 0


def test_what_models_and_programs_wrote_is_text(browser):
    trace = browser.open(sample_runs.hostile_run())
    node = next(n for n in trace.fold.nodes[1:] if n.program is not None)
    for tab in ("program", "diff", "prompt", "verdict"):
        browser.select(node.id, tab)
    for tab in ("problem", "settings"):
        browser.select(0, tab)
    browser.driver.find_element("id", "view-table").click()
    browser.select(node.id, "program")
    assert browser.js("return window.pwned === undefined")
    assert browser.js("return document.querySelectorAll('img, b').length") == 0
    assert "</script><script>window.pwned = 1</script>" in browser.text("#panel")
    assert browser.text("h1") == "<b>x</b>&"


@pytest.mark.parametrize("tab", ["program", "prompt", "verdict"])
def test_a_phone_reads_it_without_sideways_scrolling(browser, tab):
    browser.open(sample_runs.mcts_run(), width=375, place=f"#5/{tab}")
    wide = "return document.documentElement.scrollWidth"
    assert browser.js(wide) <= 375
    handle = browser.driver.find_element("id", "handle")
    assert handle.is_displayed()
    handle.click()
    assert browser.js("return document.getElementById('details').classList.contains('up')")
    assert browser.driver.find_element("id", "panel").is_displayed()
    assert browser.js(wide) <= 375
    for view in ("table", "progress", "tree"):
        browser.js("document.getElementById(arguments[0]).click()", f"view-{view}")
        assert browser.js(wide) <= 375
    small = browser.js("""return [...document.querySelectorAll("button, select, input")]
        .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 24)
        .map((e) => e.outerHTML.slice(0, 80))""")
    assert small == []


@pytest.mark.parametrize("dark", [False, True])
def test_words_stand_out_from_their_ground(browser, dark):
    """WCAG 2.2, 1.4.3: 4.5 to 1 for text."""
    browser.open(sample_runs.beam_run(), dark=dark)
    theme = browser.js("return document.documentElement.dataset.theme")
    assert theme == ("dark" if dark else "light")
    read = """const style = getComputedStyle(document.documentElement);
        return Object.fromEntries(arguments[0].map((n) => [n, style.getPropertyValue("--" + n)]))"""
    words = ["ink", "muted", "accent", "good", "bad", "warn",
             "k-word", "k-text", "k-number", "k-note", "k-name"]  # fmt: skip
    grounds = ["bg", "panel", "raised"]
    colours = browser.js(read, [*words, *grounds, "good-soft", "bad-soft", "warn-soft",
                                "accent-soft"])  # fmt: skip
    pairs = [(word, ground) for word in words for ground in grounds]
    pairs += [("good", "good-soft"), ("bad", "bad-soft"), ("warn", "warn-soft"),
              ("accent", "accent-soft"), ("ink", "good-soft"), ("ink", "bad-soft")]  # fmt: skip
    low = {pair: round(contrast(*(colours[name] for name in pair)), 2) for pair in pairs
           if contrast(*(colours[name] for name in pair)) < 4.5}  # fmt: skip
    assert low == {}


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        channels = [int(colour.strip()[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_everything_that_can_be_used_has_a_name(browser):
    browser.open(sample_runs.mcts_run())
    nameless = browser.js("""
        return [...document.querySelectorAll("button, select, input, canvas, [role=tab], a")]
          .filter((e) => e.offsetParent && !(e.getAttribute("aria-label") || e.textContent.trim()
            || e.labels?.length)).map((e) => e.outerHTML.slice(0, 80))""")
    assert nameless == []
    ids = browser.js("return [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))
    for name in ("aria-controls", "aria-labelledby", "aria-describedby"):
        refer = browser.js("return [...document.querySelectorAll(`[${arguments[0]}]`)]"
                           ".map((e) => e.getAttribute(arguments[0]))", name)  # fmt: skip
        assert set(refer) <= set(ids)


def test_the_figure_is_svg_with_every_node(browser):
    trace = browser.open(sample_runs.mcts_run())
    browser.js("""
        window.saved = null;
        URL.createObjectURL = (blob) => { blob.text().then((t) => { window.saved = t; });
                                          return "data:text/plain,"; };""")
    browser.driver.find_element("id", "figure").click()
    browser.settle()
    svg = browser.js("return window.saved")
    assert svg.startswith("<svg")
    shapes = len(re.findall(r"<(?:circle|rect)\b", svg))
    assert shapes > len(trace.fold.nodes) * 0.9


def test_a_followed_run_grows_on_the_page(browser, tmp_path):
    lines = sample_runs.beam_run().read_bytes().splitlines(keepends=True)
    log = tmp_path / "growing.jsonl"
    log.write_bytes(b"".join(lines[:8]))
    browser.shape(1300, False)
    with LiveServer(LiveRun(log)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            browser.driver.get(server.address)
            assert browser.text("#pill") == "running"
            few = browser.js("return synth.data.nodes.length")
            log.write_bytes(b"".join(lines))
            browser.driver.execute_async_script("""
                const done = arguments[0], look = () =>
                  synth.data.state.reason ? done() : setTimeout(look, 50);
                look();""")
            assert browser.text("#pill") == "verified"
            assert browser.js("return synth.data.nodes.length") > few
            assert browser.selected() == browser.js("return synth.data.state.best")
        finally:
            browser.driver.get("about:blank")
            server.shutdown()
            thread.join()
