// Find nodes: words anywhere in a node's texts, and terms such as is:verified, action:repair, value>0.5.
const STANDINGS = {
  verified: (n) => n.verified === true, failed: (n) => n.state === "failed", open: (n) => n.state === "open",
  cancelled: (n) => n.state === "cancelled", repeated: (n) => n.twin != null, new: (n) => n.state === "done" && n.twin == null,
};
const NUMBERS = { value: (n) => n.value, tokens: (n) => n.tokens, depth: (n) => data.depth[n.id], seconds: (n) => n.told, passed: (n) => n.verdict?.passed };
const COMPARISONS = { "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b, "=": (a, b) => a === b };

function termOf(word) {
  const number = word.match(/^(\w+)(<=|>=|<|>|=)(-?[\d.]+)$/);
  if (number && NUMBERS[number[1]]) {
    const [, name, sign, limit] = number;
    return (n) => typeof NUMBERS[name](n) === "number" && COMPARISONS[sign](NUMBERS[name](n), +limit);
  }
  const [, key, value] = word.match(/^(is|action|model|status|check):(.+)$/) ?? [];
  if (key === "is" && STANDINGS[value]) return STANDINGS[value];
  if (key === "action" || key === "model") return (n) => (n[key] ?? "").toLowerCase().includes(value);
  if (key === "status") return (n) => outcomesOf(n).some((row) => row[2] === value);
  if (key === "check") return (n) => outcomesOf(n).some((row) => row[2] !== "passed" && `${row[0]} ${row[1]}`.toLowerCase().includes(value));
  if (/^#?\d+$/.test(word)) return (n) => n.id === +word.replace("#", "");
  return (n) => wordsOf(n).includes(word);
}

function outcomesOf(node) {
  return (node.verdict?.outcomes ?? []).map((at) => data.outcomes[at]);
}

const haystacks = new WeakMap(); // rows are replaced when they change, so these never go stale

function wordsOf(node) {
  if (!haystacks.has(node)) haystacks.set(node, joinedWords(node));
  return haystacks.get(node);
}

function joinedWords(node) {
  const failed = outcomesOf(node).filter((row) => row[2] !== "passed").map((row) => `${row[1]} ${row[2]} ${row[6]}`);
  return [node.action, node.model, text(node.program), text(node.answer), node.error, ...failed].join("\n").toLowerCase();
}

function findNodes(query) {
  const words = query.toLowerCase().match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', "")).filter(Boolean) ?? [];
  if (!words.length) return null;
  const terms = words.map(termOf);
  return new Set(data.nodes.filter((node) => node.id && terms.every((term) => term(node))).map((node) => node.id));
}

function startSearch() {
  const input = byId("search"), found = byId("found");
  const look = () => {
    app.matches = findNodes(input.value);
    found.textContent = app.matches ? `${app.matches.size}` : "";
    found.setAttribute("aria-label", app.matches ? `${count(app.matches.size, "node")} found` : "");
    tell("matches");
  };
  input.addEventListener("input", look);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      input.value = "";
      look();
      (byId("table").hidden ? byId("tree") : byId("table").firstChild).focus();
    }
    if (event.key !== "Enter" || !app.matches?.size) return;
    const list = [...app.matches].sort((a, b) => a - b);
    const next = event.shiftKey ? list.findLast((id) => id < app.selected) ?? list.at(-1) : list.find((id) => id > app.selected) ?? list[0];
    select(next, { reveal: true });
    event.preventDefault();
  });
  on("data", () => app.matches && look());
}
