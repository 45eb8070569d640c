// How the tree looks: edges, a sign for what became of each node, the legend that explains them.
// Thousands of curves and circles take too long for a frame, and look the same as lines and squares.
function crude(r) {
  return r < 2.5 && data.nodes.length > 3000;
}

function edge(from, to) {
  const [x1, y1] = at(from), [x2, y2] = at(to);
  if (view.mode === "radial" || crude(radius())) return [x1, y1, x2, y2];
  if (view.mode === "down") return [x1, y1, x1, (y1 + y2) / 2, x2, (y1 + y2) / 2, x2, y2];
  return [x1, y1, (x1 + x2) / 2, y1, (x1 + x2) / 2, y2, x2, y2];
}

function paintTree(pen, width, height) {
  const r = radius(), path = new Set(lineage(app.selected)), plain = [], strong = [];
  const inside = (x, y) => x > -60 && y > -60 && x < width + 60 && y < height + 60;
  const drawn = distinct(path), curved = view.mode !== "radial" && !crude(r);
  for (const id of drawn) {
    if (id === 0) continue;
    const curve = edge(data.nodes[id].parents[0], id);
    const [x1, y1, x2, y2] = [curve[0], curve[1], curve.at(-2), curve.at(-1)];
    if (Math.max(x1, x2) < 0 || Math.min(x1, x2) > width || Math.max(y1, y2) < 0 || Math.min(y1, y2) > height) continue;
    (path.has(id) ? strong : plain).push(curve);
  }
  if (app.matches) pen.fade(0.45);
  pen.strokes(plain, palette.edge, r < 2.5 ? 0.4 : r < 4 ? 0.6 : 1, [], curved);
  pen.fade(1);
  pen.strokes(strong, palette.accent, 2, [], curved);
  const others = data.nodes[app.selected].parents.slice(1).map((parent) => [...at(parent), ...at(app.selected)]);
  pen.strokes(others, palette.accent, 1.5, [4, 4]);
  for (const id of drawn) {
    const [x, y] = at(id);
    if (inside(x, y)) paintNode(pen, data.nodes[id], x, y, r);
  }
  pen.fade(1);
  for (const id of [app.hovered, app.selected]) {
    if (id === null || !data.nodes[id]) continue;
    const [x, y] = at(id);
    pen.circle(x, y, Math.max(r, id ? 4 : 6) + 4.5, null, id === app.selected ? palette.ink : palette.muted, id === app.selected ? 2 : 1.25);
  }
}

// The nodes worth drawing: of those that fall on one spot of the screen, the first, and each that
// is verified, best, selected or found.
function distinct(path) {
  const kept = [];
  for (const level of place.levels) {
    let lastX = -Infinity, lastY = -Infinity;
    for (const id of level) {
      const [x, y] = at(id), special = path.has(id) || data.nodes[id].verified || id === data.state.best || app.matches?.has(id);
      if (!special && Math.abs(x - lastX) + Math.abs(y - lastY) < 0.75) continue;
      if (!special || Math.abs(x - lastX) + Math.abs(y - lastY) >= 0.75) [lastX, lastY] = [x, y];
      kept.push(id);
    }
  }
  return kept;
}

