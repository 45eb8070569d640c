// The selected node, whole: what it is, its program, what changed, what was asked and answered, and
// what the verifiers found. The root is the problem and the settings of the run.
const details = { against: null };

function startDetails() {
  on("select", ({ open }) => {
    details.against = null;
    showDetails();
    if (open && narrow.matches) raise(true);
  });
  on("data", showDetails);
}

function raise(up) {
  const box = byId("details");
  box.classList.toggle("up", up);
  const handle = box.querySelector(".handle");
  handle?.setAttribute("aria-expanded", `${up}`);
  handle?.setAttribute("title", up ? "Close" : "Open");
}

function showDetails() {
  const node = data.nodes[app.selected], box = byId("details");
  const focused = box.contains(document.activeElement) ? document.activeElement.id : "";
  const tabs = node.id === 0 ? ROOT_TABS : NODE_TABS;
  if (!tabs.some(([id]) => id === app.tab)) app.tab = tabs[0][0];
  const list = el("div", { class: "tabs", role: "tablist", "aria-label": "Of this node" }, tabs.map(([id, name]) => el("button", {
    role: "tab", type: "button", id: `tab-${id}`, "aria-controls": "panel", "aria-selected": `${id === app.tab}`,
    tabindex: id === app.tab ? null : "-1", onclick: () => {
      app.tab = id;
      remember();
      showDetails();
    },
  }, name)));
  moveAmongTabs(list);
  const body = tabs.find(([id]) => id === app.tab)[2](node);
  const panel = el("div", { class: "panel", id: "panel", role: "tabpanel", "aria-labelledby": `tab-${app.tab}`, tabindex: "0" }, body);
  const before = byId("panel"), same = before && details.shown === `${node.id}/${app.tab}`;
  const scrolled = same ? before.scrollTop : 0;
  details.shown = `${node.id}/${app.tab}`;
  box.replaceChildren(el("div", { class: "top" }, heading(node), crumbs(node), node.id === 0 ? null : facts(node), list), panel);
  panel.scrollTop = scrolled;
  raise(box.classList.contains("up"));
  if (focused) byId(focused)?.focus();
}

function heading(node) {
  const order = data.told.map((told) => told.id), here = order.indexOf(node.id);
  const step = (id, label, name) => el("button", {
    type: "button", id: `step-${name}`, title: label, disabled: id === undefined, onclick: () => select(id, { reveal: true }),
  }, el("span", { "aria-hidden": "true" }, name === "back" ? "←" : "→"), el("span", { class: "sr" }, label));
  const kind = { done: node.verified ? "good" : "", failed: "bad", open: "live", cancelled: "" }[node.state];
  return el("div", { class: "row heading" },
    el("h2", {}, node.id === 0 ? "Problem" : `Node ${node.id}`),
    node.id === 0 ? null : el("span", { class: "pill action" }, node.action),
    node.id === 0 ? null : el("span", { class: `pill ${kind}` }, standing(node)),
    node.id === data.state.best && node.id ? el("span", { class: "pill warn" }, el("span", { "aria-hidden": "true" }, "★"), el("span", { class: "word" }, " best")) : null,
    el("span", { class: "grow" }),
    step(here > 0 ? order[here - 1] : undefined, "Told before this (p)", "back"),
    step(order[here + 1], "Told after this (n)", "on"),
    el("button", { type: "button", class: "handle", id: "handle", "aria-controls": "panel", onclick: () => raise(!byId("details").classList.contains("up")) }, el("span", { "aria-hidden": "true" }), el("span", { class: "sr" }, "Details")));
}

function crumbs(node) {
  const path = lineage(node.id), long = path.length > 9;
  const shown = long ? [...path.slice(0, 2), null, ...path.slice(-5)] : path;
  const item = (id) => {
    if (id === null) return el("li", {}, `… ${path.length - 7} more`);
    if (id === node.id) return el("li", { "aria-current": "page" }, id === 0 ? "problem" : `${id}`);
    return el("li", {}, nodeLink(id, id === 0 ? "problem" : `${id}`));
  };
  const rest = data.children[node.id];
  return el("ol", { class: "crumbs", "aria-label": "Where it comes from" }, shown.map(item),
    rest.length ? el("li", { class: "children" }, "children ", rest.slice(0, 6).map((id) => nodeLink(id)), rest.length > 6 ? ` and ${rest.length - 6} more` : "") : null);
}

