// The tree: laid out once, drawn by view = scale along siblings (s), scale along depth (d), origin.
// The two scales differ, so that a wide tree still fits and a close look is always well-proportioned.
const view = { mode: "down", s: 20, d: 60, ox: 0, oy: 0, fitted: true };
const place = { x: [], low: 0, high: 0, deepest: 0, leaves: 1, levels: [] };
const LARGEST = { s: 48, d: 104, ring: 560 };
let treePen = null, drawTree = () => {};

function arrange() {
  place.x = tidy(data.children);
  place.low = Infinity;
  place.high = -Infinity;
  place.deepest = 0;
  place.levels = [];
  for (let id = 0; id < place.x.length; id++) {
    place.low = Math.min(place.low, place.x[id]);
    place.high = Math.max(place.high, place.x[id]);
    place.deepest = Math.max(place.deepest, data.depth[id]);
    (place.levels[data.depth[id]] ??= []).push(id);
  }
  for (const level of place.levels) level.sort((a, b) => place.x[a] - place.x[b]);
}

function at(id) {
  const x = place.x[id], depth = data.depth[id];
  if (view.mode === "down") return [view.ox + x * view.s, view.oy + depth * view.d];
  if (view.mode === "right") return [view.ox + depth * view.d, view.oy + x * view.s];
  const angle = ((x - place.low) / (place.high - place.low + 1)) * 2 * Math.PI - Math.PI / 2;
  return [view.ox + depth * view.d * Math.cos(angle), view.oy + depth * view.d * Math.sin(angle)];
}

function fitted(width, height) {
  const broad = place.high - place.low, deep = place.deepest, pad = Math.min(46, width / 8, height / 6);
  const [along, down] = view.mode === "right" ? [height, width] : [width, height];
  if (view.mode === "radial") {
    const d = Math.min((Math.min(width, height) / 2 - pad) / Math.max(1, deep), 120);
    return { s: view.s, d, ox: width / 2, oy: height / 2 };
  }
  const s = Math.min((along - 2 * pad) / Math.max(broad, 1e-9), LARGEST.s);
  const below = view.mode === "down" ? (narrow.matches ? 96 : 40) : 0; // the legend stands there
  const d = Math.min((down - 2 * pad - below) / Math.max(1, deep), LARGEST.d);
  const middle = along / 2 - ((place.low + place.high) / 2) * s;
  const top = Math.max(pad, (down - below - deep * d) / 2);
  return view.mode === "down" ? { s, d, ox: middle, oy: top } : { s, d, ox: top, oy: middle };
}

function fitTree(smooth = true) {
  const { clientWidth: width, clientHeight: height } = treePen.canvas;
  glide(fitted(width, height), smooth);
  view.fitted = true;
}

let gliding = 0;
function glide(target, smooth) {
  cancelAnimationFrame(gliding);
  if (!smooth || calm.matches) {
    Object.assign(view, target);
    drawTree();
    return;
  }
  const from = { s: view.s, d: view.d, ox: view.ox, oy: view.oy }, begun = performance.now();
  const step = (now) => {
    const t = Math.min(1, (now - begun) / 220), eased = 1 - (1 - t) ** 3;
    for (const key of Object.keys(target)) view[key] = from[key] + (target[key] - from[key]) * eased;
    drawTree();
    if (t < 1) gliding = requestAnimationFrame(step);
  };
  gliding = requestAnimationFrame(step);
}

function zoomAt(x, y, factor) {
  cancelAnimationFrame(gliding);
  const { clientWidth: width, clientHeight: height } = treePen.canvas, least = fitted(width, height);
  const clamp = (value, low, high) => Math.min(Math.max(value, Math.min(low, high)), Math.max(low, high));
  const s = view.mode === "radial" ? view.s : clamp(view.s * factor, least.s * 0.6, Math.max(LARGEST.s, least.s));
  const d = clamp(view.d * factor, least.d * 0.6, view.mode === "radial" ? Math.max(LARGEST.ring, least.d * 4) : Math.max(LARGEST.d, least.d));
  const [sx, sy] = { down: [s / view.s, d / view.d], right: [d / view.d, s / view.s], radial: [d / view.d, d / view.d] }[view.mode];
  view.ox = x - (x - view.ox) * sx;
  view.oy = y - (y - view.oy) * sy;
  view.s = s;
  view.d = d;
  view.fitted = false;
  drawTree();
}

function radius() {
  const along = view.mode === "radial"
    ? (2 * Math.PI * view.d * Math.max(1, place.deepest) * 0.7) / (place.high - place.low + 1) : view.s;
  return Math.max(2, Math.min(11, 0.4 * along, 0.32 * view.d));
}

function edge(from, to) {
  const [x1, y1] = at(from), [x2, y2] = at(to);
  if (radius() < 2.5 || view.mode === "radial") return [x1, y1, x2, y2]; // thousands of curves are slow
  if (view.mode === "down") return [x1, y1, x1, (y1 + y2) / 2, x2, (y1 + y2) / 2, x2, y2];
  return [x1, y1, (x1 + x2) / 2, y1, (x1 + x2) / 2, y2, x2, y2];
}