function paintNode(pen, node, x, y, r) {
  const sought = !app.matches || node.id === 0 || app.matches.has(node.id);
  pen.fade(sought ? 1 : 0.16);
  if (node.id === 0) {
    const half = Math.max(r, 5);
    pen.box(x - half, y - half, 2 * half, 2 * half, palette.ink);
    if (r > 8) pen.write("problem", view.mode === "right" ? x - half - 12 : x, view.mode === "right" ? y : y - half - 14, palette.muted, 11, view.mode === "right" ? "right" : "center");
    return;
  }
  if (crude(r) && !node.verified && node.id !== data.state.best) {
    const fill = node.state === "failed" ? palette.bad : node.state === "done" ? fillOf(node) : palette.bg;
    pen.box(x - r, y - r, 2 * r, 2 * r, palette.outline);
    pen.box(x - r + 0.6, y - r + 0.6, 2 * r - 1.2, 2 * r - 1.2, fill);
    return;
  }
  if (node.state === "failed") {
    const a = Math.max(1.8, r * 0.55);
    pen.strokes([[x - a, y - a, x + a, y + a], [x - a, y + a, x + a, y - a]], palette.bad, r < 4 ? 1 : 1.6);
  } else if (node.state !== "done") {
    const cancelled = node.state === "cancelled";
    pen.circle(x, y, r * 0.8, palette.bg, cancelled ? palette.edge : palette.accent, r < 4 ? 0.8 : 1.4, r < 4 ? [] : [2, 3]);
  } else if (node.twin !== null) {
    pen.circle(x, y, r * 0.78, palette.bg, palette.outline, Math.max(0.7, r * 0.12));
    pen.circle(x, y, r * 0.4, fillOf(node), null);
  } else {
    const fill = fillOf(node);
    pen.circle(x, y, r, fill, node.verified ? palette.good : palette.outline, r < 4 ? 0.5 : 1);
    if (r >= 8.5 && !node.verified) pen.write(`${node.id}`, x, y + 0.5, inkOn(fill), node.id > 999 ? 7.5 : 9);
  }
  if (node.verified) {
    if (r >= 3.5) pen.strokes([[x - r * 0.45, y + r * 0.02, x - r * 0.1, y + r * 0.38, x + r * 0.5, y - r * 0.36]], node.twin === null ? inkOn(fillOf(node)) : palette.good, Math.max(1.2, r * 0.2));
    pen.circle(x, y, Math.max(r, 3) + 2, null, palette.good, 1.3);
  }
  if (node.id === data.state.best) paintBest(pen, x, y, Math.max(r, 3));
  if (r >= 8.5 && view.mode !== "radial" && (view.mode === "right" || view.s >= 27) && (node.state === "done" || node.state === "failed")) {
    const words = node.verified || node.state === "failed" ? `${node.id}` : node.value.toFixed(2);
    pen.write(words, x, y + r + (node.verified ? 10 : 8), palette.muted, 9.5, "center", 400, palette.bg);
  }
}

// A small star beside the best node.
function paintBest(pen, x, y, r) {
  const cx = x + r + 10, cy = y - r - 6, star = [];
  for (let i = 0; i <= 10; i++) {
    const far = i % 2 ? 2.4 : 5.6, angle = (i * Math.PI) / 5 - Math.PI / 2;
    star.push(cx + far * Math.cos(angle), cy + far * Math.sin(angle));
  }
  pen.strokes([star], palette.bg, 4);
  pen.strokes([star], palette.warn, 1.6);
}

function drawLegend() {
  const svg = (draw) => {
    const pen = new SvgPen(14, 14);
    draw(pen);
    return document.importNode(pen.root, true);
  };
  const twins = data.nodes.some((node) => node.twin !== null && node.twin !== undefined);
  const has = (state) => data.nodes.some((node) => node.state === state);
  const items = [];
  if (colouring.by === "value") items.push(el("span", {}, "0", el("i", { class: "ramp" }), "1"));
  else {
    colouring.classes.slice(0, 8).forEach((name, i) => items.push(el("span", {},
      svg((pen) => pen.circle(7, 7, 5, palette[`c${i}`], palette.outline)), i === 7 && colouring.classes.length > 8 ? "others" : shorten(`${name}`, 28))));
  }
  if (data.nodes.some((node) => node.verified)) {
    items.push(el("span", {}, svg((pen) => {
      pen.circle(7, 7, 4.6, palette.good, null);
      pen.circle(7, 7, 6.3, null, palette.good);
    }), "verified"));
  }
  if (twins) items.push(el("span", {}, svg((pen) => pen.circle(7, 7, 4, palette.bg, palette.outline, 1.4)), "seen before"));
  if (has("failed")) items.push(el("span", {}, svg((pen) => pen.strokes([[3, 3, 11, 11], [3, 11, 11, 3]], palette.bad, 1.6)), "no program"));
  for (const [state, name, colour] of [["open", "under way", palette.accent], ["cancelled", "cancelled", palette.edge]]) {
    if (has(state)) items.push(el("span", {}, svg((pen) => pen.circle(7, 7, 5, palette.bg, colour, 1.4, [2, 3])), name));
  }
  if (data.state.best !== null) items.push(el("span", {}, svg((pen) => paintBest(pen, -8, 18, 5)), "best"));
  byId("legend").replaceChildren(...items);
}