function facts(node) {
  const calls = (data.callsOf.get(node.expansion) ?? []).map((id) => data.calls[id]);
  const sum = (key) => calls.reduce((total, call) => total + (call[key] ?? 0), 0);
  const siblings = data.nodesOf.get(node.expansion).length;
  const rows = [];
  const row = (name, value) => rows.push(el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  if (node.state === "done") row("Value", node.value.toFixed(3).replace(/0$/, ""));
  if (node.confidence != null) row("Confidence", node.confidence.toFixed(2));
  if (node.verdict) row("Checks passed", `${node.verdict.passed} of ${node.verdict.of}`);
  row("Action", node.action);
  row("Model", calls.some((call) => call.kind === "model") ? node.model : "none");
  if (node.tokens !== undefined) row("Tokens", node.tokens.toLocaleString("en"));
  if (sum("prompt_tokens")) row(siblings > 1 ? "Prompt + answers" : "Prompt + answer", `${sum("prompt_tokens")} + ${sum("completion_tokens")}${siblings > 1 ? ` for ${siblings}` : ""}`);
  row("Asked at", seconds(node.asked));
  if (node.told !== undefined) row("Told at", seconds(node.told));
  if (node.verdict?.cpu) row("Verification", `${seconds(node.verdict.cpu)} CPU`);
  if (node.parents.length > 1) row("Parents", node.parents.flatMap((id, i) => [i ? ", " : "", nodeLink(id)]));
  if (node.twin !== null && node.twin !== undefined) row("Same program as", nodeLink(node.twin));
  if (node.behaviour >= 0) {
    const alike = data.told.filter((other) => other.behaviour === node.behaviour).length - 1;
    row("Same outcomes", alike ? `${count(alike, "other")}` : "none other");
  }
  return el("dl", { class: "meta" }, rows);
}

function parentWithProgram(node) {
  return [...node.parents, ...lineage(node.id).toReversed().slice(1)].find((id) => id !== 0 && data.nodes[id].program !== null && data.nodes[id].program !== undefined);
}

function noProgram(node) {
  const why = { open: "It is under way.", cancelled: "The search ended before it was told." }[node.state] ?? node.error;
  const parts = [el("p", { class: "empty" }, "No program. ", why || "")];
  if (text(node.answer)) parts.push(el("h3", {}, "What the model answered"), el("div", { class: "say" }, text(node.answer)));
  return parts;
}

function programTab(node) {
  if (node.program === null || node.program === undefined) return noProgram(node);
  const source = text(node.program), marks = new Map();
  for (const at of node.verdict?.outcomes ?? []) {
    const [, name, status, , , , error, line] = data.outcomes[at];
    if (!line || status === "passed") continue;
    const why = `${name}: ${error ? shorten(error, 90) : status}`;
    if (!marks.has(line)) marks.set(line, []);
    if (marks.get(line).length < 2) marks.get(line).push(why);
  }
  const copy = el("button", { type: "button", onclick: async (event) => {
    const button = event.currentTarget;
    try {
      await navigator.clipboard.writeText(source);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(byId("panel").querySelector(".lines"));
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  } }, "Copy");
  const lines = source.trimEnd().split("\n").length;
  return [codeBlock(source, { marks }), el("p", { class: "row" }, copy, el("span", { class: "empty" }, count(lines, "line"))),
    node.notes !== null && node.notes !== undefined ? [el("h3", {}, "Notes of the action"), el("div", { class: "code" }, el("div", { class: "t" }, text(node.notes)))] : null].flat();
}

function diffTab(node) {
  if (node.program === null || node.program === undefined) return noProgram(node);
  const usual = parentWithProgram(node), options = [];
  const offer = (id, name) => {
    if (id !== undefined && id !== null && id !== node.id && data.nodes[id].program != null && !options.some(([known]) => known === id)) options.push([id, `${name}, node ${id}`]);
  };
  node.parents.forEach((id) => id && offer(id, "parent"));
  offer(usual, "ancestor");
  if (node.twin != null) offer(node.twin, "same program");
  data.children[node.id].slice(0, 4).forEach((id) => offer(id, "child"));
  offer(data.state.best, "best");
  if (!options.length) return [el("p", { class: "empty" }, "Drafted from the problem alone: there is no program to compare with.")];
  const against = details.against ?? usual ?? options[0][0];
  const pick = el("select", { id: "against", "aria-label": "Compare with", onchange: (event) => {
    details.against = +event.target.value;
    showDetails();
  } }, options.map(([id, name]) => el("option", { value: id, selected: id === against }, name)));
  const [before, after] = [text(data.nodes[against].program), text(node.program)];
  const rows = lineDiff(before, after), tally = (sign) => rows.filter((row) => row[0] === sign).length;
  const drafted = usual === undefined ? el("p", { class: "empty" }, "Drafted from the problem alone; compared with another node.") : null;
  const same = tally("+") + tally("-") === 0;
  return [drafted, el("p", { class: "row" }, "From ", pick, el("span", { class: "empty" }, same ? "the same text" : `${tally("+")} added, ${tally("-")} removed`)),
    same ? null : diffBlock(before, after, `Changes from node ${against} to node ${node.id}`)].filter(Boolean);
}

function message(role, words, attributes = {}) {
  const box = el("details", { class: `message${attributes.answer ? " answer" : ""}`, open: attributes.open !== false },
    el("summary", {}, role, el("span", { class: "size" }, `${words.length.toLocaleString("en")} characters`)), words.trim() ? prose(words) : el("div", { class: "say empty" }, "(nothing)"));
  return box;
}

function promptTab(node) {
  const calls = (data.callsOf.get(node.expansion) ?? []).map((id) => data.calls[id]).filter((call) => call.kind === "model");
  if (!calls.length) return [el("p", { class: "empty" }, node.state === "cancelled" ? "It was never sent." : "No model was asked for this node: it was found without one."), ...(text(node.answer) ? [message("proposed", text(node.answer), { answer: true })] : [])];
  const siblings = data.nodesOf.get(node.expansion), mine = siblings.indexOf(node.id), parts = [];
  calls.forEach((call, i) => {
    const spent = call.prompt_tokens === undefined ? "" : `, ${call.prompt_tokens} + ${call.completion_tokens} tokens${call.cached_tokens ? ` (${call.cached_tokens} cached)` : ""}`;
    const took = call.ended === null ? ", not answered" : `, ${seconds(call.ended - call.begun)}`;
    parts.push(el("h3", {}, `${calls.length > 1 ? `Call ${i + 1}: ` : ""}${call.model}, temperature ${call.temperature}, ${count(call.n, "answer")}${spent}${took}`));
    for (const note of call.notes ?? []) parts.push(el("p", { class: "empty" }, note));
    call.messages.forEach(([role, words]) => parts.push(message(role, text(words))));
    if (call.error) parts.push(el("p", { class: "outcome" }, el("span", { class: "status" }, "refused "), call.error));
    const choices = call.choices ?? [], own = choices.findIndex(([words]) => words === node.answer);
    choices.forEach(([words, finish], at) => {
      const is = at === (own >= 0 ? own : mine), only = choices.length === 1;
      const name = `answer${only ? "" : ` ${at + 1} of ${choices.length}${siblings[at] !== undefined && choices.length === siblings.length ? `, node ${siblings[at]}` : ""}`}${finish === "stop" ? "" : ` (${finish === "length" ? "cut at the limit" : finish})`}`;
      parts.push(message(name, text(words), { answer: is, open: is || only }));
    });
  });
  return parts;
}

function verdictTab(node) {
  if (!node.verdict) return noProgram(node);
  const { evidence, trust, outcomes, memory } = node.verdict;
  const rows = outcomes.map((at) => data.outcomes[at]);
  const sorted = [...rows.filter((row) => row[2] !== "passed"), ...rows.filter((row) => row[2] === "passed")];
  const most = 300;
  return [el("p", {}, el("strong", {}, evidence), trust === "isolated" ? "" : ". Tests and program shared a process", memory ? `; peak ${(memory / 2 ** 20).toFixed(0)} MB` : ""),
    ...sorted.slice(0, most).map(outcomeBlock),
    sorted.length > most ? el("p", { class: "empty" }, `and ${sorted.length - most} more`) : null].filter(Boolean);
}

function outcomeBlock([check, name, status, input, expected, actual, error, line, gates, notes]) {
  const passed = status === "passed", rows = [];
  const row = (term, words) => words && rows.push(el("dt", {}, term), el("dd", {}, words));
  row("input", input);
  row("expected", expected);
  if (!passed || actual !== expected) row("got", actual);
  row("error", error);
  if (line) row("line", `${line}`);
  row("details", notes);
  return el("div", { class: `outcome${passed ? " passed" : ""}${gates ? "" : " votes"}` },
    el("div", { class: "head" }, el("span", { class: "status" }, `${passed ? "✓" : "✗"} ${status}`), el("span", { class: "what" }, name), el("span", { class: "kind" }, `${check}${gates ? "" : ", only votes"}`)),
    rows.length ? el("dl", {}, rows) : null);
}

function problemTab() {
  const { statement, stub, evidence, objective } = data.run.problem;
  const blocks = evidence.map(([name, words]) => el("div", {}, el("h3", {}, name), codeBlock(words, { label: name, numbers: false, language: name === "case" ? "" : "python" })));
  const examples = evidence.filter(([name]) => name === "example").map(([, words]) => words);
  return [el("div", { class: "say" }, statement), stub ? el("h3", {}, "To complete") : null, stub ? codeBlock(stub, { label: "Stub", numbers: false }) : null,
    objective === "correct" ? null : el("p", {}, `Objective: ${objective}`),
    examples.length ? el("h3", {}, "Examples") : null, examples.length ? codeBlock(examples.join("\n"), { label: "Examples", numbers: false }) : null,
    ...blocks.filter((_, i) => evidence[i][0] !== "example")].filter(Boolean);
}

function settingsTab() {
  const { run, state } = data, rows = [];
  const row = (name, value) => value !== null && value !== "" && rows.push(el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  row("Run", run.id);
  row("Begun", run.created);
  row("Ended", state.reason ?? "still going");
  row("Recipe", run.recipe.name);
  row("Models", run.models.map((model) => model.name).join(", "));
  row("Seed", `${run.seed}`);
  row("In flight", `${run.width}, told as ${run.order === "asked" ? "asked" : "arrived"}`);
  row("synth", run.version);
  for (const [name, limit] of Object.entries(state.budget)) if (limit !== null) row(`Budget: ${name}`, limit.toLocaleString("en"));
  for (const [name, spent] of Object.entries(state.usage)) if (spent) row(`Spent: ${name.replaceAll("_", " ")}`, name === "dollars" ? `$${spent.toFixed(4)}` : spent.toLocaleString("en"));
  const options = Object.entries(run.recipe.options ?? {}).map(([name, value]) => `${name} = ${JSON.stringify(value)}`).join("\n");
  return [el("dl", { class: "meta" }, rows), options ? el("h3", {}, "Options of the recipe") : null,
    options ? codeBlock(options, { label: "Options", numbers: false }) : null].filter(Boolean);
}

const NODE_TABS = [["program", "Program", programTab], ["diff", "Diff", diffTab], ["prompt", "Prompt", promptTab], ["verdict", "Verdict", verdictTab]];
const ROOT_TABS = [["problem", "Problem", problemTab], ["settings", "Settings", settingsTab]];
