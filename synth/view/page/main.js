// The start: read the run, draw it, select the best node.
function goalOf(state) {
  if (state.reason === null) return data.live ? ["running", "live"] : ["unfinished", "warn"];
  if (state.verified) return ["verified", "good"];
  return [`not solved: ${state.reason}`, state.reason.startsWith("model") ? "bad" : "warn"];
}

function showHeader() {
  const { run, state } = data;
  const goal = goalOf(state);
  byId("title").textContent = run.problem.id;
  byId("pill").textContent = shorten(goal[0], 48);
  byId("pill").title = goal[0];
  byId("pill").className = `pill ${goal[1]}`;
  const strategy = run.recipe.options?.strategy ?? run.recipe.name, { usage } = state;
  const told = data.told.length, open = data.nodes.length - 1 - told;
  const programs = data.told.filter((node) => node.state !== "cancelled").length;
  const words = [
    strategy, run.models.map((model) => model.name).join(", "), count(programs, "program"), state.reason === null && open ? `${open} under way` : null,
    count(usage.tokens, "token"), count(usage.calls, "call"),
    usage.dollars ? `$${usage.dollars.toFixed(4)}` : null, seconds(state.seconds),
  ].filter(Boolean);
  byId("facts").replaceChildren(...words.map((word) => el("span", {}, word)), el("span", { class: "minor" }, run.id));
  document.title = `${run.problem.id}: ${goal[0]} - synth`;
}

function showView(name) {
  const shown = name === "progress" && !narrow.matches ? "tree" : name;
  byId("stage").hidden = shown !== "tree";
  byId("table").hidden = shown !== "table";
  document.querySelector(".left").dataset.view = shown;
  for (const tab of byId("views").children) {
    const here = tab.id === `view-${shown}`;
    tab.setAttribute("aria-selected", `${here}`);
    here ? tab.removeAttribute("tabindex") : tab.setAttribute("tabindex", "-1");
  }
  tell("view");
  drawTree();
  drawChart();
  drawTimeline();
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  readPalette();
}

function switchTheme() {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  setTheme(theme);
  try {
    localStorage.setItem("synth-theme", theme);
  } catch { /* pages from disk may have no storage */ }
  tell("theme");
}

function startTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  try {
    chosen = localStorage.getItem("synth-theme");
  } catch { /* see above */ }
  setTheme(chosen ?? (dark.matches ? "dark" : "light"));
  dark.addEventListener("change", () => {
    if (chosen) return;
    setTheme(dark.matches ? "dark" : "light");
    tell("theme");
  });
  byId("theme").onclick = switchTheme;
}

startTheme();
merge(JSON.parse(byId("run-data").textContent));
startTree();
startChart();
startTimeline();
startTable();
startDetails();
startSearch();
startKeys();
for (const tab of byId("views").children) tab.onclick = () => showView(tab.id.replace("view-", ""));
moveAmongTabs(byId("views"));
on("data", showHeader);
tell("data");
const first = recall();
app.selected = first ?? data.state.best ?? 0;
tell("select", {});
addEventListener("hashchange", () => {
  const id = recall();
  if (id !== null) select(id, { reveal: true });
});
narrow.addEventListener("change", () => showView("tree"));
startLive();
// For scripts, the console and tests: the run as data, and where a node is drawn.
window.synth = Object.freeze({ data, app, at, select });
