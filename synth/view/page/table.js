// All nodes as rows, sorted at will; only those in sight are in the document.
const table = { by: "id", up: true, order: [], row: 30 };
const COLUMNS = [
  ["Node", (n) => n.id], ["Parent", (n) => n.parents[0]], ["Action", (n) => n.action],
  ["Value", (n) => (n.state === "done" ? n.value + (n.verified ? 1 : 0) : -1)],
  ["Checks", (n) => (n.verdict ? n.verdict.passed : -1)], ["Tokens", (n) => n.tokens ?? -1],
  ["Told at", (n) => n.told ?? Infinity], ["What was found", (n) => finding(n)],
];

function finding(node) {
  if (node.twin !== null && node.twin !== undefined) return `same program as ${node.twin}`;
  return node.error || firstFailure(node) || (node.verified ? "everything passed" : "");
}

function sortTable() {
  const key = COLUMNS.find(([name]) => name === table.by)?.[1] ?? COLUMNS[0][1];
  const shown = data.nodes.filter((node) => node.id && (!app.matches || app.matches.has(node.id)));
  const sign = table.up ? 1 : -1;
  table.order = shown.map((node) => [key(node), node]).sort(([a, m], [b, n]) => (a < b ? -sign : a > b ? sign : m.id - n.id)).map(([, node]) => node);
}

function startTable() {
  const box = byId("table"), body = el("div", { class: "body", role: "rowgroup" });
  const heads = COLUMNS.map(([name]) => el("div", { role: "columnheader" }, el("button", { type: "button", onclick: () => {
    table.up = table.by === name ? !table.up : !["Value", "Checks", "Tokens"].includes(name);
    table.by = name;
    refresh();
  } }, name)));
  const grid = el("div", { role: "grid", "aria-label": "Nodes", tabindex: "0" },
    el("div", { role: "rowgroup" }, el("div", { role: "row", class: "head", "aria-rowindex": "1" }, heads)), body);
  box.append(grid);
  const draw = painter(() => {
    if (box.hidden) return;
    const first = Math.max(0, Math.floor((box.scrollTop - 200) / table.row));
    const last = Math.min(table.order.length, Math.ceil((box.scrollTop + box.clientHeight + 200) / table.row));
    body.style.height = `${table.order.length * table.row}px`;
    body.replaceChildren(...table.order.slice(first, last).map((node, i) => tableRow(node, first + i)));
  });
  const refresh = () => {
    sortTable();
    grid.setAttribute("aria-rowcount", `${table.order.length + 1}`);
    heads.forEach((head, i) => {
      const sorted = COLUMNS[i][0] === table.by;
      if (sorted) head.setAttribute("aria-sort", table.up ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
      head.firstChild.textContent = COLUMNS[i][0] + (sorted ? (table.up ? " ↑" : " ↓") : "");
    });
    draw();
  };
  box.addEventListener("scroll", draw);
  new ResizeObserver(draw).observe(box);
  grid.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15 }[event.key];
    if (!step || !table.order.length) return;
    event.preventDefault();
    event.stopPropagation();
    const from = table.order.findIndex((node) => node.id === app.selected);
    const to = Math.max(0, Math.min(table.order.length - 1, from + step));
    const top = to * table.row, seen = box.clientHeight - 70;
    if (top < box.scrollTop) box.scrollTop = top;
    if (top > box.scrollTop + seen) box.scrollTop = top - seen;
    select(table.order[to].id);
  });
  on("data", refresh);
  on("matches", refresh);
  on("select", draw);
  on("theme", draw);
  on("view", draw);
}

function tableRow(node, index) {
  const dot = el("i", { class: "dot", "aria-hidden": "true" });
  dot.style.background = node.state === "done" ? fillOf(node) : "transparent";
  const cells = [
    [dot, node.id], [node.parents.join(", ")], [node.action], [standing(node)],
    [node.verdict ? `${node.verdict.passed} / ${node.verdict.of}` : ""], [node.tokens ?? ""],
    [node.told === undefined ? "" : seconds(node.told)], [finding(node)],
  ];
  const row = el("div", {
    role: "row", "aria-rowindex": `${index + 2}`, "aria-selected": `${node.id === app.selected}`,
    onclick: () => select(node.id, { open: true }),
  }, cells.map((cell, i) => el("div", { role: "gridcell", class: i === 7 ? "note-cell" : null }, cell)));
  row.style.top = `${index * table.row}px`;
  return row;
}
