// Keys that work wherever no text is typed, and the dialog that lists them.
const KEYS = [
  ["← ↑ → ↓", "parent, child, neighbours"], ["n p", "next and previous in the order of telling"], ["b", "best node"],
  ["Home", "the problem"], ["Enter", "into the details"], ["1 – 4", "program, diff, prompt, verdict"], ["/", "search; Enter goes through what was found"],
  ["f", "whole tree"], ["+ −", "zoom"], ["v", "tree or table"], ["t", "light or dark"], ["?", "this list"],
];
const TERMS = [
  ["words", "in programs, answers, errors, failed checks"], ["17", "node 17"], ["is:verified", "also failed, open, cancelled, repeated, new"],
  ["action:repair", "also model:NAME"], ["status:timeout", "a check that ended so"], ["check:words", "a failed check so called"],
  ["value>0.5", "also tokens, depth, seconds, passed; < <= >= ="],
];

function startKeys() {
  const dialog = byId("keys");
  const rows = (list, tag) => el("table", {}, el("tbody", {}, list.map(([key, what]) => el("tr", {}, el("td", {}, el(tag, {}, key)), el("td", {}, what)))));
  dialog.append(el("h2", { id: "keys-title" }, "Keys"), rows(KEYS, "kbd"), el("h2", {}, "Search"), rows(TERMS, "code"),
    el("form", { method: "dialog" }, el("button", {}, "Close")));
  byId("help").onclick = () => dialog.showModal();
  document.addEventListener("keydown", (event) => {
    const target = event.target, typing = target.matches?.("input, textarea, select");
    if (event.ctrlKey || event.metaKey || event.altKey || typing || dialog.open) return;
    if (event.key.startsWith("Arrow") && !(target === byId("tree") || target === document.body)) return;
    if (react(event.key, target)) event.preventDefault();
  });
}

function react(key, target) {
  const tree = byId("tree"), onTree = target === tree || target === document.body;
  const told = data.told.map((node) => node.id), here = told.indexOf(app.selected);
  const go = (id) => id !== null && id !== undefined && select(id, { reveal: true });
  const zoom = (factor) => zoomAt(tree.clientWidth / 2, tree.clientHeight / 2, factor);
  const tabs = app.selected === 0 ? ROOT_TABS : NODE_TABS;
  if (key.startsWith("Arrow")) go(neighbour(app.selected, key));
  else if (key === "n") go(told[here + 1]);
  else if (key === "p") go(told[here < 0 ? told.length - 1 : here - 1]);
  else if (key === "b") go(data.state.best);
  else if (key === "Home" && onTree) go(0);
  else if (key === "Enter" && onTree) {
    if (narrow.matches) raise(true);
    byId("panel").focus();
  } else if (key === "Escape") {
    raise(false);
    tree.focus();
  } else if (key === "/") byId("search").focus();
  else if (key === "f") fitTree();
  else if (key === "+" || key === "=") zoom(1.4);
  else if (key === "-") zoom(1 / 1.4);
  else if (key === "t") switchTheme();
  else if (key === "v") showView(byId("table").hidden ? "table" : "tree");
  else if (key === "?") byId("keys").showModal();
  else if (/^[1-4]$/.test(key) && tabs[key - 1]) {
    app.tab = tabs[key - 1][0];
    remember();
    showDetails();
  } else return false;
  return true;
}