function paintTree(pen, width, height) {
  const r = radius(), path = new Set(lineage(app.selected)), plain = [], strong = [];
  const inside = (x, y) => x > -60 && y > -60 && x < width + 60 && y < height + 60;
  const drawn = distinct(path), curved = view.mode !== "radial" && r >= 2.5;
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
    if (r > 8) pen.write("problem", view.mode === "right" ? x - half - 8 : x, view.mode === "right" ? y : y - half - 9, palette.muted, 11, view.mode === "right" ? "right" : "center");
    return;
  }
  if (r < 2.5 && !node.verified && node.id !== data.state.best) {
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
  if (r >= 8.5 && view.mode !== "radial" && (node.state === "done" || node.state === "failed")) {
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

function nodeNear(x, y, reach) {
  let best = null, nearest = reach;
  for (let id = 0; id < data.nodes.length; id++) {
    const [nx, ny] = at(id), far = Math.hypot(nx - x, ny - y);
    if (far < nearest) [best, nearest] = [id, far];
  }
  return best;
}

// Bring a node well into the visible part, and close enough to be seen, if it is not.
function reveal(id) {
  const { clientWidth: width, clientHeight: height } = treePen.canvas, [x, y] = at(id), margin = 40;
  if (x >= margin && y >= margin && x <= width - margin && y <= height - margin) return drawTree();
  return glide({ s: view.s, d: view.d, ox: view.ox + width / 2 - x, oy: view.oy + height / 2 - y }, true);
}

// The node an arrow leads to: the parent, the nearest child, or the neighbour at the same depth.
function neighbour(id, key) {
  const turned = view.mode === "right"
    ? { ArrowLeft: "up", ArrowRight: "down", ArrowUp: "before", ArrowDown: "after" }
    : { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "before", ArrowRight: "after" };
  const way = turned[key];
  if (way === "up") return id === 0 ? null : data.nodes[id].parents[0];
  if (way === "down") {
    const near = (child) => Math.abs(place.x[child] - place.x[id]);
    return data.children[id].reduce((best, child) => (best === null || near(child) < near(best) ? child : best), null);
  }
  const level = place.levels[data.depth[id]], step = way === "before" ? -1 : 1;
  return level[level.indexOf(id) + step] ?? null;
}

function startTree() {
  const canvas = byId("tree");
  treePen = new CanvasPen(canvas);
  drawTree = painter(() => {
    treePen.begin();
    paintTree(treePen, canvas.clientWidth, canvas.clientHeight);
  });
  new ResizeObserver(() => {
    if (canvas.clientWidth) view.fitted ? fitTree(false) : drawTree();
  }).observe(canvas);
  followPointers(canvas);
  const middle = (factor) => zoomAt(canvas.clientWidth / 2, canvas.clientHeight / 2, factor);
  byId("zoom-in").onclick = () => middle(1.4);
  byId("zoom-out").onclick = () => middle(1 / 1.4);
  byId("zoom-fit").onclick = () => fitTree();
  byId("figure").onclick = saveFigure;
  byId("layout").onchange = (event) => {
    view.mode = event.target.value;
    fitTree(false);
  };
  byId("colour").onchange = (event) => {
    colouring.by = event.target.value;
    tell("theme");
  };
  on("select", ({ reveal: move }) => (move ? reveal(app.selected) : drawTree()));
  on("hover", drawTree);
  on("matches", drawTree);
  on("theme", () => {
    classify();
    drawLegend();
    drawTree();
  });
  on("data", () => {
    arrange();
    classify();
    drawLegend();
    canvas.setAttribute("aria-label", `Search tree of ${count(data.nodes.length - 1, "node")}, ${place.deepest} deep`);
    if (view.fitted) fitTree(false);
    else drawTree();
  });
}

function followPointers(canvas) {
  const down = new Map();
  let moved = 0, spread = 0;
  const local = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const spreadOf = () => {
    const [a, b] = [...down.values()];
    return Math.hypot(a[0] - b[0], a[1] - b[1]);
  };
  canvas.addEventListener("pointerdown", (event) => {
    cancelAnimationFrame(gliding);
    try {
      canvas.setPointerCapture(event.pointerId);
    } catch { /* the pointer is gone already */ }
    down.set(event.pointerId, local(event));
    if (down.size === 1) moved = 0;
    if (down.size === 2) spread = spreadOf();
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = local(event), before = down.get(event.pointerId);
    if (!before) {
      const id = nodeNear(x, y, Math.max(10, radius() + 4));
      hover(id);
      canvas.classList.toggle("over", id !== null);
      showTip(id === null ? "" : summary(data.nodes[id]), event.clientX, event.clientY);
      return;
    }
    down.set(event.pointerId, [x, y]);
    moved += Math.hypot(x - before[0], y - before[1]);
    if (moved < 5) return;
    showTip("");
    canvas.classList.add("pan");
    view.fitted = false;
    view.ox += (x - before[0]) / down.size;
    view.oy += (y - before[1]) / down.size;
    if (down.size === 2 && spread > 0) {
      const [a, b] = [...down.values()], now = spreadOf();
      zoomAt((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, now / spread);
      spread = now;
    }
    drawTree();
  });
  const up = (event) => {
    const begun = down.delete(event.pointerId);
    if (down.size === 0) canvas.classList.remove("pan");
    if (!begun || moved >= 5 || event.type === "pointercancel") return;
    const id = nodeNear(...local(event), event.pointerType === "touch" ? 24 : Math.max(12, radius() + 4));
    if (id !== null) select(id, { open: true });
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", () => {
    hover(null);
    showTip("");
  });
  canvas.addEventListener("dblclick", (event) => {
    if (nodeNear(...local(event), 12) === null) fitTree();
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    zoomAt(...local(event), Math.exp(-Math.max(-120, Math.min(120, event.deltaY * lines)) * 0.0022));
  }, { passive: false });
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

// What is shown, in the light palette, ready for a paper.
function saveFigure() {
  const { clientWidth: width, clientHeight: height } = treePen.canvas, pen = new SvgPen(width, height);
  readPalette("light");
  paintTree(pen, width, height);
  readPalette();
  saveText(pen.text(), `${data.run.id}-tree.svg`, "image/svg+xml");
}
