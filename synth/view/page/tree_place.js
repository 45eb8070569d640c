// Where the tree stands: laid out once, seen through `view` = scale along siblings (s), scale along depth (d), origin.
// The two scales differ, so that a wide tree still fits and a close look is always well-proportioned.
const view = { mode: "down", s: 20, d: 60, ox: 0, oy: 0, fitted: true };
const place = { x: [], low: 0, high: 0, deepest: 0, levels: [] };
const LARGEST = { s: 48, d: { down: 104, right: 170 }, ring: 560 };

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
  const d = Math.min((down - 2 * pad - below) / Math.max(1, deep), LARGEST.d[view.mode]);
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
  const d = clamp(view.d * factor, least.d * 0.6, view.mode === "radial" ? Math.max(LARGEST.ring, least.d * 4) : Math.max(LARGEST.d[view.mode], least.d));
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
